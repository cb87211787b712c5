"""Every SELECT and lock of accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.errors import InvitationMissing, MemberMissing, OrganisationMissing, PersonMissing
from app.accounts.models import (
    AttemptCounter,
    Invitation,
    Login,
    LoginSession,
    Membership,
    Organisation,
    Person,
    PlatformRole,
)
from app.accounts.rules import Limit, compute_window_end
from app.accounts.types import Identifier, MembershipState, Role, VerificationState
from app.core.tx import UnitOfWork

ACTIVE = MembershipState.active.value


def compute_key_hash(key: str) -> bytes:
    """SHA-256 of a counter's key: no identifier and no address stands in the counters."""
    return hashlib.sha256(key.encode()).digest()


# ---------------------------------------------------------------- people and logins


async def get_person(uow: UnitOfWork, person_id: UUID) -> Person:
    """A person by id. Raises PersonMissing."""
    person = await uow.session.get(Person, person_id)
    if person is None:
        raise PersonMissing()
    return person


async def find_login(uow: UnitOfWork, identifier: Identifier) -> Login | None:
    """The login with this identifier."""
    query = select(Login).where(Login.kind == identifier.kind, Login.value == identifier.value)
    return (await uow.session.scalars(query)).one_or_none()


async def insert_login(uow: UnitOfWork, values: dict[str, Any]) -> bool:
    """Add a login unless its identifier is taken; tells whether it was added."""
    added = await uow.session.execute(
        insert(Login).values(**values).on_conflict_do_nothing().returning(Login.id)
    )
    return added.scalar_one_or_none() is not None


