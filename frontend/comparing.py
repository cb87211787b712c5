"""Things side by side (对比): from an address to items, and from what they are to a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from app.catalogue.service import Compared
from app.catalogue.types import (
    TRL_LEVELS,
    Equity,
    FreeUntil,
    Instalments,
    IpRight,
    LumpSum,
    OfferContent,
    PriceTerms,
    Royalty,
    compute_asking,
)
from app.core.clock import SHANGHAI
from app.core.i18n import Message, _n
from frontend import show
from search.documents import Kind
from search.knowledge.ipc import ipc_codes

MOST: Final = 4
"""Things that are laid side by side."""

KINDS: Final = (Kind.achievement, Kind.offer)

_READ: Final = 12  # items of an address; a person ticks no more
_NUMBER: Final = re.compile(r"[0-9A-Za-z-]{1,24}", re.ASCII)
_LONG: Final = 300  # characters of a text in a cell
_JOINT: Final = "."  # between items in a cookie: stands in no number

# What a cell says: lines, each a text, a word with a label, or a Message.
Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One thing to be compared, as an address names it: ``achievement:CG-2026-000001``."""

    kind: Kind
    number: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``differs`` when its cells are not all the same."""

    label: str
    cells: Sequence[Cell]
    differs: bool
    look: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing: its head, and the addresses without it and with it in another's place."""

    item: Item
    compared: Compared
    href: str
    less_href: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that `search/compare.html` shows.

    ``missing``: items of the address that are unknown or not public. ``beyond``: things that found
    no room, each with its title and the addresses that put it in the place of a column.
    ``strange``: parts of the address that name nothing that could be compared.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    missing: Sequence[Item]
    beyond: Sequence[tuple[Item, str, Sequence[tuple[str, str]]]]
    strange: Sequence[str]
    differing: bool
    here: str
    all_href: str
    differ_href: str


def read_items(given: Iterable[str]) -> tuple[list[Item], list[str]]:
    """Items of an address in order, each once, and what is none (at most 60 characters of it)."""
    items: dict[Item, None] = {}
    strange: dict[str, None] = {}
    for text in given:
        if not text.strip():
            continue
        kind, _, number = text.strip().partition(":")
        number = number.upper()
        if kind in KINDS and _NUMBER.fullmatch(number):
            items[Item(Kind(kind), number)] = None
        else:
            strange[text.strip()[:60]] = None
    return list(items)[:_READ], list(strange)[:_READ]


def read_basket(cookie: str) -> list[Item]:
    """What was compared last, from its cookie; odd parts are left out."""
    return read_items(cookie[:400].split(_JOINT))[0][:MOST]


def write_basket(items: Sequence[Item]) -> str:
    """The same as the cookie's value."""
    return _JOINT.join(map(str, items[:MOST]))


def compare_href(items: Iterable[Item], *, differ: bool = False) -> str:
    """The address of a comparison; of none it is the empty one."""
    pairs = [("item", str(item)) for item in items] or [("item", "")]
    return f"/compare?{urlencode([*pairs, *([('differ', '1')] if differ else [])], safe=':')}"


def lay_out(
    items: Sequence[Item],
    strange: Sequence[str],
    found: Mapping[str, Compared],
    *,
    differ: bool,
) -> Comparison:
    """The table of what is public of these, the first four; ``differ``: only rows that differ."""
    known = [item for item in items if _matches(item, found)]
    shown, beyond = known[:MOST], known[MOST:]
    columns = [
        Column(
            item,
            found[item.number],
            show.public_href(item.kind.value, item.number),
            compare_href([other for other in known if other != item], differ=differ),
        )
        for item in shown
    ]
    rows = [row for row in _rows([column.compared for column in columns]) if any(row.cells)]
    return Comparison(
        columns=columns,
        rows=[row for row in rows if row.differs or not differ],
        missing=[item for item in items if not _matches(item, found)],
        beyond=[
            (item, found[item.number].title, _places(columns, known, item, differ=differ))
            for item in beyond
        ],
        strange=strange,
        differing=differ,
        here=compare_href(known, differ=differ),
        all_href=compare_href(known),
        differ_href=compare_href(known, differ=True),
    )


def _matches(item: Item, found: Mapping[str, Compared]) -> bool:
    compared = found.get(item.number)
    return compared is not None and (compared.offer is not None) == (item.kind is Kind.offer)


def _places(
    columns: Sequence[Column], known: Sequence[Item], new: Item, *, differ: bool
) -> list[tuple[str, str]]:
    """For each column: its title, and the address with another thing in its place."""
    shown = [column.item for column in columns]
    rest = [item for item in known if item not in shown and item != new]
    return [
        (
            old.compared.title,
            compare_href(
                [*(new if item == old.item else item for item in shown), *rest], differ=differ
            ),
        )
        for old in columns
    ]


def _rows(things: Sequence[Compared]) -> list[Row]:
    return [_row(label, read, things, look) for label, read, look in _LINES]


def _row(
    label: str, read: Callable[[Compared], Cell], things: Sequence[Compared], look: str
) -> Row:
    cells = [read(thing) for thing in things]
    said = [cell for cell in cells if cell] if look in _OFFERS_OWN else cells
    # why: a number is always another, which says nothing
    return Row(label, cells, look != "number" and len(set(said)) > 1, look)


# ---- what a line reads of a thing -------------------------------------------------------------


def _kind(thing: Compared) -> Cell:
    return (show.kind_label("offer" if thing.offer else "achievement"),)


def _state(thing: Compared) -> Cell:
    return (thing.offer.state,) if thing.offer else ()


def _trl(thing: Compared) -> Cell:
    level = thing.content.trl
    if level is None:
        return ()
    return (Message("TRL %(level)s %(name)s", level=level, name=TRL_LEVELS[level][0]),)


