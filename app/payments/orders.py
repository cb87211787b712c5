"""Orders (缴款单): opened and closed by the rooms above, registered at the bank by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.audit import service as audit
from app.core.actor import SYSTEM
from app.core.clock import read_offset
from app.core.errors import KeyReused
from app.core.ids import new_id
from app.core.money import Money
from app.core.numbers import next_number
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.payments import notices, payout_rules, queries
from app.payments.events import OrderMoved
from app.payments.models import PayOrder
from app.payments.ports import OrderAsked, OrderKnown
from app.payments.types import OrderState, OrderView

ORDER_JOB = "payments.order"
_WAITING: Final = (OrderState.opening.value, OrderState.open.value)  # for money


async def open_order(
    uow: UnitOfWork,
    *,
    purpose: str,
    subject_kind: str,
    subject_id: UUID,
    party_id: UUID,
    amount: Money,
    due_at: datetime,
    title: str,
    page: str,
    key: str,
) -> OrderView:
    """Ask a party to pay; the caller has asked who may. The same key opens one order.

    ``due_at`` is exclusive, on the market's clock. ``title`` is what the payer reads at the bank,
    ``page`` the path where he pays. Raises KeyReused.
    """
    asked = (purpose, subject_id, party_id, amount.minor)
    if (seen := await queries.find_order_by_key(uow, key)) is not None:
        if (seen.purpose, seen.subject_id, seen.party_id, seen.amount_minor) != asked:
            raise KeyReused()
        return view(seen)
    order = PayOrder(
        id=new_id(),
        number=await next_number(uow, "ZF"),
        purpose=purpose,
        subject_kind=subject_kind,
        subject_id=subject_id,
        title=title,
        page=page,
        party_id=party_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        due_at=due_at,
        state=OrderState.opening.value,
        idempotency_key=key,
        payee_name="",
        payee_bank="",
        payee_account="",
        counter_url="",
        opened_at=uow.now,
        look_at=uow.now,
    )
    uow.session.add(order)
    await uow.session.flush()
    await _note(uow, "payments.open_order", order)
    return view(order)


async def move_orders(uow: UnitOfWork, *, ends: Mapping[UUID, datetime]) -> frozenset[UUID]:
    """Let orders be due at another instant, by their ids; answers which were moved.

    Only those that still wait for money: what is paid or closed stays. An arrival is judged under
    its order's lock by the end that the order has when it is heard of; what was judged before, late
    or not, is not judged again. The worker tells the bank. Moved already is done.
    """
    moved: set[UUID] = set()
    for order in await queries.lock_orders(uow, ends):
        if order.state not in _WAITING or order.due_at == ends[order.id]:
            continue
        order.due_at, order.look_at = ends[order.id], uow.now
        moved.add(order.id)
        uow.record(OrderMoved(order.id, order.purpose, order.due_at))
        await _note(uow, "payments.move_order", order)
    return frozenset(moved)


async def close_order(uow: UnitOfWork, *, order_id: UUID) -> OrderState:
    """Want this money no more; what arrives from now on goes back. A paid order stays paid.

    Answers the state afterwards, so that the caller knows whether there is money to give back.
    Raises OrderMissing.
    """
    order = await queries.lock_order(uow, order_id)
    if order.state in _WAITING:
        order.state, order.closed_at, order.look_at = OrderState.closed.value, uow.now, None
        await _note(uow, "payments.close_order", order)
    return OrderState(order.state)


async def show_order(uow: UnitOfWork, *, order_id: UUID) -> OrderView:
    """An order, for the room that opened it and knows who may see it. Raises OrderMissing."""
    return view(await queries.get_order(uow, order_id))


async def sweep_orders(uow: UnitOfWork, *, limit: int = 50) -> int:
    """Let the worker ask the bank about the orders whose time it is; answers how many."""
    due = await queries.lock_due_orders(uow, limit)
    for order in due:
        order.tries += 1
        order.look_at = uow.now + payout_rules.LEASE
        await uow.enqueue(ORDER_JOB, {"id": str(order.id)})
    return len(due)


async def take_order(
    uow: UnitOfWork, *, order_id: UUID, sealer: Sealer
) -> tuple[OrderState, OrderAsked]:
    """What the worker needs to register an order; its end on the bank's clock."""
    order = await queries.get_order(uow, order_id)
    due_at = order.due_at - await read_offset(uow.session)
    payer = await accounts.find_payee(uow, party_id=order.party_id, sealer=sealer)
    asked = OrderAsked(
        order.number,
        order.amount_minor,
        due_at,
        order.title,
        payer_name=payer.holder if payer else "",
        payer_account=payer.number if payer else "",
    )
    return OrderState(order.state), asked


async def keep_registered(uow: UnitOfWork, *, order_id: UUID, known: OrderKnown) -> None:
    """The bank knows the order: where to pay, and when to ask again."""
    order = await queries.lock_order(uow, order_id)
    order.payee_name, order.payee_bank = known.payee_name, known.payee_bank
    order.payee_account, order.counter_url = known.payee_account, known.counter_url
    if order.state == OrderState.opening.value:
        order.state = OrderState.open.value
    order.tries = 0
    order.look_at = None
    if order.state == OrderState.open.value:
        order.look_at = payout_rules.compute_look(order.opened_at, order.due_at, uow.now)


async def postpone_order(uow: UnitOfWork, *, order_id: UUID) -> None:
    """The bank could not be asked: later, with growing pauses; people hear when nobody can pay."""
    order = await queries.lock_order(uow, order_id)
    if order.state in _WAITING:
        order.look_at = uow.now + payout_rules.compute_pause(order.tries)
    if order.state == OrderState.opening.value and order.tries >= payout_rules.STUCK_TRIES:
        await notices.tell_unregistered(uow, order)


def view(order: PayOrder) -> OrderView:
    """An order as its party sees it."""
    return OrderView(
        id=order.id,
        number=order.number,
        purpose=order.purpose,
        subject_kind=order.subject_kind,
        subject_id=order.subject_id,
        party_id=order.party_id,
        amount_minor=order.amount_minor,
        due_at=order.due_at,
        state=OrderState(order.state),
        payee_name=order.payee_name,
        payee_bank=order.payee_bank,
        payee_account=order.payee_account,
        counter_href=order.counter_url,
        opened_at=order.opened_at,
        paid_at=order.paid_at,
        closed_at=order.closed_at,
    )


async def _note(uow: UnitOfWork, action: str, order: PayOrder) -> None:
    await audit.note(
        uow,
        actor=SYSTEM,
        action=action,
        subject_kind="pay_order",
        subject_id=order.id,
        facts={
            "number": order.number,
            "purpose": order.purpose,
            "amount_minor": order.amount_minor,
            "due_at": order.due_at.isoformat(),
        },
    )
