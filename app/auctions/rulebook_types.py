"""What one version of the rules sets. A version printed before a parameter existed gets the value
that leaves its lots as they were.

Sources stand beside each number (DOMAIN 2.2-2.10); the printed version names them with its trust.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RulebookParams:
    """Durations in seconds unless the name says days; rates in basis points.

    ``modes``: the ways of bidding that this version prints rules for.
    """

    outage_tolerance_s: int
    resume_after_s: int
    min_window_s: int  # a limited cycle, and a rung of DUTCH: 1 minute (P-动)
    max_window_s: int
    leader_may_raise: bool
    modes: tuple[str, ...] = ("DYNAMIC",)
    join_until_end: bool = True  # DYNAMIC; now only inside the free period (P-动 4)
    min_span_s: int = 0  # sealed and weighted bids: 24 h by analogy (L-网拍20)
    free_working_days: int = 0  # DYNAMIC: from publication on (P-动 4)
    registration_working_days: int = 0  # modes with a registration: our floor (DOMAIN 3.2)
    auction_notice_days: int = 0  # AUCTION: 7 日 before the sale (拍卖法 45)
    viewing_days: int = 0  # AUCTION: 2 日 at least (拍卖法 48)
    min_confirm_s: int = 0  # 确认参加限时报价: 5 minutes are usual (P-汕 23)
    max_confirm_s: int = 86_400
    min_raise_s: int = 60  # POST_WITH_RAISE: our default
    exercise_working_days: int = 1  # POST: our default (DOMAIN 2.6)
    exercise_s: int = 0  # used when no working days are set (demonstrations)
    negotiation_working_days: int = 0  # after a reserve not met: our default; 0: no window
    negotiation_s: int = 0  # used when no working days are set (demonstrations)
    deposit_cap_bp: int = 3_000  # 30 % of the start, sellers of state assets (general knowledge)
    deposit_usual_low_bp: int = 500  # court sales 5-20 % (L-网拍17)
    deposit_usual_high_bp: int = 2_000
    jump_limit: int = 0  # so many times the least next amount must be confirmed; 0: never
    resume_within_days: int = 5  # after the cause has ended (L-网拍28)
    relist_cut_bp: int = 2_000  # by which a start may fall without a word: court sales (L-网拍26)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Read a stored version; what it does not name keeps the value of before."""
        named = {one.name: stored[one.name] for one in fields(cls) if one.name in stored}
        if "modes" in named:
            named["modes"] = tuple(named["modes"])
        return cls(**named)

    def to_json(self) -> dict[str, Any]:
        """Every parameter by its name, as the API tells it."""
        return asdict(self) | {"modes": list(self.modes)}

    @property
    def outage_tolerance(self) -> timedelta:
        return timedelta(seconds=self.outage_tolerance_s)

    @property
    def resume_after(self) -> timedelta:
        return timedelta(seconds=self.resume_after_s)
