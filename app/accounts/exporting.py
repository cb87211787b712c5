"""How often one asker may take lists away as files."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.accounts import rules
from app.accounts.people import count_attempt
from app.accounts.rules import Limit
from app.core.actor import Actor
from app.core.tx import UnitOfWork

# Our defaults. Strangers share an address with a whole campus, and take only what is public.
EXPORT_BY_PERSON: Final = Limit("export:person", 60, timedelta(minutes=10))
EXPORT_BY_ADDRESS: Final = Limit("export:address", 60, timedelta(minutes=10))


async def count_export(uow: UnitOfWork, *, actor: Actor, address: str) -> None:
    """Count one file for a person, or for a stranger's address. Raises TooManyAttempts."""
    if actor.person_id is not None:
        limit, key = EXPORT_BY_PERSON, str(actor.person_id)
    else:
        limit, key = EXPORT_BY_ADDRESS, rules.compute_address_key(address)
    await count_attempt(uow, limit, key)
