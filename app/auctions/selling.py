"""The verbs of a sale: announce a lot, bid.

Audit lines of joining and bidding name no organisation: whoever reads the trail before the close
would learn who stands behind a code (L-网拍8, DOMAIN 2.1). Who it was stands in the append-only
rows of ``lot_bidder`` and ``bid``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from app.auctions import queries, rules
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.admitting import require_bidder
from app.auctions.documents import index_lot
from app.auctions.errors import (
    NotAdmitted,
    TermsNotBiddable,
)
from app.auctions.events import LotAnnounced
from app.auctions.models import Bid, Lot
from app.auctions.types import (
    Act,
    BidFacts,
    BidMode,
    BidOrigin,
    BidReceipt,
    LotState,
    LotTerms,
    RulebookParams,
)
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.catalogue.types import BidOn, OfferContent, OfferFacts, find_bid_on, kind_of
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.errors import FieldError, Invalid, KeyReused
from app.core.ids import new_id
from app.core.metrics import OWN
from app.core.money import MAX_MINOR, Money
from app.core.numbers import next_number
from app.core.tx import UnitOfWork

# Nobody waits in a queue of bids longer than this (HOUSE, "A bid is an event"). A list, so that
# a trial of many rivals on a slow machine may give them more time.
LONGEST_WAIT: Final = [timedelta(milliseconds=500)]
_BIDS: Final = Counter("market_bids", "Bids answered.", ["outcome"], registry=OWN)


async def announce_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    terms: LotTerms,
    key: str,
    rulebook_version: str | None = None,
) -> str:
    """Announce a lot of one's own offer (公告); returns its number. The same key, the same lot.

    The lot keeps the version of the rules that is in force now, or the one that is named (which
    no page and no request can do). Raises Forbidden, OfferMissing, Invalid for terms that
    contradict, TermsNotBiddable, KeyReused, and what the catalogue refuses when the offer is not
    free.
    """
    view = await catalogue.show_offer(uow, actor=actor, number=offer_number)
    offer = view.facts
    access.require(actor, ANNOUNCE_LOT, owner=offer.owner_id)
    lot_id = new_id()
    if (seen := await queries.find_announced(uow, offer.owner_id, key)) is not None:
        _check_same_lot(seen, offer.id, terms)
        return seen.number
    bid_on = find_bid_on(view.content.terms)
    if bid_on is None:
        raise TermsNotBiddable()
    await catalogue.reserve_offer(
        uow, actor=actor, offer_id=offer.id, for_kind="lot", for_id=lot_id
    )
    now = await uow.stamp()
    rulebook = (
        await queries.get_rulebook(uow, rulebook_version)
        if rulebook_version
        else await queries.get_rulebook_in_force(uow, now)
    )
    rules.check_terms(terms, RulebookParams.of(rulebook.params), now)
    opens_at = terms.free_starts_at or now
    lot = Lot(
        id=lot_id,
        number=await next_number(uow, "CJ"),
        offer_id=offer.id,
        achievement_id=offer.achievement_id,
        seller_id=offer.owner_id,
        offer_number=offer.number,
        title=f"{view.achievement_title}（{offer.disposal.label}）",
        particulars=describe_offer(offer, view.content, bid_on),
        bid_on=bid_on,
        terms_hash=offer.price_terms_hash,
        mode=BidMode.dynamic,
        rulebook_version=rulebook.version,
        idempotency_key=key,
        announced_by=actor.person_id,
        announced_at=now,
        currency="CNY",
        start_minor=terms.start_minor,
        step_minor=terms.step_minor,
        window_s=terms.window_s,
        free_starts_at=opens_at,
        free_ends_at=terms.free_ends_at,
        state=LotState.announced,
        cycle_starts_at=terms.free_ends_at,
        cycle_ends_at=terms.free_ends_at + timedelta(seconds=terms.window_s),
        due_at=opens_at,
    )
    uow.session.add(lot)
    await uow.session.flush()
    await index_lot(uow, lot)
    uow.record(LotAnnounced(lot.id, lot.number, lot.offer_id, lot.seller_id))
    await audit.note(
        uow,
        actor=actor,
        action="auctions.announce_lot",
        subject_kind="lot",
        subject_id=lot.id,
        facts={
            "number": lot.number,
            "offer": offer.number,
            "start_minor": lot.start_minor,
            "step_minor": lot.step_minor,
            "window_s": lot.window_s,
            "rulebook": lot.rulebook_version,
        },
    )
    return lot.number


def describe_offer(offer: OfferFacts, content: OfferContent, bid_on: BidOn) -> list[list[str]]:
    """What is sold, as label and text: a lot shows what was announced, whatever comes later."""
    terms = content.terms
    pairs = [
        ("处置方式", offer.disposal.label),
        ("报价对象", _BID_ON[bid_on]),
        ("价格条款", kind_of(terms).label if terms else "一次总付"),
        ("使用领域", "、".join(field.label for field in sorted(content.fields)) or "不限"),
        ("领域说明", content.use_note),
        ("地域范围", "、".join(region.label for region in sorted(content.territory)) or "全国"),
        ("期限", f"{content.period_years} 年" if content.period_years else "与权利存续期相同"),
        ("交易条件", content.conditions),
    ]
    return [[label, text] for label, text in pairs if text]


_BID_ON: Final = {
    "amount": "成交价款总额",
    "entry_fee": "入门费（提成另按价格条款）",
    "valuation": "作价金额",
}


def _check_same_lot(seen: Lot, offer_id: UUID, terms: LotTerms) -> None:
    """A repeated key must bring the same content; an opening "at once" is any instant."""
    same = (
        seen.offer_id == offer_id
        and (seen.start_minor, seen.step_minor) == (terms.start_minor, terms.step_minor)
        and (seen.window_s, seen.free_ends_at) == (terms.window_s, terms.free_ends_at)
        and terms.free_starts_at in (None, seen.free_starts_at)
    )
    if not same:
        raise KeyReused()


async def place_bid(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    amount: Money,
    key: str,
    received_at: datetime | None = None,
) -> BidReceipt:
    """Place one bid (报价); the same key returns the same receipt.

    A refused bid is an answer, not an error: it has a number and a row, and price, leader, end
    and ledger stay as they were. ``received_at`` is by default the start of this transaction.

    Raises LotMissing, Forbidden, NotAdmitted and Invalid (an amount that no lot can take) without
    a row, KeyReused when the key already named another amount, Unavailable after half a second
    in the queue.
    """
    bidder_id = require_bidder(actor)
    lot_id = await queries.get_lot_id(uow, number)
    place = await queries.find_bidder(uow, lot_id, bidder_id)
    if place is None:
        raise NotAdmitted()
    _check_amount(amount)
    lot, params = await queries.lock_lot(uow, lot_id, wait=LONGEST_WAIT[0])
    if (seen := await queries.find_bid(uow, lot_id, bidder_id, key)) is not None:
        if seen.amount_minor != amount.minor:
            raise KeyReused()
        return seen.receipt(lot.number)
    now = await uow.stamp()  # why: waiting for the lock may outlast the cycle
    decided_at = max(now, lot.decided_at or now)
    decision = rules.decide_bid(
        lot.facts(params), BidFacts(bidder_id, place.code, amount.minor), decided_at
    )
    lot.take(decision, decided_at)
    bid = Bid(
        lot_id=lot_id,
        seq=lot.seq,
        bidder_id=bidder_id,
        code=place.code,
        person_id=actor.person_id,
        origin=BidOrigin.manual,
        act=Act.bid,
        idempotency_key=key,
        amount_minor=amount.minor,
        outcome=decision.outcome,
        reason=decision.reason,
        price_after_minor=decision.price_minor,
        leader_code_after=decision.leader_code,
        cycle_ends_after=decision.cycle_ends_at,
        received_at=min(received_at or uow.now, decided_at),
        decided_at=decided_at,
    )
    uow.session.add(bid)
    await audit.note(
        uow,
        actor=SYSTEM,
        action="auctions.place_bid",
        subject_kind="lot",
        subject_id=lot_id,
        facts={"number": lot.number, "seq": bid.seq, "outcome": bid.outcome},
    )
    uow.count(_BIDS.labels(outcome=bid.outcome))
    return bid.receipt(lot.number)


def _check_amount(amount: Money) -> None:
    if amount.currency != "CNY":
        raise Invalid([FieldError("currency", "本标的以人民币报价")])
    if not 0 < amount.minor <= MAX_MINOR:
        raise Invalid([FieldError("amount", "报价须大于零且不超过十万亿元")])
