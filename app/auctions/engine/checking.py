"""Everything that terms alone can get wrong, asked in one place before a lot is published."""

from __future__ import annotations

from dataclasses import replace

from app.auctions.engine.modes import MODES
from app.auctions.engine.modes.dutch import compute_ladder_end
from app.auctions.engine.parameters import check_schedule
from app.auctions.engine.types import BidMode, Terms
from app.core.errors import FieldError

_STEPLESS = frozenset({BidMode.once, BidMode.weighted, BidMode.buy_now})


def check_terms(terms: Terms, *, owners: int = 1) -> list[FieldError]:
    """A sentence for every contradiction, none for terms that can be published.

    ``owners``: how many organisations own what is sold. What a rulebook sets (least windows and
    notice, caps) is not asked here, nor the amount of a hidden reserve
    (``parameters.check_reserve_amount``).
    """
    faults = []
    if owners > 1:
        sentence = "标的属于多个权利人，本平台暂不支持共同转让竞价，请由权利人先行约定由一方转让"
        faults.append(FieldError("", sentence))
    mode = MODES.get(terms.mode)
    if mode is None:
        sentence = "招投标须由评标委员会按《招标投标法》组织，不能作为网络竞价发布"
        return [*faults, FieldError("mode", sentence)]
    return [*faults, *check_schedule(terms), *mode.check(terms)]


def completed(terms: Terms) -> Terms:
    """The terms with what follows from the others: the end of a falling price, no steps where
    nothing is raised. Contradictions stay for ``check_terms`` to tell."""
    if terms.mode in _STEPLESS:
        return replace(terms, tiers=())
    whole = terms.mode is BidMode.dutch and terms.tiers and terms.tiers[0].step_minor > 0
    return replace(terms, free_ends_at=compute_ladder_end(terms)) if whole else terms
