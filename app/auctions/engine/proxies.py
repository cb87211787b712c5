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
    """One automatic bid, in 分."""

    code: str
    amount_minor: int
    note: Note | None


@dataclass(frozen=True, slots=True)
class _Claim:
    """Up to what somebody is willing to go, and since which number."""

    code: str
    most_minor: int
    seq: int


def settle(
    terms: Terms,
    *,
    price_minor: int | None,
    leader: str | None,
    led_since: int,
    proxies: Sequence[Proxy],
    reserve_minor: int | None,
    matched: bool = False,
) -> list[AutoBid]:
    """The automatic bids, in order. ``led_since``: the number under which the leader took the lead.

    At most one maximum a code; an exhausted one does nothing. ``matched``: a holder has just taken
    the price by right, which an equal maximum does not answer.
    """
    claims = {proxy.code: _Claim(proxy.code, proxy.max_minor, proxy.seq) for proxy in proxies}
    live = [
        claim
        for claim in claims.values()
        if _can_act(terms, claim, price_minor, at_par=claim.code != leader and not matched)
    ]
    if leader is not None and price_minor is not None:
        own = claims.get(leader)
        if own is None or own.most_minor <= price_minor:
            live.append(_Claim(leader, price_minor, led_since))
    ranked = sorted(live, key=lambda claim: (-claim.most_minor, claim.seq))
    if not ranked:
        return []
    return _bids(terms, ranked, price_minor, leader, reserve_minor)


def _can_act(terms: Terms, claim: _Claim, price_minor: int | None, *, at_par: bool) -> bool:
    """Above the price; or equal to it, where somebody else has just bid what was stored before."""
    if price_minor is None:
        return claim.most_minor >= terms.start_minor
    return claim.most_minor > price_minor or (at_par and claim.most_minor == price_minor)


def _bids(
    terms: Terms,
    ranked: Sequence[_Claim],
    price_minor: int | None,
    leader: str | None,
    reserve_minor: int | None,
) -> list[AutoBid]:
    winner, price, bids = ranked[0], price_minor, []
    rival = ranked[1] if len(ranked) > 1 else None
    if rival is not None and (price is None or rival.most_minor > price):
        bids.append(AutoBid(rival.code, rival.most_minor, Note.limit))
        price, leader = rival.most_minor, rival.code
    if leader != winner.code:
        tied = price is not None and winner.most_minor == price
        least = winner.most_minor if tied else next_above(terms, price)
        bids.append(_lifted(winner, least, Note.tie if tied else None, reserve_minor))
    elif price is not None and reserve_minor is not None and price < reserve_minor:
        lifted = _lifted(winner, price, None, reserve_minor)
        if lifted.amount_minor > price:
            bids.append(lifted)
    return bids


def _lifted(winner: _Claim, least: int, note: Note | None, reserve_minor: int | None) -> AutoBid:
    """The winner's bid, up to the reserve where his maximum allows it."""
    if reserve_minor is None or least >= reserve_minor or winner.most_minor == least:
        return AutoBid(winner.code, least, note)
    if winner.most_minor >= reserve_minor:
        return AutoBid(winner.code, reserve_minor, Note.reserve)
    return AutoBid(winner.code, winner.most_minor, Note.limit)
