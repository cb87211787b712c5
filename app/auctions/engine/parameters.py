"""What may not be said together: a sentence for every contradiction in a lot's terms.

The numbers that a rulebook sets (least windows, least notice) are checked with the rulebook, not
here: these contradictions hold under any.
"""

from __future__ import annotations

from typing import Final

from app.auctions.engine.grid import is_on
from app.auctions.engine.types import BidMode, Preference, ReserveKind, SingleBidder, Terms
from app.core.errors import FieldError
from app.core.i18n import Message
from app.core.money import MAX_MINOR

_FULL_BP: Final = 10_000
# Their last ``window_s`` is a part of the span for bids, not a cycle that follows it.
_IN_ONE_SPAN: Final = frozenset({BidMode.once, BidMode.weighted, BidMode.buy_now})
_LEAST_RAISE_S: Final = 60


def check_price(terms: Terms) -> list[FieldError]:
    """The start, in every mode."""
    if 0 < terms.start_minor <= MAX_MINOR:
        return []
    return [FieldError("start", "起始价须大于零且不超过十万亿元")]


def check_grid(terms: Terms) -> list[FieldError]:
    """Steps that lead from the start through every tier without leaving the grid."""
    faults = check_price(terms)
    if any(not 0 < tier.step_minor <= MAX_MINOR for tier in terms.tiers) or not terms.tiers:
        return [*faults, FieldError("step", "加价幅度须大于零且不超过十万亿元")]
    if terms.tiers[0].from_minor != terms.start_minor:
        faults.append(FieldError("tiers", "第一档加价幅度须从起始价开始"))
    for lower, upper in zip(terms.tiers, terms.tiers[1:], strict=False):
        width = upper.from_minor - lower.from_minor
        if width <= 0:
            faults.append(FieldError("tiers", "加价幅度各档的起点须逐档升高"))
        elif width % lower.step_minor:
            faults.append(FieldError("tiers", "每一档的起点须是上一档按加价幅度能够达到的价格"))
    return faults


def check_reserve(terms: Terms) -> list[FieldError]:
    """A reserve is not below the start, and reachable; only an open one stands in the terms."""
    reserve = terms.open_reserve_minor
    if terms.reserve_kind is not ReserveKind.open:
        said = reserve is not None
        return [FieldError("reserve", "只有公开的保留价才在公告中写明金额")] if said else []
    if reserve is None:
        return [FieldError("reserve", "公开保留价须写明金额")]
    return check_reserve_amount(terms, reserve)


def check_reserve_amount(terms: Terms, reserve_minor: int) -> list[FieldError]:
    """The same for an amount that the terms do not hold, because it is hidden."""
    if reserve_minor < terms.start_minor:
        return [FieldError("reserve", "保留价不得低于起始价")]
    if reserve_minor > MAX_MINOR:
        return [FieldError("reserve", "保留价不得超过十万亿元")]
    if terms.tiers and not check_grid(terms) and not is_on(terms, reserve_minor):
        return [FieldError("reserve", "保留价须是从起始价按加价幅度能够达到的价格")]
    return []


def check_limited(terms: Terms) -> list[FieldError]:
    """The limited period's clock."""
    faults, rule = [], terms.extension
    if rule.adds_s is None and rule.threshold_s:
        faults.append(FieldError("threshold_s", "完整重新计时与剩余时间触发延时只能选择一种"))
    if rule.adds_s is not None:
        if rule.adds_s <= 0:
            faults.append(FieldError("adds_s", "每次延长的时间须大于零"))
        if not 0 < rule.threshold_s <= terms.window_s:
            faults.append(FieldError("threshold_s", "触发延时的剩余时间须在限时报价周期之内"))
    if rule.cap_s is not None and rule.cap_s < terms.window_s:
        faults.append(FieldError("cap_s", "限时报价总时长的上限不得短于一个周期"))
    if terms.confirm_s < 0:
        faults.append(FieldError("confirm_s", "确认时间不能为负"))
    if terms.confirm_s and terms.proxies:
        sentence = "须确认参加限时报价的标的不能使用自动出价：没有确认的人不能由系统代为报价"
        faults.append(FieldError("proxies", sentence))
    return faults


def check_no_limited(terms: Terms) -> list[FieldError]:
    """Modes without a limited period take nothing that belongs to it."""
    faults = []
    if terms.extension.adds_s is not None or terms.extension.cap_s is not None:
        faults.append(FieldError("adds_s", "这种方式没有限时报价期，不能设置延时"))
    if terms.must_bid_in_free or terms.confirm_s:
        faults.append(FieldError("confirm_s", "这种方式没有限时报价期，不能要求先行报价或确认"))
    if terms.proxies:
        faults.append(FieldError("proxies", "自动出价只能用于公开增价的方式"))
    return faults


