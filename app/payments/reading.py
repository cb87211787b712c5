"""What operators see of the money: arrivals that did not fit, payouts, differences, days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.accounts import service as accounts
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.paging import Page, decode_cursor, decode_id, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.payments import access, list_queries, queries
from app.payments.errors import ReceiptMissing
from app.payments.models import Payout, Receipt
from app.payments.types import (
    DifferenceKind,
    DifferenceView,
    PayoutFilter,
    PayoutKind,
    PayoutReason,
    PayoutState,
    PayoutView,
    ReceiptKind,
    ReceiptState,
    ReceiptView,
    StatementState,
    StatementView,
)

PAGE = 30


@dataclass(frozen=True, slots=True)
class Movements:
    """What arrived for one order and what left of it, for its own page."""

    receipts: tuple[ReceiptView, ...]
    payouts: tuple[PayoutView, ...]


def may_act(actor: Actor) -> bool:
    """Whether the asker decides about money, or only reads."""
    return may(actor, access.REFUND)


async def list_odd_receipts(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[ReceiptView]:
    """Arrivals that were not simply matched, newest first. Raises Forbidden, Invalid."""
    require(actor, access.SEE)
    rows = await list_queries.list_odd_receipts(uow, decode_place(after), limit + 1)
    names = await _names(uow, (one.party_id for one, _ in rows))
    shown = [_receipt(one, number, names) for one, number in rows[:limit]]
    more = len(rows) > limit
    return Page(shown, encode_cursor(shown[-1].taken_at, shown[-1].id) if more else None)


async def show_receipt(uow: UnitOfWork, *, actor: Actor, receipt_id: UUID) -> ReceiptView:
    """One arrival. Raises Forbidden, ReceiptMissing."""
    require(actor, access.SEE)
    found = await list_queries.find_receipt(uow, receipt_id)
    if found is None:
        raise ReceiptMissing()
    receipt, number = found
    return _receipt(receipt, number, await _names(uow, [receipt.party_id]))


async def find_paid_receipt(uow: UnitOfWork, *, actor: Actor, number: str) -> ReceiptView:
    """The arrival that paid an order, for a refund by hand. Raises Forbidden, ReceiptMissing."""
    require(actor, access.SEE)
    order = await queries.find_order_by_number(uow, number.strip().upper())
    counted = await queries.find_counted(uow, order.id) if order else None
    if order is None or counted is None:
        raise ReceiptMissing()
    return _receipt(counted, order.number, await _names(uow, [counted.party_id]))


async def list_payouts(
    uow: UnitOfWork,
    *,
    actor: Actor,
    only: PayoutFilter = PayoutFilter.all,
    after: str | None = None,
    limit: int = PAGE,
) -> Page[PayoutView]:
    """Payouts, newest first: all, those that wait for a second person, or the stuck ones.

    Raises Forbidden, Invalid.
    """
    require(actor, access.SEE)
    rows = await list_queries.list_payouts(uow, only, decode_id(after), limit + 1)
    names = await _names(uow, (party_id for _, _, party_id in rows))
    shown = [_payout(one, number, names.get(party_id, "")) for one, number, party_id in rows]
    return Page(shown[:limit], encode_cursor(shown[limit - 1].id) if len(rows) > limit else None)


async def list_differences(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[DifferenceView]:
    """Differences that nobody has settled, oldest first. Raises Forbidden, Invalid."""
    require(actor, access.SEE)
    rows = await list_queries.list_open_differences(uow, decode_place(after), limit + 1)
    shown = [
        DifferenceView(
            id=one.id,
            day=one.day,
            kind=DifferenceKind(one.kind),
            reference=one.reference,
            bank_minor=one.bank_minor,
            our_minor=one.our_minor,
            found_at=one.found_at,
            settled_at=one.settled_at,
            note=one.note,
        )
        for one in rows[:limit]
    ]
    more = len(rows) > limit
    return Page(shown, encode_cursor(shown[-1].found_at, shown[-1].id) if more else None)


async def list_statements(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[StatementView]:
    """Days that were compared, newest first. Raises Forbidden, Invalid."""
    require(actor, access.SEE)
    rows = await list_queries.list_days(uow, _decode_day(after), limit + 1)
    shown = [
        StatementView(
            day=one.day,
            state=StatementState(one.state),
            rows=one.rows,
            in_minor=one.in_minor,
            out_minor=one.out_minor,
            differences=differences,
            read_at=one.read_at,
        )
        for one, differences in rows[:limit]
    ]
    return Page(shown, encode_cursor(str(shown[-1].day)) if len(rows) > limit else None)


async def read_movements(uow: UnitOfWork, *, order_id: UUID) -> Movements:
    """What arrived for an order and what left of it, for the room that knows who may see it."""
    receipts = await list_queries.list_order_receipts(uow, order_id)
    payouts = await list_queries.list_order_payouts(uow, order_id)
    return Movements(
        tuple(_receipt(one, None, {}) for one in receipts),
        tuple(_payout(one, None, "") for one in payouts),
    )


def _decode_day(after: str | None) -> date | None:
    if not after:
        return None
    try:
        return date.fromisoformat(decode_cursor(after, str)[0])
    except ValueError:
        raise Invalid([FieldError("after", "翻页标记无效，请从第一页重新开始")]) from None


async def _names(uow: UnitOfWork, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = sorted({one for one in ids if one is not None})
    found = await accounts.get_organisations(uow, ids=wanted) if wanted else {}
    return {one: view.name for one, view in found.items()}


def _receipt(one: Receipt, number: str | None, names: dict[UUID | None, str]) -> ReceiptView:
    return ReceiptView(
        id=one.id,
        reference=one.reference,
        order_number=number,
        party_name=names.get(one.party_id, ""),
        kind=ReceiptKind(one.kind),
        state=ReceiptState(one.state),
        amount_minor=one.amount_minor,
        counted_minor=one.counted_minor,
        back_minor=one.back_minor,
        payer=one.payer,
        payer_digits=one.payer_digits,
        arrived_at=one.judged_at,
        taken_at=one.taken_at,
    )


def _payout(one: Payout, number: str | None, party_name: str) -> PayoutView:
    return PayoutView(
        id=one.id,
        number=one.number,
        kind=PayoutKind(one.kind),
        reason=PayoutReason(one.reason),
        state=PayoutState(one.state),
        amount_minor=one.amount_minor,
        order_number=number,
        receipt_id=one.receipt_id,
        party_name=party_name,
        attempts=one.attempts,
        last_error=one.last_error,
        note=one.note,
        asked_by=one.asked_by,
        made_at=one.made_at,
        due_at=one.due_at,
        stuck_at=one.stuck_at,
        settled_at=one.settled_at,
    )
