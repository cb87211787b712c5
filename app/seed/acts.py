"""The programme of the stage (演示场次): what is put on, for how long, with which offers. Pure.

All figures are our own choice. The times are those of a demonstration, which its rulebook allows
and the lot pages print: real lots run for working days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.auctions.types import (
    Auctioneer,
    BidMode,
    Criterion,
    LotTerms,
    Preference,
    ReserveKind,
)

_STEPLESS: Final = frozenset({BidMode.once, BidMode.weighted, BidMode.buy_now})


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of lot on the stage.

    ``offers``: keys of its own offers; none: any offer of the pool. ``registers``: how long one may
    register before it opens. ``opens_in``: how long it waits before it opens. Steps count from the
    start: ``reserve_steps`` up to a hidden reserve, ``ladder_steps`` down to the floor of a falling
    price, which starts that much higher. ``once``: it is put on a single time. ``more``: further
    terms as they stand.
    """

    name: str
    free: timedelta
    window_s: int
    mode: BidMode = BidMode.dynamic
    offers: tuple[str, ...] = ()
    opens_in: timedelta | None = None
    registers: timedelta | None = None
    deposit_percent: int = 0
    reserve_steps: int = 0
    ladder_steps: int = 0
    once: bool = False
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def terms(self, start_minor: int, step_minor: int, now: datetime) -> LotTerms:
        """The terms of a lot that is announced ``now``; money in 分."""
        wait = self.registers or self.opens_in
        fall = self.ladder_steps * step_minor
        reserve = start_minor + self.reserve_steps * step_minor if self.reserve_steps else None
        return LotTerms(
            start_minor=start_minor + fall,
            step_minor=0 if self.mode in _STEPLESS else step_minor,
            free_starts_at=now + wait if wait else None,
            free_ends_at=now + (wait or timedelta()) + self.free,
            window_s=self.window_s,
            mode=self.mode,
            reserve_kind=ReserveKind.hidden if reserve else ReserveKind.none,
            reserve_minor=reserve,
            negotiation=reserve is not None,
            floor_minor=start_minor if fall else None,
            deposit_minor=start_minor * self.deposit_percent // 100,
            **self.more,
        )


SHORT_S: Final = 20  # the window of the lots that are over within a minute

# Any offer of the pool. The first one to be sold; what ends soon; what runs; what waits.
OPENING: Final = Act("opening", timedelta(seconds=25), SHORT_S, more={"proxies": True})
FIRST_ENDING: Final = Act("ending", timedelta(minutes=6), 60, more={"proxies": True})
ENDING: Final = Act("ending", timedelta(minutes=12), 60, more={"proxies": True})
RUNNING: Final = Act("running", timedelta(minutes=90), 120, more={"proxies": True})
WAITING: Final = Act("waiting", timedelta(minutes=60), 120, opens_in=timedelta(hours=3))

PAPER: Final = "资格说明（盖章）"
MULTI: Final = Act(
    "multi",
    timedelta(minutes=6),
    60,
    mode=BidMode.multi,
    offers=("sep-ceramic", "path-slide"),
    registers=timedelta(minutes=15),
    deposit_percent=10,
    more={
        "proxies": True,
        "admission": "reviewed",
        "conditions": "演示条件：申请单位为依法设立的企业，具备相应的中试或生产场地；"
        "上传任意一份文件即可作为材料，由演示运营人员在约一分半钟内审核。",
        "documents": (PAPER,),
    },
)
SEALED: Final = Act(
    "sealed",
    timedelta(minutes=50),
    60,
    mode=BidMode.once,
    offers=("sepsis-chip",),
    registers=timedelta(seconds=40),
)
CRITERIA: Final = (
    Criterion("research", "上一年度研发投入", "万元", 2_500, 2_000),
    Criterion("team", "拟投入产业化团队", "人", 1_500, 30),
)
WEIGHTED: Final = Act(
    "weighted",
    timedelta(minutes=55),
    60,
    mode=BidMode.weighted,
    offers=("seaweed-fib",),
    registers=timedelta(seconds=60),
    more={
        "admission": "reviewed",
        "conditions": "演示条件：申请单位如实填报评分指标，由演示运营人员核对。",
        "price_weight_bp": 6_000,
        "criteria": CRITERIA,
    },
)
FALLING: Final = Act(
    "falling",
    timedelta(hours=1),
    180,
    mode=BidMode.dutch,
    offers=("glider-batt",),
    ladder_steps=10,
)
FIXED: Final = Act("fixed", timedelta(hours=4), 120, mode=BidMode.buy_now, offers=("rice-salt",))
MATCHED: Final = Act(
    "matched",
    timedelta(hours=4),
    120,
    offers=("copper-waste",),
    more={"preference": Preference.match},
)
HAMMER: Final = Act(
    "hammer",
    timedelta(minutes=15),
    120,
    mode=BidMode.auction,
    offers=("fiber-sense",),
    registers=timedelta(minutes=45),
    more={
        "auctioneer": Auctioneer(
            organisation="槐序拍卖有限公司（演示，虚构）",
            licence="演示-000000（虚构）",
            auctioneer="演示·拍卖师（虚构）",
            auctioneer_licence="演示-00000000（虚构）",
        ),
        "viewing": "演示：技术资料在成果页面公开，可在线查看。",
    },
)
RESERVED: Final = Act(
    "reserved",
    timedelta(seconds=25),
    SHORT_S,
    offers=("tcm-extract",),
    reserve_steps=40,
    once=True,
)
ANNULLED: Final = Act("annulled", timedelta(seconds=25), SHORT_S, offers=("mg-screw",), once=True)

OWN: Final = (
    MULTI,
    SEALED,
    WEIGHTED,
    FALLING,
    FIXED,
    MATCHED,
    HAMMER,
    RESERVED,
    ANNULLED,
)
"""Acts with offers of their own."""
