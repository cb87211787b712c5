"""Reading the letters that are on their way: what a worker would send, with its codes."""

from __future__ import annotations

import re

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from app.inbox.texts import unpack


async def read_letters(tx: Tx) -> list[str]:
    """The bodies of direct mails and texts that have not gone out yet, oldest first."""

    async def read(uow: UnitOfWork) -> list[str]:
        rows = await uow.session.execute(
            text("SELECT parts FROM dispatch WHERE kind = 'direct' ORDER BY created_at, id")
        )
        return ["" if row.parts is None else unpack(row.parts[0]["body"]) for row in rows]

    return await tx.run(read)


async def last_code(tx: Tx) -> str:
    """The six digits of the newest letter."""
    found = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", (await read_letters(tx))[-1])
    assert found, "the newest letter holds no code"
    return found[0]


async def last_link(tx: Tx) -> str:
    """The path and query of the first link in the newest letter."""
    found = re.search(r"https?://[^/\s]+(/\S+)", (await read_letters(tx))[-1])
    assert found, "the newest letter holds no link"
    return found[1]
