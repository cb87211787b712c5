"""What the lot room shows: one frozen view, made of what the rooms answered.

Everything a reader may do now is decided here from the room's own answers, so the templates hold no
rule: ``panels`` names what stands in the box beside the price, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.auctions.types import (
    Act,
    ApplicationView,
    BidMode,
    DepositView,
    LotState,
    LotView,
    MyPlace,
    Preference,
    PublicBid,
    PublicStep,
    ScoreView,
    SuspensionView,
    Tier,
)
from app.core.i18n import Message, _n
from frontend.lot_modes import SHAPES, Way
from frontend.lot_words import Beside, Rung, Sentences, explain, ladder
from frontend.room_bids import bid_mark, deposit_line, score_lines
from frontend.room_panels import panels_of, why_not
from frontend.room_words import (
    ACTS,
    badge_label,
    phase_label,
    result_of,
    step_sentence,
    suspension_sentence,
)

ASKS: Final = 5
FEED: Final = 200


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the record: a bid with its amount, or what else was numbered."""

    seq: int
    at: datetime
    text: str = ""
    code: str = ""
    amount_minor: int | None = None
    outcome: str = "accepted"


@dataclass(frozen=True, slots=True)
class Notice:
    """A box above the room: why it stands still, what was announced."""

    tone: str
    title: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealedReceipt:
    """What the owner of a sealed bid sees of it: everything but the amount."""

    seq: int
    at: datetime
    commitment: str


@dataclass(frozen=True, slots=True)
class Mine:
    """Where the reader's own organisation stands."""

    code: str
    rank: int | None = None
    stored: bool = False
    sealed: SealedReceipt | None = None
    facts: Sentences = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RoomView:
    """Everything the room's templates show. Money in 分; texts are Chinese constants."""

    number: str
    title: str
    mode_label: str
    way: str
    state: str
    outcome: str | None
    phase_label: str
    seq: int
    start_minor: int
    price_label: str
    shown_minor: int
    leader: str | None = None
    price_minor: int | None = None
    next_minor: int | None = None
    tiers: Sequence[tuple[int, int]] = ()
    asks: Sequence[int] = ()
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    opens_seals_at: datetime | None = None
    ladder: Mapping[str, int] | None = None
    drops_at: datetime | None = None
    rungs: Sequence[Rung] = ()
    seal_steps: Sequence[tuple[str, str, str]] = ()
    my: Mine | None = None
    may_match: bool = False
    badge_label: str = ""
    application: ApplicationView | None = None
    panels: Sequence[str] = ()
    why_not: str = ""
    notices: Sequence[Notice] = ()
    feed: Sequence[FeedItem] = ()
    bid_count: int = 0
    steps: Sequence[FeedItem] = ()
    result_title: str = ""
    result_lines: Sequence[str] = ()
    deal_href: str = ""
    record_href: str = ""
    manage_href: str = ""
    offer_number: str = ""
    seller_name: str = ""
    seller_href: str = ""
    particulars: Sentences = field(default_factory=list)
    terms: Sentences = field(default_factory=list)
    bidder_count: int = 0
    rules_href: str = ""
    rules_title: str = ""

    @property
    def leads(self) -> bool:
        """Whether the reader's own bid is the highest."""
        return self.my is not None and self.my.code == self.leader

    @property
    def is_behind(self) -> bool:
        """Whether the reader has bid, and somebody else is the highest."""
        if self.my is None or self.leads or self.way != Way.rising or self.state == "closed":
            return False
        mine = self.my.code
        return any(item.code == mine and item.amount_minor is not None for item in self.feed)


# ---- prices -----------------------------------------------------------------------------------


def tiers_of(lot: LotView) -> tuple[Tier, ...]:
    """The steps of a lot, one tier where it was born without any."""
    if lot.terms is not None and lot.terms.tiers:
        return lot.terms.tiers
    return (Tier(lot.start_minor, lot.step_minor),) if lot.step_minor else ()


def next_amounts(tiers: Sequence[Tier], least: int | None, count: int = ASKS) -> list[int]:
    """The next lawful amounts from the least one on: what the buttons offer."""
    if least is None or not tiers:
        return []
    amounts = [least]
    while len(amounts) < count:
        here = amounts[-1]
        tier = next((one for one in reversed(tiers) if one.from_minor <= here), tiers[0])
        amounts.append(here + tier.step_minor)
    return amounts


