"""Drafts of lots (草稿): written as typed, half-finished ones too; nothing of them is public.

A draft is plain text, so it never holds a hidden reserve: that is typed when the lot is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.auctions import life_queries as queries
from app.auctions.access import ANNOUNCE_LOT, DRAFT_LOT, LIST_DRAFTS
from app.auctions.errors import LotDraftMissing
from app.auctions.life_types import LotDraftView
from app.auctions.models import LotDraft
from app.auctions.types import ReserveKind
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.core import access
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, KeyReused, StaleVersion
from app.core.ids import new_id
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork

Form = Mapping[str, list[str]]

# A form has a few dozen fields; what is longer was not typed by a person.
MOST_FIELDS: Final = 400
MOST_CHARACTERS: Final = 64_000
_SECRET: Final = ("reserve", "reserve_minor")


async def draft_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    form: Form,
    key: str,
    relisted_from: UUID | None = None,
) -> LotDraftView:
    """Keep a lot that is being written, for one's own organisation; the same key, the same draft.

    ``offer_number`` empty: not chosen yet. Raises Unauthenticated, Forbidden, OfferMissing,
    Invalid (a form that is too long), KeyReused.
    """
    access.require(actor, DRAFT_LOT)
    assert actor.organisation_id is not None, "members act for an organisation"
    content, offer_id = await _read(uow, actor, offer_number, form)
    if (seen := await queries.find_drafted(uow, actor.organisation_id, key)) is not None:
        if seen.version == 1 and seen.form != content:
            raise KeyReused()
        return await _view(uow, seen)
    now = await uow.stamp()
    draft = LotDraft(
        id=new_id(),
        seller_id=actor.organisation_id,
        offer_id=offer_id,
        form=content,
        version=1,
        idempotency_key=key,
        relisted_from=relisted_from,
        created_by=actor.person_id,
        created_at=now,
        updated_at=now,
    )
    uow.session.add(draft)
    await uow.session.flush()
    await _note(uow, actor, "draft_lot", draft)
    return await _view(uow, draft)


async def edit_draft(
    uow: UnitOfWork,
    *,
    actor: Actor,
    draft_id: UUID,
    offer_number: str,
    form: Form,
    expected_version: int,
) -> LotDraftView:
    """Replace what was typed. Raises LotDraftMissing (others' too), StaleVersion, OfferMissing,
    Forbidden, Invalid."""
    draft = await _lock_own(uow, actor, draft_id)
    if draft.version != expected_version:
        raise StaleVersion()
    content, offer_id = await _read(uow, actor, offer_number, form)
    if (content, offer_id) != (draft.form, draft.offer_id):
        draft.form, draft.offer_id = content, offer_id
        draft.version += 1
        draft.updated_at = await uow.stamp()
        await _note(uow, actor, "edit_draft", draft)
    return await _view(uow, draft)


async def drop_draft(
    uow: UnitOfWork, *, actor: Actor, draft_id: UUID, expected_version: int | None = None
) -> None:
    """Throw a draft away. Raises LotDraftMissing, StaleVersion, Forbidden."""
    draft = await _lock_own(uow, actor, draft_id)
    if expected_version is not None and draft.version != expected_version:
        raise StaleVersion()
    await uow.session.delete(draft)
    await _note(uow, actor, "drop_draft", draft)


async def take_draft(
    uow: UnitOfWork, *, actor: Actor, draft_id: UUID, expected_version: int | None
) -> UUID | None:
    """Turn a draft into the lot that is just being published; returns the lot it re-lists.

    Part of publishing. Raises LotDraftMissing, StaleVersion.
    """
    draft = await _lock_own(uow, actor, draft_id)
    if expected_version is not None and draft.version != expected_version:
        raise StaleVersion()
    await uow.session.delete(draft)
    return draft.relisted_from


async def show_draft(uow: UnitOfWork, *, actor: Actor, draft_id: UUID) -> LotDraftView:
    """One's own draft. Raises LotDraftMissing, Forbidden."""
    access.require(actor, LIST_DRAFTS)
    draft = await queries.find_draft(uow, draft_id)
    if draft is None or draft.seller_id != actor.organisation_id:
        raise LotDraftMissing()
    return await _view(uow, draft)


async def list_drafts(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = 20
) -> Page[LotDraftView]:
    """The drafts of the actor's organisation, newest first."""
    access.require(actor, LIST_DRAFTS)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_drafts(
        uow, actor.organisation_id, after=decode_id(after), limit=limit + 1
    )
    shown = rows[:limit]
    numbers = await queries.list_lot_numbers(uow, [row.relisted_from for row in shown])
    views = [_face(row, numbers.get(row.relisted_from)) for row in shown]
    return Page(views, encode_cursor(shown[-1].id) if len(rows) > limit else None)


async def _lock_own(uow: UnitOfWork, actor: Actor, draft_id: UUID) -> LotDraft:
    access.require(actor, DRAFT_LOT)
    draft = await queries.find_draft(uow, draft_id, lock=True)
    if draft is None or draft.seller_id != actor.organisation_id:
        raise LotDraftMissing()
    return draft


async def _read(
    uow: UnitOfWork, actor: Actor, offer_number: str, form: Form
) -> tuple[dict[str, Any], UUID | None]:
    """What is kept of a form: as typed, without a secret, with the name of what is sold."""
    typed = {name: list(values) for name, values in form.items()}
    if typed.get("reserve_kind") == [ReserveKind.hidden.value]:
        for name in _SECRET:
            typed.pop(name, None)
    length = sum(len(name) + sum(map(len, values)) for name, values in typed.items())
    if len(typed) > MOST_FIELDS or length > MOST_CHARACTERS:
        raise Invalid([FieldError("", "填写的内容过长，请精简后保存")])
    if not offer_number:
        return {"offer_number": "", "offer_title": "", "typed": typed}, None
    view = await catalogue.show_offer(uow, actor=actor, number=offer_number)
    access.require(actor, ANNOUNCE_LOT, owner=view.facts.owner_id)
    title = name_offer(view.achievement_title, view.facts.disposal.label)
    return {"offer_number": view.facts.number, "offer_title": title, "typed": typed}, view.facts.id


def name_offer(achievement_title: str, disposal: str) -> str:
    """What a lot of an offer is called."""
    return f"{achievement_title}（{disposal}）"


async def _view(uow: UnitOfWork, draft: LotDraft) -> LotDraftView:
    numbers = await queries.list_lot_numbers(uow, [draft.relisted_from])
    return _face(draft, numbers.get(draft.relisted_from))


def _face(draft: LotDraft, relisted_from: str | None) -> LotDraftView:
    return LotDraftView(
        id=draft.id,
        offer_number=draft.form["offer_number"],
        offer_title=draft.form["offer_title"],
        form=draft.form["typed"],
        version=draft.version,
        relisted_from=relisted_from,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
    )


async def _note(uow: UnitOfWork, actor: Actor, verb: str, draft: LotDraft) -> None:
    await audit.note(
        uow,
        actor=actor,
        action=f"auctions.{verb}",
        subject_kind="lot_draft",
        subject_id=draft.id,
        facts={"offer": draft.form["offer_number"], "version": draft.version},
    )
