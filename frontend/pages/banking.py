"""Pages of bank accounts: a party's own, and the operators' queue."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.errors import WrongTrialCode
from app.accounts.types import BankAccountView
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.i18n import Message
from app.core.paging import Page
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.exports.standing import WAITING_ACCOUNTS
from frontend.forms import CLOSED, Form
from frontend.forms.standing import METHOD_LABELS, BankForm, CodeForm
from frontend.pages.organisations import own
from frontend.pages.queue import Queue
from frontend.render import page

router = APIRouter(include_in_schema=False)

Side = Literal["organisation", "account"]  # whose account it is: the organisation's, or one's own
PATH: Final = "/desk/{side}/bank"
REVIEW: Final = "/review/bank-accounts"


async def _rights(_tx: Tx, actor: Actor, _found: Page[BankAccountView]) -> dict[str, Any]:
    return {"may_decide": service.may_review_bank(actor)}


QUEUE: Final = Queue(
    REVIEW,
    "accounts/bank_review.html",
    "accounts",
    service.list_entered_bank_accounts,
    WAITING_ACCOUNTS,
    _rights,
)


@router.get(PATH, name="bank")
async def show(request: Request, side: Side, actor: ActorDep, tx: TxDep) -> Response:
    """The account in force, how it is proved, and the form for another."""
    return await _bank_page(request, actor, tx, side)


@router.post(PATH, name="bank_enter")
async def enter(request: Request, side: Side, actor: ActorDep, tx: TxDep) -> Response:
    """Enter an account; the one in force until now is retired."""
    form = BankForm.of(await request.form())
    try:
        await tx.run(
            service.enter_bank_account,
            actor=actor,
            organisation_id=_party(actor, side),
            holder=form.value("holder"),
            bank=form.value("bank"),
            branch=form.value("branch"),
            number=form.value("number"),
            sealer=request.app.state.sealer,
            key=form.key(),
        )
    except DomainError as error:
        form.forget_number()
        return await _refused(request, actor, tx, side, form, error)
    return RedirectResponse(f"/desk/{side}/bank", 303)


@router.post(f"{PATH}/{{account_id}}/trial", name="bank_trial")
async def trial(
    request: Request, side: Side, account_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Ask for the transfer of one 分."""
    try:
        await tx.run(
            service.order_bank_trial,
            actor=actor,
            organisation_id=_party(actor, side),
            account_id=account_id,
            sealer=request.app.state.sealer,
            available=request.app.state.transfers,
        )
    except DomainError as error:
        return await _refused(request, actor, tx, side, Form(), error)
    return RedirectResponse(f"/desk/{side}/bank", 303)


@router.post(f"{PATH}/{{account_id}}/confirm", name="bank_confirm")
async def confirm(
    request: Request, side: Side, account_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Compare the code of the remark."""
    form = CodeForm.of(await request.form())
    try:
        left = await tx.run(
            service.try_bank_code,
            actor=actor,
            organisation_id=_party(actor, side),
            account_id=account_id,
            code=form.value("code"),
            sealer=request.app.state.sealer,
        )
        if left is not None:
            sentence = Message("验证码不正确，还可以尝试 %(left)s 次", left=left)
            raise WrongTrialCode(sentence, left=left)
    except DomainError as error:
        return await _refused(request, actor, tx, side, form, error)
    return RedirectResponse(f"/desk/{side}/bank", 303)


@router.get(REVIEW, name="bank_review")
async def show_review(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Accounts that nobody has proved yet, oldest first."""
    return await QUEUE.show(request, actor, tx, after)


@router.post(f"{REVIEW}/{{account_id}}/verify", name="bank_verify")
async def verify(request: Request, account_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Vouch for an account from papers."""
    return await _decide(request, actor, tx, "verify", account_id)


@router.post(f"{REVIEW}/{{account_id}}/return", name="bank_return")
async def send_back(request: Request, account_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Say why an account cannot be vouched for."""
    return await _decide(request, actor, tx, "return", account_id)


async def _decide(
    request: Request, actor: Actor, tx: Tx, word: Literal["verify", "return"], account_id: UUID
) -> Response:
    form = Form.of(await request.form())
    verb = service.verify_bank_account if word == "verify" else service.return_bank_account
    reason, of = form.value("reason"), (word, account_id)
    return await QUEUE.decide(
        request, actor, tx, verb, form, of=of, account_id=account_id, reason=reason
    )


def _party(actor: Actor, side: Side) -> UUID | None:
    """The organisation acted for; None for oneself. Raises Unauthenticated, Forbidden."""
    return own(actor) if side == "organisation" else None


async def _refused(
    request: Request, actor: Actor, tx: Tx, side: Side, form: Form, error: DomainError
) -> Response:
    form.refuse(error, but=CLOSED)
    return await _bank_page(request, actor, tx, side, form, error.status)


async def _bank_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    side: Side,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    party = _party(actor, side)
    account = await tx.run(service.show_bank_account, actor=actor, organisation_id=party)
    name = actor.name if party is None else actor.organisation_name
    return page(
        request,
        "accounts/bank.html",
        status=status,
        side=side,
        refused=form or Form(),
        entered=form if isinstance(form, BankForm) else BankForm.blank(holder=name),
        typed=form if isinstance(form, CodeForm) else CodeForm(),
        account=account,
        party_name=name,
        transfers=request.app.state.transfers,
        method_labels=METHOD_LABELS,
    )
