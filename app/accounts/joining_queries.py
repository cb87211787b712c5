"""Every SELECT of requests to join. They change under their organisation's lock."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select, update

from app.accounts.errors import JoinRequestMissing
from app.accounts.models import Organisation, Person
from app.accounts.queries import first_login
from app.accounts.standing_models import JoinRequest
from app.accounts.types import JoinRequestState, VerificationState
from app.core.tx import UnitOfWork

_OPEN = JoinRequest.state == JoinRequestState.pending.value


async def list_verified_with(uow: UnitOfWork, word: str, limit: int) -> list[Organisation]:
    """Verified organisations whose names hold the word, those that begin with it first."""
    query = (
        select(Organisation)
        .where(
            Organisation.state == VerificationState.verified.value,
            Organisation.name.icontains(word, autoescape=True),
        )
        .order_by(
            Organisation.name.istartswith(word, autoescape=True).desc(),
            Organisation.name,
            Organisation.id,
        )
        .limit(limit)
    )
    return list(await uow.session.scalars(query))


async def get_request(uow: UnitOfWork, request_id: UUID) -> JoinRequest:
    """A request as it is now. Raises JoinRequestMissing."""
    found = await uow.session.get(JoinRequest, request_id, populate_existing=True)
    if found is None:
        raise JoinRequestMissing()
    return found


async def find_open(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> JoinRequest | None:
    """A person's open request to an organisation; at most one."""
    query = select(JoinRequest).where(
        JoinRequest.organisation_id == organisation_id, JoinRequest.person_id == person_id, _OPEN
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_open(
    uow: UnitOfWork, organisation_id: UUID, after: UUID | None, limit: int
) -> Sequence[Row[JoinRequest, str, str]]:
    """(request, name, identifier) of the open requests to an organisation, oldest first."""
    query = (
        select(JoinRequest, Person.name, first_login(JoinRequest.person_id))
        .join(Person, Person.id == JoinRequest.person_id)
        .where(JoinRequest.organisation_id == organisation_id, _OPEN)
    )
    if after is not None:
        query = query.where(JoinRequest.id > after)
    return (await uow.session.execute(query.order_by(JoinRequest.id).limit(limit))).all()


async def list_own(uow: UnitOfWork, person_id: UUID, limit: int) -> list[tuple[JoinRequest, str]]:
    """A person's requests with the organisations' names, newest first."""
    query = (
        select(JoinRequest, Organisation.name)
        .join(Organisation, Organisation.id == JoinRequest.organisation_id)
        .where(JoinRequest.person_id == person_id)
        .order_by(JoinRequest.id.desc())
        .limit(limit)
    )
    return [(request, name) for request, name in await uow.session.execute(query)]


async def close_open(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> None:
    """Whoever came in by a code asks no longer. The organisation is locked."""
    await uow.session.execute(
        update(JoinRequest)
        .where(
            JoinRequest.organisation_id == organisation_id,
            JoinRequest.person_id == person_id,
            _OPEN,
        )
        .values(state=JoinRequestState.withdrawn.value, decided_at=uow.now)
    )
