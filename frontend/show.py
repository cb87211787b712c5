"""How values are shown: money, instants, days, numbers, rates, states.

Money is in 分 or a `Money`; instants are aware datetimes and are shown in Beijing time; days are
dates. Every filter answers `—` for None, so a template needs no condition for a missing value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, Final

from app.core.clock import SHANGHAI
from app.core.i18n import SOURCE, _n, translate
from app.core.money import Money, format_yuan
from search.knowledge.ipc import ipc_name

NOTHING: Final = "—"

# State → (label, tone). Tones: live (moving now), good, warn, bad, info, calm. The same word of
# two rooms means the same to a reader, so one table serves them all.
STATES: Final[dict[str, tuple[str, str]]] = {
    "draft": (_n("草稿"), "calm"),
    "submitted": (_n("待审核"), "warn"),
    "pending": (_n("待处理"), "warn"),
    "published": (_n("已发布"), "good"),
    "returned": (_n("已退回"), "bad"),
    "withdrawn": (_n("已撤回"), "calm"),
    "imported": (_n("导入"), "info"),
    "open": (_n("进行中"), "good"),
    "offered": (_n("供给中"), "good"),
    "reserved": (_n("已锁定"), "warn"),
    "sold": (_n("已成交"), "good"),
    "expired": (_n("已到期"), "calm"),
    "announced": (_n("公告中"), "info"),
    "registering": (_n("报名中"), "info"),
    "free": (_n("自由报价中"), "live"),
    "confirming": (_n("确认参加中"), "live"),
    "exercising": (_n("优先购买权行权中"), "warn"),
    "failed": (_n("未能成交"), "bad"),
    "annulled": (_n("结果已撤销"), "bad"),
    "limited": (_n("限时报价中"), "live"),
    "suspended": (_n("已中止"), "warn"),
    "closed": (_n("已结束"), "calm"),
    "terminated": (_n("已终止"), "bad"),
    "won": (_n("已成交"), "good"),
    "unsold": (_n("流拍"), "calm"),
    "accepted": (_n("有效"), "good"),
    "refused": (_n("未接受"), "bad"),
    "rejected": (_n("未通过"), "bad"),
    "verified": (_n("已认证"), "good"),
    "unverified": (_n("未认证"), "warn"),
    "awaiting_contract": (_n("待签约"), "warn"),
    "signed": (_n("已签约"), "good"),
    "completed": (_n("已完成"), "good"),
    "cancelled": (_n("已取消"), "calm"),
}
_TONES: Final = dict(reversed(STATES.values()))

# Kind of a public thing → (Chinese label, where its pages live).
KINDS: Final[dict[str, tuple[str, str]]] = {
    "achievement": (_n("成果"), "/achievements"),
    "offer": (_n("供给"), "/offers"),
    "demand": (_n("需求"), "/demands"),
    "lot": (_n("竞价标的"), "/lots"),
}

# What a single one is called where that is another word than for many.
_ONE: Final[dict[str, str]] = {
    "成果": _n("一项成果"),
    "供给": _n("一项供给"),
    "需求": _n("一项需求"),
    "竞价标的": _n("一个标的"),
}

FACETS: Final[dict[str, str]] = {
    "field": _n("领域"),
    "disposal": _n("合作方式"),
    "trl": _n("成熟度"),
    "region": _n("地区"),
    "state": _n("状态"),
    "ipc": _n("专利分类"),
    "origin": _n("来源"),
    "holder": _n("权利人"),
}


# Short marks of sources that stand in records of old rules → what they are.
SOURCES: Final[dict[str, str]] = {
    "P-惠": _n("惠州大亚湾竞价须知"),
    "P-钦": _n("钦州网上交易规则"),
    "P-汕": _n("汕头网上交易规则"),
    "P-动": _n("动态报价实施办法"),
    "L-网拍20": _n("最高人民法院网络司法拍卖规定第二十条"),
}


def cited(text: str) -> str:
    """A record's source as a reader understands it, its short marks written out."""
    for mark, source in SOURCES.items():
        text = text.replace(mark, source)
    return text


def kind_label(kind: object) -> str:
    """Chinese label of a kind; a kind without pages is shown as it is."""
    word = str(kind)
    return KINDS[word][0] if word in KINDS else word


def kind_one(locale: str, kind: object) -> str:
    """What one thing of a kind is called, by its kind or the kind's Chinese label: 成果, or
    Achievement."""
    label = kind_label(kind)
    return label if locale == SOURCE else translate(locale, _ONE.get(label, label))


def public_href(kind: object, number: str) -> str:
    """Path of the page of a public thing, by its kind and case number."""
    return f"{KINDS[str(kind)][1]}/{number}"


def facet_label(name: str, value: str) -> str:
    """Chinese label of a facet's value: states and maturity by code, the rest are words."""
    if name == "kind":
        return kind_label(value)
    if name == "state":
        return state_label(value)
    if name == "trl":
        return f"TRL {value.replace('-', '–')}"
    if name == "ipc":
        return ipc_label(value)
    return value


def ipc_label(code: str) -> str:
    """``H01M 用于直接转变化学能为电能…``: the code and the beginning of what it is about."""
    name = ipc_name(code)
    first = re.split("[；，：、(（]", name, maxsplit=1)[0]
    return f"{code} {first[:16]}{'…' if len(first) > 16 or first != name else ''}".rstrip()


