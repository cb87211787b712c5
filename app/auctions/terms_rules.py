"""Whether a lot may be published on its terms: pure, with a sentence for every contradiction.

The engine knows what contradicts itself under any rules; here the rulebook's numbers are added, and
what a sale needs beside its price: an auctioneer, a viewing, a deposit, conditions. All faults are
told together (DOMAIN 2.1-2.6, 2.10).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.auctions.engine import parameters
from app.auctions.engine.checking import check_terms
from app.auctions.engine.types import BidMode, Preference, ReserveKind, SingleBidder, Terms
from app.auctions.lot_terms import REGISTERED, LotTerms
from app.auctions.rulebook_types import RulebookParams
from app.core.clock import SHANGHAI
from app.core.errors import Faults, FieldError
from app.core.i18n import Message, _n
from app.core.money import MAX_MINOR, format_yuan

MAX_AHEAD: Final = timedelta(days=366)
MOST_ROWS: Final = 20
MOST_CONDITIONS: Final = 4_000
MOST_DOCUMENTS: Final = 20
MOST_NAME: Final = 100
MOST_TEXT: Final = 2_000
_FULL_BP: Final = 10_000
_SEALED: Final = frozenset({BidMode.once, BidMode.weighted})
_ADMISSIONS: Final = frozenset({"open", "reviewed"})

MODE_LABELS: Final = {
    BidMode.dynamic: _n("动态报价"),
    BidMode.multi: _n("多次报价"),
    BidMode.once: _n("一次报价（密封）"),
    BidMode.buy_now: _n("一口价"),
    BidMode.weighted: _n("权重报价"),
    BidMode.dutch: _n("降价"),
    BidMode.auction: _n("拍卖"),
    BidMode.tender: _n("招标投标"),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the calendar makes of the rulebook's days, for a publication at ``now``.

    ``free_end``: the free period may not end before it. ``registration_end``: nor registration.
    ``opening``: a 拍卖 may not open before it. None: no such bound.
    """

    now: datetime
    free_end: datetime | None = None
    registration_end: datetime | None = None
    opening: datetime | None = None


def check_with_rules(
    terms: LotTerms,
    rules: RulebookParams,
    bounds: Bounds,
    *,
    sealing: bool = True,
    owners: int = 1,
) -> None:
    """Refuse terms that contradict each other or the rulebook, every fault at once (Invalid).

    ``sealing``: the hidden reserve must be there; False while a form is only looked at. ``owners``:
    how many organisations own what is sold.
    """
    engine = terms.to_engine(rules, bounds.now)
    faults = Faults(check_terms(engine, owners=owners))
    if terms.mode not in rules.modes:
        if terms.mode is not BidMode.tender:
            text = _n("现行竞价规则没有“%(mode)s”方式，新一版规则施行后方可使用")
            faults.add("mode", Message(text, mode=MODE_LABELS[terms.mode]))
        faults.check()
    for check in (
        _list_time_faults,
        _list_window_faults,
        _list_registration_faults,
        _list_auction_faults,
        _list_preference_faults,
        _list_deposit_faults,
    ):
        faults.extend(_once_each(faults, check(terms, engine, rules, bounds)))
    faults.extend(_list_reserve_faults(terms, engine, rules, sealing=sealing))
    faults.extend(_list_admission_faults(terms))
    faults.extend(_list_row_faults(terms))
    faults.check()


def _once_each(known: Iterable[FieldError], more: Iterable[FieldError]) -> list[FieldError]:
    """Leave out a sentence that was said already."""
    said = {(one.field, str(one.message)) for one in known}
    return [one for one in more if (one.field, str(one.message)) not in said]


def _list_row_faults(terms: LotTerms) -> list[FieldError]:
    """Nobody reads an announcement with more rows than this."""
    faults = Faults()
    for name, rows in (("tiers", terms.tiers), ("criteria", terms.criteria)):
        if len(rows) > MOST_ROWS:
            faults.add(name, Message(_n("最多 %(most)s 行"), most=MOST_ROWS))
    return faults


def _list_time_faults(
    _terms: LotTerms, engine: Terms, _rules: RulebookParams, bounds: Bounds
) -> list[FieldError]:
    """A sale opens from now on and within a year, and lasts a year at most."""
    faults = Faults()
    opens_at, now = engine.free_starts_at, bounds.now
    if opens_at < now:
        faults.add("free_starts_at", "自由报价开始时间不能早于现在")
    if opens_at > now + MAX_AHEAD:
        faults.add("free_starts_at", "自由报价须在一年之内开始")
    if engine.free_ends_at - opens_at > MAX_AHEAD:
        faults.add("free_ends_at", "自由报价期不能超过一年")
    return faults


