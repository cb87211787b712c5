"""The record of a finished sale: built once it is over, kept for ever, handed to everybody.

The secrets behind its commitments are opened only for a supervisor who says why, and never before
the close (网拍规定 8; ADR 0019).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter

from app.auctions import record_queries as queries
from app.auctions import vault
from app.auctions.access import OPEN_SALE, READ_CERTIFICATE
from app.auctions.engine.codec import from_json, public_change, public_entry, to_json
from app.auctions.engine.types import (
    Act,
    Change,
    Entry,
    Gap,
    LotState,
    Note,
    Origin,
    Reason,
    Step,
    Terms,
)
from app.auctions.errors import RecordMissing, SaleStillOpen
from app.auctions.heads import describe_genesis, head_of, place_of
from app.auctions.models import Bid, Lot, LotEvent, SaleRecord
from app.auctions.record_types import CERTIFICATE_JOB, Finding, RecordKind, RecordsView, RecordView
from app.auctions.verifying import (
    Fault,
    SaleFile,
    open_sale,
    read_sale,
    show_codes,
    show_outages,
    show_result,
    verify_sale,
    write,
)
from app.audit import service as audit
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.errors import Faults
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.metrics import OWN
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork

log = logging.getLogger("market.records")

LEAST_REASON: Final = 10
MOST_REASON: Final = 500
_FAULTY: Final = Counter("market_faulty_records", "Sales whose record did not hold.", registry=OWN)


# ---- building -----------------------------------------------------------------------------------


async def record_sale(uow: UnitOfWork, *, lot_id: UUID) -> str | None:
    """Keep the record of a sale that is over, with its hash in the audit chain; returns the hash.

    None, and nothing done, for a sale that goes on, one whose record as of now is kept already, and
    one from before events were chained. A record that does not hold is kept all the same: it is the
    evidence; it is counted and logged, and the audit line says how many faults it has.
    """
    lot = await uow.session.get_one(Lot, lot_id, populate_existing=True)
    kept = [one for one in await queries.list_records(uow, lot.id) if one.kind == RecordKind.public]
    if lot.outcome is None or (kept and kept[-1].outcome == lot.outcome):
        return None
    file = await _build(uow, lot, revision=len(kept) + 1)
    if file is None:
        return None
    # why a thread: hashing a long sale must not hold up what else the worker does
    content, faults = await asyncio.to_thread(_write_and_verify, file)
    if faults:
        log.error("a sale's record does not hold", extra={"lot": lot.number, "fault": faults[0]})
        uow.count(_FAULTY)
    sha256 = hashlib.sha256(content).hexdigest()
    uow.session.add(
        SaleRecord(
            id=new_id(),
            lot_id=lot.id,
            kind=RecordKind.public,
            revision=file.revision,
            number=None,
            outcome=lot.outcome,
            sha256=sha256,
            size=len(content),
            content=content,
            faults=len(faults),
            made_at=uow.now,
        )
    )
    await audit.note(
        uow,
        actor=SYSTEM,
        action="auctions.record_sale",
        subject_kind="lot",
        subject_id=lot.id,
        facts={
            "number": lot.number,
            "revision": file.revision,
            "outcome": lot.outcome,
            "sha256": sha256,
            "head": file.head,
            "faults": len(faults),
        },
    )
    await uow.session.flush()
    await uow.enqueue(CERTIFICATE_JOB, {"lot_id": str(lot.id), "revision": file.revision})
    return sha256


def _write_and_verify(file: SaleFile) -> tuple[bytes, list[Fault]]:
    content = write(file)
    return content, verify_sale(content)


async def _build(uow: UnitOfWork, lot: Lot, *, revision: int) -> SaleFile | None:
    """The public file; None for a sale whose chain does not begin with its first event."""
    rulebook = await queries.get_rulebook(uow, lot.rulebook_version)
    steps = await queries.list_events(uow, lot.id, lot.seq)
    events = _chained(await queries.list_bids(uow, lot.id, lot.seq), steps)
    if lot.terms is None or lot.genesis_hash is None or events is None:
        return None
    parts = describe_genesis(lot, rulebook, _first_terms(lot, steps))
    places = await queries.list_places(uow, lot.id)
    outages = await queries.list_outages(uow, lot.announced_at, uow.now)
    said = await queries.list_announcements(uow, lot.id)
    return SaleFile(
        lot=parts["lot_number"],
        revision=revision,
        subject=parts["subject"],
        terms=parts["terms"],
        rulebook=parts["rulebook"],
        reserve_commitment=parts["reserve_commitment"],
        genesis=lot.genesis_hash,
        codes=show_codes(place_of(row) for row in places),
        outages=show_outages(Gap(row.started_at, row.ended_at) for row in outages),
        events=events,
        head=events[-1]["hash"] if events else lot.genesis_hash,
        result=show_result(head_of(lot)),
        announcements=[
            {
                "kind": row.kind,
                "at": to_json(row.at),
                "statement": row.statement,
                "facts": row.facts,
            }
            for row in said
        ],
    )


def _first_terms(lot: Lot, steps: Sequence[LotEvent]) -> Terms:
    """The terms as they were published: what the first change announcement changed them from."""
    first = next((one.facts["before"] for one in steps if one.step == Step.amended), lot.terms)
    return from_json(Terms, first)


def _chained(bids: Sequence[Bid], steps: Sequence[LotEvent]) -> list[dict[str, Any]] | None:
    """Every event in its public form with the hash it was given; None where one has none."""
    events = [*map(_show_bid, bids), *map(_show_step, steps)]
    if any(event["hash"] is None for event in events):
        return None
    return sorted(events, key=lambda event: int(event["seq"]))


def _show_bid(bid: Bid) -> dict[str, Any]:
    entry = Entry(
        act=Act(bid.act),
        origin=Origin(bid.origin),
        code=bid.code,
        amount_minor=bid.amount_minor,
        reason=Reason(bid.reason) if bid.reason else None,
        note=Note(bid.note) if bid.note else None,
        state=LotState(bid.state_after or LotState.closed),
        price_minor=bid.price_after_minor,
        leader=bid.leader_code_after,
        ends_at=bid.cycle_ends_after,
    )
    return {**public_entry(bid.seq, entry, bid.decided_at, bid.commitment), "hash": bid.hash}


def _show_step(row: LotEvent) -> dict[str, Any]:
    change = Change(Step(row.step), row.at, row.facts)
    return {**public_change(row.seq, change, row.decided_at, row.beat_at), "hash": row.hash}


# ---- reading ------------------------------------------------------------------------------------


async def show_records(uow: UnitOfWork, *, actor: Actor, number: str) -> RecordsView:
    """What there is of a sale's proof for this reader. Raises LotMissing."""
    lot = await queries.get_lot(uow, number)
    rows = await queries.list_records(uow, lot.id)
    owners = await _list_owners(uow, actor, lot)
    return RecordsView(
        records=tuple(_view(row) for row in rows if row.kind == RecordKind.public),
        certificates=tuple(_view(row) for row in rows if _may_read(actor, row, owners)),
        may_open=lot.outcome is not None and access.may(actor, OPEN_SALE),
    )


