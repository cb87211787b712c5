"""Auctions' share of a person's own data, and what keeps him or his organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text

from app.auctions.admission_models import ApplicationComplaint, LotApplication, LotLook
from app.auctions.deposit_models import Deposit
from app.auctions.deposit_rules import HELD
from app.auctions.models import (
    Bid,
    Lot,
    LotAnnouncement,
    LotBidder,
    LotDraft,
    LotEvent,
    LotProxy,
)
from app.auctions.types import Act, BidOutcome, LotState
from app.core.i18n import Message
from app.core.tx import UnitOfWork

ROWS: Final = 5000
Queries = dict[str, Any]
_RUNNING: Final = Lot.state != LotState.closed.value


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """What he sent in, wrote, announced and decided in sales; newest first.

    Of a maximum or a sealed bid that it was handed in and its number, not how much: the amount is
    opened for the sale alone (ADR 0017).
    """
    queries = (
        _bidding(person_id) | _admission(person_id) | _selling(person_id) | _deposits(person_id)
    )
    return {name: await _rows(uow, query) for name, query in queries.items()}


def _bidding(person_id: UUID) -> Queries:
    return {
        "bids": select(
            Lot.number, Bid.seq, Bid.act, Bid.origin, Bid.amount_minor, Bid.outcome, Bid.decided_at
        )
        .join(Lot, Lot.id == Bid.lot_id)
        .where(Bid.person_id == person_id)
        .order_by(Bid.decided_at.desc()),
        "maxima_stored": select(Lot.number, LotProxy.stored_seq)
        .join(Lot, Lot.id == LotProxy.lot_id)
        .where(LotProxy.person_id == person_id)
        .order_by(Lot.id.desc()),
    }


def _admission(person_id: UUID) -> Queries:
    return {
        "applications": select(
            Lot.number,
            LotApplication.statement,
            LotApplication.state,
            LotApplication.applied_at,
        )
        .join(Lot, Lot.id == LotApplication.lot_id)
        .where(LotApplication.applied_by == person_id)
        .order_by(LotApplication.id.desc()),
        "complaints": select(ApplicationComplaint.text, ApplicationComplaint.filed_at)
        .where(ApplicationComplaint.filed_by == person_id)
        .order_by(ApplicationComplaint.filed_at.desc()),
        "looks_behind_codes": select(Lot.number, LotLook.reason, LotLook.asked_at)
        .join(Lot, Lot.id == LotLook.lot_id)
        .where(LotLook.asked_by == person_id)
        .order_by(LotLook.id.desc()),
    }


def _selling(person_id: UUID) -> Queries:
    return {
        "lots_announced": select(Lot.number, Lot.title, Lot.state)
        .where(Lot.announced_by == person_id)
        .order_by(Lot.id.desc()),
        "lot_drafts": select(LotDraft.form, LotDraft.created_at, LotDraft.updated_at)
        .where(LotDraft.created_by == person_id)
        .order_by(LotDraft.id.desc()),
        "lot_announcements": select(
            Lot.number, LotAnnouncement.kind, LotAnnouncement.statement, LotAnnouncement.at
        )
        .join(Lot, Lot.id == LotAnnouncement.lot_id)
        .where(LotAnnouncement.by == person_id)
        .order_by(LotAnnouncement.id.desc()),
        "lot_steps": select(Lot.number, LotEvent.seq, LotEvent.step, LotEvent.at)
        .join(Lot, Lot.id == LotEvent.lot_id)
        .where(LotEvent.person_id == person_id)
        .order_by(LotEvent.at.desc()),
    }


def _deposits(person_id: UUID) -> Queries:
    return {
        "deposits_decided": select(
            Lot.number,
            Deposit.state,
            Deposit.statement,
            Deposit.forfeit_reason,
            (Deposit.decided_by == person_id).label("decided"),
            (Deposit.asked_by == person_id).label("proposed"),
        )
        .join(Lot, Lot.id == Deposit.lot_id)
        .where(or_(Deposit.decided_by == person_id, Deposit.asked_by == person_id))
        .order_by(Deposit.id.desc()),
    }


async def _rows(uow: UnitOfWork, query: Any) -> list[dict[str, Any]]:
    found = (await uow.session.execute(query.limit(ROWS))).mappings()
    return [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in found
    ]


async def list_obligations(uow: UnitOfWork, *, person_id: UUID) -> list[Message]:
    """Running lots where the leading bid is one he placed, or where a sealed bid or a maximum of
    his may still win."""
    leading = (
        select(Bid.person_id)
        .where(
            Bid.lot_id == Lot.id,
            text("bid.outcome = 'accepted'"),
            Bid.leader_code_after == Bid.code,
        )
        .order_by(Bid.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    sealed = select(Bid.lot_id).where(
        Bid.person_id == person_id,
        Bid.act == Act.seal.value,
        Bid.outcome == BidOutcome.accepted.value,
    )
    stored = select(LotProxy.lot_id).where(LotProxy.person_id == person_id)
    leads = and_(Lot.leader_id.is_not(None), leading == person_id)
    rows = await uow.session.execute(
        select(Lot.number, leads.label("leads"))
        .where(_RUNNING, or_(leads, Lot.id.in_(sealed), Lot.id.in_(stored)))
        .order_by(Lot.number)
    )
    return [
        Message("标的 %(number)s 正在竞价，目前由您的报价领先，请在竞价结束后再注销", number=number)
        if leads
        else Message(
            "标的 %(number)s 正在竞价，您的密封报价或最高限价仍然有效，请在竞价结束后再注销",
            number=number,
        )
        for number, leads in rows
    ]


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Running lots that it sells, or where it is admitted to bid; its money held for any lot."""
    admitted = select(LotBidder.lot_id).where(LotBidder.bidder_id == organisation_id)
    count = await uow.session.scalar(
        select(func.count()).where(
            _RUNNING, or_(Lot.seller_id == organisation_id, Lot.id.in_(admitted))
        )
    )
    held = await uow.session.scalar(
        select(func.count()).where(
            Deposit.party_id == organisation_id, Deposit.state.in_(sorted(HELD))
        )
    )
    found = []
    if count:
        found.append(Message("您的单位还有 %(count)s 个竞价未结束", count=count))
    if held:
        found.append(Message("您的单位还有 %(count)s 笔保证金未退还或者未结清", count=held))
    return found