def _list_window_faults(
    terms: LotTerms, engine: Terms, rules: RulebookParams, bounds: Bounds
) -> list[FieldError]:
    """The lengths that the rulebook bounds (P-动, P-汕 23, L-网拍20)."""
    faults = Faults()
    if not rules.min_window_s <= engine.window_s <= rules.max_window_s:
        said = {"least": rules.min_window_s, "most": rules.max_window_s}
        text = (
            _n("每一级价格的时间须在 %(least)s 秒至 %(most)s 秒之间")
            if terms.mode is BidMode.dutch
            else _n("限时报价周期须在 %(least)s 秒至 %(most)s 秒之间")
        )
        faults.add("window_s", Message(text, **said))
    span = engine.free_ends_at - engine.free_starts_at
    if terms.mode in _SEALED and timedelta() < span < timedelta(seconds=rules.min_span_s):
        text = _n("报价时间不得少于 %(seconds)s 秒")
        faults.add("free_ends_at", Message(text, seconds=rules.min_span_s))
    if terms.mode is BidMode.dynamic and bounds.free_end and engine.free_ends_at < bounds.free_end:
        faults.add(
            "free_ends_at",
            Message(
                "动态报价的自由报价期自公告起不少于 %(days)s 个工作日，最早于 %(at)s 结束",
                days=rules.free_working_days,
                at=_day(bounds.free_end),
            ),
        )
    if terms.confirm_s and not rules.min_confirm_s <= terms.confirm_s <= rules.max_confirm_s:
        text = _n("确认参加的时间须在 %(least)s 秒至 %(most)s 秒之间")
        said = {"least": rules.min_confirm_s, "most": rules.max_confirm_s}
        faults.add("confirm_s", Message(text, **said))
    return faults


def _list_registration_faults(
    terms: LotTerms, engine: Terms, rules: RulebookParams, bounds: Bounds
) -> list[FieldError]:
    """Registration of the modes that have one (DOMAIN 3.1, 3.2)."""
    faults = Faults()
    starts_at, ends_at = engine.registration_starts_at, engine.registration_ends_at
    if starts_at is not None and starts_at < bounds.now:
        faults.add("registration_starts_at", "报名开始时间不能早于现在")
    if ends_at is not None and ends_at <= bounds.now:
        faults.add("registration_ends_at", "报名截止时间须晚于现在")
    elif (
        ends_at is not None
        and terms.mode in REGISTERED
        and bounds.registration_end is not None
        and ends_at < bounds.registration_end
    ):
        faults.add(
            "registration_ends_at",
            Message(
                "报名期自公告起不少于 %(days)s 个工作日，最早于 %(at)s 截止",
                days=rules.registration_working_days,
                at=_day(bounds.registration_end),
            ),
        )
    if ends_at is None and terms.single_bidder is SingleBidder.agreement:
        faults.add("single_bidder", "只有设报名截止时间的方式才能约定仅一个单位报名时转为协议成交")
    return faults


def _list_auction_faults(
    terms: LotTerms, engine: Terms, rules: RulebookParams, bounds: Bounds
) -> list[FieldError]:
    """拍卖 is held by a licensed enterprise, announced and shown before (拍卖法 10-14, 45-48)."""
    faults = Faults()
    _check_viewing(terms, engine, faults)
    if terms.mode is not BidMode.auction:
        if terms.auctioneer is not None:
            faults.add("auctioneer", "只有拍卖方式才填写拍卖企业和拍卖师")
        return faults
    who = terms.auctioneer
    fields = [who.organisation, who.licence, who.auctioneer, who.auctioneer_licence] if who else []
    if not fields or not all(one.strip() for one in fields):
        faults.add(
            "auctioneer",
            "拍卖须由依法设立的拍卖企业组织：请填写拍卖企业名称、许可证号、拍卖师姓名和资格证号",
        )
    elif any(len(one) > MOST_NAME for one in fields):
        faults.add("auctioneer", "拍卖企业和拍卖师的每一项最多填写 100 个字")
    if bounds.opening is not None and engine.free_starts_at < bounds.opening:
        faults.add(
            "free_starts_at",
            Message(
                "拍卖公告不少于 %(days)s 日，最早于 %(at)s 开始",
                days=rules.auction_notice_days,
                at=_day(bounds.opening),
            ),
        )
    starts_at, ends_at = terms.viewing_starts_at, terms.viewing_ends_at
    least = timedelta(days=rules.viewing_days)
    if least and (starts_at is None or ends_at is None or ends_at - starts_at < least):
        text = _n("拍卖标的展示不得少于 %(days)s 日，请填写展示的起止时间")
        faults.add("viewing_ends_at", Message(text, days=rules.viewing_days))
    return faults


def _check_viewing(terms: LotTerms, engine: Terms, faults: Faults) -> None:
    faults.limit("viewing", terms.viewing, MOST_TEXT)
    starts_at, ends_at = terms.viewing_starts_at, terms.viewing_ends_at
    if (starts_at is None) != (ends_at is None):
        faults.add("viewing_ends_at", "展示的开始和结束时间须同时填写")
    elif starts_at is not None and ends_at is not None:
        if ends_at <= starts_at:
            faults.add("viewing_ends_at", "展示结束时间须晚于开始时间")
        if ends_at > engine.free_starts_at:
            faults.add("viewing_ends_at", "展示须在报价开始之前结束")


