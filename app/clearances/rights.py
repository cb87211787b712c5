"""Rights of pre-emption: put on record with the notice, answered, or waived by silence.

A person who holds one takes part through an organisation that he acts for, since only
organisations bid here: which one is written down with his answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts import service as accounts
from app.audit.service import note
from app.catalogue import service as catalogue
from app.catalogue.types import OfferFacts
from app.clearances import access, notices, queries, rules
from app.clearances.errors import RightMissing
from app.clearances.events import RightAnswered
from app.clearances.gates import check_words, reopen_preemption, seen_offer
from app.clearances.models import PreemptionRight
from app.clearances.types import (
    MAX_WORDS,
    ClearanceKind,
    RightBasis,
    RightFacts,
    RightResponse,
    ServiceWay,
)
from app.core.access import may, require
from app.core.actor import SYSTEM, Actor
from app.core.calendar import load_calendar
from app.core.clock import SHANGHAI
from app.core.errors import Conflict, Faults, FieldError, Invalid, KeyReused
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.plaintext import clean_line, clean_text
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.types import FileView, Staged

FILES = "clearances.right"
MAX_NAME = 200

_NOTICE = _n(
    "%(owner)s拟以“%(disposal)s”方式处置成果“%(title)s”（供给信息%(offer)s）。您作为%(basis)s，"
    "在同等条件下享有优先购买权，请在规定期限内答复；逾期未答复的，视为放弃。"
)


async def record_right(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    holder_id: UUID | None,
    holder_name: str,
    basis: RightBasis,
    rank: int,
    way: ServiceWay,
    staged: Sequence[Staged] = (),
    key: str,
) -> UUID:
    """Put a holder on record and tell him; returns the right's id. The same key records once.

    Told on the workbench he must be a party here; on paper the proof of service is needed; by
    public notice he counts as served some days later. He has the days of the rule to answer.
    Raises OfferMissing, Forbidden, Conflict (he is on record), Invalid, KeyReused.
    """
    offer = await seen_offer(uow, actor, offer_number)
    require(actor, access.RECORD_RIGHT, owner=offer.owner_id)
    name = "" if holder_id else clean_line(holder_name)
    await queries.lock_gates(uow, offer.id)
    if (seen := await queries.find_recorded(uow, offer.owner_id, key)) is not None:
        said = (seen.offer_id, seen.holder_id, seen.holder_name, seen.basis, seen.rank, seen.way)
        if said != (offer.id, holder_id, name, basis, rank, way):
            raise KeyReused()
        return seen.id
    await _check_holder(uow, actor, offer, holder_id, name, rank, way, staged)
    row = await _record(uow, actor, offer, holder_id, name, basis, rank, way, key)
    await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=FILES, owner_id=row.id, key=key
    )
    await reopen_preemption(uow, actor, offer)
    await notices.tell_holder(uow, row, offer)
    await _note(uow, actor, "record_right", row)
    return row.id


async def answer_right(
    uow: UnitOfWork, *, actor: Actor, right_id: UUID, takes_part: bool, note_text: str = ""
) -> RightFacts:
    """The holder's own word, before his time is over; the same word twice is one.

    A person who takes part does so through the organisation he acts for. Raises RightMissing,
    Forbidden, RightStateForbids, Invalid.
    """
    row = await queries.lock_right(uow, right_id)
    _require_holder(actor, row)
    response = RightResponse.take_part if takes_part else RightResponse.waive
    if row.response == response:
        return row.facts()
    now = await uow.stamp()
    rules.check_answerable(row.facts(), now)
    if takes_part and actor.organisation_id is None:
        sentence = _n("请先选择您代表的单位：竞价以单位名义参加，优先购买权随答复登记到该单位。")
        raise Invalid([FieldError("", sentence)])
    bidder_id = actor.organisation_id if takes_part else None
    await _answer(uow, actor, row, response, _words(note_text), bidder_id)
    return row.facts()


async def record_answer(
    uow: UnitOfWork,
    *,
    actor: Actor,
    right_id: UUID,
    takes_part: bool,
    note_text: str,
    staged: Sequence[Staged] = (),
    key: str,
) -> RightFacts:
    """Put a holder's written answer on record, by the house, with its paper.

    Who takes part has to be a party here and says so himself. Raises RightMissing, Forbidden,
    RightStateForbids, Invalid.
    """
    row = await queries.lock_right(uow, right_id)
    if not is_right_seen(actor, row):
        raise RightMissing()
    require(actor, access.RECORD_RIGHT, owner=row.owner_id)
    if row.response == RightResponse.waive and not takes_part:
        return row.facts()
    rules.check_answerable(row.facts(), await uow.stamp())
    if takes_part:
        sentence = _n("参加竞价须由优先购买权人本人登录后答复；此处只登记书面放弃。")
        raise Invalid([FieldError("takes_part", sentence)])
    if not staged:
        raise Invalid([FieldError("files", _n("请上传优先购买权人签署的放弃声明。"))])
    await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=FILES, owner_id=row.id, key=key
    )
    await _answer(uow, actor, row, RightResponse.waive, _words(note_text))
    return row.facts()


async def sweep_silent_rights(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Write down who was silent to the end of his time; returns how many. Silence is a waiver."""
    rows = await queries.lock_silent(uow, limit)
    for row in rows:
        await _answer(uow, SYSTEM, row, RightResponse.silent, "")
    return len(rows)


async def guard_right_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """The papers of a right are for its house, its holder and the platform. Raises RightMissing."""
    if not is_right_seen(actor, await queries.get_right(uow, file.owner_id)):
        raise RightMissing()


