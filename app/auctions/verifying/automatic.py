"""Automatic bids as everybody can check them: without the maxima, from what is public alone.

Each must be the least lawful answer, or carry the reason why it is more (DOMAIN 2.10): a whole
maximum that was beaten at once or that the reserve lies above, the reserve itself, an equal maximum
that was stored earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.types import Head, Note, ReserveKind, Terms
from app.auctions.verifying.faults import Broken


@dataclass(frozen=True, slots=True)
class Shown:
    """An automatic bid as published."""

    seq: int
    code: str
    amount_minor: int
    note: Note | None


@dataclass(slots=True)
class Maxima:
    """What the public can know of stored maxima: who has stored one, whose has been used up."""

    stored: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    reserve_minor: int | None = None  # once a bid has shown it

    def store(self, code: str) -> None:
        self.stored.add(code)
        self.spent.discard(code)


def check_automatic(
    terms: Terms, head: Head, bids: Sequence[Shown], maxima: Maxima, *, by_hand: bool
) -> None:
    """``head``: after the submission that they answer. Raises Broken at the first that is not due.

    ``by_hand``: it was a bid, which somebody else's equal maximum answers.
    """
    if not bids:
        return
    if not terms.proxies:
        raise Broken("本标的不设自动出价，却有自动报价", bids[0].seq)
    if len(bids) > 2:
        raise Broken("一次报价之后自动报价不应多于两次", bids[2].seq)
    price, leader = head.price_minor, head.leader
    for bid in bids:
        _check_right(terms, bid, maxima)
    if len(bids) == 2:
        beaten, bids = bids[0], bids[1:]
        if beaten.note is not Note.limit or beaten.code == bids[0].code:
            raise Broken("两次自动报价的前一次应为另一竞买人的全部最高限价", beaten.seq)
        if beaten.amount_minor < next_above(terms, price):
            raise Broken("自动报价低于当时最低的有效报价", beaten.seq)
        maxima.spent.add(beaten.code)
        price, leader, by_hand = beaten.amount_minor, beaten.code, True
    _check_winner(terms, price, leader, bids[0], maxima, by_hand=by_hand)


def _check_right(terms: Terms, bid: Shown, maxima: Maxima) -> None:
    if bid.code not in maxima.stored:
        raise Broken("自动报价人此前没有设定最高限价", bid.seq)
    if bid.code in maxima.spent:
        raise Broken("自动报价人的最高限价此前已经用尽", bid.seq)
    if not is_on(terms, bid.amount_minor):
        raise Broken("自动报价不在加价幅度的格点上", bid.seq)


def _check_winner(
    terms: Terms,
    price: int | None,
    leader: str | None,
    bid: Shown,
    maxima: Maxima,
    *,
    by_hand: bool,
) -> None:
    """The answer that takes, or keeps, the lead."""
    least, amount = next_above(terms, price), bid.amount_minor
    leads = leader == bid.code
    if bid.note is None:
        if leads:
            raise Broken("自动报价人已经领先，无须再报价", bid.seq)
        if amount != least:
            raise Broken("自动报价不是当时最低的有效报价", bid.seq)
    elif bid.note is Note.tie:
        if leads or not by_hand or amount != price:
            raise Broken("此处不构成相同的最高限价", bid.seq)
        maxima.spent.add(bid.code)
    else:
        _check_lift(terms, price if leads else least, bid, maxima)


def _check_lift(terms: Terms, least: int | None, bid: Shown, maxima: Maxima) -> None:
    """More than the least answer, because the reserve is not reached without it."""
    if terms.reserve_kind is ReserveKind.none:
        raise Broken("没有保留价，自动报价不应高于最低的有效报价", bid.seq)
    if maxima.reserve_minor is not None:
        raise Broken("保留价已经达到，自动报价不应高于最低的有效报价", bid.seq)
    if bid.amount_minor <= (least or 0):
        raise Broken("自动报价低于当时最低的有效报价", bid.seq)
    known = terms.open_reserve_minor
    if bid.note is Note.reserve:
        if known is not None and bid.amount_minor != known:
            raise Broken("自动报价不等于公开的保留价", bid.seq)
        maxima.reserve_minor = bid.amount_minor
        return
    if known is not None and bid.amount_minor >= known:
        raise Broken("自动报价超过公开的保留价，不应报出全部最高限价", bid.seq)
    maxima.spent.add(bid.code)
