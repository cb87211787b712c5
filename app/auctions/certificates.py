"""Certificates of a finished sale (竞价结果通知书, 成交确认书): what they say, how they are made.

Set in a thread of the worker and kept with the record; a certificate is never changed. The notice
names nobody behind a code, so that everybody who took part may have it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.auctions import record_queries as queries
from app.auctions.models import Lot, SaleRecord
from app.auctions.printing.amounts import spell_yuan
from app.auctions.printing.contents import Certificate
from app.auctions.record_types import CERTIFICATE_JOB, RECORD_LABELS, RecordKind
from app.auctions.types import BidMode, LotOutcome
from app.audit import service as audit
from app.core.actor import SYSTEM
from app.core.clock import SHANGHAI
from app.core.ids import new_id
from app.core.money import format_yuan
from app.core.numbers import next_number
from app.core.tx import Tx, UnitOfWork

_PREFIX: Final = "ZS"
_TYPESETTING: Final = "app.auctions.printing.typesetting"
_MODES: Final = {
    BidMode.dynamic: "动态报价",
    BidMode.multi: "多次报价",
    BidMode.once: "一次报价（密封）",
    BidMode.buy_now: "一口价",
    BidMode.weighted: "权重报价",
    BidMode.dutch: "降价",
    BidMode.auction: "拍卖",
}
_OUTCOMES: Final = {
    LotOutcome.won: "成交",
    LotOutcome.unsold: "流拍",
    LotOutcome.failed: "未能成交（受让方违约）",
    LotOutcome.terminated: "终止",
    LotOutcome.annulled: "结果已撤销",
}
_ENDINGS: Final = {
    "no_bidder": "无人报名",
    "single_bidder": "仅有一名竞买人，转协议成交办理",
    "no_bid": "无人报价",
    "below_reserve": "最高报价未达保留价",
}
_CLOSING: Final = {
    LotOutcome.won: (
        "上列标的按公告的条件和竞价规则公开竞价，结果如上。受让方应按公告和竞价规则规定的期限"
        "与转让方签订技术合同。"
    ),
    LotOutcome.failed: (
        "受让方未按竞价规则签订合同或付款，本次竞价未能成交，此前发出的成交文书不再有效。"
    ),
    LotOutcome.annulled: "本次竞价结果已按竞价规则撤销，此前发出的成交文书不再有效。",
}
_CONFIRMED: Final = (
    "经公开竞价，受让方以上列成交价竞得上列标的。本确认书与竞价公告、竞价规则和竞价记录一并"
    "构成签订技术合同的依据；合同的标的、价格和条件须与竞价公告一致。"
)
_DEPOSIT: Final = "受让方缴纳的保证金按竞价规则计入成交价款或转为履约担保。"
_PROOF: Final = (
    "竞价的全部参数、规则、报价和时间见竞价记录文件，任何人可在平台下载，并可离线验证其"
    "先后、金额、延时和结果。"
)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What both certificates tell of one record."""

    lot: Lot
    record: SaleRecord
    seller: str
    winner: str
    bidders: int
    bids: int

    @property
    def outcome(self) -> LotOutcome:
        return LotOutcome(self.record.outcome)


async def make_certificates(
    tx: Tx, *, lot_id: UUID, revision: int, market: str, public_url: str
) -> None:
    """Make what a record still lacks of certificates. Twice is once.

    ``market`` is the name that stands on them, ``public_url`` where they can be checked.
    """
    for kind in (RecordKind.notice, RecordKind.confirmation):
        await tx.run(
            print_certificate,
            lot_id=lot_id,
            revision=revision,
            kind=kind,
            market=market,
            public_url=public_url,
        )


async def print_certificate(
    uow: UnitOfWork, *, lot_id: UUID, revision: int, kind: RecordKind, market: str, public_url: str
) -> str | None:
    """Print one certificate and keep it; returns its number, None where there is nothing to do.

    A number is given in the transaction that keeps the certificate, so that none is ever missing.
    """
    rows = await queries.list_records(uow, lot_id)
    kept = {(row.kind, row.revision): row for row in rows}
    record = kept.get((RecordKind.public, revision))
    if record is None or (kind, revision) in kept:
        return None
    if kind is RecordKind.confirmation and record.outcome != LotOutcome.won:
        return None
    facts = await _gather(uow, record)
    number = await next_number(uow, _PREFIX)
    content = await _set(_compose(facts, kind, number, market, public_url))
    sha256 = hashlib.sha256(content).hexdigest()
    uow.session.add(
        SaleRecord(
            id=new_id(),
            lot_id=lot_id,
            kind=kind,
            revision=revision,
            number=number,
            outcome=record.outcome,
            sha256=sha256,
            size=len(content),
            content=content,
            faults=0,
            made_at=uow.now,
        )
    )
    await audit.note(
        uow,
        actor=SYSTEM,
        action="auctions.print_certificate",
        subject_kind="lot",
        subject_id=lot_id,
        facts={"number": number, "kind": kind, "revision": revision, "sha256": sha256},
    )
    return number


