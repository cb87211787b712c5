"""Every SELECT and lock of API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update

from app.accounts.models import Organisation
from app.accounts.queries import ASKER, ASKER_TABLES
from app.accounts.standing_models import ApiToken
from app.core.tx import UnitOfWork


async def find_made(uow: UnitOfWork, person_id: UUID, key: str) -> ApiToken | None:
    """The token made with this idempotency key."""
    query = select(ApiToken).where(ApiToken.person_id == person_id, ApiToken.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def count_live(uow: UnitOfWork, person_id: UUID) -> int:
    """How many tokens of a person let somebody in."""
    query = select(func.count()).where(
        ApiToken.person_id == person_id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > uow.now,
    )
    return (await uow.session.execute(query)).scalar_one()


async def lock_token(uow: UnitOfWork, token_id: UUID) -> ApiToken | None:
    """Lock a token."""
    query = (
        select(ApiToken)
        .where(ApiToken.id == token_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_live(uow: UnitOfWork, person_id: UUID) -> list[tuple[ApiToken, str]]:
    """Tokens of a person that let somebody in with their organisations' names, newest first."""
    query = (
        select(ApiToken, func.coalesce(Organisation.name, ""))
        .outerjoin(Organisation, Organisation.id == ApiToken.organisation_id)
        .where(
            ApiToken.person_id == person_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > uow.now,
        )
        .order_by(ApiToken.id.desc())
    )
    return [(token, name) for token, name in await uow.session.execute(query)]


async def end_all(uow: UnitOfWork, person_id: UUID) -> int:
    """End every token of a person that lets somebody in."""
    ended = await uow.session.execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=uow.now)
        .returning(ApiToken.id)
    )
    return len(ended.all())


# One statement a request, like that of sessions. The last use is written only when the one written
# is older than ``stale``.
_RESOLVE = text(
    f"""
    WITH touched AS (
      UPDATE api_token SET last_used_at = :now
       WHERE token_hash = :token_hash AND revoked_at IS NULL AND expires_at > :now
         AND (last_used_at IS NULL OR last_used_at < :stale)
    )
    SELECT {ASKER}, s.id AS token_id, s.scopes
      FROM api_token s {ASKER_TABLES}
     WHERE s.token_hash = :token_hash AND s.revoked_at IS NULL AND s.expires_at > :now
    """  # noqa: S608 - put together from constants
)


async def find_holder(uow: UnitOfWork, token_hash: bytes, *, stale: datetime) -> Row[Any] | None:
    """Who holds this token, with his roles; None when it is unknown or has ended."""
    found = await uow.session.execute(
        _RESOLVE, {"token_hash": token_hash, "now": uow.now, "stale": stale}
    )
    return found.one_or_none()
