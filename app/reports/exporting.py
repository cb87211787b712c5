"""Taking a list away as a file: counted for everybody, noted where it tells of others."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from app.accounts import service as accounts
from app.audit.service import note
from app.core.actor import Actor
from app.core.tx import UnitOfWork

_LISTS: Final = uuid5(NAMESPACE_URL, "market:lists")


async def begin_export(
    uow: UnitOfWork, *, actor: Actor, address: str, listing: str, form: str, audited: bool
) -> datetime:
    """Count an export, and note it when ``audited``; returns the market's clock.

    Asks no permission: the list itself has answered before. Raises TooManyAttempts.
    """
    await accounts.count_export(uow, actor=actor, address=address)
    if audited:
        await note(
            uow,
            actor=actor,
            action="reports.export_list",
            subject_kind="list",
            subject_id=uuid5(_LISTS, listing),
            facts={"list": listing, "format": form},
        )
    return uow.now