def price_label(lot: LotView, way: Way) -> str:
    """What the large figure is."""
    if lot.is_sold:
        return _n("成交价")
    if lot.mode is BidMode.buy_now:
        return _n("一口价")
    if lot.mode is BidMode.dutch:
        return _n("现价")
    if lot.price_minor is not None and way is Way.rising:
        return _n("最高报价") if lot.is_over else _n("当前最高报价")
    return _n("起始价")


def shown_price(lot: LotView) -> int:
    """The large figure."""
    if lot.price_minor is not None:
        return lot.price_minor
    return lot.start_minor if lot.asking_minor is None else lot.asking_minor


def ladder_data(lot: LotView) -> dict[str, int] | None:
    """What the script needs to let the price fall between two answers of the server."""
    terms = lot.terms
    if lot.mode is not BidMode.dutch or terms is None or lot.asking_minor is None:
        return None
    if lot.state is not LotState.free or lot.next_change_at is None:
        return None
    return {
        "price": lot.asking_minor,
        "step": tiers_of(lot)[0].step_minor,
        "floor": terms.floor_minor or 0,
        "every": terms.window_s * 1000,
        "drop_at": int(lot.next_change_at.timestamp() * 1000),
    }


def falls_of(lot: LotView) -> list[FeedItem]:
    """Every fall of a ladder so far; after a halt all stand as late as the ladder is now."""
    if lot.mode is not BidMode.dutch or lot.terms is None:
        return []
    step, every = tiers_of(lot)[0].step_minor, timedelta(seconds=lot.terms.window_s)
    here = shown_price(lot)
    fallen = (lot.start_minor - here) // step
    first = lot.free_starts_at + every
    if lot.next_change_at is not None:
        first = lot.next_change_at - fallen * every
    return [
        FeedItem(0, first + n * every, amount_minor=lot.start_minor - (n + 1) * step)
        for n in range(fallen)
    ]


def mine_of(
    lot: LotView,
    place: MyPlace | None,
    deposit: DepositView | None = None,
    scores: ScoreView | None = None,
) -> Mine | None:
    """The reader's own state; None for whoever takes no part."""
    if place is None:
        return None
    facts: Sentences = []
    if lot.is_sold:
        facts.append((_n("结果"), _n("竞得") if place.won else _n("未竞得")))
    if place.rank is not None:
        rank = Message("第 %(rank)s 顺位权利人", rank=place.rank)
        facts.append((_n("优先购买权"), rank))
    if lot.terms is not None and lot.terms.confirm_s and place.confirmed:
        facts.append((_n("限时报价"), _n("已确认参加")))
    if place.stored_seq is not None:
        facts.append((_n("自动出价"), Message("已设定（编号 %(seq)s）", seq=place.stored_seq)))
    if place.answer is not None:
        facts.append((_n("我的答复"), ACTS[place.answer]))
    if scores is not None:
        facts += score_lines(scores)
    if deposit is not None:
        facts.append((_n("保证金"), deposit_line(deposit)))
    sealed = None
    if place.sealed_seq is not None and place.sealed_at is not None:
        sealed = SealedReceipt(place.sealed_seq, place.sealed_at, place.sealed_commitment or "")
    return Mine(place.code, place.rank, place.stored_seq is not None, sealed, facts)


# ---- the record -------------------------------------------------------------------------------


def feed_of(bids: Sequence[PublicBid], steps: Sequence[PublicStep]) -> list[FeedItem]:
    """Accepted bids and steps, the newest first."""
    items = [line for bid in bids if bid.accepted and (line := _bid_line(bid)) is not None]
    items += [FeedItem(one.seq, one.at, step_sentence(one)) for one in steps]
    return sorted(items, key=lambda item: -item.seq)[:FEED]


def timeline_of(
    steps: Sequence[PublicStep], suspensions: Sequence[SuspensionView]
) -> list[FeedItem]:
    """The course of the sale, the latest first; of lots older than numbered steps what is known:
    their suspensions."""
    lines = [FeedItem(one.seq, one.at, step_sentence(one)) for one in reversed(steps)]
    if lines:
        return lines
    return [FeedItem(0, one.suspended_at, suspension_sentence(one)) for one in suspensions]