def check_first_come(terms: Terms) -> list[FieldError]:
    """Whoever accepts first has it: nothing can come after, and one bidder is enough."""
    faults = []
    if terms.preference is not Preference.ordinary:
        sentence = "由最先应价者取得的方式，优先购买权人须以普通竞买人身份参与"
        faults.append(FieldError("preference", sentence))
    if terms.raise_s:
        faults.append(FieldError("raise_s", "只有允许追加报价时才设置追加时间"))
    if terms.single_bidder is SingleBidder.agreement:
        sentence = "由最先应价者取得的方式，一人应价即可成交，不能约定只有一人时转为协议"
        faults.append(FieldError("single_bidder", sentence))
    return faults


def check_registration(terms: Terms) -> list[FieldError]:
    """Modes that are bid among the registered say until when one registers (DOMAIN 3.1)."""
    if terms.registration_ends_at is not None:
        return []
    return [FieldError("registration_ends_at", "这种方式须写明报名截止时间")]


def check_no_steps(terms: Terms) -> list[FieldError]:
    """Modes whose price is not raised step by step."""
    return [FieldError("step", "这种方式没有加价幅度")] if terms.tiers else []


def check_no_ladder(terms: Terms) -> list[FieldError]:
    return [FieldError("floor", "只有降价方式才有最低价")] if terms.floor_minor is not None else []


def check_no_weights(terms: Terms) -> list[FieldError]:
    weighed = terms.criteria or terms.price_weight_bp != _FULL_BP
    return [FieldError("criteria", "只有权重报价才有评分指标")] if weighed else []


def check_weights(terms: Terms) -> list[FieldError]:
    """Published criteria whose weights make a whole with the price's."""
    if not terms.criteria:
        return [FieldError("criteria", "权重报价须至少有一项价格以外的评分指标")]
    faults = []
    if len({one.key for one in terms.criteria}) < len(terms.criteria):
        faults.append(FieldError("criteria", "评分指标不能重复"))
    weights = [terms.price_weight_bp, *(one.weight_bp for one in terms.criteria)]
    if any(weight <= 0 for weight in weights) or sum(weights) != _FULL_BP:
        faults.append(FieldError("criteria", "价格与各项指标的权重须大于零，合计为 100%"))
    if any(one.full_at <= 0 for one in terms.criteria):
        faults.append(FieldError("criteria", "指标的满分值须大于零"))
    return faults


def check_preference(terms: Terms, *, matching: bool) -> list[FieldError]:
    """``matching``: whether a holder can take a price while it is being bid."""
    faults = []
    if terms.preference is Preference.match and not matching:
        faults.append(FieldError("preference", "这种方式看不到他人报价，优先购买权人不能跟价"))
    raising = terms.preference is Preference.post_with_raise
    if raising and not matching:
        faults.append(FieldError("preference", "这种方式没有加价幅度，最高报价人不能追加报价"))
    elif raising and terms.raise_s < _LEAST_RAISE_S:
        faults.append(FieldError("raise_s", "追加报价的时间不得少于 60 秒"))
    if not raising and terms.raise_s:
        faults.append(FieldError("raise_s", "只有允许追加报价时才设置追加时间"))
    return faults


def check_schedule(terms: Terms) -> list[FieldError]:
    """Registration before the opening, the opening before the end, time enough for one cycle."""
    faults = []
    if terms.window_s <= 0:
        faults.append(FieldError("window_s", "限时报价周期须大于零"))
    if terms.free_ends_at <= terms.free_starts_at:
        faults.append(FieldError("free_ends_at", "自由报价结束时间须晚于开始时间"))
    elif terms.mode in _IN_ONE_SPAN and terms.free_ends_at - terms.free_starts_at < terms.window:
        sentence = Message("报价时间不得短于 %(seconds)s 秒", seconds=terms.window_s)
        faults.append(FieldError("free_ends_at", sentence))
    ends, starts = terms.registration_ends_at, terms.registration_starts_at
    if ends is not None and ends > terms.free_starts_at:
        faults.append(FieldError("registration_ends_at", "报名须在报价开始之前截止"))
    if starts is not None and (ends is None or starts >= ends):
        faults.append(FieldError("registration_starts_at", "报名开始时间须早于报名截止时间"))
    return faults