async def _set(certificate: Certificate) -> bytes:
    """Off the event loop; the typesetter is loaded at the first page."""
    return await asyncio.to_thread(_set_pdf, certificate)


def _set_pdf(certificate: Certificate) -> bytes:
    set_pdf: Callable[[Certificate], bytes] = import_module(_TYPESETTING).set_pdf
    return set_pdf(certificate)


async def _gather(uow: UnitOfWork, record: SaleRecord) -> _Facts:
    lot = await uow.session.get_one(Lot, record.lot_id, populate_existing=True)
    ids = {lot.seller_id, *([lot.leader_id] if lot.leader_id else [])}
    names = {key: one.name for key, one in (await accounts.get_organisations(uow, ids=ids)).items()}
    return _Facts(
        lot=lot,
        record=record,
        seller=names.get(lot.seller_id, ""),
        winner=names.get(lot.leader_id, "") if lot.leader_id else "",
        bidders=await queries.count_places(uow, lot.id),
        bids=await queries.count_accepted(uow, lot.id),
    )


def _compose(
    facts: _Facts, kind: RecordKind, number: str, market: str, public_url: str
) -> Certificate:
    confirmed = kind is RecordKind.confirmation
    said = [_CONFIRMED if confirmed else _CLOSING.get(facts.outcome)]
    if confirmed and facts.lot.deposit_minor is not None:
        said.append(_DEPOSIT)
    return Certificate(
        heading=RECORD_LABELS[kind],
        number=number,
        market=market,
        lines=tuple(_list_lines(facts, named=confirmed)),
        paragraphs=tuple(one for one in (*said, _PROOF) if one),
        signatures=_list_signatures(facts) if confirmed else (),
        made_at=facts.record.made_at.astimezone(SHANGHAI),
        verify_url=f"{public_url.rstrip('/')}/verify/{number}",
        record_sha256=facts.record.sha256,
    )


def _list_lines(facts: _Facts, *, named: bool) -> Iterator[tuple[str, str]]:
    """``named``: with the winner's name; otherwise with his code alone."""
    lot, won = facts.lot, facts.outcome is LotOutcome.won
    yield "标的编号", lot.number
    yield "标的名称", lot.title
    yield from ((label, text) for label, text in lot.particulars if label != "标的名称")
    yield "转让方", facts.seller
    if named:
        yield "受让方", facts.winner
    yield "竞价方式", _MODES[BidMode(lot.mode)]
    yield "竞价规则", f"{lot.rulebook_version} 版"
    if lot.auctioneer:
        yield "拍卖人", _describe_auctioneer(lot.auctioneer)
    yield "参加情况", f"{facts.bidders} 名竞买人，{facts.bids} 次有效报价"
    yield "竞价结果", _say_outcome(facts)
    if won and lot.price_minor is not None:
        yield "成交价", f"{spell_yuan(lot.price_minor)}（{format_yuan(lot.price_minor)}）"
    if lot.closed_at is not None:
        yield "结束时间", _say_time(lot.closed_at)


def _describe_auctioneer(stored: dict[str, Any]) -> str:
    parts = ("organisation", "licence", "auctioneer", "auctioneer_licence")
    return "，".join(str(stored[part]) for part in parts if stored.get(part))


def _say_outcome(facts: _Facts) -> str:
    told, why = _OUTCOMES[facts.outcome], _ENDINGS.get(facts.lot.ending or "")
    if facts.outcome is LotOutcome.won:
        return f"{told}，竞买代码 {facts.lot.leader_code} 竞得"
    return f"{told}（{why}）" if why and facts.outcome is LotOutcome.unsold else told


def _say_time(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M:%S}（北京时间）"


def _list_signatures(facts: _Facts) -> tuple[tuple[str, str], ...]:
    signers = [("转让方", facts.seller), ("受让方", facts.winner)]
    if facts.lot.auctioneer:
        signers.append(("拍卖人", str(facts.lot.auctioneer.get("organisation", ""))))
    return tuple(signers)


__all__ = ["CERTIFICATE_JOB", "make_certificates", "print_certificate"]