def _list_preference_faults(
    terms: LotTerms, _engine: Terms, rules: RulebookParams, _bounds: Bounds
) -> list[FieldError]:
    """The answer time of POST_WITH_RAISE."""
    raising = terms.preference is Preference.post_with_raise
    if raising and 60 <= terms.raise_s < rules.min_raise_s:
        text = _n("追加报价的时间不得少于 %(seconds)s 秒")
        return [FieldError("raise_s", Message(text, seconds=rules.min_raise_s))]
    return []


def joining_ends_at(engine: Terms) -> datetime:
    """The last instant, exclusive, at which one may still come in."""
    return engine.registration_ends_at or engine.free_ends_at


def _list_deposit_faults(
    terms: LotTerms, engine: Terms, rules: RulebookParams, bounds: Bounds
) -> list[FieldError]:
    """A fixed sum under the cap, due while one may still come in (DOMAIN 2.3, 2.7)."""
    faults = Faults()
    if terms.deposit_minor < 0 or terms.deposit_minor > MAX_MINOR:
        faults.add("deposit", "保证金不能为负，且不超过十万亿元")
        return faults
    if not terms.deposit_minor:
        if terms.deposit_due_at is not None:
            faults.add("deposit_due_at", "没有保证金，不必填写交纳截止时间")
        return faults
    cap = terms.start_minor * rules.deposit_cap_bp // _FULL_BP
    if terms.deposit_minor > cap:
        text = _n("保证金不得超过起始价的 %(percent)s%%，即 %(cap)s")
        percent = rules.deposit_cap_bp // 100
        faults.add("deposit", Message(text, percent=percent, cap=format_yuan(max(cap, 0))))
    if terms.deposit_due_at is not None:
        if terms.deposit_due_at <= bounds.now:
            faults.add("deposit_due_at", "保证金交纳截止时间须晚于现在")
        if terms.deposit_due_at > joining_ends_at(engine):
            faults.add("deposit_due_at", "保证金须在报名截止之前交纳")
    return faults


def _list_reserve_faults(
    terms: LotTerms, engine: Terms, rules: RulebookParams, *, sealing: bool
) -> list[FieldError]:
    """Whether there is a reserve is announced; how much only of an open one (拍卖法 28, 50)."""
    faults = Faults()
    kind, reserve = terms.reserve_kind, terms.reserve_minor
    if kind is ReserveKind.none:
        if reserve is not None:
            faults.add("reserve", "没有保留价的标的不填写保留价金额")
        if terms.negotiation:
            faults.add("negotiation", "没有保留价的标的没有协商期")
        return faults
    if kind is ReserveKind.hidden and terms.mode not in (BidMode.buy_now, BidMode.dutch):
        if reserve is not None:
            faults.extend(parameters.check_reserve_amount(engine, reserve))
        elif sealing:
            faults.add("reserve", "请填写不公开的保留价，公告后加密保存")
    lasts = rules.negotiation_working_days or rules.negotiation_s
    if terms.negotiation and not lasts:
        faults.add("negotiation", "这一版竞价规则没有协商期")
    return faults


def _list_admission_faults(terms: LotTerms) -> list[FieldError]:
    """Conditions and documents are decided on; an open lot has none."""
    faults = Faults()
    if terms.admission not in _ADMISSIONS:
        faults.add("admission", "请选择报名方式")
    faults.limit("conditions", terms.conditions, MOST_CONDITIONS)
    names = [one.strip() for one in terms.documents]
    if len(names) > MOST_DOCUMENTS:
        faults.add("documents", "要求提交的材料最多 20 项")
    if any(not one or len(one) > MOST_NAME for one in names):
        faults.add("documents", "每一项材料须有名称，最多 100 个字")
    if len(set(names)) < len(names):
        faults.add("documents", "材料不能重复")
    weighed = terms.mode is BidMode.weighted
    if terms.admission == "open" and (terms.conditions.strip() or names or weighed):
        text = _n("权重报价须审核各单位的指标，报名方式须为审核")
        plain = _n("设有条件或者要求材料的，报名方式须为审核")
        faults.add("admission", text if weighed else plain)
    return faults


def check_relisting(
    terms: LotTerms, *, earlier_start_minor: int, state_owned: bool, rules: RulebookParams
) -> None:
    """A lower start of a re-listed lot stands on new evidence (DOMAIN 2.8).

    Of a state-owned school or institute (转化法 18) any lower price is a new decision; of others
    only a cut beyond what court sales allow. Raises Invalid.
    """
    faults = Faults()
    faults.limit("price_evidence", terms.price_evidence, MOST_TEXT)
    cut = earlier_start_minor - terms.start_minor
    allowed = 0 if state_owned else earlier_start_minor * rules.relist_cut_bp // _FULL_BP
    if cut > allowed and not terms.price_evidence.strip():
        faults.add(
            "price_evidence",
            "起始价低于上一次公告，属于新的定价决定，请写明新的定价依据（决策文件、评估或协商记录）"
            if state_owned
            else "起始价比上一次公告降低较多，请写明新的定价依据",
        )
    faults.check()


def _day(at: datetime) -> str:
    """An exclusive end as people say it: 24:00 of the day before."""
    local = (at - timedelta(microseconds=1)).astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d} 24:00"
