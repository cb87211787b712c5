"""Entries as published, and whether one is what the engine answers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.auctions.engine.codec import public_entry
from app.auctions.engine.types import Entry, Origin
from app.auctions.verifying.faults import Broken
from app.auctions.verifying.files import Json
from app.auctions.verifying.reading import read_instant, read_word

_ABOUT: Final = frozenset({"kind", "seq", "at", "commitment", "hash"})
# In this order they are compared, so that the cause is named before what follows from it.
_FIELDS: Final = {
    "reason": "拒绝理由",
    "amount_minor": "金额",
    "note": "自动报价的说明",
    "state": "所处阶段",
    "price_minor": "报价后的当前价",
    "leader": "报价后的领先者",
    "ends_at": "报价后的结束时间",
    "code": "竞买代码",
    "act": "报价方式",
    "origin": "报价来源",
}


def read_entry(event: Json) -> Entry:
    """The entry of an event. Raises Broken."""
    kept = {name: value for name, value in event.items() if name not in _ABOUT}
    return read_word(Entry, kept, "报价", event["seq"])


def expect_entry(expected: Entry, event: Json, at: datetime) -> None:
    """The recorded entry is the expected one, decided at that instant. Raises Broken."""
    seq = event["seq"]
    if event.get("kind") != "entry":
        raise Broken("此处应有一次自动报价", seq)
    read_entry(event)
    wanted = public_entry(seq, expected, at)
    for name, told in _FIELDS.items():
        if event.get(name) != wanted[name]:
            raise Broken(f"{told}应为 {_say(wanted[name])}，记录中是 {_say(event.get(name))}", seq)
    if expected.origin is Origin.proxy and event.get("commitment") is not None:
        raise Broken("自动报价没有需要承诺的内容", seq)
    if read_instant(event, "at", seq) != at:
        raise Broken("时间与引起它的报价不同", seq)


def _say(value: object) -> str:
    return "空" if value is None else str(value)