def state_label(state: object) -> str:
    """Chinese label of a state: its own (`Labelled`), the table's, else the word itself."""
    word = str(state)
    own = getattr(state, "label", "")
    return own or (STATES[word][0] if word in STATES else word)


def state_tone(state: object) -> str:
    """Tone of a state's badge, by its word or its label (a facet holds labels); `calm` for one the
    table lacks."""
    word = str(state)
    return STATES[word][1] if word in STATES else _TONES.get(word, "calm")


def yuan(amount: Money | int | None) -> str:
    """¥1,234.00 — always with 角 and 分."""
    return NOTHING if amount is None else format_yuan(_minor(amount))


def yuan_short(amount: Money | int | None) -> str:
    """¥1,234 — 角 and 分 only where there are any."""
    return yuan(amount).removesuffix(".00")


def yuan_typed(amount: Money | int | None) -> str:
    """3910000 or 3910000.50 — as a person types it into a field; empty for None."""
    return "" if amount is None else yuan_short(amount).replace("¥", "").replace(",", "")


def wan(locale: str, amount: Money | int | None) -> str:
    """386.5 万元, 1.2 亿元, 9,800 元 — two decimals, rounded half up; to be read, not signed."""
    if amount is None:
        return NOTHING
    yuan_amount = Decimal(_minor(amount)) / 100
    if locale != SOURCE:
        if abs(yuan_amount) >= 10**6:
            return f"¥{_trim(yuan_amount / 10**6)} million"
        return f"¥{_trim(yuan_amount)}"
    for size, unit in ((10**8, "亿元"), (10**4, "万元")):
        if abs(yuan_amount) >= size:
            return f"{_trim(yuan_amount / size)} {unit}"
    return f"{_trim(yuan_amount)} 元"


def datetime_cn(instant: datetime | None) -> str:
    """2026-11-22 18:30, Beijing time."""
    return NOTHING if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def datetime_seconds(instant: datetime | None) -> str:
    """2026-11-22 18:30:05, Beijing time."""
    if instant is None:
        return NOTHING
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def clock_cn(instant: datetime | None) -> str:
    """18:30:05, Beijing time."""
    return NOTHING if instant is None else instant.astimezone(SHANGHAI).strftime("%H:%M:%S")


def clock_short(instant: datetime | None) -> str:
    """18:30, Beijing time."""
    return NOTHING if instant is None else instant.astimezone(SHANGHAI).strftime("%H:%M")


def date_cn(locale: str, day: date | datetime | None) -> str:
    """2026年11月22日 (an instant is taken in Beijing time); 2026-11-22 in other languages."""
    if day is None:
        return NOTHING
    if isinstance(day, datetime):
        day = day.astimezone(SHANGHAI).date()
    return f"{day.year}年{day.month}月{day.day}日" if locale == SOURCE else day.isoformat()


def last_day(instant: datetime | None) -> date | None:
    """The last whole day before an exclusive end at midnight (Beijing); None at other hours."""
    if instant is None:
        return None
    end = instant.astimezone(SHANGHAI)
    return None if end.time() != time.min else end.date() - timedelta(days=1)


def datetime_local(instant: datetime | None) -> str:
    """The value of an `<input type=datetime-local>`, Beijing time; empty for None."""
    return "" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def iso(instant: datetime | date) -> str:
    """ISO 8601 for `<time datetime>`; an instant carries Beijing's offset."""
    if isinstance(instant, datetime):
        return instant.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
    return instant.isoformat()


def number(value: int | None) -> str:
    """12,408."""
    return NOTHING if value is None else f"{value:,}"


def count(locale: str, value: int, cap: int | None = None) -> str:
    """A count that was stopped at `cap` is shown as such: 10000 of 10000 → 1万+."""
    if cap is None or value < cap:
        return f"{value:,}"
    if locale == SOURCE and cap % 10_000 == 0:
        return f"{cap // 10_000}万+"
    return f"{cap:,}+"


def percent_bp(basis_points: int | None) -> str:
    """1250 basis points → 12.5%."""
    return NOTHING if basis_points is None else f"{_trim(Decimal(basis_points) / 100)}%"


def filters(locale: str) -> dict[str, Callable[..., Any]]:
    """The filters of one language, by the names templates use."""
    return {
        "yuan": yuan,
        "yuan_short": yuan_short,
        "yuan_typed": yuan_typed,
        "wan": partial(wan, locale),
        "datetime_cn": datetime_cn,
        "datetime_seconds": datetime_seconds,
        "clock_cn": clock_cn,
        "clock_short": clock_short,
        "date_cn": partial(date_cn, locale),
        "last_day": last_day,
        "datetime_local": datetime_local,
        "iso": iso,
        "number": number,
        "filesize": filesize,
        "cited": cited,
        "count": partial(count, locale),
        "percent_bp": percent_bp,
        "kind_one": partial(kind_one, locale),
    }


def filesize(size: int) -> str:
    """Bytes as people read them: 512 B, 14 KB, 3.2 MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def _minor(amount: Money | int) -> int:
    return amount.minor if isinstance(amount, Money) else amount


def _trim(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    return text.rstrip("0").rstrip(".")
