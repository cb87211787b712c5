"""What is shown of editions, to one actor; nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from app.accounts.service import get_organisations, get_person_names
from app.catalogue import access, edition_queries
from app.catalogue import edition_rules as edition
from app.catalogue.edition_freezing import (
    compute_head,
    list_candidates,
    make_rows,
    next_issue,
)
from app.catalogue.edition_models import CatalogueEdition, CatalogueEditionRow
from app.catalogue.edition_types import (
    DraftView,
    EditionContent,
    EditionDiff,
    EditionFacts,
    EditionKind,
    EditionRow,
    EditionSection,
    EditionState,
    EditionView,
    Visibility,
)
from app.catalogue.editions import may_compile, may_read_draft
from app.catalogue.errors import EditionMissing
from app.catalogue.show import ERASED
from app.core.access import require
from app.core.actor import Actor
from app.core.official import NationalField
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork

PAGE_SIZE: Final = 20
_MENTIONS: Final = 5


async def list_editions(
    uow: UnitOfWork, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[EditionFacts]:
    """The public shelf, newest first. Raises Invalid for a broken cursor."""
    rows = await edition_queries.list_public(uow, decode_place(after), limit + 1)
    return _page(rows, limit, "published_at")


async def list_own_editions(
    uow: UnitOfWork,
    *,
    actor: Actor,
    market: bool,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[EditionFacts]:
    """Drafts and editions of the market (its publisher) or of the actor's organisation.

    Raises Forbidden.
    """
    require(actor, access.COMPILE_MARKET if market else access.SEE_UNIT_EDITIONS)
    owner_id = None if market else actor.organisation_id
    rows = await edition_queries.list_of_issuer(uow, owner_id, decode_place(after), limit + 1)
    return _page(rows, limit, "updated_at")


async def show_edition(uow: UnitOfWork, *, actor: Actor, number: str) -> EditionView:
    """A published edition as it was frozen, marked where something was withdrawn since; with what
    is new and gone against the issuer's former one. Raises EditionMissing."""
    record = await edition_queries.get_edition(uow, number)
    if record.visibility != Visibility.public and not may_read_draft(actor, record):
        raise EditionMissing()
    rows = await edition_queries.list_rows(uow, record.id)
    listed = record.kind == EditionKind.conversion_list
    gone = set() if listed else await edition_queries.list_withdrawn(uow, record.id)
    found = edition.compute_edition_hash(
        compute_head(record), [(row.ordinal, row.section, row.content) for row in rows]
    )
    names = await _responsible(uow, rows) if listed else {}
    return EditionView(
        facts=record.facts(),
        sections=_sections(
            [
                EditionRow(
                    achievement_id=row.achievement_id,
                    section=NationalField(row.section) if row.section else None,
                    content={**row.content, **_named(row.content, names)},
                    withdrawn=row.achievement_id in gone,
                )
                for row in rows
            ]
        ),
        diff=await _diff(uow, record, rows),
        intact=found == record.sha256,
        may_manage=may_compile(actor, record),
    )


async def show_draft(uow: UnitOfWork, *, actor: Actor, edition_id: UUID) -> DraftView:
    """A draft with what its selection finds now. Raises EditionMissing."""
    record = await edition_queries.get_draft(uow, edition_id)
    if not may_read_draft(actor, record) or record.state == EditionState.discarded:
        raise EditionMissing()
    selection = edition.read_selection(record.selection)
    former, found = await list_candidates(uow, record)
    excluded = {UUID(one) for one in record.excluded}
    rows = await make_rows(uow, found, selection.sort)
    owner = ""
    if selection.owner_id is not None:
        owners = await get_organisations(uow, ids=[selection.owner_id])
        owner = owners[selection.owner_id].name if selection.owner_id in owners else ""
    included = sum(1 for row in found if row.id not in excluded)
    return DraftView(
        facts=record.facts(),
        content=EditionContent(
            title=record.title,
            period=record.period,
            foreword=record.foreword,
            visibility=Visibility(record.visibility),
            selection=selection,
        ),
        owner_name=owner,
        rows=tuple(
            EditionRow(
                achievement_id=row_id,
                section=NationalField(content["field"]) if content["field"] else None,
                content=content,
                excluded=row_id in excluded,
            )
            for row_id, content in rows
        ),
        included=included,
        capped=included > edition.MAX_SIZE,
        next_issue=next_issue(former),
    )


async def list_editions_of_achievement(
    uow: UnitOfWork, *, achievement_id: UUID
) -> tuple[EditionFacts, ...]:
    """The public editions that an achievement stands in, newest first."""
    rows = await edition_queries.list_editions_of(uow, achievement_id, _MENTIONS)
    return tuple(row.facts() for row in rows)


def _sections(rows: Sequence[EditionRow]) -> tuple[EditionSection, ...]:
    """Rows by national field, in the fields' order; rows keep theirs."""
    by_field: dict[NationalField | None, list[EditionRow]] = {}
    for row in rows:
        by_field.setdefault(row.section, []).append(row)
    order = [*NationalField, None]
    return tuple(
        EditionSection(field, tuple(by_field[field])) for field in order if field in by_field
    )


async def _diff(
    uow: UnitOfWork, record: CatalogueEdition, rows: Sequence[CatalogueEditionRow]
) -> EditionDiff | None:
    """Against the issuer's former edition, unless that one's readers are others."""
    former = await edition_queries.find_last(
        uow, record.owner_id, EditionKind(record.kind), record.title, before=record.issue
    )
    if former is None or former.visibility != record.visibility:
        return None
    before = await edition_queries.list_rows(uow, former.id)
    old, new = ({row.achievement_id for row in side} for side in (before, rows))
    # an edition of what came since the former one repeats nothing: nothing is gone by that
    whole = not edition.read_selection(record.selection).since_last
    assert former.number is not None, "a published edition has a number"
    return EditionDiff(
        former_number=former.number,
        former_issue=former.issue or 0,
        added=_titles(row for row in rows if row.achievement_id not in old),
        removed=_titles(row for row in before if row.achievement_id not in new) if whole else (),
    )


def _titles(rows: Any) -> tuple[tuple[str, str], ...]:
    return tuple((row.content["number"], row.content["title"]) for row in rows)


async def _responsible(uow: UnitOfWork, rows: Sequence[CatalogueEditionRow]) -> dict[str, str]:
    """Names of who was responsible: read from accounts, where they may be erased."""
    ids = {row.content["responsible_id"] for row in rows if row.content.get("responsible_id")}
    found = await get_person_names(uow, ids=[UUID(one) for one in ids]) if ids else {}
    return {one: found.get(UUID(one)) or ERASED for one in ids}


def _named(content: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    who = content.get("responsible_id")
    return {"responsible": names.get(who, "")} if who else {}


def _page(rows: Sequence[CatalogueEdition], limit: int, order: str) -> Page[EditionFacts]:
    facts = [row.facts() for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(facts)
    last = rows[limit - 1]
    return Page(facts, encode_cursor(getattr(last, order), last.id))
