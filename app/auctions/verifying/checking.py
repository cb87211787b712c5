"""The whole examination, part by part; each part stops at its own first difference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from app.auctions.engine.canonical import SALT_BYTES, Committed, chain, commit, genesis
from app.auctions.verifying.faults import Broken, Fault
from app.auctions.verifying.files import Json, Openings, SaleFile, read_openings, read_sale
from app.auctions.verifying.reading import is_hash, read_instant, read_rows
from app.auctions.verifying.replay import Secrets, replay


def verify_sale(
    file: bytes, openings: bytes | None = None, *, sha256: str | None = None
) -> list[Fault]:
    """Every fault found, the earliest event first; an empty list says that the proof holds.

    ``sha256`` is the file's hash as somebody else has it, from the audit chain or from the market's
    page: whoever rewrites a sale from its beginning can make a file that holds in itself, but not
    one with this hash.
    """
    digest = hashlib.sha256(file).hexdigest()
    found: list[Fault] = []
    if sha256 is not None and sha256.strip().lower() != digest:
        found.append(
            Fault(None, f"文件的 SHA-256 是 {digest}，与给出的不同：文件被改动或不是这一份")
        )
    try:
        sale = read_sale(file)
        secrets = None if openings is None else read_openings(openings)
        found.extend(_examine(sale, secrets, digest))
    except Broken as broken:
        found.append(broken.fault)
    except RecursionError:
        found.append(Fault(None, "文件的层次过多"))
    return sorted(found, key=lambda one: -1 if one.seq is None else one.seq)


def _examine(sale: SaleFile, openings: Openings | None, digest: str) -> list[Fault]:
    opened: list[Secrets] = []
    parts: list[Callable[[], None]] = [
        lambda: _check_order(sale),
        lambda: _check_hashes(sale),
        lambda: _check_codes(sale),
    ]
    if openings is not None:
        parts.append(lambda: opened.append(_open(sale, openings, digest)))
    parts.append(lambda: replay(sale, opened[0] if opened else None))
    return [fault for part in parts if (fault := _fault_of(part)) is not None]


def _fault_of(part: Callable[[], None]) -> Fault | None:
    try:
        part()
    except Broken as broken:
        return broken.fault
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError):
        # why: whatever a forger wrote into a part, the answer is a sentence and not a trace
        return Fault(None, "有内容的写法不对，无法验证")
    return None


def _check_order(sale: SaleFile) -> None:
    """Numbers without a gap from 1 on, instants that never go back."""
    last = None
    for number, event in enumerate(sale.events, start=1):
        if event.get("seq") != number or type(event["seq"]) is not int:
            raise Broken(f"编号不连续：此处应为第 {number} 号", number)
        at = read_instant(event, "at" if event.get("kind") == "entry" else "decided_at", number)
        if last is not None and at < last:
            raise Broken("时间早于前一号事件", number)
        last = at


def _check_hashes(sale: SaleFile) -> None:
    """The genesis, each link of the chain, and its head."""
    expected = genesis(
        lot_number=sale.lot,
        terms=sale.terms,
        rulebook=sale.rulebook,
        reserve_commitment=sale.reserve_commitment,
        subject=sale.subject,
    )
    if sale.genesis != expected:
        raise Broken("公告内容（标的、参数、竞价规则或保留价承诺）与起始哈希不符")
    previous = sale.genesis
    for number, event in enumerate(sale.events, start=1):
        public = {key: value for key, value in event.items() if key != "hash"}
        if event.get("hash") != chain(previous, public):
            raise Broken("内容或次序与哈希不符", number)
        previous = event["hash"]
    if sale.head != previous:
        raise Broken("末尾哈希与最后一号事件不符：事件被截去或增添", len(sale.events) or None)


def _check_codes(sale: SaleFile) -> None:
    """Every code was given once, and nobody bid without one."""
    rows = read_rows(sale.codes, {"code": str, "rank": (int, type(None))})
    codes = [row["code"] for row in rows]
    # why sorted: the order of admission would tell whoever knows that order whose code is whose
    if codes != sorted(set(codes)):
        raise Broken("竞买代码重复或没有按代码排列")
    for event in sale.events:
        if event.get("kind") == "entry" and event.get("code") not in codes:
            told = f"竞买代码 {event.get('code')} 不在获准参加者之内"
            raise Broken(told, event["seq"])


def _open(sale: SaleFile, openings: Openings, digest: str) -> Secrets:
    """Open every commitment; a missing one is a fault like a wrong one."""
    if openings.lot != sale.lot or openings.record != digest:
        raise Broken("开启文件不属于这份记录")
    secrets: dict[int, Json] = {}
    for one in read_rows(openings.secrets, {"seq": int, "value": dict, "salt": str}):
        secrets[one["seq"]] = one
    for event in sale.events:
        if event.get("commitment") is None:
            continue
        if event["seq"] not in secrets:
            raise Broken("开启文件中没有这一号的内容", event["seq"])
        row = secrets.pop(event["seq"])
        _check_opening(sale, event["seq"], event["code"], event["act"], row, event["commitment"])
    if secrets:
        raise Broken("开启文件中有记录里没有的承诺", min(secrets))
    return Secrets(
        amounts={row["seq"]: row["value"] for row in openings.secrets},
        reserve_minor=_open_reserve(sale, openings),
        values=_read_values(openings.places),
    )


def _open_reserve(sale: SaleFile, openings: Openings) -> int | None:
    if sale.reserve_commitment is None:
        if openings.reserve is not None:
            raise Broken("记录中没有保留价的承诺，开启文件中却有保留价")
        return None
    if openings.reserve is None:
        raise Broken("开启文件中没有保留价")
    (row,) = read_rows([openings.reserve], {"value": dict, "salt": str})
    _check_opening(sale, 0, "", Committed.reserve, row, sale.reserve_commitment)
    amount = row["value"].get("amount_minor")
    if type(amount) is not int:
        raise Broken("开启的保留价写法不对")
    return amount


def _check_opening(
    sale: SaleFile, seq: int, code: str, what: str, row: Json, commitment: str
) -> None:
    salt = row["salt"]
    right = (
        is_hash(salt)
        and len(salt) == 2 * SALT_BYTES
        and commit(sale.lot, seq, code, what, row["value"], bytes.fromhex(salt)) == commitment
    )
    if not right:
        what = "保留价" if seq == 0 else "内容"
        raise Broken(f"开启的{what}与当时作出的承诺不符", seq or None)


def _read_values(places: Sequence[Json]) -> dict[str, dict[str, int]]:
    rows: list[dict[str, Any]] = read_rows(places, {"code": str, "values": dict})
    return {row["code"]: dict(row["values"]) for row in rows}
