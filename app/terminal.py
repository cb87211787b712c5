"""What every ``market`` command needs: a line to say, a way to refuse, settings, a database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from app.core.db import make_engine, make_sessions
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx
from app.place import located
from app.restore import read_note

R = TypeVar("R")

console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(sentence: str) -> None:
    """One line for the person at the terminal."""
    console.print(sentence, markup=False)


def refuse(sentence: str) -> NoReturn:
    """Say why and end with status 1."""
    say(sentence)
    raise typer.Exit(1)


def load_settings() -> Settings:
    """Settings from the environment; a contradiction is one sentence."""
    try:
        return Settings()
    except ValidationError as error:
        sentences = [str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors()]
        refuse("设置有误：" + "；".join(sentences))


def load_serving_settings() -> Settings:
    """Settings of a process that serves; a data folder that is half restored is refused."""
    settings = load_settings()
    if (note := read_note(settings.data_dir)) is not None:
        source = note.get("source", "?")
        refuse(f"上次从 {source} 的恢复没有完成，请先重新运行 market restore {source}。")
    return settings


def run_with_tx(work: Callable[[Tx], Awaitable[R]], *, owner: bool = False) -> R:
    """Run a piece of work on the market's database, as the serving role unless ``owner``."""
    settings = load_settings()
    with located(settings, say) as placed:
        url = placed.owner_database_url if owner else placed.database_url
        return asyncio.run(connected(url, work, Sealer(settings.secret_key)))


async def connected(
    url: str, work: Callable[[Tx], Awaitable[R]], sealer: Sealer | None = None
) -> R:
    """Run a piece of work on a few connections to one database."""
    engine = make_engine(url, pool_size=2)
    try:
        return await work(Tx(make_sessions(engine), sealer))
    finally:
        await engine.dispose()
