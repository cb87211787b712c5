"""Every SELECT, lock and DELETE of a copy of one's own data and of a deletion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, select, text, update

from app.accounts.models import (
    Invitation,
    Login,
    LoginSession,
    Membership,
    Organisation,
    Person,
    PlatformRole,
)
from app.accounts.organisation_queries import ACTIVE
from app.accounts.standing_models import (
    ApiToken,
    BankAccount,
    BankTrial,
    JoinRequest,
    PersonVerification,
)
from app.accounts.types import MembershipState
from app.core.tx import UnitOfWork

# why: two administrators who leave at once would leave none
_ADMINISTRATORS_LOCK: Final = 0x6B656A6D
EXPORT_ROWS: Final = 5000  # of one kind; a person's own, newest first


async def lock_organisations(uow: UnitOfWork, person_id: UUID) -> set[UUID]:
    """Lock the organisations a person is in, in id order; returns their ids."""
    own = select(Membership.organisation_id).where(
        Membership.person_id == person_id, Membership.state == ACTIVE
    )
    query = (
        select(Organisation.id)
        .where(Organisation.id.in_(own))
        .order_by(Organisation.id)
        .with_for_update()
    )
    return set(await uow.session.scalars(query))


async def lock_administrators(uow: UnitOfWork) -> None:
    """One person who may be the last administrator leaves at a time."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADMINISTRATORS_LOCK}
    )


async def list_other_roles(
    uow: UnitOfWork, organisation_id: UUID, person_id: UUID
) -> Sequence[list[str]]:
    """The roles of each of an organisation's other members."""
    query = select(Membership.roles).where(
        Membership.organisation_id == organisation_id,
        Membership.person_id != person_id,
        Membership.state == ACTIVE,
    )
    return (await uow.session.scalars(query)).all()


async def delete_belongings(uow: UnitOfWork, person_id: UUID) -> None:
    """Roles, tokens, requests, verifications and bank accounts go; memberships lose their effect;
    what a head noted beside the invitation by which he came is emptied."""
    own_accounts = select(BankAccount.id).where(BankAccount.party_id == person_id)
    for statement in (
        delete(PlatformRole).where(PlatformRole.person_id == person_id),
        delete(ApiToken).where(ApiToken.person_id == person_id),
        delete(JoinRequest).where(JoinRequest.person_id == person_id),
        delete(PersonVerification).where(PersonVerification.person_id == person_id),
        delete(BankTrial).where(BankTrial.account_id.in_(own_accounts)),
        delete(BankAccount).where(BankAccount.party_id == person_id),
        update(Invitation).where(Invitation.used_by == person_id).values(note=""),
        update(Membership)
        .where(Membership.person_id == person_id)
        .values(state=MembershipState.removed.value),
    ):
        await uow.session.execute(statement.execution_options(synchronize_session=False))


async def read_account(uow: UnitOfWork, person_id: UUID) -> dict[str, Any]:
    """A person's rows in this room as JSON values, without hashes and secrets."""
    person = select(Person.id, Person.name, Person.consent_version, Person.consented_at).where(
        Person.id == person_id
    )
    read: dict[str, Any] = {"person": as_json((await uow.session.execute(person)).mappings().one())}
    for name, query in (_account_of(person_id) | _standing_of(person_id)).items():
        found = await uow.session.execute(query.limit(EXPORT_ROWS))
        read[name] = [as_json(row) for row in found.mappings()]
    return read


def _account_of(person_id: UUID) -> dict[str, Select[*tuple[Any, ...]]]:
    """How he comes in, and where he belongs."""
    return {
        "logins": select(Login.kind, Login.value, Login.created_at, Login.proved_at)
        .where(Login.person_id == person_id)
        .order_by(Login.created_at),
        "sessions": select(
            LoginSession.browser,
            LoginSession.address,
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.expires_at,
        )
        .where(LoginSession.person_id == person_id)
        .order_by(LoginSession.created_at.desc()),
        "memberships": select(
            Organisation.name,
            Organisation.credit_code,
            Membership.roles,
            Membership.state,
            Membership.joined_at,
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.joined_at),
        "platform_roles": select(PlatformRole.role, PlatformRole.granted_at).where(
            PlatformRole.person_id == person_id
        ),
    }


def _standing_of(person_id: UUID) -> dict[str, Select[*tuple[Any, ...]]]:
    """What he can show for himself."""
    return {
        "tokens": select(
            ApiToken.name,
            ApiToken.hint,
            ApiToken.scopes,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
        ).where(ApiToken.person_id == person_id),
        "requests_to_join": select(
            JoinRequest.organisation_id,
            JoinRequest.note,
            JoinRequest.state,
            JoinRequest.asked_at,
        ).where(JoinRequest.person_id == person_id),
        "verifications": select(
            PersonVerification.method,
            PersonVerification.name,
            PersonVerification.state,
            PersonVerification.submitted_at,
            PersonVerification.decided_at,
        ).where(PersonVerification.person_id == person_id),
        "bank_accounts": select(
            BankAccount.holder,
            BankAccount.bank,
            BankAccount.branch,
            BankAccount.last_digits,
            BankAccount.state,
            BankAccount.entered_at,
        ).where(BankAccount.party_id == person_id),
    }


def as_json(row: RowMapping) -> dict[str, Any]:
    """One row by column names, ids and times as text."""
    return {
        name: str(value)
        if isinstance(value, UUID)
        else value.isoformat()
        if isinstance(value, (datetime, date))
        else value
        for name, value in row.items()
    }