async def list_names(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of people by id."""
    rows = await uow.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return dict(row.tuple() for row in rows)


def _first_login(person_id: InstrumentedAttribute[UUID]) -> ScalarSelect[str]:
    """The oldest identifier of a person; one index look-up a row."""
    return (
        select(Login.value)
        .where(Login.person_id == person_id)
        .order_by(Login.created_at, Login.id)
        .limit(1)
        .scalar_subquery()
    )


async def list_role_holders(uow: UnitOfWork) -> Sequence[Row[UUID, str, str, Sequence[str]]]:
    """(person_id, name, identifier, roles) of everyone with a platform role."""
    query = (
        select(Person.id, Person.name, _first_login(Person.id), func.array_agg(PlatformRole.role))
        .join(PlatformRole, PlatformRole.person_id == Person.id)
        .group_by(Person.id, Person.name)
        .order_by(Person.name, Person.id)
    )
    return (await uow.session.execute(query)).all()


async def insert_role(uow: UnitOfWork, person_id: UUID, role: Role) -> bool:
    """Give a person a role; False when he held it already."""
    added = await uow.session.execute(
        insert(PlatformRole)
        .values(person_id=person_id, role=role.value, granted_at=uow.now)
        .on_conflict_do_nothing()
        .returning(PlatformRole.role)
    )
    return added.scalar_one_or_none() is not None


async def delete_role(uow: UnitOfWork, person_id: UUID, role: Role) -> bool:
    """Take a role away; False when he did not hold it."""
    removed = await uow.session.execute(
        delete(PlatformRole)
        .where(PlatformRole.person_id == person_id, PlatformRole.role == role.value)
        .returning(PlatformRole.role)
    )
    return removed.scalar_one_or_none() is not None


# ---------------------------------------------------------------- sessions and counters

# One statement a request: the asker, his platform roles, and his roles where he acts now. The
# last use is written only when it is older than ``stale``, so most requests write nothing.
_RESOLVE = text(
    """
    WITH touched AS (
      UPDATE login_session SET last_seen_at = :now
       WHERE token_hash = :token_hash AND last_seen_at < :stale
         AND last_seen_at > :idle_since AND expires_at > :now
    )
    SELECT s.person_id, p.name, o.id AS organisation_id, o.name AS organisation_name,
           o.state = 'verified' AS verified, m.roles AS member_roles,
           ARRAY(SELECT r.role FROM platform_role r WHERE r.person_id = s.person_id) AS platform
      FROM login_session s
      JOIN person p ON p.id = s.person_id
      LEFT JOIN membership m ON m.organisation_id = s.organisation_id
                            AND m.person_id = s.person_id AND m.state = 'active'
      LEFT JOIN organisation o ON o.id = m.organisation_id
     WHERE s.token_hash = :token_hash AND s.last_seen_at > :idle_since AND s.expires_at > :now
    """
)


async def find_asker(
    uow: UnitOfWork, token_hash: bytes, *, idle_since: datetime, stale: datetime
) -> Row[Any] | None:
    """Who holds this token, with his roles; None when it is unknown or has ended."""
    found = await uow.session.execute(
        _RESOLVE,
        {"token_hash": token_hash, "now": uow.now, "idle_since": idle_since, "stale": stale},
    )
    return found.one_or_none()


async def lock_session(uow: UnitOfWork, token_hash: bytes) -> LoginSession | None:
    """Lock a session."""
    query = (
        select(LoginSession)
        .where(LoginSession.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def delete_session(uow: UnitOfWork, token_hash: bytes) -> UUID | None:
    """End a session; returns whose it was."""
    ended = await uow.session.execute(
        delete(LoginSession)
        .where(LoginSession.token_hash == token_hash)
        .returning(LoginSession.person_id)
    )
    return ended.scalar_one_or_none()


async def leave_sessions(uow: UnitOfWork, person_id: UUID, organisation_id: UUID) -> None:
    """Sessions of a removed member act for nobody any more."""
    await uow.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.organisation_id == organisation_id)
        .values(organisation_id=None)
    )


async def count_hit(uow: UnitOfWork, limit: Limit, key: str) -> int:
    """Count one attempt; returns the number in this window. The row stays locked to the end."""
    statement = insert(AttemptCounter).values(
        kind=limit.kind,
        key_hash=compute_key_hash(key),
        window_ends_at=compute_window_end(limit, uow.now),
        hits=1,
    )
    counted = await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "key_hash", "window_ends_at"],
            set_={"hits": AttemptCounter.hits + 1},
        ).returning(AttemptCounter.hits)
    )
    return counted.scalar_one()


async def forgive_hit(uow: UnitOfWork, limit: Limit, key: str, *, wholly: bool) -> None:
    """Take one attempt back, or all of this window when ``wholly``."""
    await uow.session.execute(
        update(AttemptCounter)
        .where(
            AttemptCounter.kind == limit.kind,
            AttemptCounter.key_hash == compute_key_hash(key),
            AttemptCounter.window_ends_at == compute_window_end(limit, uow.now),
            AttemptCounter.hits > 0,
        )
        .values(hits=0 if wholly else AttemptCounter.hits - 1)
    )


async def sweep_sessions(uow: UnitOfWork, limit: int) -> int:
    """Delete ended sessions."""
    return await _sweep(uow, "login_session", "expires_at", limit)


async def sweep_counters(uow: UnitOfWork, limit: int) -> int:
    """Delete counters of windows that have ended."""
    return await _sweep(uow, "attempt_counter", "window_ends_at", limit)


async def _sweep(uow: UnitOfWork, table: str, column: str, limit: int) -> int:
    gone = await uow.session.execute(
        text(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608 - two constant names
            f"SELECT ctid FROM {table} WHERE {column} <= :now"
            f" ORDER BY {column} LIMIT :limit FOR UPDATE SKIP LOCKED)) RETURNING 1"
        ),
        {"now": uow.now, "limit": limit},
    )
    return len(gone.all())


# ---------------------------------------------------------------- organisations


async def get_organisation(uow: UnitOfWork, organisation_id: UUID) -> Organisation:
    """An organisation by id. Raises OrganisationMissing."""
    found = await uow.session.get(Organisation, organisation_id)
    if found is None:
        raise OrganisationMissing()
    return found


async def lock_organisation(uow: UnitOfWork, organisation_id: UUID) -> Organisation:
    """Lock an organisation: its state, its members and its invitations change under this lock."""
    query = (
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise OrganisationMissing()
    return found


async def lock_claims(uow: UnitOfWork, organisation_id: UUID) -> tuple[Organisation, int]:
    """Lock every claim to an organisation's code, in id order.

    Returns the organisation and how many others with its code are verified.
    """
    code = (
        select(Organisation.credit_code).where(Organisation.id == organisation_id).scalar_subquery()
    )
    query = (
        select(Organisation)
        .where(Organisation.credit_code == code)
        .order_by(Organisation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    claims = {found.id: found for found in await uow.session.scalars(query)}
    if organisation_id not in claims:
        raise OrganisationMissing()
    own = claims.pop(organisation_id)
    verified = sum(rival.state == VerificationState.verified for rival in claims.values())
    return own, verified


async def count_verified(uow: UnitOfWork, credit_code: str) -> int:
    """How many verified organisations have this code: 0 or 1."""
    query = select(func.count()).where(
        Organisation.credit_code == credit_code,
        Organisation.state == VerificationState.verified.value,
    )
    return (await uow.session.execute(query)).scalar_one()


async def find_founded(uow: UnitOfWork, person_id: UUID, key: str) -> Organisation | None:
    """What this person founded with this idempotency key."""
    query = select(Organisation).where(
        Organisation.founded_by == person_id, Organisation.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_by_ids(uow: UnitOfWork, ids: Collection[UUID]) -> list[Organisation]:
    """Organisations by id, in no order."""
    query = select(Organisation).where(Organisation.id.in_(ids))
    return list(await uow.session.scalars(query))


async def list_verified_by_names(uow: UnitOfWork, names: Collection[str]) -> list[Organisation]:
    """Verified organisations with exactly these names."""
    query = select(Organisation).where(
        Organisation.name.in_(names), Organisation.state == VerificationState.verified.value
    )
    return list(await uow.session.scalars(query))


async def list_verified(
    uow: UnitOfWork, after: tuple[str, UUID] | None, limit: int
) -> list[Organisation]:
    """Verified organisations in order of name, after the last one seen."""
    query = select(Organisation).where(Organisation.state == VerificationState.verified.value)
    if after is not None:
        query = query.where(tuple_(Organisation.name, Organisation.id) > tuple_(*after))
    query = query.order_by(Organisation.name, Organisation.id).limit(limit)
    return list(await uow.session.scalars(query))


async def list_submitted(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[Organisation, str]]:
    """Submitted organisations with their founders' names, oldest submission first."""
    query = (
        select(Organisation, Person.name)
        .join(Person, Person.id == Organisation.founded_by)
        .where(text("organisation.state = 'submitted'"))  # why: literal, to match the index
    )
    if after is not None:
        query = query.where(tuple_(Organisation.submitted_at, Organisation.id) > tuple_(*after))
    query = query.order_by(Organisation.submitted_at, Organisation.id).limit(limit)
    return [(found, name) for found, name in await uow.session.execute(query)]


async def list_claims(uow: UnitOfWork, codes: Collection[str]) -> list[Organisation]:
    """All organisations with one of these codes, in order of founding."""
    query = (
        select(Organisation).where(Organisation.credit_code.in_(codes)).order_by(Organisation.id)
    )
    return list(await uow.session.scalars(query))


# ---------------------------------------------------------------- members and invitations


async def find_membership(
    uow: UnitOfWork, organisation_id: UUID, person_id: UUID
) -> Membership | None:
    """A person's row in an organisation, removed or not."""
    query = select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.person_id == person_id
    )
    return (await uow.session.scalars(query)).one_or_none()


