"""Stored maxima (自动出价): what the market bids for whom after one external event (DOMAIN 2.10).

Only two maxima can matter: the leader's and that of whoever has just acted. Every other one is
spent, because the price has passed it. So the fixed point is reached in at most two automatic bids:
the losing maximum in full, and the winner's least lawful answer to it. Equal maxima: the one stored
earlier has the price. While a reserve is not reached, the winner's maximum is bid up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.auctions.engine.grid import next_above
from app.auctions.engine.types import Note, Proxy, Terms


@dataclass(frozen=True, slots=True)
class AutoBid:
    """One automatic bid, in 分; ``rank`` is that of the place it is made for."""

    code: str
    amount_minor: int
    note: Note | None
    rank: int | None = None


def settle(
    terms: Terms,
    *,
    price_minor: int | None,
    leader: str | None,
    proxies: Sequence[Proxy],
    reserve_minor: int | None,
    by_hand: bool = False,
) -> list[AutoBid]:
    """The automatic bids, in order. At most one maximum a code; a spent one does nothing.

    ``by_hand``: the leader has just bid this price himself, so that somebody else's equal maximum,
    which was stored before, has it. A price that was matched by right, or bid before, it has not.
    """
    live = [
        proxy
        for proxy in proxies
        if _can_act(terms, proxy, price_minor, at_par=by_hand and proxy.code != leader)
    ]
    if not live:
        return []
    first, *others = sorted(live, key=lambda proxy: (-proxy.max_minor, proxy.seq))
    return _bids(terms, first, others[0] if others else None, price_minor, leader, reserve_minor)


def _can_act(terms: Terms, proxy: Proxy, price_minor: int | None, *, at_par: bool) -> bool:
    if price_minor is None:
        return proxy.max_minor >= terms.start_minor
    return proxy.max_minor > price_minor or (at_par and proxy.max_minor == price_minor)


def _bids(
    terms: Terms,
    winner: Proxy,
    rival: Proxy | None,
    price: int | None,
    leader: str | None,
    reserve_minor: int | None,
) -> list[AutoBid]:
    bids = []
    if rival is not None and (price is None or rival.max_minor > price):
        bids.append(AutoBid(rival.code, rival.max_minor, Note.limit, rival.rank))
        price, leader = rival.max_minor, rival.code
    if price is not None and leader == winner.code:
        if reserve_minor is not None and price < reserve_minor:
            bids.append(_lifted(winner, price, None, reserve_minor))
        return bids
    tied = winner.max_minor == price
    least = winner.max_minor if tied else next_above(terms, price)
    bids.append(_lifted(winner, least, Note.tie if tied else None, reserve_minor))
    return bids


def _lifted(winner: Proxy, least: int, note: Note | None, reserve_minor: int | None) -> AutoBid:
    """The winner's bid, up to the reserve where his maximum allows it."""
    amount = least
    if reserve_minor is not None and least < reserve_minor and least < winner.max_minor:
        amount = min(winner.max_minor, reserve_minor)
        note = Note.reserve if amount == reserve_minor else Note.limit
    return AutoBid(winner.code, amount, note, winner.rank)
