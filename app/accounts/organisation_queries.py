"""Every SELECT and lock of organisations, their members and their invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_

from app.accounts.errors import InvitationMissing, MemberMissing, OrganisationMissing
from app.accounts.models import Invitation, Membership, Organisation, Person, PlatformRole
from app.accounts.queries import first_login
from app.accounts.standing_models import PersonVerification
from app.accounts.types import (
    PLATFORM_ROLES,
    MembershipState,
    PersonVerificationState,
    Role,
    VerificationState,
)
from app.core.tx import UnitOfWork

ACTIVE = MembershipState.active.value


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


async def list_verified_by_code(uow: UnitOfWork, credit_code: str) -> list[Organisation]:
    """The verified organisation with this 统一社会信用代码; at most one."""
    query = select(Organisation).where(
        Organisation.credit_code == credit_code,
        Organisation.state == VerificationState.verified.value,
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


async def find_membership(
    uow: UnitOfWork, organisation_id: UUID, person_id: UUID
) -> Membership | None:
    """A person's row in an organisation, removed or not."""
    query = select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.person_id == person_id
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_member(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> Membership | None:
    """An active member; None for a removed one and for who never was one."""
    found = await find_membership(uow, organisation_id, person_id)
    return found if found is not None and found.state == ACTIVE else None


async def get_member(uow: UnitOfWork, organisation_id: UUID, person_id: UUID) -> Membership:
    """An active member. Raises MemberMissing."""
    found = await find_member(uow, organisation_id, person_id)
    if found is None:
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
) -> Sequence[Row[Membership, str, str, bool]]:
    """(membership, name, identifier, verified) of active members, in order of joining."""
    verified = (
        select(PersonVerification.id)
        .where(
            PersonVerification.person_id == Membership.person_id,
            PersonVerification.state == PersonVerificationState.verified.value,
        )
        .exists()
    )
    query = (
        select(Membership, Person.name, first_login(Membership.person_id), verified)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Membership.state == ACTIVE)
        .order_by(Membership.joined_at, Membership.id)
    )
    return (await uow.session.execute(query)).all()


async def list_holders(
    uow: UnitOfWork, organisation_id: UUID, roles: Collection[str]
) -> Sequence[UUID]:
    """Active members who hold one of these roles."""
    query = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.state == ACTIVE,
        Membership.roles.overlap([Role(role).value for role in roles]),
    )
    return (await uow.session.scalars(query)).all()


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


async def share_members(uow: UnitOfWork, one: UUID, other: UUID) -> bool:
    """Whether somebody is an active member of both organisations."""
    theirs = select(Membership.person_id).where(
        Membership.organisation_id == other, Membership.state == ACTIVE
    )
    query = (
        select(Membership.id)
        .where(
            Membership.organisation_id == one,
            Membership.state == ACTIVE,
            Membership.person_id.in_(theirs),
        )
        .limit(1)
    )
    return (await uow.session.execute(query)).first() is not None


async def has_staff(uow: UnitOfWork, organisation_id: UUID) -> bool:
    """Whether an active member holds a role of the platform."""
    query = (
        select(Membership.id)
        .join(PlatformRole, PlatformRole.person_id == Membership.person_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.state == ACTIVE,
            PlatformRole.role.in_([role.value for role in PLATFORM_ROLES]),
        )
        .limit(1)
    )
    return (await uow.session.execute(query)).first() is not None