async def get_member(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> Membership:
    """An active member. Raises MemberMissing."""
    found = await find_membership(uow, organisation_id, person_id)
    if found is None or found.state != ACTIVE:
        raise MemberMissing()
    return found


async def find_first_membership(uow: UnitOfWork, person_id: UUID) -> UUID | None:
    """The organisation a person joined first among those he is in now."""
    query = (
        select(Membership.organisation_id)
        .where(Membership.person_id == person_id, Membership.state == ACTIVE)
        .order_by(Membership.joined_at, Membership.id)
        .limit(1)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def count_other_heads(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> int:
    """Active heads of an organisation beside this person."""
    query = select(func.count()).where(
        Membership.organisation_id == organisation_id,
        Membership.person_id != person_id,
        Membership.state == ACTIVE,
        Membership.roles.contains([Role.head.value]),
    )
    return (await uow.session.execute(query)).scalar_one()


async def list_memberships(
    uow: UnitOfWork, person_id: UUID
) -> list[tuple[Organisation, list[str]]]:
    """The organisations of a person and his roles there, in order of joining."""
    query = (
        select(Organisation, Membership.roles)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.state == ACTIVE)
        .order_by(Membership.joined_at, Membership.id)
    )
    return [(found, roles) for found, roles in await uow.session.execute(query)]


async def list_members(
    uow: UnitOfWork, organisation_id: UUID
) -> Sequence[Row[Membership, str, str]]:
    """(membership, name, identifier) of active members, in order of joining."""
    query = (
        select(Membership, Person.name, _first_login(Membership.person_id))
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Membership.state == ACTIVE)
        .order_by(Membership.joined_at, Membership.id)
    )
    return (await uow.session.execute(query)).all()


async def list_open_invitations(uow: UnitOfWork, organisation_id: UUID) -> list[Invitation]:
    """Invitations that can still be used, newest first."""
    query = (
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.used_by.is_(None),
            Invitation.expires_at > uow.now,
        )
        .order_by(Invitation.id.desc())
    )
    return list(await uow.session.scalars(query))


async def find_invited(uow: UnitOfWork, organisation_id: UUID, key: str) -> Invitation | None:
    """The invitation made with this idempotency key."""
    query = select(Invitation).where(
        Invitation.organisation_id == organisation_id, Invitation.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def get_open_invitation(uow: UnitOfWork, code: str) -> Invitation:
    """An invitation that can be used now or was used already. Raises InvitationMissing."""
    query = select(Invitation).where(Invitation.code == code, Invitation.expires_at > uow.now)
    found = (
        await uow.session.scalars(query.execution_options(populate_existing=True))
    ).one_or_none()
    if found is None:
        raise InvitationMissing()
    return found


async def get_invitation(uow: UnitOfWork, organisation_id: UUID, invitation_id: UUID) -> Invitation:
    """An unused invitation of an organisation. Raises InvitationMissing."""
    found = await uow.session.get(Invitation, invitation_id, populate_existing=True)
    if found is None or found.organisation_id != organisation_id or found.used_by is not None:
        raise InvitationMissing()
    return found
