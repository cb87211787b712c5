"""What the bank says that cannot be true beside what it said before: kept, told, never acted on."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID, uuid5

from app.audit import service as audit
from app.core.actor import SYSTEM
from app.core.tx import UnitOfWork
from app.payments import notices

log = logging.getLogger("market.payments")

_NAMES: Final = UUID("5d0e1f6a-6a0b-4a53-9a55-0c1c7f1f9a5e")


async def tell_contradiction(uow: UnitOfWork, *, about: str) -> None:
    """Write it down and tell the operators, once for each number of the bank or of ours.

    ``about`` is that number: of a message, an arrival or a payout. The statement of the day shows
    what became of the money.
    """
    log.error("the bank contradicts itself", extra={"about": about})
    await notices.tell_contradicts(uow, about)
    await audit.note(
        uow,
        actor=SYSTEM,
        action="payments.bank_contradicts",
        subject_kind="bank_word",
        subject_id=uuid5(_NAMES, about),
        facts={"about": about},
    )
