"""The terms of a lot in sentences: what bidders ask before they take part.

One text serves the preview of a draft, the room and the record, so nobody reads two versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from app.auctions.types import (
    Auctioneer,
    BidMode,
    Criterion,
    Extension,
    Preference,
    ReserveKind,
    SingleBidder,
    Tier,
)
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from frontend.lot_modes import SHAPES, Part, Way
from frontend.show import datetime_cn, percent_bp

Sentences = list[tuple[str, str]]
_HEAD_RUNGS: Final = 30
_TAIL_RUNGS: Final = 3


class Said(Protocol):
    """What the sentences need of terms: a seller's (LotTerms) and a lot's (Terms) both have it."""

    @property
    def mode(self) -> BidMode: ...
    @property
    def start_minor(self) -> int: ...
    @property
    def tiers(self) -> tuple[Tier, ...]: ...
    @property
    def free_starts_at(self) -> datetime | None: ...
    @property
    def free_ends_at(self) -> datetime: ...
    @property
    def window_s(self) -> int: ...
    @property
    def registration_starts_at(self) -> datetime | None: ...
    @property
    def registration_ends_at(self) -> datetime | None: ...
    @property
    def extension(self) -> Extension: ...
    @property
    def reserve_kind(self) -> ReserveKind: ...
    @property
    def must_bid_in_free(self) -> bool: ...
    @property
    def confirm_s(self) -> int: ...
    @property
    def single_bidder(self) -> SingleBidder: ...
    @property
    def proxies(self) -> bool: ...
    @property
    def preference(self) -> Preference: ...
    @property
    def raise_s(self) -> int: ...
    @property
    def floor_minor(self) -> int | None: ...
    @property
    def price_weight_bp(self) -> int: ...
    @property
    def criteria(self) -> tuple[Criterion, ...]: ...


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands on a lot beside the terms that the engine decides by."""

    step_minor: int = 0
    open_reserve_minor: int | None = None
    deposit_minor: int = 0
    deposit_due_at: datetime | None = None
    admission: str = "open"
    conditions: str = ""
    documents: tuple[str, ...] = ()
    auctioneer: Auctioneer | None = None
    viewing: str = ""
    viewing_starts_at: datetime | None = None
    viewing_ends_at: datetime | None = None
    negotiation: bool = False
    join_until_end: bool = False


def explain(terms: Said, beside: Beside) -> Sentences:
    """Label and sentence for everything that was set, in the order in which it happens."""
    return list(_sentences(terms, beside))


def _sentences(terms: Said, beside: Beside) -> Iterator[tuple[str, str]]:
    shape = SHAPES[terms.mode]
    yield _n("竞价方式"), Message("%(mode)s：%(about)s", mode=shape.label, about=shape.about)
    yield from _people(terms, beside)
    yield from _viewing(beside)
    yield from _joining(terms, beside)
    yield _n("报价时间"), span_of(terms)
    yield from _prices(terms, beside)
    if Part.limited in shape.parts:
        yield from _limited(terms)
    if shape.parts & {Part.reserve}:
        yield _n("保留价"), _reserve(terms, beside)
    yield _n("优先购买权"), _preference(terms)
    if beside.negotiation:
        yield (
            _n("协商期"),
            _n(
                "最高报价未达到保留价时，转让方可在规则规定的期限内与最高报价人协商，期满即告终结。"
            ),
        )


def _people(terms: Said, beside: Beside) -> Sentences:
    held = beside.auctioneer
    if held is None or terms.mode is not BidMode.auction:
        return []
    sentence = Message(
        "由%(organisation)s（许可证 %(licence)s）举办，拍卖师%(name)s（证号 %(number)s）主持。",
        organisation=held.organisation,
        licence=held.licence,
        name=held.auctioneer,
        number=held.auctioneer_licence,
    )
    return [(_n("拍卖企业"), sentence)]


def _viewing(beside: Beside) -> Sentences:
    if not beside.viewing:
        return []
    pairs = [(_n("展示与查看"), beside.viewing)]
    if beside.viewing_starts_at and beside.viewing_ends_at:
        pairs.append(
            (_n("展示时间"), _between(beside.viewing_starts_at, beside.viewing_ends_at)),
        )
    return pairs


