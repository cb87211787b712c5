"""Pages of the operators about money: odd arrivals, payouts, refunds by hand, the comparison."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.payments import service
from app.payments.errors import ReceiptMissing
from app.payments.types import PayoutFilter, ReceiptView
from frontend import exports
from frontend.exports.payments import DIFFERENCES, ODD_RECEIPTS, PAYOUTS, STATEMENTS
from frontend.forms import CLOSED, UNSEEN, Form
from frontend.forms.payments import DayForm, RefundForm
from frontend.pages.queue import Queue
from frontend.render import page

router = APIRouter(include_in_schema=False)

RECEIPTS: Final = "/review/payments"
PAYOUTS_AT: Final = "/review/payouts"
REFUNDS: Final = "/review/refunds"
STATEMENTS_AT: Final = "/review/statements"
DIFFERENCES_AT: Final = "/review/differences"


async def _rights(_tx: Tx, actor: Actor, _found: Any) -> dict[str, Any]:
    return {"may_act": service.may_act(actor), "person_id": actor.person_id}


RECEIPT_QUEUE: Final = Queue(
    RECEIPTS, "payments/receipts.html", "receipts", service.list_odd_receipts, ODD_RECEIPTS
)
REFUND_QUEUE: Final = Queue(
    REFUNDS,
    "payments/refunds.html",
    "payouts",
    partial(service.list_payouts, only=PayoutFilter.asked),
    PAYOUTS,
    _rights,
)
DIFFERENCE_QUEUE: Final = Queue(
    DIFFERENCES_AT,
    "payments/differences.html",
    "differences",
    service.list_differences,
    DIFFERENCES,
    _rights,
)


@router.get(RECEIPTS, name="review_receipts")
async def show_receipts(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Arrivals that were not simply matched, newest first."""
    return await RECEIPT_QUEUE.show(request, actor, tx, after)


@router.get(PAYOUTS_AT, name="review_payouts")
async def show_payouts(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    stuck: bool = False,
    after: str | None = None,
) -> Response:
    """Payouts, newest first; ``stuck``: only those that will not go."""
    return await _payouts_page(request, actor, tx, stuck=stuck, after=after)


@router.post(f"{PAYOUTS_AT}/{{payout_id}}/retry", name="payout_retry")
async def retry(request: Request, payout_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Try a payout now."""
    form = Form()
    try:
        await tx.run(service.retry_payout, actor=actor, payout_id=payout_id)
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _payouts_page(request, actor, tx, stuck=True, form=form, status=error.status)
    return RedirectResponse(f"{PAYOUTS_AT}?stuck=1", 303)


@router.get(REFUNDS, name="review_refunds")
async def show_refunds(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Refunds by hand that wait for a second person."""
    return await REFUND_QUEUE.show(request, actor, tx, after)


@router.get(f"{REFUNDS}/new", name="refund_new")
async def new_refund(request: Request, actor: ActorDep, tx: TxDep, order: str = "") -> Response:
    """Find the arrival of an order, and the form for its refund."""
    form = RefundForm.blank(order=order)
    receipt = None
    try:
        if order.strip():
            receipt = await tx.run(service.find_paid_receipt, actor=actor, number=order)
        else:
            await tx.run(service.list_payouts, actor=actor, limit=1)
    except ReceiptMissing as error:
        form.refuse(error)
    return _refund_page(request, form, receipt, status=form.error.status if form.error else 200)


@router.post(f"{RECEIPTS}/{{receipt_id}}/refund", name="refund_request")
async def request_refund(
    request: Request, receipt_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Ask for a refund by hand; another operator decides."""
    form = RefundForm.of(await request.form())
    try:
        await tx.run(
            service.request_refund,
            actor=actor,
            receipt_id=receipt_id,
            amount=form.parse(),
            note=form.value("note"),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        receipt = await tx.run(service.show_receipt, actor=actor, receipt_id=receipt_id)
        return _refund_page(request, form, receipt, status=error.status)
    return RedirectResponse(REFUNDS, 303)


@router.post(f"{REFUNDS}/{{payout_id}}/{{word}}", name="refund_decide")
async def decide_refund(
    request: Request,
    payout_id: UUID,
    word: Literal["approve", "refuse"],
    actor: ActorDep,
    tx: TxDep,
) -> Response:
    """The second person's word."""
    form = Form.of(await request.form())
    said: dict[str, Any] = {"payout_id": payout_id}
    verb: Any = service.approve_refund
    if word == "refuse":
        verb, said["note"] = service.refuse_refund, form.value("note")
    try:
        await tx.run(verb, actor=actor, **said)
    except DomainError as error:
        form.refuse(error, but=UNSEEN)
        return await _refunds_refused(request, actor, tx, form, error.status, payout_id)
    return RedirectResponse(REFUNDS, 303)


@router.get(STATEMENTS_AT, name="review_statements")
async def show_statements(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Days that were compared, newest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_statements, actor=actor)
        return await exports.send(request, tx, actor, STATEMENTS, fetch)
    return await _statements_page(request, actor, tx, after=after)


@router.post(STATEMENTS_AT, name="statement_ask")
async def ask_statement(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Compare one day again."""
    form = DayForm.of(await request.form())
    try:
        await tx.run(service.ask_statement, actor=actor, day=form.parse())
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _statements_page(request, actor, tx, form=form, status=error.status)
    return RedirectResponse(STATEMENTS_AT, 303)


@router.get(DIFFERENCES_AT, name="review_differences")
async def show_differences(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Differences that nobody has settled, oldest first."""
    return await DIFFERENCE_QUEUE.show(request, actor, tx, after)


@router.post(f"{DIFFERENCES_AT}/{{difference_id}}/settle", name="difference_settle")
async def settle(request: Request, difference_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Write down what became of a difference."""
    form = Form.of(await request.form())
    return await DIFFERENCE_QUEUE.decide(
        request,
        actor,
        tx,
        service.settle_difference,
        form,
        of=difference_id,
        difference_id=difference_id,
        note=form.value("note"),
    )


async def _payouts_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    *,
    stuck: bool,
    after: str | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    only = PayoutFilter.stuck if stuck else PayoutFilter.all
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_payouts, actor=actor, only=only)
        return await exports.send(request, tx, actor, PAYOUTS, fetch)
    found = await tx.run(service.list_payouts, actor=actor, only=only, after=after)
    return page(
        request,
        "payments/payouts.html",
        status=status,
        form=form or Form(),
        payouts=found,
        stuck=stuck,
        first=not after,
        may_act=service.may_act(actor),
    )


async def _refunds_refused(
    request: Request, actor: Actor, tx: Tx, form: Form, status: int, payout_id: UUID
) -> Response:
    found = await tx.run(service.list_payouts, actor=actor, only=PayoutFilter.asked)
    rights = await _rights(tx, actor, found)
    return page(
        request,
        "payments/refunds.html",
        status=status,
        form=form,
        payouts=found,
        first=True,
        of=payout_id,
        **rights,
    )


def _refund_page(
    request: Request, form: Form, receipt: ReceiptView | None, *, status: int = 200
) -> Response:
    return page(request, "payments/refund.html", status=status, form=form, receipt=receipt)


async def _statements_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    *,
    after: str | None = None,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    found = await tx.run(service.list_statements, actor=actor, after=after)
    return page(
        request,
        "payments/statements.html",
        status=status,
        form=form or DayForm(),
        days=found,
        first=not after,
        may_act=service.may_act(actor),
    )
