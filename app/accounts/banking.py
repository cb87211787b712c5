"""The verbs about a party's bank account (银行账户): enter it, prove it, change it.

Whoever can read the remark (附言) of a transfer of one 分 holds the account; an operator may also
vouch for it from papers. The account's number is sealed; no audit line and no message holds it.
"""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

from app.accounts import (
    access,
    bank_queries,
    bank_rules,
    organisation_queries,
    proof_rules,
    queries,
    rules,
)
from app.accounts.errors import (
    BankAccountDecided,
    BankAccountMissing,
    NotVerified,
    TrialMissing,
    TrialsUnavailable,
)
from app.accounts.organisations import lock_managed
from app.accounts.people import count_attempt
from app.accounts.renaming import note_account, retire_account
from app.accounts.standing_models import BankAccount, BankTrial
from app.accounts.telling import tell_organisation, tell_person
from app.accounts.types import (
    BankAccountState,
    BankAccountView,
    BankMethod,
    PartyKind,
    Role,
    TrialState,
    TrialView,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import Forbidden, KeyReused, Unauthenticated
from app.core.ids import new_id
from app.core.paging import Page, decode_place, encode_cursor
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

NUMBERS = "accounts.bank_account"  # purposes of sealing
CODES = "accounts.bank_trial"
TRIAL_JOB = "accounts.bank_trial"
FILES = "accounts.bank_account"  # owner kind of the papers that show whose account it is
PAGE = 20


async def enter_bank_account(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID | None,
    holder: str,
    bank: str,
    branch: str,
    number: str,
    sealer: Sealer,
    key: str,
) -> BankAccountView:
    """Enter the account of one's verified organisation (a head), or one's own (None).

    The one in force until now is retired. The same key gives the same account. Raises
    Unauthenticated, Forbidden, OrganisationMissing, NotVerified, Invalid, KeyReused.
    """
    party_id = await _lock_owned(uow, actor, organisation_id)
    name = await bank_queries.find_name(uow, party_id)
    holder, bank, branch, number = bank_rules.parse_account(
        holder=holder,
        bank=bank,
        branch=branch,
        number=number,
        party_name=name,
        personal=organisation_id is None,
    )
    if (seen := await bank_queries.find_entered(uow, party_id, key)) is not None:
        if (seen.bank, sealer.open(NUMBERS, seen.number_sealed, owner=seen.id)) != (bank, number):
            raise KeyReused()
        return await _view(uow, seen)
    old = await bank_queries.find_current(uow, party_id)
    if old is not None:
        await retire_account(uow, old, "已登记新账户")
    account_id = new_id()
    account = BankAccount(
        id=account_id,
        party_id=party_id,
        holder=holder,
        bank=bank,
        branch=branch,
        number_sealed=sealer.seal(NUMBERS, number, owner=account_id),
        last_digits=number[-4:],
        state=BankAccountState.entered.value,
        reason="",
        entered_at=await uow.stamp(),
        entered_by=actor.person_id,
        idempotency_key=key,
    )
    uow.session.add(account)
    await uow.session.flush()
    await note_account(
        uow, actor, "accounts.enter_bank_account", account, replaces=old and str(old.id)
    )
    return await _view(uow, account)


async def show_bank_account(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID | None
) -> BankAccountView | None:
    """The account in force of one's organisation (for its heads), or one's own.

    Raises Unauthenticated, Forbidden.
    """
    party_id = _require_owned(actor, organisation_id)
    account = await bank_queries.find_current(uow, party_id)
    return None if account is None else await _view(uow, account)


async def order_bank_trial(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID | None,
    account_id: UUID,
    sealer: Sealer,
    available: bool,
) -> None:
    """Ask for the transfer of one 分; the worker sends it. One already under way stays.

    Raises Unauthenticated, Forbidden, BankAccountMissing, BankAccountDecided, TrialsUnavailable
    (this market is connected to no bank), TooManyAttempts.
    """
    account = await _lock_account(uow, actor, organisation_id, account_id)
    if not available:
        raise TrialsUnavailable()
    now = await uow.stamp()
    trial = await bank_queries.find_trial(uow, account.id)
    if trial is not None and trial.state == TrialState.ordered.value and now < trial.expires_at:
        return
    await count_attempt(uow, bank_rules.TRIALS_BY_PARTY, str(account.party_id))
    await bank_queries.spend_trials(uow, account.id)
    trial_id = new_id()
    code = proof_rules.make_code(secrets.randbelow(10**6))
    uow.session.add(
        BankTrial(
            id=trial_id,
            account_id=account.id,
            code_sealed=sealer.seal(CODES, code, owner=trial_id),
            state=TrialState.ordered.value,
            attempts=0,
            ordered_at=now,
            expires_at=now + bank_rules.TRIAL_LIMIT,
        )
    )
    await uow.session.flush()
    await uow.enqueue(TRIAL_JOB, {"trial_id": str(trial_id)})
    await note_account(uow, actor, "accounts.order_bank_trial", account, trial_id=str(trial_id))


async def try_bank_code(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID | None,
    account_id: UUID,
    code: str,
    sealer: Sealer,
) -> int | None:
    """Compare the code of the remark; None when it is right, else how many tries are left.

    A wrong code is an answer and no refusal, so that the try it cost is committed; pages turn it
    into WrongTrialCode. Raises Unauthenticated, Forbidden, Invalid,
    BankAccountMissing, BankAccountDecided, TrialMissing (none sent, too old, no tries left).
    """
    code = bank_rules.parse_code(code)
    account = await _lock_account(uow, actor, organisation_id, account_id)
    trial = await bank_queries.find_trial(uow, account.id)
    if trial is None:
        raise TrialMissing()
    now = await uow.stamp()
    bank_rules.check_trial(TrialState(trial.state), trial.attempts, trial.expires_at, now)
    trial.attempts += 1
    if not hmac.compare_digest(sealer.open(CODES, trial.code_sealed, owner=trial.id), code):
        left = bank_rules.MOST_TRIES - trial.attempts
        if not left:
            trial.state = TrialState.spent.value
        await note_account(
            uow, actor, "accounts.mistake_bank_code", account, trial_id=str(trial.id)
        )
        return left
    bank_rules.check_holder(account.holder, await bank_queries.find_name(uow, account.party_id))
    trial.state = TrialState.matched.value
    account.state, account.method = BankAccountState.verified.value, BankMethod.transfer.value
    account.verified_at = now
    await note_account(uow, actor, "accounts.verify_bank_account", account, trial_id=str(trial.id))
    return None


async def verify_bank_account(
    uow: UnitOfWork, *, actor: Actor, account_id: UUID, reason: str
) -> None:
    """Vouch for an account from papers, by an operator whose account it is not; ``reason`` says
    what he saw. Raises Forbidden, Invalid, BankAccountMissing, BankAccountDecided."""
    account = await _lock_for_review(uow, actor, account_id)
    reason = rules.parse_line(reason, "reason", bank_rules.REASON_MAX, "请写明核验依据")
    bank_rules.check_holder(account.holder, await bank_queries.find_name(uow, account.party_id))
    await bank_queries.spend_trials(uow, account.id)
    now = await uow.stamp()
    account.state, account.method = BankAccountState.verified.value, BankMethod.operator.value
    account.verified_at, account.verified_by, account.reason = now, actor.person_id, reason
    await note_account(uow, actor, "accounts.verify_bank_account", account)
    await _tell(uow, account, "accounts.bank_account_verified", "银行账户已通过核验")


async def return_bank_account(
    uow: UnitOfWork, *, actor: Actor, account_id: UUID, reason: str
) -> None:
    """Say why an account cannot be vouched for; it is retired, and the party enters another.

    Raises Forbidden, Invalid, BankAccountMissing, BankAccountDecided.
    """
    account = await _lock_for_review(uow, actor, account_id)
    reason = rules.parse_line(reason, "reason", bank_rules.REASON_MAX, "请填写退回理由")
    await retire_account(uow, account, reason)
    await note_account(uow, actor, "accounts.return_bank_account", account)
    await _tell(uow, account, "accounts.bank_account_returned", "银行账户未通过核验，请重新登记")


async def list_entered_bank_accounts(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[BankAccountView]:
    """Accounts that nobody has proved, oldest first, for operators. Raises Forbidden, Invalid."""
    require(actor, access.SEE_BANK_REVIEW)
    rows = await bank_queries.list_entered(uow, decode_place(after), limit + 1)
    shown = [_show(account, None, PartyKind(kind)) for account, kind in rows[:limit]]
    cursor = None
    if len(rows) > limit:
        cursor = encode_cursor(shown[-1].entered_at, shown[-1].id)
    return Page(shown, cursor)


def may_review_bank(actor: Actor) -> bool:
    """Whether the asker decides on accounts, or only reads the queue."""
    return may(actor, access.REVIEW_BANK)


def _require_owned(actor: Actor, organisation_id: UUID | None) -> UUID:
    """The party whose account the actor manages; refuses who manages none."""
    if organisation_id is None:
        require(actor, access.MANAGE_OWN_BANK)
        if actor.person_id is None:
            raise Unauthenticated()
        return actor.person_id
    require(actor, access.MANAGE_BANK, owner=organisation_id)
    return organisation_id


async def _lock_owned(uow: UnitOfWork, actor: Actor, organisation_id: UUID | None) -> UUID:
    party_id = _require_owned(actor, organisation_id)
    if organisation_id is None:
        # why: an account entered while its person leaves would keep his name for ever
        await queries.lock_living(uow, party_id)
    elif not (await lock_managed(uow, actor, organisation_id)).view().verified:
        raise NotVerified()
    await bank_queries.lock_party(uow, party_id)
    return party_id


async def _lock_account(
    uow: UnitOfWork, actor: Actor, organisation_id: UUID | None, account_id: UUID
) -> BankAccount:
    """The party's own account, still to be proved."""
    party_id = await _lock_owned(uow, actor, organisation_id)
    account = await bank_queries.get_account(uow, account_id)
    if account.party_id != party_id:
        raise BankAccountMissing()
    _check_entered(account)
    return account


async def _lock_for_review(uow: UnitOfWork, actor: Actor, account_id: UUID) -> BankAccount:
    require(actor, access.REVIEW_BANK)
    party_id = (await bank_queries.get_account(uow, account_id)).party_id
    await bank_queries.lock_party(uow, party_id)
    account = await bank_queries.get_account(uow, account_id)
    if actor.person_id is not None and (
        party_id == actor.person_id
        or await organisation_queries.find_member(uow, party_id, actor.person_id)
    ):
        raise Forbidden("不能核验本人或所在单位的账户，请由其他运营人员处理")
    _check_entered(account)
    return account


def _check_entered(account: BankAccount) -> None:
    if account.state != BankAccountState.entered.value:
        raise BankAccountDecided(state=account.state)


async def _view(uow: UnitOfWork, account: BankAccount) -> BankAccountView:
    trial = await bank_queries.find_trial(uow, account.id)
    return _show(account, trial, None)


def _show(account: BankAccount, trial: BankTrial | None, kind: PartyKind | None) -> BankAccountView:
    shown = None
    if trial is not None:
        shown = TrialView(
            TrialState(trial.state),
            bank_rules.MOST_TRIES - trial.attempts,
            trial.ordered_at,
            trial.expires_at,
        )
    return BankAccountView(
        id=account.id,
        party_id=account.party_id,
        party_kind=kind,
        holder=account.holder,
        bank=account.bank,
        branch=account.branch,
        last_digits=account.last_digits,
        state=BankAccountState(account.state),
        method=BankMethod(account.method) if account.method else None,
        reason=account.reason,
        entered_at=account.entered_at,
        verified_at=account.verified_at,
        trial=shown,
    )


async def _tell(uow: UnitOfWork, account: BankAccount, kind: str, subject: str) -> None:
    """Tell the heads, or the person himself."""
    organisation = await organisation_queries.list_by_ids(uow, [account.party_id])
    notice = Notice(
        kind=kind,
        subject=subject,
        body="详见银行账户页面。",
        href="/desk/organisation/bank" if organisation else "/desk/account/bank",
        facts={"account_id": str(account.id)},
    )
    key = f"{kind}:{account.id}"
    if organisation:
        await tell_organisation(
            uow, organisation_id=account.party_id, roles={Role.head}, notice=notice, key=key
        )
    else:
        await tell_person(uow, person_id=account.party_id, notice=notice, key=key)
