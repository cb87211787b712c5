"""Timed work of saved searches, and the job that counts and tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from app.core.tx import Tx
from app.searches.counting import Engine
from app.searches.news import NEWS_JOB, sweep_news, tell_news

Outside = Callable[[bytes | None], Awaitable[object]]

SWEEPS = (sweep_news,)


def make_jobs(tx: Tx, engine: Engine) -> Mapping[str, Outside]:
    """What this room does outside a transaction: asking the engine."""
    return {NEWS_JOB: partial(tell_news, tx, engine)}
