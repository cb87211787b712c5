"""The verbs of inquiries: ask, write, close; and what is shown of threads."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from uuid import UUID

from app.accounts.service import get_organisations
from app.audit.service import note
from app.core.access import Permission, may, require
from app.core.actor import Actor
from app.core.errors import Forbidden, KeyReused
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.paging import Page, decode_place, encode_cursor
from app.core.plaintext import clean_line, clean_text
from app.core.tx import UnitOfWork
from app.demands import service as demands
from app.inquiries import access, queries, rules
from app.inquiries.errors import (
    AlreadyAsking,
    InquiryMissing,
    OwnSubject,
)
from app.inquiries.events import InquiryAnswered, InquiryEnded, InquiryOpened
from app.inquiries.models import Inquiry, InquiryMessage
from app.inquiries.notices import tell_house
from app.inquiries.subjects import find_subject, may_ask
from app.inquiries.types import (
    AboutKind,
    Asker,
    InquiryLine,
    InquiryState,
    InquiryView,
    MessageView,
    Side,
    Wish,
)

__all__ = [
    "close_inquiry",
    "find_subject",
    "list_askers",
    "list_inquiries",
    "may_ask",
    "open_inquiry",
    "show_inquiry",
    "write_message",
]

PAGE_SIZE = 20
MAX_ASKERS = 100
_ASKED = _n("收到新的咨询：%(title)s")
_ENDED = _n("咨询已结束：%(title)s")


async def open_inquiry(
    uow: UnitOfWork,
    *,
    actor: Actor,
    kind: AboutKind,
    number: str,
    title: str,
    body: str,
    wish: Wish,
    key: str,
) -> str:
    """Ask the owner of a public thing; returns the number (ZX). The same key asks once.

    Raises Unauthenticated, Forbidden (who acts for no organisation), SubjectMissing, NobodyToAsk,
    OwnSubject, AlreadyAsking, TooManyInquiries, Invalid, KeyReused.
    """
    require(actor, access.ASK)
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("请先选择您代表的单位")
    title, body = clean_line(title), clean_text(body)
    asked = _digest(kind, number, title, body, wish)
    await queries.lock_house(uow, actor.organisation_id)
    if (seen := await queries.find_asked(uow, actor.person_id, key)) is not None:
        if seen.content_hash != asked:
            raise KeyReused()
        return seen.number
    subject, achievement_id = await find_subject(uow, kind=kind, number=number)
    if subject.owner_id == actor.organisation_id:
        raise OwnSubject()
    rules.check_text(title, body)
    if (open_one := await queries.find_open(uow, actor.organisation_id, subject.id)) is not None:
        raise AlreadyAsking(number=open_one.number)
    count = await queries.count_asked(uow, actor.organisation_id, uow.now - rules.DAY)
    rules.check_count(count, rules.INQUIRIES_A_DAY, rules.DAY)
    inquiry = Inquiry(
        id=new_id(),
        number=await next_number(uow, "ZX"),
        about_kind=kind,
        about_id=subject.id,
        about_number=subject.number,
        about_title=subject.title,
        achievement_id=achievement_id,
        owner_id=subject.owner_id,
        asker_id=actor.organisation_id,
        asked_by=actor.person_id,
        title=title,
        wish=wish,
        content_hash=asked,
        state=InquiryState.asked,
        idempotency_key=key,
        asked_at=uow.now,
        updated_at=uow.now,
    )
    uow.session.add(inquiry)
    await uow.session.flush()
    await _add(uow, actor, inquiry, Side.asker, body, key)
    uow.record(_fact(InquiryOpened, inquiry))
    await _tell(uow, actor, inquiry, Side.owner, "inquiries.inquiry_opened", _ASKED, key)
    await _note(uow, actor, "open_inquiry", inquiry)
    return inquiry.number


async def write_message(uow: UnitOfWork, *, actor: Actor, number: str, body: str, key: str) -> None:
    """Write in a thread, on the side of one's organisation. The same key writes once.

    Raises Unauthenticated, InquiryMissing (not one of the two houses), Forbidden (the platform
    reads only), InquiryClosed, TooManyInquiries, Invalid, KeyReused.
    """
    inquiry = await queries.get_inquiry(uow, number, lock=True)
    side = _require(actor, access.WRITE, inquiry)
    assert actor.person_id is not None, "a member is somebody"
    assert actor.organisation_id is not None, "a member acts for an organisation"
    words = clean_text(body)
    if (seen := await queries.find_written(uow, actor.person_id, key)) is not None:
        if (seen.inquiry_id, seen.body) != (inquiry.id, words):
            raise KeyReused()
        return
    rules.check_open(InquiryState(inquiry.state))
    rules.check_text(None, words)
    await queries.lock_house(uow, actor.organisation_id)
    written = await queries.count_written(uow, actor.organisation_id, uow.now - rules.HOUR)
    rules.check_count(written, rules.MESSAGES_AN_HOUR, rules.HOUR)
    answers = side is Side.owner and inquiry.state == InquiryState.asked
    inquiry.updated_at = await uow.stamp()
    inquiry.state = rules.next_state(side)
    await _add(uow, actor, inquiry, side, words, key)
    if answers:
        uow.record(_fact(InquiryAnswered, inquiry))
    other = Side.asker if side is Side.owner else Side.owner
    subject = _n("咨询有新的答复：%(title)s") if answers else _n("咨询有新的往来：%(title)s")
    await _tell(uow, actor, inquiry, other, "inquiries.inquiry_written", subject, key)
    await _note(uow, actor, "write_message", inquiry)


async def close_inquiry(uow: UnitOfWork, *, actor: Actor, number: str) -> None:
    """End a thread, by either house. Twice is once. Raises Unauthenticated, InquiryMissing,
    Forbidden."""
    inquiry = await queries.get_inquiry(uow, number, lock=True)
    side = _require(actor, access.CLOSE, inquiry)
    if inquiry.state == InquiryState.closed:
        return
    inquiry.closed_at = inquiry.updated_at = await uow.stamp()
    inquiry.state = InquiryState.closed
    await uow.session.flush()
    uow.record(_fact(InquiryEnded, inquiry))
    other = Side.asker if side is Side.owner else Side.owner
    await _tell(uow, actor, inquiry, other, "inquiries.inquiry_closed", _ENDED, "closed")
    await _note(uow, actor, "close_inquiry", inquiry)


# ---------------------------------------------------------------- showing


async def show_inquiry(uow: UnitOfWork, *, actor: Actor, number: str) -> InquiryView:
    """A thread for one of its houses, or for an operator or supervisor, whose reading is noted.

    Raises InquiryMissing.
    """
    inquiry = await queries.get_inquiry(uow, number)
    side = _side(actor, inquiry)
    if side is None:
        if not may(actor, access.SEE_ALL):
            raise InquiryMissing()
        await _note(uow, actor, "read_by_platform", inquiry)
    elif not may(actor, access.SEE):
        raise InquiryMissing()
    (line,) = await _lines(uow, actor, [inquiry])
    names = {Side.asker: line.asker_name, Side.owner: line.owner_name}
    writes = side is not None and inquiry.state != InquiryState.closed
    return InquiryView(
        line=line,
        wish=Wish(inquiry.wish),
        messages=tuple(
            MessageView(Side(row.side), names[Side(row.side)], row.body, row.at)
            for row in await queries.list_messages(uow, inquiry.id)
        ),
        side=side,
        may_write=writes and may(actor, access.WRITE),
        may_close=writes and may(actor, access.CLOSE),
    )


async def list_inquiries(
    uow: UnitOfWork, *, actor: Actor, asked: bool, after: str | None = None
) -> Page[InquiryLine]:
    """What the actor's organisation was asked, or (``asked``) asks; last moved first.

    Raises Unauthenticated, Forbidden, Invalid for a broken cursor.
    """
    require(actor, access.LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_of_house(
        uow, actor.organisation_id, asked=asked, after=decode_place(after), limit=PAGE_SIZE + 1
    )
    lines = await _lines(uow, actor, rows[:PAGE_SIZE])
    if len(rows) <= PAGE_SIZE:
        return Page(lines)
    last = lines[-1]
    return Page(lines, encode_cursor(last.updated_at, last.id))


async def list_askers(uow: UnitOfWork, *, achievement_id: UUID) -> list[Asker]:
    """Which organisations asked about a record or its offers; asks no permission."""
    rows = await queries.list_askers(uow, achievement_id, MAX_ASKERS)
    names = await get_organisations(uow, ids={asker for asker, _, _ in rows})
    return [Asker(asker, names[asker].name, count, last) for asker, count, last in rows]


# ---------------------------------------------------------------- inside this file


def _side(actor: Actor, inquiry: Inquiry) -> Side | None:
    if actor.organisation_id == inquiry.owner_id:
        return Side.owner
    return Side.asker if actor.organisation_id == inquiry.asker_id else None


def _require(actor: Actor, permission: Permission, inquiry: Inquiry) -> Side:
    side = _side(actor, inquiry)
    if side is None:
        if may(actor, access.SEE_ALL):
            raise Forbidden("平台只能查阅咨询，不能代为答复或结束")
        raise InquiryMissing()
    require(actor, permission, visible=may(actor, access.SEE))
    return side


async def _add(
    uow: UnitOfWork, actor: Actor, inquiry: Inquiry, side: Side, body: str, key: str
) -> None:
    uow.session.add(
        InquiryMessage(
            id=new_id(),
            inquiry_id=inquiry.id,
            side=side,
            organisation_id=actor.organisation_id,
            by_person=actor.person_id,
            body=body,
            idempotency_key=key,
            at=inquiry.updated_at,
        )
    )
    await uow.session.flush()


async def _lines(uow: UnitOfWork, actor: Actor, rows: Collection[Inquiry]) -> list[InquiryLine]:
    ids = {row.owner_id for row in rows} | {row.asker_id for row in rows}
    names = await get_organisations(uow, ids=ids) if ids else {}
    veiled = {row.id: row.about_number for row in rows if _is_veiled(actor, row)}
    holders = await demands.find_holders(uow, numbers=set(veiled.values())) if veiled else {}
    return [
        InquiryLine(
            id=row.id,
            number=row.number,
            title=row.title,
            state=InquiryState(row.state),
            about_kind=AboutKind(row.about_kind),
            about_number=row.about_number,
            about_title=row.about_title,
            asker_name=names[row.asker_id].name,
            owner_name=holders.get(row.about_number, _MASKED)
            if row.id in veiled
            else names[row.owner_id].name,
            asked_at=row.asked_at,
            updated_at=row.updated_at,
            mine=_side(actor, row),
        )
        for row in rows
    ]


_MASKED = _n("需求单位")


def _is_veiled(actor: Actor, row: Inquiry) -> bool:
    """Whether this reader is told no more of who was asked than a demand's page tells everybody."""
    if row.about_kind != AboutKind.demand or _side(actor, row) is Side.owner:
        return False
    return not may(actor, access.SEE_ALL)


async def _tell(
    uow: UnitOfWork, actor: Actor, inquiry: Inquiry, side: Side, kind: str, subject: str, key: str
) -> None:
    masked = inquiry.about_kind == AboutKind.demand and side is Side.asker
    speaker = _MASKED if masked else actor.organisation_name
    await tell_house(uow, inquiry, side, kind=kind, subject=subject, speaker=speaker, key=key)


async def _note(uow: UnitOfWork, actor: Actor, verb: str, inquiry: Inquiry) -> None:
    await note(
        uow,
        actor=actor,
        action=f"inquiries.{verb}",
        subject_kind="inquiry",
        subject_id=inquiry.id,
        facts={"number": inquiry.number, "about": inquiry.about_number},
    )


def _fact(
    kind: type[InquiryOpened] | type[InquiryAnswered] | type[InquiryEnded], inquiry: Inquiry
) -> InquiryOpened | InquiryAnswered | InquiryEnded:
    return kind(
        inquiry.id,
        inquiry.number,
        inquiry.about_kind,
        inquiry.about_id,
        inquiry.owner_id,
        inquiry.asker_id,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
