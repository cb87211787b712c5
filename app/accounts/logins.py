"""A person's ways in (登录方式): told something at once, or removed with a last letter."""

from __future__ import annotations

import secrets
from uuid import UUID

from app.accounts import proof_queries, proof_rules
from app.accounts.letters import Letter
from app.accounts.models import AddressProof, Login
from app.accounts.types import IdentifierKind, ProofPurpose
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.inbox import service as inbox
from app.inbox.types import Contact


async def tell_logins(uow: UnitOfWork, person_id: UUID, letter: Letter, *, key: str) -> None:
    """Tell a person something about his own account at every way in; no preference turns it off."""
    language = (await inbox.show_preferences(uow, actor=Actor(person_id=person_id))).language
    for login in await proof_queries.list_logins(uow, person_id):
        await inbox.send(
            uow,
            contact=Contact("login", login.id),
            channel=IdentifierKind(login.kind).value,
            subject=letter.subject,
            body=letter.body,
            key=f"{key}:{login.id}",
            language=language,
        )


async def drop_login(uow: UnitOfWork, login: Login, letter: Letter, locale: str) -> None:
    """Remove a way in and write its address a last letter, for which it is kept two days."""
    proof = AddressProof(
        id=new_id(),
        purpose=ProofPurpose.notice.value,
        kind=login.kind,
        value=login.value,
        locale=locale,
        handle_hash=secrets.token_bytes(32),
        code_hash=secrets.token_bytes(32),
        sent_at=uow.now,
        expires_at=uow.now + proof_rules.NOTICE_LIMIT,
    )
    uow.session.add(proof)
    await inbox.send(
        uow,
        contact=Contact("pending", proof.id),
        channel=IdentifierKind(login.kind).value,
        subject=letter.subject,
        body=letter.body,
        key=f"farewell:{proof.id}",
        language=locale,
    )
    await uow.session.delete(login)
    await uow.session.flush()