async def read_record(
    uow: UnitOfWork, *, number: str, revision: int | None = None
) -> tuple[RecordView, bytes]:
    """The public record, the newest unless one is named. Raises LotMissing, RecordMissing."""
    lot = await queries.get_lot(uow, number)
    for row in reversed(await queries.list_records(uow, lot.id)):
        if row.kind == RecordKind.public and revision in (None, row.revision):
            return _view(row), await queries.get_content(uow, row.id)
    raise RecordMissing()


async def read_certificate(
    uow: UnitOfWork, *, actor: Actor, number: str
) -> tuple[RecordView, bytes]:
    """A certificate, for the parties of the sale and the operator's eyes.

    Raises RecordMissing also for one that is not the reader's to know of.
    """
    found = await queries.find_record(uow, number=number)
    if found is None:
        raise RecordMissing()
    if not _may_read(actor, found[0], await _list_owners(uow, actor, found[1])):
        raise RecordMissing()
    return _view(found[0]), await queries.get_content(uow, found[0].id)


async def find_certificate(uow: UnitOfWork, *, number: str) -> Finding | None:
    """What a certificate's number stands for, for anybody who has it in his hands."""
    return _finding(await queries.find_record(uow, number=number))


async def find_file(uow: UnitOfWork, *, sha256: str) -> Finding | None:
    """Which of the market's files has this hash, if one has."""
    return _finding(await queries.find_record(uow, sha256=sha256))


