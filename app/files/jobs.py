"""Timed work of files: contents that nothing names, and what a crash left half received."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from app.core.tx import UnitOfWork
from app.files import queries, store

log = logging.getLogger("market.files")

# one of 256 folders each five minutes: the whole store about once a day
SWEEP_EVERY = timedelta(minutes=5)


async def sweep_contents(uow: UnitOfWork, *, root: Path) -> int:
    """Look at one folder of the store when it is time. Returns 0: one folder a round is enough.

    A content goes under its lock, when no row names it and nobody staged it in the last day;
    ``attach`` takes the same lock and then looks whether the content is still there. One that
    cannot be removed stays until the next day.
    """
    place = await queries.lock_sweep(uow)
    if place is None:
        return 0
    store.remove_leftovers(root)
    for sha256 in store.list_stale(root, place.folder):
        await queries.lock_content(uow, sha256, sweeping=True)
        path = store.content_path(root, sha256)
        if not await queries.is_named(uow, sha256) and store.is_stale(path):
            _remove(path)
    place.folder = (place.folder + 1) % 256
    place.due_at = await uow.stamp() + SWEEP_EVERY
    await uow.session.flush()
    return 0


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        # why: one file that the disk keeps must not keep the sweep on its folder for ever
        log.warning("a content was not removed: %s", error)
