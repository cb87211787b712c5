"""The ways to bid (竞价方式), as people choose and read them: what each is and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.auctions.types import BidMode, Preference
from app.core.i18n import _n


class Part(StrEnum):
    """A part of the form that not every way needs."""

    registration = "registration"  # 报名时间
    steps = "steps"  # 加价（降价）幅度
    limited = "limited"  # 限时报价期
    reserve = "reserve"  # 保留价
    ladder = "ladder"  # 降价阶梯
    weights = "weights"  # 评分
    auctioneer = "auctioneer"  # 拍卖人


class Way(StrEnum):
    """How the room of a lot works."""

    rising = "rising"
    sealed = "sealed"
    taking = "taking"


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to bid: its name, a sentence, its parts, and the words of its fields."""

    label: str
    about: str
    way: Way
    parts: frozenset[Part]
    preferences: tuple[Preference, ...]
    start: str = _n("起始价")
    start_hint: str = _n("首次报价不低于起始价。")
    opens: str = _n("自由报价开始时间")
    ends: str = _n("自由报价结束时间")
    window: str = _n("限时报价周期")
    window_hint: str = _n("限时报价期内每次有效报价后重新计时。")
    must_open: bool = True


_RISING: Final = (
    Preference.ordinary,
    Preference.match,
    Preference.post,
    Preference.post_with_raise,
)
_SEALED: Final = (Preference.ordinary, Preference.post)
_TAKING: Final = (Preference.ordinary,)
_GUARD: Final = _n("截止前保障时段")
_GUARD_HINT: Final = _n("这段时间内服务中断超过规则允许的时长，标的中止，恢复后这段时间完整重来。")

SHAPES: Final[Mapping[BidMode, Shape]] = {
    BidMode.dynamic: Shape(
        _n("动态报价"),
        _n("公告后即可报名和报价：先自由报价，再限时报价，最后一轮无人加价时最高者竞得。"),
        Way.rising,
        frozenset({Part.steps, Part.limited, Part.reserve}),
        _RISING,
        must_open=False,
    ),
    BidMode.multi: Shape(
        _n("多次报价"),
        _n("先报名并确认资格，再在约定时间由取得资格的竞买人多次加价，最高者竞得。"),
        Way.rising,
        frozenset({Part.registration, Part.steps, Part.limited, Part.reserve}),
        _RISING,
    ),
    BidMode.once: Shape(
        _n("一次报价（密封）"),
        _n("每个竞买人只报一次价，开启前任何人不可见，到时一并开启，最高者竞得。"),
        Way.sealed,
        frozenset({Part.registration, Part.reserve}),
        _SEALED,
        start_hint=_n("低于起始价的报价无效。"),
        opens=_n("密封报价开始时间"),
        ends=_n("密封报价截止（开启）时间"),
        window=_GUARD,
        window_hint=_GUARD_HINT,
    ),
    BidMode.weighted: Shape(
        _n("权重报价"),
        _n("密封报价，按公布的权重对价格和其他指标评分，得分最高者竞得。"),
        Way.sealed,
        frozenset({Part.registration, Part.reserve, Part.weights}),
        _SEALED,
        start_hint=_n("低于起始价的报价无效。"),
        opens=_n("密封报价开始时间"),
        ends=_n("密封报价截止（开启）时间"),
        window=_GUARD,
        window_hint=_GUARD_HINT,
    ),
    BidMode.buy_now: Shape(
        _n("一口价"),
        _n("价格固定，最先有效应价者取得。"),
        Way.taking,
        frozenset(),
        _TAKING,
        start=_n("一口价"),
        start_hint=_n("所有人按同一价格应价。"),
        opens=_n("应价开始时间"),
        ends=_n("应价截止时间"),
        window=_GUARD,
        window_hint=_GUARD_HINT,
        must_open=False,
    ),
    BidMode.dutch: Shape(
        _n("降价"),
        _n("从高价起按阶梯定时降价，最先应价者按当时价格取得；降到最低价仍无人应价则流拍。"),
        Way.taking,
        frozenset({Part.steps, Part.ladder}),
        _TAKING,
        start=_n("最高价（起始）"),
        start_hint=_n("第一级价格。"),
        opens=_n("降价开始时间"),
        ends=_n("降价结束时间"),
        window=_n("每级时间"),
        window_hint=_n("每级价格停留的时间。"),
    ),
    BidMode.auction: Shape(
        _n("拍卖"),
        _n("由有资质的拍卖企业委派拍卖师主持；公告中须写明拍卖企业、许可证号和拍卖师。"),
        Way.rising,
        frozenset({Part.registration, Part.steps, Part.limited, Part.reserve, Part.auctioneer}),
        _RISING,
    ),
    BidMode.tender: Shape(
        _n("招投标"),
        _n("依照招标投标法由评标委员会评审，本平台不受理，请通过招标代理机构办理。"),
        Way.sealed,
        frozenset(),
        _TAKING,
    ),
}

PREFERENCES: Final[Mapping[Preference, str]] = {
    Preference.ordinary: _n("没有优先购买权人，或以普通竞买人身份参与"),
    Preference.match: _n("场内行权：可以按当前最高价跟价"),
    Preference.post: _n("场外行权：报价结束后由优先购买权人决定是否以该价格购买"),
    Preference.post_with_raise: _n("场外行权，且最高报价人可以追加报价"),
}
