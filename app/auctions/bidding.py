"""The submissions of a sale: bid, store a maximum, match, accept, seal, confirm, exercise, raise.

Each is answered once and for ever: it gets the next number and a row whether it is accepted or
refused, and the same key gets the same receipt. Audit lines name no organisation: whoever reads the
trail before the close would learn who stands behind a code (L-网拍8, DOMAIN 2.1). Who it was
stands in the append-only rows of ``bid``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter

from app.auctions import desk, sale_queries
from app.auctions.admitting import require_bidder
from app.auctions.endings import follow
from app.auctions.engine.types import Entry
from app.auctions.errors import NotAdmitted
from app.auctions.store import SqlStore
from app.auctions.types import Act, BidOutcome, BidReceipt
from app.audit import service as audit
from app.core.actor import SYSTEM, Actor
from app.core.errors import FieldError, Invalid
from app.core.metrics import OWN
from app.core.money import MAX_MINOR, Money
from app.core.tx import UnitOfWork

# Nobody waits in a queue of bids longer than this (HOUSE, "A bid is an event"). A list, so that
# a trial of many rivals on a slow machine may give them more time.
LONGEST_WAIT: Final = [timedelta(milliseconds=500)]
_BIDS: Final = Counter("market_bids", "Bids answered.", ["outcome"], registry=OWN)
_ACTIONS: Final = {
    Act.bid: "auctions.place_bid",
    Act.store: "auctions.store_maximum",
    Act.match: "auctions.match_price",
    Act.accept: "auctions.accept_price",
    Act.seal: "auctions.seal_bid",
    Act.confirm: "auctions.confirm_limited",
    Act.exercise: "auctions.exercise_right",
    Act.waive: "auctions.waive_right",
    Act.raise_: "auctions.raise_bid",
}


async def place_bid(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    amount: Money,
    key: str,
    confirm_jump: bool = False,
    received_at: datetime | None = None,
) -> BidReceipt:
    """Place one bid (报价); the same key returns the same receipt.

    A refused bid is an answer, not an error: it has a number and a row, and price, leader, end
    and ledger stay as they were. ``received_at`` is by default the start of this transaction.

    Raises LotMissing, Forbidden, NotAdmitted and Invalid (an amount that no lot can take) without
    a row, JumpUnconfirmed for an amount so far above the least one that it must be confirmed,
    KeyReused when the key already named another amount, Unavailable after half a second in the
    queue. So does every other submission here.
    """
    return await _submit(
        uow, actor, number, Act.bid, amount, key, confirm_jump=confirm_jump, received_at=received_at
    )


async def store_maximum(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    amount: Money | None,
    key: str,
    confirm_jump: bool = False,
) -> BidReceipt:
    """Store a maximum (最高限价) up to which the market bids the least needed; None takes it away.

    Nobody is shown it again, not even its owner; his receipt holds its commitment.
    """
    return await _submit(uow, actor, number, Act.store, amount, key, confirm_jump=confirm_jump)


async def match_price(
    uow: UnitOfWork, *, actor: Actor, number: str, key: str, amount: Money | None = None
) -> BidReceipt:
    """Take the price by right (跟价), as a holder of a pre-emption right in a lot with MATCH.

    ``amount``: the price that was seen, refused when another stands by now.
    """
    return await _submit(uow, actor, number, Act.match, amount, key)


async def accept_price(
    uow: UnitOfWork, *, actor: Actor, number: str, amount: Money, key: str
) -> BidReceipt:
    """Accept the fixed price, or the one that a falling price shows now (应价), and end it."""
    return await _submit(uow, actor, number, Act.accept, amount, key)


async def seal_bid(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    amount: Money,
    key: str,
    confirm_jump: bool = False,
) -> BidReceipt:
    """Hand in the one sealed bid (密封报价); nobody can read it before the window has ended."""
    return await _submit(uow, actor, number, Act.seal, amount, key, confirm_jump=confirm_jump)


async def confirm_limited(uow: UnitOfWork, *, actor: Actor, number: str, key: str) -> BidReceipt:
    """Confirm to take part in the limited period, where a lot asks for it (P-汕 23)."""
    return await _submit(uow, actor, number, Act.confirm, None, key)


async def exercise_right(
    uow: UnitOfWork, *, actor: Actor, number: str, key: str, amount: Money | None = None
) -> BidReceipt:
    """Take the price that was found (行使优先购买权), as a holder who is asked afterwards."""
    return await _submit(uow, actor, number, Act.exercise, amount, key)


async def waive_right(uow: UnitOfWork, *, actor: Actor, number: str, key: str) -> BidReceipt:
    """Let the price go (放弃优先购买权). Silence until the end of the turn is the same."""
    return await _submit(uow, actor, number, Act.waive, None, key)


async def raise_bid(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    amount: Money,
    key: str,
    confirm_jump: bool = False,
) -> BidReceipt:
    """Answer a holder who took the price with more (追加报价), as the highest bidder."""
    return await _submit(uow, actor, number, Act.raise_, amount, key, confirm_jump=confirm_jump)


async def _submit(
    uow: UnitOfWork,
    actor: Actor,
    number: str,
    act: Act,
    amount: Money | None,
    key: str,
    *,
    confirm_jump: bool = False,
    received_at: datetime | None = None,
) -> BidReceipt:
    bidder_id = require_bidder(actor)
    seat = await sale_queries.find_seat(uow, number, bidder_id, LONGEST_WAIT[0])
    if seat.code is None:
        raise NotAdmitted()
    if amount is not None:
        _check_amount(amount)
    store = SqlStore(uow, bidder_id=bidder_id, person_id=actor.person_id, received_at=received_at)
    outcome = await desk.submit(
        store,
        seat.lot_id,
        code=seat.code,
        act=act,
        amount_minor=None if amount is None else amount.minor,
        key=key,
        confirm_jump=confirm_jump,
    )
    assert store.bid is not None, "a submission has a row"
    if not outcome.repeated:
        await _tell(uow, store, outcome, act)
    return store.bid.receipt(number)


async def _tell(uow: UnitOfWork, store: SqlStore, outcome: desk.Outcome, act: Act) -> None:
    """The audit line, the counters, and what the submission may have ended."""
    assert store.bid is not None
    await audit.note(
        uow,
        actor=SYSTEM,
        action=_ACTIONS[act],
        subject_kind="lot",
        subject_id=store.lot.id,
        facts={"number": store.lot.number, "seq": store.bid.seq, "outcome": store.bid.outcome},
    )
    for line in outcome.lines:
        if isinstance(line.event, Entry):
            answered = BidOutcome.accepted if line.event.accepted else BidOutcome.refused
            uow.count(_BIDS.labels(outcome=answered))
    await follow(uow, store.lot, store.rules, outcome)


def _check_amount(amount: Money) -> None:
    if amount.currency != "CNY":
        raise Invalid([FieldError("currency", "本标的以人民币报价")])
    if not 0 < amount.minor <= MAX_MINOR:
        raise Invalid([FieldError("amount", "报价须大于零且不超过十万亿元")])
