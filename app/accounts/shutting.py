"""An administrator shuts somebody out at once: a lost laptop, a stolen password, one who left."""

from __future__ import annotations

from uuid import UUID

from app.accounts import access, letters, proof_queries, queries
from app.accounts.logins import tell_logins
from app.accounts.people import note_person
from app.accounts.tokens import end_tokens
from app.core.access import require
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def end_access(uow: UnitOfWork, *, actor: Actor, person_id: UUID) -> None:
    """End every session and token of a person, and the codes on their way to him; he is told.

    He may log in again with his password: whoever must not gets his roles taken, or a new password
    by "forgotten". Raises Forbidden, PersonMissing.
    """
    require(actor, access.END_ACCESS)
    await queries.keep_living(uow, person_id)
    sessions = await proof_queries.delete_sessions(uow, person_id)
    tokens = await end_tokens(uow, actor=actor, person_id=person_id)
    await proof_queries.delete_proofs(uow, person_id)
    moment = f"{uow.now.timestamp():.6f}"
    await tell_logins(uow, person_id, letters.shut_letter(), key=f"shut:{person_id}:{moment}")
    await note_person(
        uow, actor, "accounts.end_access", person_id, sessions=sessions, tokens=tokens
    )