def _joining(terms: Said, beside: Beside) -> Sentences:
    pairs: Sentences = []
    if terms.registration_ends_at is not None:
        pairs.append((_n("报名期限"), _registration(terms)))
    elif Part.registration in SHAPES[terms.mode].parts:
        pairs.append((_n("报名期限"), _n("公告后至报价开始前。")))
    elif SHAPES[terms.mode].way is Way.rising and not beside.join_until_end:
        pairs.append((_n("报名期限"), _n("公告后至自由报价结束前，限时报价期内不再接受报名。")))
    else:
        pairs.append((_n("报名期限"), _n("公告后至报价结束前。")))
    if beside.admission == "reviewed":
        pairs.append((_n("资格审查"), _n("报名后由平台审查，结果和理由发送给报名单位；可以申诉。")))
    if beside.conditions:
        pairs.append((_n("资格条件"), beside.conditions))
    if beside.documents:
        pairs.append((_n("须提交的材料"), "；".join(beside.documents)))
    if beside.deposit_minor:
        pairs.append((_n("保证金"), _deposit(beside)))
    if Part.registration in SHAPES[terms.mode].parts:
        pairs.append((_n("只有一名竞买人"), _SINGLE[terms.single_bidder]))
    return pairs


_SINGLE: Final = {
    SingleBidder.proceed: _n("竞价照常进行，报价不低于起始价（及保留价）即成交。"),
    SingleBidder.agreement: _n("竞价终结，双方可转为协议成交。"),
}


def _registration(terms: Said) -> str:
    if terms.registration_starts_at is None:
        return Message("公告后至 %(end)s。", end=datetime_cn(terms.registration_ends_at))
    return _between(terms.registration_starts_at, terms.registration_ends_at)


def _deposit(beside: Beside) -> str:
    amount = format_yuan(beside.deposit_minor)
    if beside.deposit_due_at is None:
        return Message(
            "%(amount)s，须从报名单位本单位账户汇出，到账后取得报价资格。", amount=amount
        )
    return Message(
        "%(amount)s，须从报名单位本单位账户汇出，并在 %(due)s 之前到账（以银行到账时间为准）。",
        amount=amount,
        due=datetime_cn(beside.deposit_due_at),
    )


def _between(start: datetime | None, end: datetime | None) -> str:
    return Message("%(start)s 至 %(end)s。", start=datetime_cn(start), end=datetime_cn(end))


def span_of(terms: Said) -> str:
    """When bids may be made."""
    start, end = terms.free_starts_at, terms.free_ends_at
    if SHAPES[terms.mode].way is Way.rising:
        if start is None:
            return Message("自由报价自公告起至 %(end)s，随后进入限时报价期。", end=datetime_cn(end))
        return Message(
            "自由报价自 %(start)s 至 %(end)s，随后进入限时报价期。",
            start=datetime_cn(start),
            end=datetime_cn(end),
        )
    if start is None:
        return Message("自公告起至 %(end)s。", end=datetime_cn(end))
    return _between(start, end)


def _prices(terms: Said, beside: Beside) -> Sentences:
    shape = SHAPES[terms.mode]
    if terms.mode is BidMode.dutch:
        return [(_n("降价阶梯"), _ladder_sentence(terms, beside))]
    pairs: Sentences = [(shape.start, format_yuan(terms.start_minor))]
    if shape.way is Way.rising:
        pairs.append((_n("加价幅度"), _steps(terms, beside)))
    if shape.way is Way.sealed:
        sealed = _n(
            "每个竞买人只能提交一次，提交后不能修改或撤回；开启前任何人（包括平台）不能查看。"
        )
        pairs.append((_n("密封报价"), sealed))
    if terms.criteria:
        pairs.append((_n("评分办法"), _weights(terms)))
    return pairs


def _ladder_sentence(terms: Said, beside: Beside) -> str:
    return Message(
        "从 %(start)s 起，每 %(span)s降 %(step)s，最低 %(floor)s；最低价即保留价。",
        start=format_yuan(terms.start_minor),
        span=span(terms.window_s),
        step=format_yuan(step_of(terms, beside)),
        floor=format_yuan(terms.floor_minor or 0),
    )


def step_of(terms: Said, beside: Beside) -> int:
    """The first step in 分."""
    return terms.tiers[0].step_minor if terms.tiers else beside.step_minor


def _steps(terms: Said, beside: Beside) -> str:
    first = Message("每次加价 %(step)s 或其整数倍", step=format_yuan(step_of(terms, beside)))
    text: str = first
    for tier in terms.tiers[1:]:
        text = Message(
            "%(before)s；价格达到 %(since)s 后每次加价 %(step)s 或其整数倍",
            before=text,
            since=format_yuan(tier.from_minor),
            step=format_yuan(tier.step_minor),
        )
    return Message("%(text)s。", text=text)


