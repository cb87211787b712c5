"""What a bidder may know of the scores of a weighted sale (权重报价), so that he can check his own.

The weights are published, the score is a fraction of the highest amount that counted: without that
amount nobody could recompute anything. So each house that handed in a bid that counted sees its own
score, the best one and that amount, after the close, in its own place of the lot room; no code and
no other amount stands beside them, and nothing of it is public (ADR 0019).
"""

from __future__ import annotations

from fractions import Fraction

from app.auctions import queries, record_queries, sale_queries, vault
from app.auctions.access import SEE_OWN_PLACE
from app.auctions.engine.canonical import Committed
from app.auctions.engine.modes.weighted import compute_score
from app.auctions.engine.types import Act, BidMode
from app.auctions.models import Lot
from app.auctions.types import LotView, ScoreView
from app.core import access
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def find_scores(uow: UnitOfWork, *, actor: Actor, lot: LotView) -> ScoreView | None:
    """The actor's own score beside the best one; None before a sale, in other modes, for whoever
    handed in nothing, and for a bid below the reserve, which had no effect."""
    if not (lot.is_sold and lot.mode is BidMode.weighted and lot.terms is not None):
        return None
    if actor.organisation_id is None or not access.may(actor, SEE_OWN_PLACE):
        return None
    found = await queries.find_own_place(uow, lot.id, actor.organisation_id)
    if found is None or found[2] is None:
        return None
    amounts = await _open(uow, lot)
    own = found[0].code
    if own not in amounts:
        return None
    best = max(amounts.values())
    places = await record_queries.list_places(uow, lot.id)
    scores = {
        place.code: compute_score(lot.terms, amounts[place.code], place.values, best)
        for place in places
        if place.code in amounts
    }
    return ScoreView(_points(scores[own]), _points(max(scores.values())), amounts[own], best)


async def _open(uow: UnitOfWork, lot: LotView) -> dict[str, int]:
    """The amounts that counted, in 分 by code."""
    key = await record_queries.find_key(uow, lot.id)
    if key is None:
        return {}
    rows = await sale_queries.list_sealed_bids(uow, lot.id)
    envelopes = [vault.Envelope(row.seq, row.code, Act.seal.value, row.sealed) for row in rows]
    row = await uow.session.get_one(Lot, lot.id)
    if (reserve := vault.reserve_envelope(row)) is not None:
        envelopes.append(reserve)
    opened = vault.open_secrets(uow.sealer, key.wrapped, lot.id, envelopes)
    hidden = [one.amount_minor for one in opened if one.what == Committed.reserve.value]
    least = next(iter(hidden), None) or (lot.terms and lot.terms.open_reserve_minor) or 0
    return {
        one.code: one.amount_minor
        for one in opened
        if one.code and one.amount_minor is not None and one.amount_minor >= least
    }


def _points(score: Fraction) -> Fraction:
    """Basis points as points of a hundred."""
    return score / 100
