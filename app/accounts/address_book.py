"""The inbox's address book: where a person, a login or a proof can be reached at this moment."""

from __future__ import annotations

from app.accounts import proof_queries
from app.accounts.models import AddressProof, Login
from app.accounts.types import IdentifierKind
from app.core.tx import UnitOfWork
from app.inbox.ports import Address
from app.inbox.types import Contact


class AccountsAddressBook:
    """Implements ``app.inbox.ports.AddressBook`` on the logins of people."""

    async def find(self, uow: UnitOfWork, contact: Contact) -> Address | None:
        """The address of a contact; None when the person, the login or the proof is gone.

        A person's is his oldest proved one of each kind, else his oldest: a login that an
        administrator typed in is better than none.
        """
        if contact.kind == "person":
            logins = await proof_queries.list_logins(uow, contact.id)
            return _address_of(
                [(login.kind, login.value, bool(login.proved_at)) for login in logins]
            )
        found: Login | AddressProof | None
        if contact.kind == "login":
            found = await uow.session.get(Login, contact.id)
        else:
            found = await uow.session.get(AddressProof, contact.id)
        return _address_of([(found.kind, found.value, True)]) if found is not None else None


def _address_of(ways: list[tuple[str, str, bool]]) -> Address | None:
    """(kind, value, proved) of ways in, oldest first."""
    if not ways:
        return None
    ways.sort(key=lambda way: not way[2])
    chosen = {kind: value for kind, value, _ in reversed(ways)}
    return Address(
        email=chosen.get(IdentifierKind.email.value, ""),
        mobile=chosen.get(IdentifierKind.mobile.value, ""),
    )