def _weights(terms: Said) -> str:
    text: str = Message("价格占 %(weight)s", weight=percent_bp(terms.price_weight_bp))
    for one in terms.criteria:
        better = _n("不低于") if one.higher_is_better else _n("不高于")
        text = Message(
            "%(before)s；%(name)s占 %(weight)s（%(better)s %(full)s%(unit)s得满分，其余按比例）",
            before=text,
            name=one.name,
            weight=percent_bp(one.weight_bp),
            better=better,
            full=one.full_at,
            unit=one.unit,
        )
    return Message(
        "%(text)s。得分以分数精确计算，得分相同的，价高者优先，再相同的，先提交者优先。", text=text
    )


def _limited(terms: Said) -> Sentences:
    pairs: Sentences = [(_n("限时报价期"), _extension(terms))]
    if terms.must_bid_in_free:
        pairs.append((_n("参加限时报价"), _n("在自由报价期内有过有效报价的，才能参加限时报价。")))
    if terms.confirm_s:
        sentence = Message(
            "自由报价结束后的 %(span)s 内，须确认参加，未确认的不能在限时报价期内报价。",
            span=span(terms.confirm_s),
        )
        pairs.append((_n("确认参加"), sentence))
    yes = _n("可以设定最高限价，由系统按规则自动加价；限价加密保存，竞价结束前任何人不能查看。")
    pairs.append((_n("自动出价"), yes if terms.proxies else _n("本标的不开放自动出价。")))
    return pairs


def _extension(terms: Said) -> str:
    rule, window = terms.extension, span(terms.window_s)
    if rule.adds_s is None:
        text = Message(
            "每轮 %(window)s，每次有效报价后完整重新计时，一轮内无人报价即结束。", window=window
        )
    else:
        text = Message(
            "共 %(window)s；剩余不足 %(threshold)s 时有人报价的，延长 %(adds)s，时间到即结束。",
            window=window,
            threshold=span(rule.threshold_s),
            adds=span(rule.adds_s),
        )
    if rule.cap_s is None:
        return text
    return Message("%(text)s限时报价总长不超过 %(cap)s。", text=text, cap=span(rule.cap_s))


def _reserve(terms: Said, beside: Beside) -> str:
    if terms.reserve_kind is ReserveKind.hidden:
        return _n("设有保留价，金额不公开；最高报价低于保留价的，不成交。")
    if terms.reserve_kind is ReserveKind.open:
        return Message(
            "%(amount)s；最高报价低于保留价的，不成交。",
            amount=format_yuan(beside.open_reserve_minor or 0),
        )
    return _n("不设保留价。")


def _preference(terms: Said) -> str:
    if terms.preference is Preference.match:
        return _n(
            "优先购买权人可以按当前最高价跟价；其后无人出更高价的，由其竞得。未参加的视为放弃。"
        )
    if terms.preference is Preference.post:
        return _n(
            "报价结束后，由优先购买权人在规定期限内决定是否以最高价购买；期满不答复的视为放弃。"
        )
    if terms.preference is Preference.post_with_raise:
        return Message(
            "报价结束后，由优先购买权人决定是否以最高价购买；最高报价人可在 %(span)s 内追加报价，"
            "双方轮流，直至一方停止。期满不答复的视为放弃。",
            span=span(terms.raise_s),
        )
    return _n("没有特别安排；有优先购买权的，以普通竞买人身份参与。")


def span(seconds: int) -> str:
    """A duration as people say it."""
    for size, text in ((86_400, _n("%(n)s 天")), (3_600, _n("%(n)s 小时")), (60, _n("%(n)s 分钟"))):
        if seconds >= size and seconds % size == 0:
            return Message(text, n=seconds // size)
    return Message(_n("%(n)s 秒"), n=seconds)


@dataclass(frozen=True, slots=True)
class Rung:
    """One price of a ladder; ``at`` None stands for those between that are not listed."""

    at: datetime | None
    price_minor: int


def ladder(terms: Said, beside: Beside, opens_at: datetime) -> Sequence[Rung]:
    """The prices of a falling sale and when each begins: the first ones and the last."""
    step, floor = step_of(terms, beside), terms.floor_minor or 0
    if step <= 0 or floor >= terms.start_minor:
        return ()
    last = (terms.start_minor - floor) // step
    shown = list(range(last + 1))
    if last + 1 > _HEAD_RUNGS + _TAIL_RUNGS + 1:
        shown = [*range(_HEAD_RUNGS), -1, *range(last - _TAIL_RUNGS + 1, last + 1)]
    every = timedelta(seconds=terms.window_s)
    return [
        Rung(opens_at + n * every, terms.start_minor - n * step) if n >= 0 else Rung(None, 0)
        for n in shown
    ]
