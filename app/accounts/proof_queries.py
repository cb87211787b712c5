"""Every SELECT and lock of codes on their way, and of a person's own logins and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update

from app.accounts.errors import LoginMissing, ProofMissing, SessionMissing
from app.accounts.models import (
    AddressProof,
    Login,
    LoginSession,
    Membership,
    Organisation,
    Person,
)
from app.accounts.types import MembershipState, ProofPurpose
from app.core.tx import UnitOfWork

SESSIONS_SHOWN = 50


async def find_proof(
    uow: UnitOfWork, handle_hash: bytes, purpose: ProofPurpose
) -> AddressProof | None:
    """A proof of this browser that can still be given."""
    query = select(AddressProof).where(
        AddressProof.handle_hash == handle_hash,
        AddressProof.purpose == purpose.value,
        AddressProof.expires_at > uow.now,
    )
    return (await uow.session.scalars(query)).one_or_none()


async def lock_proof(uow: UnitOfWork, handle_hash: bytes, purpose: ProofPurpose) -> AddressProof:
    """Lock a proof: one at a time tries it or uses it up. Raises ProofMissing."""
    query = select(AddressProof).where(AddressProof.handle_hash == handle_hash)
    return await _lock(uow, query, purpose)


async def lock_proof_by_link(uow: UnitOfWork, link_hash: bytes) -> AddressProof:
    """Lock a reset by the token of its mailed link. Raises ProofMissing."""
    query = select(AddressProof).where(AddressProof.link_hash == link_hash)
    return await _lock(uow, query, ProofPurpose.reset)


async def _lock(
    uow: UnitOfWork, query: Select[AddressProof], purpose: ProofPurpose
) -> AddressProof:
    locking = (
        query.where(AddressProof.purpose == purpose.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(locking)).one_or_none()
    if found is None or found.expires_at <= await uow.stamp():
        raise ProofMissing()
    return found


async def delete_proofs(uow: UnitOfWork, person_id: UUID) -> None:
    """Nothing is on its way for this person any more; letters of farewell stay."""
    await uow.session.execute(
        delete(AddressProof).where(
            AddressProof.person_id == person_id,
            AddressProof.purpose != ProofPurpose.notice.value,
        )
    )


async def list_logins(uow: UnitOfWork, person_id: UUID) -> Sequence[Login]:
    """A person's ways in, oldest first."""
    query = (
        select(Login)
        .where(Login.person_id == person_id)
        .order_by(Login.created_at, Login.id)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def list_names(uow: UnitOfWork, person_id: UUID) -> list[str]:
    """What a person is known by: his name, his ways in, the organisations he belongs to."""
    active = MembershipState.active.value
    query = (
        select(Person.name)
        .where(Person.id == person_id)
        .union_all(
            select(Login.value).where(Login.person_id == person_id),
            select(func.split_part(Login.value, "@", 1)).where(Login.person_id == person_id),
            select(Organisation.name)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.person_id == person_id, Membership.state == active),
        )
    )
    return [str(name) for name in await uow.session.scalars(query)]


async def get_login(uow: UnitOfWork, person_id: UUID, login_id: UUID) -> Login:
    """One of a person's own ways in. Raises LoginMissing."""
    found = await uow.session.get(Login, login_id, populate_existing=True)
    if found is None or found.person_id != person_id:
        raise LoginMissing()
    return found


async def set_password(uow: UnitOfWork, person_id: UUID, password_hash: str) -> None:
    """One password for all ways in."""
    await uow.session.execute(
        update(Login).where(Login.person_id == person_id).values(password_hash=password_hash)
    )


async def list_sessions(uow: UnitOfWork, person_id: UUID) -> Sequence[LoginSession]:
    """A person's sessions that let him in, last used first; at most 50."""
    query = (
        select(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.expires_at > uow.now)
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
        .limit(SESSIONS_SHOWN)
    )
    return (await uow.session.scalars(query)).all()


async def delete_session_by_id(uow: UnitOfWork, person_id: UUID, session_id: UUID) -> None:
    """End one of a person's sessions. Raises SessionMissing."""
    ended = await uow.session.execute(
        delete(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.id == session_id)
        .returning(LoginSession.id)
    )
    if ended.scalar_one_or_none() is None:
        raise SessionMissing()


async def delete_sessions(uow: UnitOfWork, person_id: UUID, *, but: bytes | None = None) -> int:
    """End a person's sessions, all but the one with this token's hash; returns how many."""
    statement = delete(LoginSession).where(LoginSession.person_id == person_id)
    if but is not None:
        statement = statement.where(LoginSession.token_hash != but)
    return len((await uow.session.execute(statement.returning(LoginSession.id))).all())


async def count_logins(uow: UnitOfWork, person_id: UUID) -> int:
    """How many ways in a person has."""
    query = select(func.count()).where(Login.person_id == person_id)
    return (await uow.session.execute(query)).scalar_one()
