"""Payments' share of a person's own data, and what keeps him or his organisation."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core.i18n import Message
from app.core.tx import UnitOfWork
from app.payments.models import PayOrder, Payout, Receipt, StatementDifference

ROWS: Final = 5000
_UNDER_WAY: Final = Payout.state.not_in(["settled", "refused"])


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Refunds he asked for or decided, differences he settled, and what he paid himself."""
    refunds = await uow.session.execute(
        select(Payout.number, Payout.amount_minor, Payout.state, Payout.note, Payout.made_at)
        .where(or_(Payout.asked_by == person_id, Payout.decided_by == person_id))
        .order_by(Payout.id.desc())
        .limit(ROWS)
    )
    settled = await uow.session.execute(
        select(StatementDifference.day, StatementDifference.reference, StatementDifference.note)
        .where(StatementDifference.settled_by == person_id)
        .order_by(StatementDifference.id.desc())
        .limit(ROWS)
    )
    orders = await uow.session.execute(
        select(PayOrder.number, PayOrder.title, PayOrder.amount_minor, PayOrder.state)
        .where(PayOrder.party_id == person_id)
        .order_by(PayOrder.id.desc())
        .limit(ROWS)
    )
    return {
        "refunds": [
            dict(row) | {"made_at": row["made_at"].isoformat()} for row in refunds.mappings()
        ],
        "differences": [dict(row) | {"day": row["day"].isoformat()} for row in settled.mappings()],
        "orders": [dict(row) for row in orders.mappings()],
    }


async def list_obligations(uow: UnitOfWork, *, person_id: UUID) -> list[Message]:
    """His own money that is still on its way back."""
    return await list_open_things(uow, organisation_id=person_id)


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Payouts to it that have not arrived."""
    count = await uow.session.scalar(
        select(func.count())
        .select_from(Payout)
        .join(Receipt, Receipt.id == Payout.receipt_id)
        .where(
            _UNDER_WAY,
            or_(Receipt.party_id == organisation_id, Payout.payee_id == organisation_id),
        )
    )
    if not count:
        return []
    return [Message("还有 %(count)s 笔退款尚未到账，到账后再注销", count=count)]
