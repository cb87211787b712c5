"""Every SELECT and lock of people, logins, sessions and counters."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.errors import PersonMissing
from app.accounts.models import (
    AttemptCounter,
    Login,
    LoginSession,
    Person,
    PlatformRole,
)
from app.accounts.rules import Limit, compute_window_end
from app.accounts.types import Identifier, Role
from app.core.errors import Unauthenticated
from app.core.tx import UnitOfWork


def compute_key_hash(key: str) -> bytes:
    """SHA-256 of a counter's key: no identifier and no address stands in the counters."""
    return hashlib.sha256(key.encode()).digest()


async def get_person(uow: UnitOfWork, person_id: UUID) -> Person:
    """A person by id. Raises PersonMissing."""
    person = await uow.session.get(Person, person_id)
    if person is None:
        raise PersonMissing()
    return person


async def lock_living(uow: UnitOfWork, person_id: UUID) -> Person:
    """Lock a person who has not been deleted: his logins and his end are decided one at a time.

    Raises Unauthenticated: whoever has just been deleted is nobody.
    """
    query = (
        select(Person)
        .where(Person.id == person_id, Person.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise Unauthenticated()
    return found


async def keep_living(uow: UnitOfWork, person_id: UUID) -> None:
    """Let nobody delete this person until we are done. Raises PersonMissing (unknown, deleted)."""
    query = (
        select(Person.id)
        .where(Person.id == person_id, Person.deleted_at.is_(None))
        .with_for_update(read=True)
    )
    if (await uow.session.scalars(query)).one_or_none() is None:
        raise PersonMissing()


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
    return {row.id: row.name for row in rows}


def first_login(person_id: InstrumentedAttribute[UUID]) -> ScalarSelect[str]:
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
        select(Person.id, Person.name, first_login(Person.id), func.array_agg(PlatformRole.role))
        .join(PlatformRole, PlatformRole.person_id == Person.id)
        .group_by(Person.id, Person.name)
        .order_by(Person.name, Person.id)
    )
    return (await uow.session.execute(query)).all()


async def list_holders(uow: UnitOfWork, roles: Collection[str]) -> set[UUID]:
    """Everyone who holds one of these platform roles."""
    query = select(PlatformRole.person_id).where(
        PlatformRole.role.in_([Role(role).value for role in roles])
    )
    return set(await uow.session.scalars(query))


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


# What an actor is made of, for the person and the organisation that ``s`` names: his platform
# roles, and his roles where he acts now.
ASKER: Final = """
           s.person_id, p.name, o.id AS organisation_id, o.name AS organisation_name,
           o.state = 'verified' AS verified, m.roles AS member_roles,
           ARRAY(SELECT r.role FROM platform_role r WHERE r.person_id = s.person_id) AS platform,
           EXISTS(SELECT 1 FROM person_verification v
                   WHERE v.person_id = s.person_id AND v.state = 'verified') AS person_verified"""
ASKER_TABLES: Final = """
      JOIN person p ON p.id = s.person_id AND p.deleted_at IS NULL
      LEFT JOIN membership m ON m.organisation_id = s.organisation_id
                            AND m.person_id = s.person_id AND m.state = 'active'
      LEFT JOIN organisation o ON o.id = m.organisation_id"""

# One statement a request. The last use is written only when it is older than ``stale``, so most
# requests write nothing.
_RESOLVE = text(
    f"""
    WITH touched AS (
      UPDATE login_session SET last_seen_at = :now
       WHERE token_hash = :token_hash AND last_seen_at < :stale
         AND last_seen_at > :idle_since AND expires_at > :now
    )
    SELECT {ASKER},
           (SELECT count(*) FROM (SELECT 1 FROM inbox_message i
             WHERE i.person_id = s.person_id AND i.read_at IS NULL LIMIT 100) AS i) AS unread
      FROM login_session s {ASKER_TABLES}
     WHERE s.token_hash = :token_hash AND s.last_seen_at > :idle_since AND s.expires_at > :now
    """  # noqa: S608 - put together from constants
)
_RESOLVE_PERSON = text(
    f"""
    SELECT {ASKER}
      FROM (SELECT CAST(:person_id AS uuid) AS person_id,
                   CAST(:organisation_id AS uuid) AS organisation_id) s {ASKER_TABLES}
    """  # noqa: S608 - put together from constants
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


async def find_person_acting(
    uow: UnitOfWork, person_id: UUID, organisation_id: UUID | None
) -> Row[Any] | None:
    """A person with his roles, acting for an organisation if he is in it; None when he is gone."""
    found = await uow.session.execute(
        _RESOLVE_PERSON, {"person_id": person_id, "organisation_id": organisation_id}
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


async def sweep_proofs(uow: UnitOfWork, limit: int) -> int:
    """Delete proofs that have expired."""
    return await _sweep(uow, "address_proof", "expires_at", limit)


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
