"""The two files of a sale as bytes. One content has one form, to the byte.

A line for each part and each event, so that two files can be compared by eye; what is hashed is the
canonical form of the parts themselves, never the lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, NoReturn, TypeVar

from app.auctions.engine.canonical import canonical
from app.auctions.verifying.faults import Broken

F = TypeVar("F", "SaleFile", "Openings")

Json = Mapping[str, Any]
# why: a sale of a hundred thousand events stays below it, and nothing larger is worth reading in
LARGEST: Final = 256 * 2**20
_PLAIN: Final = {str, int, bool, type(None)}


@dataclass(frozen=True, slots=True)
class SaleFile:
    """The public record. Everything in the form of ``engine.codec``; money in 分.

    ``events``: the public forms in order, each with its ``hash``. ``codes``: code and rank of
    everybody admitted, by code; not when, which would tell whose code it is. ``outages``: start
    and end of every gap in service while the sale ran. ``announcements``: what was published about
    it, in order, every look behind the codes among it. ``revision`` grows when something became of
    the sale after its end (failed, annulled).
    """

    FORMAT: ClassVar[str] = "keji-market/sale-record/1"

    lot: str
    revision: int
    subject: Json
    terms: Json
    rulebook: Json
    reserve_commitment: str | None
    genesis: str
    codes: Sequence[Json]
    outages: Sequence[Sequence[str]]
    events: Sequence[Json]
    head: str
    result: Json
    announcements: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Openings:
    """What opens the commitments of one record: ``secrets`` are seq, value and salt of each event
    that has one, ``reserve`` value and salt, ``places`` code and values of every bidder."""

    FORMAT: ClassVar[str] = "keji-market/sale-openings/1"

    lot: str
    record: str  # SHA-256 of the public file
    reserve: Json | None = None
    secrets: Sequence[Json] = ()
    places: Sequence[Json] = field(default_factory=tuple)


def write(file: SaleFile | Openings) -> bytes:
    """The bytes of a file."""
    lines = [_line("format", file.FORMAT)]
    for part in fields(file):
        value = getattr(file, part.name)
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            rows = b",\n".join(canonical(one) for one in value)
            lines.append(canonical(part.name) + b":[\n" + rows + b"\n]")
        else:
            lines.append(_line(part.name, value))
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


def _line(name: str, value: object) -> bytes:
    return canonical(name) + b":" + canonical(value)


def read_sale(content: bytes) -> SaleFile:
    """The record in these bytes. Raises Broken."""
    return _read(SaleFile, content, "不是竞价记录文件")


def read_openings(content: bytes) -> Openings:
    """The openings in these bytes. Raises Broken."""
    return _read(Openings, content, "不是开启文件")


def _read(kind: type[F], content: bytes, otherwise: str) -> F:
    stored = _parse(content, otherwise)
    if stored.pop("format", None) != kind.FORMAT:
        raise Broken(otherwise)
    shapes = {part.name: str(part.type) for part in fields(kind)}
    if stored.keys() != shapes.keys():
        raise Broken("文件缺少部分内容或多出不认识的内容")
    for name, value in stored.items():
        if not _fits(shapes[name], value):
            raise Broken(f"“{name}”部分的写法不对")
    file = kind(**stored)
    if write(file) != content:
        raise Broken("文件的写法与规定不符：内容相同的记录只有一种写法")
    return file


def _parse(content: bytes, otherwise: str) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise Broken("文件过大")
    try:
        stored = json.loads(content.decode(), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Broken(otherwise) from None
    if not isinstance(stored, dict):
        raise Broken(otherwise)
    return stored


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _fits(shape: str, value: object) -> bool:
    """Whether a value has the outer shape of a field; what is inside is asked where it is read."""
    if shape == "str":
        return type(value) is str
    if shape == "int":
        return type(value) is int
    if shape == "str | None":
        return value is None or type(value) is str
    if shape == "Json":
        return type(value) is dict
    if shape == "Json | None":
        return value is None or type(value) is dict
    inner = dict if shape == "Sequence[Json]" else list
    return type(value) is list and all(type(one) is inner for one in value)