async def _list_owners(uow: UnitOfWork, actor: Actor, lot: Lot) -> dict[RecordKind, set[UUID]]:
    """Whose each kind of certificate is: a notice names no bidder and is for all who took part; a
    confirmation is between seller and winner."""
    parties = {lot.seller_id} | ({lot.leader_id} if lot.leader_id is not None else set())
    others: set[UUID] = set()
    if actor.organisation_id and await queries.takes_part(uow, lot.id, actor.organisation_id):
        others.add(actor.organisation_id)
    return {RecordKind.notice: parties | others, RecordKind.confirmation: parties}


def _may_read(actor: Actor, row: SaleRecord, owners: dict[RecordKind, set[UUID]]) -> bool:
    concerned = owners.get(RecordKind(row.kind), set())
    return any(access.may(actor, READ_CERTIFICATE, owner=owner) for owner in concerned)


def _view(row: SaleRecord) -> RecordView:
    return RecordView(
        kind=RecordKind(row.kind),
        revision=row.revision,
        number=row.number,
        outcome=row.outcome,
        sha256=row.sha256,
        size=row.size,
        made_at=row.made_at,
    )


def _finding(found: tuple[SaleRecord, Lot] | None) -> Finding | None:
    if found is None:
        return None
    row, lot = found
    won = row.outcome == "won"
    return Finding(
        record=_view(row),
        lot_number=lot.number,
        title=lot.title,
        current=lot.outcome or row.outcome,
        price_minor=lot.price_minor if won else None,
        closed_at=lot.closed_at,
    )


# ---- opening ------------------------------------------------------------------------------------


async def open_secrets_of(
    uow: UnitOfWork, *, actor: Actor, number: str, reason: str
) -> tuple[str, bytes]:
    """The openings (开启文件) of a finished sale's newest record: its number and the file's bytes.

    Who asked, when and why stands in the audit chain. Raises LotMissing, Forbidden, Invalid (no
    reason), SaleStillOpen before the close, RecordMissing while there is no record.
    """
    access.require(actor, OPEN_SALE)
    lot = await queries.get_lot(uow, number)
    faults = Faults()
    words = faults.limit("reason", clean_text(reason), MOST_REASON)
    if len(words) < LEAST_REASON:
        faults.add("reason", Message(_n("请写明理由，至少 %(least)s 个字。"), least=LEAST_REASON))
    faults.check()
    if lot.outcome is None:
        raise SaleStillOpen()
    view, record = await read_record(uow, number=number)
    up_to = await asyncio.to_thread(_last_seq, record)
    content = await _open(uow, lot, record, up_to)
    await audit.note(
        uow,
        actor=actor,
        action="auctions.open_sale",
        subject_kind="lot",
        subject_id=lot.id,
        facts={
            "number": lot.number,
            "revision": view.revision,
            "record": view.sha256,
            "openings": hashlib.sha256(content).hexdigest(),
            "reason": words,
        },
    )
    return lot.number, content


def _last_seq(record: bytes) -> int:
    events = read_sale(record).events
    return int(events[-1]["seq"]) if events else 0


async def _open(uow: UnitOfWork, lot: Lot, record: bytes, up_to: int) -> bytes:
    """Open every secret of a sale under the lot's key."""
    bids = [bid for bid in await queries.list_bids(uow, lot.id, up_to) if bid.sealed is not None]
    sealed = [vault.Envelope(bid.seq, bid.code, bid.act, bid.sealed or b"") for bid in bids]
    if (reserve := vault.reserve_envelope(lot)) is not None:
        sealed.append(reserve)
    key = await queries.find_key(uow, lot.id)
    opened = vault.open_secrets(uow.sealer, key.wrapped, lot.id, sealed) if key and sealed else []
    of_reserve = next((one for one in opened if one.seq == 0), None)
    openings = open_sale(
        record,
        lot.number,
        secrets={one.seq: (one.value, one.salt) for one in opened if one.seq},
        reserve=None if of_reserve is None else (of_reserve.value, of_reserve.salt),
        places=[place_of(row) for row in await queries.list_places(uow, lot.id)],
    )
    return write(openings)