def _bid_line(bid: PublicBid) -> FeedItem | None:
    if bid.amount_minor is not None:
        return FeedItem(bid.seq, bid.at, bid_mark(bid), bid.code, bid.amount_minor)
    if bid.act is Act.store:
        return None  # what it led to is there as bids of its own
    return FeedItem(bid.seq, bid.at, ACTS[bid.act], bid.code)


def beside_of(lot: LotView) -> Beside:
    """What stands on a lot beside the engine's terms."""
    notice: Mapping[str, Any] = lot.notice
    return Beside(
        step_minor=lot.step_minor,
        open_reserve_minor=lot.terms.open_reserve_minor if lot.terms else None,
        deposit_minor=lot.deposit_minor,
        deposit_due_at=lot.deposit_due_at,
        admission=lot.admission,
        conditions=lot.conditions,
        documents=lot.documents,
        auctioneer=lot.auctioneer,
        viewing=str(notice.get("viewing") or ""),
        viewing_starts_at=_instant(notice.get("viewing_starts_at")),
        viewing_ends_at=_instant(notice.get("viewing_ends_at")),
        negotiation=bool(notice.get("negotiation")),
        join_until_end=lot.terms is not None and lot.terms.join_until_end,
    )


def _instant(stored: object) -> datetime | None:
    if isinstance(stored, datetime):
        return stored
    return datetime.fromisoformat(stored) if isinstance(stored, str) and stored else None


def build(
    lot: LotView,
    *,
    place: MyPlace | None,
    bids: Sequence[PublicBid],
    steps: Sequence[PublicStep],
    barred: bool,
    deposit: DepositView | None = None,
    scores: ScoreView | None = None,
    closes_at: datetime | None,
    **more: Any,
) -> RoomView:
    """The view of one lot for one reader; ``more`` are the fields that others know."""
    way = SHAPES[lot.mode].way
    panels = panels_of(lot, place, barred=barred)
    title, lines = result_of(lot)
    # why: what came after the lot was read is told by the live stream, and once
    steps = [one for one in steps if one.seq <= lot.seq]
    feed = feed_of([bid for bid in bids if bid.seq <= lot.seq], steps)
    offered = None if lot.is_over else lot.next_minor
    asking = lot.asking_minor if way is Way.taking else offered
    beside = beside_of(lot)
    return RoomView(
        number=lot.number,
        title=lot.title,
        mode_label=SHAPES[lot.mode].label,
        way=way,
        state=str(lot.state),
        outcome=None if lot.outcome is None else str(lot.outcome),
        phase_label=phase_label(lot),
        seq=lot.seq,
        start_minor=lot.start_minor,
        price_label=price_label(lot, way),
        shown_minor=shown_price(lot),
        leader=lot.leader_code,
        price_minor=lot.price_minor,
        next_minor=asking,
        tiers=[(one.from_minor, one.step_minor) for one in tiers_of(lot)],
        asks=next_amounts(tiers_of(lot), offered) if way is Way.rising else (),
        closes_at=closes_at,
        closed_at=lot.closed_at,
        opens_seals_at=lot.cycle_ends_at if way is Way.sealed else None,
        ladder=ladder_data(lot),
        drops_at=lot.next_change_at,
        rungs=ladder(lot.terms, beside, lot.free_starts_at)
        if lot.terms and lot.mode is BidMode.dutch
        else (),
        my=mine_of(lot, place, deposit, scores),
        may_match=lot.preference is Preference.match
        and place is not None
        and place.rank is not None,
        badge_label=badge_label(lot),
        panels=panels,
        why_not=more.pop("why_not", "") or why_not(lot, place, panels),
        feed=feed,
        bid_count=sum(item.amount_minor is not None for item in feed),
        steps=timeline_of(steps, more.pop("suspensions", ())),
        result_title=title,
        result_lines=lines,
        terms=explain(lot.terms, beside) if lot.terms else [],
        bidder_count=lot.bidder_count,
        offer_number=lot.offer_number,
        **more,
    )