def is_right_seen(actor: Actor, row: PreemptionRight) -> bool:
    """Whether this actor may know of the right."""
    return may(actor, access.SEE_RIGHT, owner=row.owner_id) or is_holder(actor, row)


def is_holder(actor: Actor, row: PreemptionRight) -> bool:
    """Whether the right is his own, or that of the house he acts for."""
    if row.holder_id is None:
        return False
    return row.holder_id in (actor.person_id, actor.organisation_id)


def _require_holder(actor: Actor, row: PreemptionRight) -> None:
    if not is_right_seen(actor, row):
        raise RightMissing()
    if row.holder_id is not None and row.holder_id == actor.person_id:
        require(actor, access.ANSWER_OWN)
        return
    # why: a right without a party here has no owner who could answer it
    require(actor, access.ANSWER_RIGHT, owner=row.holder_id or row.id)


async def _check_holder(
    uow: UnitOfWork,
    actor: Actor,
    offer: OfferFacts,
    holder_id: UUID | None,
    name: str,
    rank: int,
    way: ServiceWay,
    staged: Sequence[Staged],
) -> None:
    faults = Faults()
    if not 1 <= rank <= rules.MAX_RANK:
        faults.add("rank", _n("顺位须为 1 至 99。"))
    if holder_id is None and not name:
        faults.add("holder", _n("请选择或填写优先购买权人。"))
    faults.limit("holder_name", name, MAX_NAME)
    if holder_id is None and way is ServiceWay.workbench:
        faults.add("way", _n("平台内送达只适用于已在平台注册的优先购买权人。"))
    if way is ServiceWay.paper and not staged:
        faults.add("files", _n("书面送达请上传送达凭证。"))
    if holder_id is not None and holder_id not in await list_candidates(uow, actor, offer):
        known = await accounts.get_organisations(uow, ids=[holder_id])
        if holder_id not in known or holder_id == offer.owner_id:
            faults.add("holder", _n("请选择或填写优先购买权人。"))
    faults.check()
    if holder_id and await queries.find_of_holder(uow, offer.id, holder_id) is not None:
        raise Conflict(_n("该优先购买权人已经登记"))


async def list_candidates(uow: UnitOfWork, actor: Actor, offer: OfferFacts) -> dict[UUID, str]:
    """Who of the record may hold a right and is somebody here: its completers and co-owners."""
    record = await catalogue.get_achievement(uow, achievement_id=offer.achievement_id)
    view = await catalogue.show_achievement(uow, actor=actor, number=record.number)
    found = {
        row.person_id: name
        for row, (name, _) in zip(view.content.completers, view.completers, strict=True)
        if row.person_id
    }
    owners = {row.party_id: row.name for row in view.content.co_owners if row.party_id}
    return found | owners


async def _record(
    uow: UnitOfWork,
    actor: Actor,
    offer: OfferFacts,
    holder_id: UUID | None,
    name: str,
    basis: RightBasis,
    rank: int,
    way: ServiceWay,
    key: str,
) -> PreemptionRight:
    now = await uow.stamp()
    on = now.astimezone(SHANGHAI).date()
    rows = [rule for rule in await queries.load_rules(uow, on) if rule.kind in _TIMED]
    days = max((rule.days or 0 for rule in rows), default=0) or rules.NOTICE_DAYS
    public_days = max((rule.public_days or 0 for rule in rows), default=0) or rules.PUBLIC_DAYS
    served, answer_by = rules.compute_times(await load_calendar(uow), way, on, days, public_days)
    row = PreemptionRight(
        id=new_id(),
        offer_id=offer.id,
        owner_id=offer.owner_id,
        holder_id=holder_id,
        holder_name=name,
        basis=basis,
        rank=rank,
        way=way,
        notice=await _write_notice(uow, offer, basis),
        notified_at=now,
        served_at=served or now,
        answer_by=answer_by,
        recorded_by=actor.person_id,
        note="",
        idempotency_key=key,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


_TIMED = (ClearanceKind.preemption,)


async def _write_notice(uow: UnitOfWork, offer: OfferFacts, basis: RightBasis) -> str:
    """The words of the notice, in Chinese: they are a document and are not translated."""
    record = await catalogue.get_achievement(uow, achievement_id=offer.achievement_id)
    return str(
        Message(
            _NOTICE,
            owner=record.holder_name,
            disposal=offer.disposal.label,
            title=record.title,
            offer=offer.number,
            basis=basis.label,
        )
    )


def _words(text: str) -> str:
    return check_words("note", text, "") if text.strip() else clean_text(text)[:MAX_WORDS]


async def _answer(
    uow: UnitOfWork,
    actor: Actor,
    row: PreemptionRight,
    response: RightResponse,
    words: str,
    bidder_id: UUID | None = None,
) -> None:
    row.responded_at, row.responded_by = await uow.stamp(), actor.person_id
    row.response, row.note, row.bidder_id = response, words, bidder_id
    await uow.session.flush()
    uow.record(RightAnswered(row.id, row.offer_id, response))
    offer = await catalogue.get_offer(uow, offer_id=row.offer_id)
    await notices.tell_answer(uow, row, offer)
    verb = "silent_right" if response is RightResponse.silent else "answer_right"
    await _note(uow, actor, verb, row)


async def _note(uow: UnitOfWork, actor: Actor, verb: str, row: PreemptionRight) -> None:
    await note(
        uow,
        actor=actor,
        action=f"clearances.{verb}",
        subject_kind="preemption_right",
        subject_id=row.id,
        facts={
            "offer_id": str(row.offer_id),
            "basis": row.basis,
            "rank": row.rank,
            "way": row.way,
            "response": row.response,
        },
    )
