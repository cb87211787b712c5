"""JSON API of what a bidder sends in. Every answer is on record: send the same Idempotency-Key when
you retry. A refusal is 409 ``bid-refused`` with its number and ``reason``."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from app.auctions import service
from app.auctions.errors import (
    BidRefused,
    JumpUnconfirmed,
    LotMissing,
    NotAdmitted,
    StaffMayNotBid,
)
from app.auctions.schemas import BidIn, BidOut, MaximumIn, PriceIn
from app.auctions.types import BidReceipt
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated, Unavailable
from app.core.web import ActorDep, KeyDep, TxDep, problems

router = APIRouter()

_REFUSALS: Final = (
    Unauthenticated,
    Forbidden,
    NotAdmitted,
    StaffMayNotBid,
    LotMissing,
    BidRefused,
    KeyReused,
    Invalid,
    Unavailable,
)
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = problems(*_REFUSALS)
_TYPED: Final[dict[int | str, dict[str, Any]]] = problems(*_REFUSALS, JumpUnconfirmed)


def _answer(receipt: BidReceipt) -> BidOut:
    if not receipt.accepted:
        raise BidRefused(receipt)
    return BidOut.of(receipt)


@router.post("/lots/{number}/bids", status_code=201, responses=_TYPED)
async def place_bid(number: str, body: BidIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> BidOut:
    """Place a bid (报价)."""
    return _answer(
        await tx.run(
            service.place_bid,
            actor=actor,
            number=number,
            amount=body.money(),
            key=key,
            confirm_jump=body.confirm_jump,
        )
    )


@router.post("/lots/{number}/maximum", status_code=201, responses=_TYPED)
async def store_maximum(
    number: str, body: MaximumIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> BidOut:
    """Store a maximum (最高限价) up to which the market bids the least needed, or take it away."""
    return _answer(
        await tx.run(
            service.store_maximum,
            actor=actor,
            number=number,
            amount=body.money(),
            key=key,
            confirm_jump=body.confirm_jump,
        )
    )


@router.post("/lots/{number}/match", status_code=201, responses=_ANSWERS)
async def match_price(
    number: str, body: PriceIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> BidOut:
    """Take the price by right (跟价), as a holder of a pre-emption right."""
    return _answer(
        await tx.run(service.match_price, actor=actor, number=number, amount=body.money(), key=key)
    )


@router.post("/lots/{number}/accept", status_code=201, responses=_ANSWERS)
async def accept_price(
    number: str, body: PriceIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> BidOut:
    """Accept the fixed price, or the one that a falling price shows now (应价)."""
    return _answer(
        await tx.run(service.accept_price, actor=actor, number=number, amount=body.money(), key=key)
    )


@router.post("/lots/{number}/seal", status_code=201, responses=_TYPED)
async def seal_bid(number: str, body: BidIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> BidOut:
    """Hand in the one sealed bid (密封报价)."""
    return _answer(
        await tx.run(
            service.seal_bid,
            actor=actor,
            number=number,
            amount=body.money(),
            key=key,
            confirm_jump=body.confirm_jump,
        )
    )


@router.post("/lots/{number}/confirm", status_code=201, responses=_ANSWERS)
async def confirm_limited(number: str, actor: ActorDep, key: KeyDep, tx: TxDep) -> BidOut:
    """Confirm to take part in the limited period (确认参加限时报价)."""
    return _answer(await tx.run(service.confirm_limited, actor=actor, number=number, key=key))


@router.post("/lots/{number}/exercise", status_code=201, responses=_ANSWERS)
async def exercise_right(
    number: str, body: PriceIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> BidOut:
    """Take the price that was found (行使优先购买权)."""
    return _answer(
        await tx.run(
            service.exercise_right, actor=actor, number=number, amount=body.money(), key=key
        )
    )


@router.post("/lots/{number}/waive", status_code=201, responses=_ANSWERS)
async def waive_right(number: str, actor: ActorDep, key: KeyDep, tx: TxDep) -> BidOut:
    """Let the price go (放弃优先购买权)."""
    return _answer(await tx.run(service.waive_right, actor=actor, number=number, key=key))


@router.post("/lots/{number}/raise", status_code=201, responses=_TYPED)
async def raise_bid(number: str, body: BidIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> BidOut:
    """Answer a holder who took the price with more (追加报价)."""
    return _answer(
        await tx.run(
            service.raise_bid,
            actor=actor,
            number=number,
            amount=body.money(),
            key=key,
            confirm_jump=body.confirm_jump,
        )
    )
