"""Every SELECT and lock of bank accounts and of the transfers that prove them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, text, tuple_, update

from app.accounts.errors import BankAccountMissing
from app.accounts.models import Organisation, Party, Person
from app.accounts.standing_models import BankAccount, BankTrial
from app.accounts.types import BankAccountState, TrialState
from app.core.tx import UnitOfWork

_MOST_ALIKE = 500  # accounts that end in the same four digits
_OPEN_TRIALS = (TrialState.ordered.value, TrialState.sent.value)


async def lock_party(uow: UnitOfWork, party_id: UUID) -> None:
    """Lock a party: its accounts change under this lock. Raises BankAccountMissing."""
    query = select(Party.id).where(Party.id == party_id).with_for_update()
    if (await uow.session.scalars(query)).one_or_none() is None:
        raise BankAccountMissing()


async def find_name(uow: UnitOfWork, party_id: UUID) -> str:
    """The name of a party: of the organisation or of the person."""
    query = (
        select(func.coalesce(Organisation.name, Person.name))
        .select_from(Party)
        .outerjoin(Organisation, Organisation.id == Party.id)
        .outerjoin(Person, Person.id == Party.id)
        .where(Party.id == party_id)
    )
    return (await uow.session.execute(query)).scalar_one()


async def find_entered(uow: UnitOfWork, party_id: UUID, key: str) -> BankAccount | None:
    """The account entered with this idempotency key."""
    query = select(BankAccount).where(
        BankAccount.party_id == party_id, BankAccount.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_current(uow: UnitOfWork, party_id: UUID) -> BankAccount | None:
    """A party's account in force, proved or not; at most one."""
    query = (
        select(BankAccount)
        .where(BankAccount.party_id == party_id, text("bank_account.state <> 'retired'"))
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_proved(uow: UnitOfWork, *, party_id: UUID, after: datetime) -> list[BankAccount]:
    """A party's verified account, and those that were verified and replaced after an instant."""
    query = select(BankAccount).where(
        BankAccount.party_id == party_id,
        BankAccount.verified_at.is_not(None),
        or_(BankAccount.state == BankAccountState.verified.value, BankAccount.retired_at > after),
    )
    return list(await uow.session.scalars(query.order_by(BankAccount.id.desc())))


async def list_verified_by_digits(uow: UnitOfWork, digits: str) -> list[BankAccount]:
    """Verified accounts with these last four digits."""
    query = select(BankAccount).where(
        BankAccount.last_digits == digits, text("bank_account.state = 'verified'")
    )
    return list(await uow.session.scalars(query.order_by(BankAccount.id).limit(_MOST_ALIKE)))


async def get_account(uow: UnitOfWork, account_id: UUID) -> BankAccount:
    """An account as it is now. Raises BankAccountMissing."""
    found = await uow.session.get(BankAccount, account_id, populate_existing=True)
    if found is None:
        raise BankAccountMissing()
    return found


async def find_trial(uow: UnitOfWork, account_id: UUID) -> BankTrial | None:
    """The newest transfer to an account."""
    query = (
        select(BankTrial)
        .where(BankTrial.account_id == account_id)
        .order_by(BankTrial.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def lock_trial(uow: UnitOfWork, trial_id: UUID) -> BankTrial | None:
    """Lock one transfer."""
    query = (
        select(BankTrial)
        .where(BankTrial.id == trial_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def spend_trials(uow: UnitOfWork, account_id: UUID) -> None:
    """End every transfer to an account that could still be confirmed."""
    await uow.session.execute(
        update(BankTrial)
        .where(BankTrial.account_id == account_id, BankTrial.state.in_(_OPEN_TRIALS))
        .values(state=TrialState.spent.value)
    )


async def list_entered(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[BankAccount, str]]:
    """Accounts that nobody has proved yet, with their party's kind, oldest first."""
    query = (
        select(BankAccount, Party.kind)
        .join(Party, Party.id == BankAccount.party_id)
        .where(text("bank_account.state = 'entered'"))  # why: literal, to match the index
    )
    if after is not None:
        query = query.where(tuple_(BankAccount.entered_at, BankAccount.id) > tuple_(*after))
    query = query.order_by(BankAccount.entered_at, BankAccount.id).limit(limit)
    return [(account, kind) for account, kind in await uow.session.execute(query)]
