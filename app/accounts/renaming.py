"""What a new name costs: who was verified, or paid, under the old one is so no longer."""

from __future__ import annotations

from app.accounts import bank_queries, bank_rules, vouching_queries
from app.accounts.models import Person
from app.accounts.papers import take_papers_off
from app.accounts.people import note_person
from app.accounts.standing_models import BankAccount
from app.accounts.types import BankAccountState
from app.audit.service import note
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def end_standing(uow: UnitOfWork, *, actor: Actor, person: Person) -> None:
    """A person with another name is to be verified anew and has no account yet; papers on their way
    are taken off. The person is locked. An organisation's name stays once it may have an account.
    """
    await bank_queries.lock_party(uow, person.id)
    account = await bank_queries.find_current(uow, person.id)
    if account is not None and not bank_rules.is_same_name(account.holder, person.name):
        await retire_account(uow, account, "名称已变更，请重新登记银行账户")
        await note_account(uow, actor, "accounts.retire_bank_account", account)
    for verification_id in await vouching_queries.lapse(uow, person.id):
        await take_papers_off(uow, verification_id)
        await note_person(
            uow,
            actor,
            "accounts.lapse_person_verification",
            person.id,
            verification_id=str(verification_id),
        )


async def retire_account(uow: UnitOfWork, account: BankAccount, reason: str) -> None:
    """Take an account out of force; the party is locked."""
    await bank_queries.spend_trials(uow, account.id)
    now = await uow.stamp()
    account.state, account.retired_at = BankAccountState.retired.value, now
    account.reason = reason
    await uow.session.flush()  # why: the index lets one account be in force at a time


async def note_account(
    uow: UnitOfWork, actor: Actor, action: str, account: BankAccount, **facts: object
) -> None:
    """One audit line about an account; never the number, not even its last digits."""
    await note(
        uow,
        actor=actor,
        action=action,
        subject_kind="bank_account",
        subject_id=account.id,
        facts=facts | {"party_id": str(account.party_id)},
    )
