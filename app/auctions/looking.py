"""A look behind the codes before the close (特情查看): a supervisor asks with a reason, a second
person approves, the names are read once. Each step has its number among the bids, is announced, and
stands in the audit chain: nobody looks unseen (网拍规定 8; DOMAIN 2.1).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.accounts import service as accounts
from app.auctions import admission_notices as notices
from app.auctions import admission_queries as queries
from app.auctions import desk
from app.auctions.access import APPROVE_LOOK, LIST_LOOKS, LOOK_BEHIND
from app.auctions.admission_errors import LookMissing, LookStateForbids
from app.auctions.admission_models import LotLook
from app.auctions.admission_rules import LOOK_LASTS, MIN_REASON
from app.auctions.admission_types import MAX_NOTE, LookView, Unveiled
from app.auctions.announcing import announce, key_of_market
from app.auctions.apart import check_apart
from app.auctions.endings import follow
from app.auctions.engine import staff
from app.auctions.engine.types import Change, Head, Look, Terms
from app.auctions.life_types import AnnouncementKind
from app.auctions.models import Lot
from app.auctions.queries import get_lot_id, lock_lot
from app.auctions.store import SqlStore
from app.audit import service as audit
from app.core import access
from app.core.actor import Actor
from app.core.errors import Faults, Forbidden, KeyReused
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.paging import Page, decode_id, encode_cursor
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork

PAGE_SIZE = 20
ERASED = "（已注销）"
_STATEMENTS = {
    Look.asked: _n("监督员申请查看竞买人身份"),
    Look.approved: _n("查看竞买人身份的申请已由第二人批准"),
    Look.read: _n("监督员查看了竞买人身份"),
}


async def look_behind(uow: UnitOfWork, *, actor: Actor, number: str, reason: str, key: str) -> UUID:
    """Ask to see who stands behind the codes of a lot, with the reason; returns the look's id.

    The same key asks once. Raises LotMissing, Forbidden, DeciderBarred (of the seller's house),
    Invalid, KeyReused.
    """
    access.require(actor, LOOK_BEHIND)
    assert actor.person_id is not None, "a supervisor is somebody"
    lot, _ = await lock_lot(uow, await get_lot_id(uow, number))
    await check_apart(uow, actor, lot.seller_id)
    faults = Faults()
    words = faults.limit("reason", clean_text(reason), MAX_NOTE)
    if len(words) < MIN_REASON:
        faults.add("reason", Message(_n("请写明理由，至少 %(least)s 个字。"), least=MIN_REASON))
    faults.check()
    if (seen := await queries.find_look(uow, actor.person_id, key)) is not None:
        if (seen.lot_id, seen.reason) != (lot.id, words):
            raise KeyReused()
        return seen.id
    look = LotLook(
        id=new_id(),
        lot_id=lot.id,
        reason=words,
        asked_by=actor.person_id,
        asked_at=await uow.stamp(),
        idempotency_key=key,
    )
    uow.session.add(look)
    await uow.session.flush()
    await _enter(uow, actor, lot, look, Look.asked)
    await notices.tell_look(uow, lot, look.id)
    return look.id


async def approve_look(uow: UnitOfWork, *, actor: Actor, look_id: UUID) -> None:
    """The second person lets the names be read, for an hour. Twice is once.

    Raises LookMissing, Forbidden (also: who asked), DeciderBarred, LookStateForbids.
    """
    access.require(actor, APPROVE_LOOK)
    look = await queries.lock_look(uow, look_id)
    if look.asked_by == actor.person_id:
        raise Forbidden(_n("须由申请人以外的一人批准"))
    if look.approved_by == actor.person_id:
        return
    if look.approved_by is not None:
        raise LookStateForbids(_n("已经由他人批准"))
    lot = await queries.get_lot(uow, look.lot_id)
    await check_apart(uow, actor, lot.seller_id)
    look.approved_at = await uow.stamp()
    look.approved_by, look.expires_at = actor.person_id, look.approved_at + LOOK_LASTS
    await uow.session.flush()
    await _enter(uow, actor, lot, look, Look.approved)


async def read_names(uow: UnitOfWork, *, actor: Actor, look_id: UUID) -> Unveiled:
    """The names behind the codes, once, to who asked, within the hour after the approval.

    Raises LookMissing (also for anybody else), Forbidden, LookStateForbids.
    """
    access.require(actor, LOOK_BEHIND)
    look = await queries.lock_look(uow, look_id)
    if look.asked_by != actor.person_id:
        raise LookMissing()
    now = await uow.stamp()
    if look.read_at is not None or look.expires_at is None or now >= look.expires_at:
        raise LookStateForbids()
    look.read_at = now
    await uow.session.flush()
    lot = await queries.get_lot(uow, look.lot_id)
    await _enter(uow, actor, lot, look, Look.read)
    places = await queries.list_places(uow, lot.id)
    houses = await accounts.get_organisations(uow, ids={party_id for _, party_id in places})
    names = tuple(
        (code, houses[party_id].name if party_id in houses else ERASED) for code, party_id in places
    )
    (view,) = await _views(uow, actor, [look])
    return Unveiled(view, names)


async def list_looks(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[LookView]:
    """Every look, newest first, never the names. Raises Unauthenticated, Forbidden."""
    access.require(actor, LIST_LOOKS)
    rows = await queries.list_looks(uow, decode_id(after), limit + 1)
    views = await _views(uow, actor, list(rows[:limit]))
    return Page(views, encode_cursor(views[-1].id) if len(rows) > limit else None)


async def _enter(uow: UnitOfWork, actor: Actor, lot: Lot, look: LotLook, stage: Look) -> None:
    """A step of a look in the sale's record, which everybody reads, and in the audit chain.

    Before the close it gets its number among the bids; afterwards the record is written, and it is
    announced alone.
    """
    kind, statement = AnnouncementKind(f"look_{stage.value}"), _STATEMENTS[stage]

    def move(_terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
        if head.is_over:
            return head, ()
        said = {"reason": look.reason, "statement": statement}
        after, change = staff.looked(head, now, stage=stage, **said)
        return after, (change,)

    store = SqlStore(uow, person_id=actor.person_id)
    outcome = await desk.change(store, lot.id, move)
    await follow(uow, lot, store.rules, outcome)
    await announce(
        uow, actor, lot, kind, statement, key_of_market(kind, look.id), reason=look.reason
    )
    await uow.session.flush()
    await audit.note(
        uow,
        actor=actor,
        action=f"auctions.{kind.value}",
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number, "look_id": str(look.id), "reason": look.reason},
    )


async def _views(uow: UnitOfWork, actor: Actor, rows: list[LotLook]) -> list[LookView]:
    lots = await queries.load_lots(uow, {row.lot_id for row in rows})
    people = {row.asked_by for row in rows} | {row.approved_by for row in rows if row.approved_by}
    names = await accounts.get_person_names(uow, ids=people) if people else {}
    return [
        LookView(
            id=row.id,
            lot_number=lots[row.lot_id].number,
            lot_title=lots[row.lot_id].title,
            reason=row.reason,
            asker=names.get(row.asked_by) or ERASED,
            asked_at=row.asked_at,
            approver=(names.get(row.approved_by) or ERASED) if row.approved_by else "",
            approved_at=row.approved_at,
            expires_at=row.expires_at,
            read_at=row.read_at,
            may_approve=row.approved_by is None
            and row.asked_by != actor.person_id
            and access.may(actor, APPROVE_LOOK),
            may_read=row.asked_by == actor.person_id
            and row.read_at is None
            and row.expires_at is not None
            and uow.now < row.expires_at
            and access.may(actor, LOOK_BEHIND),
        )
        for row in rows
    ]