def _ipc(thing: Compared) -> Cell:
    codes = ipc_codes(" ; ".join(right.ipc for right in thing.content.rights))
    return tuple(code for code in codes if len(code) == 4)


def _disposals(thing: Compared) -> Cell:
    return tuple(dict.fromkeys(offer.disposal for offer in thing.offers))


def _prices(thing: Compared) -> Cell:
    several = len(thing.offers) > 1
    return tuple(_price(offer, several) for offer in thing.offers)


def _price(offer: OfferContent, named: bool) -> str:
    said = _terms(offer.terms)
    if not named:
        return said
    return Message("%(disposal)s：%(terms)s", disposal=offer.disposal.label, terms=said)


def _terms(terms: PriceTerms | None) -> str:
    """Price terms in a few words."""
    asking = compute_asking(terms)
    total = show.yuan_short(asking) if asking else ""
    match terms:
        case None:
            return _n("面议")
        case LumpSum():
            return total
        case Instalments(parts):
            return Message("%(total)s，分 %(count)s 期支付", total=total, count=len(parts))
        case Royalty():
            return Message(
                "入门费 %(fee)s，%(base)s提成 %(rate)s，%(years)s 年",
                fee=show.yuan_short(terms.entry_fee),
                base=terms.base.label,
                rate=show.percent_bp(terms.rate_bp),
                years=terms.years,
            )
        case Equity(share_bp, _):
            return Message(
                "作价 %(total)s，占股 %(share)s", total=total, share=show.percent_bp(share_bp)
            )
        case FreeUntil(months, _, then):
            return Message(
                "先免费使用 %(months)s 个月，再%(then)s", months=months, then=_terms(then)
            )


def _uses(thing: Compared) -> Cell:
    if not thing.offer:
        return ()
    return tuple(sorted(thing.offer.fields)) or (_n("全部领域"),)


def _territory(thing: Compared) -> Cell:
    if not thing.offer:
        return ()
    return tuple(sorted(thing.offer.territory)) or (_n("全国"),)


def _period(thing: Compared) -> Cell:
    if not thing.offer:
        return ()
    years = thing.offer.period_years
    return (Message("%(years)s 年", years=years) if years else _n("至权利终止"),)


def _valid(thing: Compared) -> Cell:
    end = thing.offer.expires_at if thing.offer else None
    return _days([show.last_day(end) or end.astimezone(SHANGHAI).date()] if end else [])


def _rights(thing: Compared) -> Cell:
    return tuple(_right(right) for right in thing.content.rights)


def _right(right: IpRight) -> str:
    number = right.publication_number or right.application_number
    return (
        Message("%(kind)s %(number)s", kind=right.kind.label, number=number)
        if number
        else right.kind
    )


def _statuses(thing: Compared) -> Cell:
    return tuple(dict.fromkeys(right.legal_status for right in thing.content.rights))


def _days(days: Iterable[date | None]) -> Cell:
    return tuple(day.isoformat() for day in sorted({day for day in days if day}))


def _published(thing: Compared) -> Cell:
    at = thing.published_at
    return _days([at.astimezone(SHANGHAI).date()] if at else [])


def _one(value: str | None) -> Cell:
    return (value,) if value else ()


def _text(value: str) -> Cell:
    text = " ".join(value.split())
    return _one(text if len(text) <= _LONG else f"{text[:_LONG]}…")


# Looks of lines that only offers have: an achievement that lacks them is no other for that.
_OFFERS_OWN: Final = ("offer", "state")
_LINES: Final[Sequence[tuple[str, Callable[[Compared], Cell], str]]] = (
    (_n("类别"), _kind, "kind"),
    (_n("编号"), lambda thing: (thing.number,), "number"),
    (_n("状态"), _state, "state"),
    (_n("权利单位"), lambda thing: _one(thing.holder_name), ""),
    (_n("来源"), lambda thing: (thing.origin,), ""),
    (_n("技术领域"), lambda thing: _one(thing.content.field), ""),
    (_n("专利分类"), _ipc, "ipc"),
    (_n("技术成熟度"), _trl, ""),
    (_n("实践阶段"), lambda thing: _one(thing.content.practice_stage), ""),
    (_n("成果水平"), lambda thing: _one(thing.content.level), ""),
    (_n("体现形式"), lambda thing: _one(thing.content.embodiment), ""),
    (_n("合作方式"), _disposals, ""),
    (_n("价格条款"), _prices, "price"),
    (_n("使用领域"), _uses, "offer"),
    (_n("地域"), _territory, "offer"),
    (_n("期限"), _period, "offer"),
    (_n("供给有效期至"), _valid, "offer"),
    (_n("知识产权"), _rights, ""),
    (_n("法律状态"), _statuses, ""),
    (_n("申请日期"), lambda thing: _days(right.filed_on for right in thing.content.rights), ""),
    (_n("权利到期"), lambda thing: _days(right.expires_on for right in thing.content.rights), ""),
    (_n("所在地区"), lambda thing: _one(thing.content.region), ""),
    (_n("应用行业"), lambda thing: _one(thing.content.industry), ""),
    (_n("应用领域"), lambda thing: _text(thing.content.applications), "long"),
    (_n("关键词"), lambda thing: tuple(thing.content.keywords), ""),
    (_n("解决的问题"), lambda thing: _text(thing.content.problem), "long"),
    (_n("优于哪种现有做法"), lambda thing: _text(thing.content.alternative), "long"),
    (_n("成熟度的证明"), lambda thing: _text(thing.content.proof), "long"),
    (_n("成果简介"), lambda thing: _text(thing.content.abstract), "long"),
    (_n("发布日期"), _published, ""),
)
