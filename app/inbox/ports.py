"""What the inbox needs from outside: an address book, and somebody who sends texts and mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.core.tx import UnitOfWork
from app.inbox.types import Contact


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact can be reached now; an empty way is one he does not have."""

    email: str = ""
    mobile: str = ""  # 11 digits


class AddressBook(Protocol):
    """Turns a contact into an address at the moment of sending; implemented above this room."""

    async def find(self, uow: UnitOfWork, contact: Contact) -> Address | None:
        """The address, or None when the person, the login or the pending one is gone."""
        ...


class Texting(Protocol):
    """Sends one text message (短信)."""

    async def send(self, mobile: str, text: str, *, key: str) -> None:
        """Send it; ``key`` is the same at every try. Raises Undelivered."""
        ...
