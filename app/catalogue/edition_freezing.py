"""The verbs that freeze an edition: a draft of a catalogue (成果目录), or the conversion list of a
unit (转化清单); and what is frozen: rows, head, hash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.service import get_organisations
from app.catalogue import access, edition_queries
from app.catalogue import edition_rules as edition
from app.catalogue.edition_models import CatalogueEdition, CatalogueEditionRow
from app.catalogue.edition_types import (
    ConversionEntry,
    EditionContent,
    EditionFacts,
    EditionKind,
    EditionSort,
    EditionState,
    Visibility,
)
from app.catalogue.editions import begin_edition, find_repeated, lock_draft, note_edition, touch
from app.catalogue.events import EditionPublished
from app.catalogue.models import Achievement
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.i18n import _n
from app.core.numbers import next_number
from app.core.tx import UnitOfWork


async def publish_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int
) -> EditionFacts:
    """Freeze a draft: number, issue, rows as they are published now, and their hash, which
    stands in the audit chain.

    An achievement that is being withdrawn meanwhile is waited for, and then left out.
    Raises EditionMissing, Forbidden, EditionStateForbids, StaleVersion, EditionEmpty,
    EditionTooLarge.
    """
    record = await lock_draft(uow, actor, edition_id, version)
    await edition_queries.lock_issues(uow, record.owner_id, EditionKind.catalogue)
    former, found = await list_candidates(uow, record, lock=True)
    excluded = {UUID(one) for one in record.excluded}
    kept = [row for row in found if row.id not in excluded]
    edition.check_size(len(kept))
    rows = await make_rows(uow, kept, edition.read_selection(record.selection).sort)
    sections = [(row_id, content["field"] or "", content) for row_id, content in rows]
    await _publish(uow, actor, record, sections, former)
    return record.facts()


async def freeze_conversion_list(
    uow: UnitOfWork,
    *,
    actor: Actor,
    content: EditionContent,
    entries: Sequence[ConversionEntry],
    key: str,
) -> EditionFacts:
    """Publish the conversion list of the actor's organisation as an edition, in one step.

    ``entries`` come from the read model, in the same transaction. A public list names published
    achievements only, and none of the unit's plans. The same key returns the same edition.
    Raises Forbidden, Invalid, EditionEmpty, EditionTooLarge, KeyReused.
    """
    require(actor, access.COMPILE_UNIT)
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden(_n("请先选择您代表的单位"))
    cleaned = edition.check_content(content)
    await edition_queries.lock_issues(uow, actor.organisation_id, EditionKind.conversion_list)
    seen = await find_repeated(uow, actor.person_id, actor.organisation_id, cleaned, key)
    if seen is not None:
        return seen.facts()
    public = cleaned.visibility is Visibility.public
    kept = [one for one in entries if one.published or not public]
    edition.check_size(len(kept), edition.MAX_LIST)
    record = await begin_edition(
        uow, actor.person_id, EditionKind.conversion_list, actor.organisation_id, cleaned, key
    )
    former = await edition_queries.find_last(
        uow, actor.organisation_id, EditionKind.conversion_list, record.title
    )
    rows = [
        (
            one.achievement_id,
            one.field.value if one.field else "",
            edition.freeze_entry(one, cleaned.visibility),
        )
        for one in kept
    ]
    await _publish(uow, actor, record, rows, former)
    return record.facts()


# ---------------------------------------------------------------- shared with what is shown


async def list_candidates(
    uow: UnitOfWork, record: CatalogueEdition, *, lock: bool = False
) -> tuple[CatalogueEdition | None, Sequence[Achievement]]:
    """The issuer's former edition of this title, and what the draft's selection finds now: as many
    as can be taken out, and one more than an edition holds."""
    former = await edition_queries.find_last(
        uow, record.owner_id, EditionKind(record.kind), record.title
    )
    found = await edition_queries.list_candidates(
        uow,
        edition.read_selection(record.selection),
        record.owner_id,
        former.published_at if former else None,
        edition.MAX_SIZE + len(record.excluded) + 1,
        lock=lock,
    )
    return former, found


def next_issue(former: CatalogueEdition | None) -> int:
    """The number of the issue that follows the former one of its series."""
    return (former.issue or 0) + 1 if former else 1


def compute_head(record: CatalogueEdition) -> dict[str, Any]:
    """What of an edition's head is hashed."""
    return {
        "number": record.number,
        "kind": record.kind,
        "issuer": record.issuer,
        "title": record.title,
        "period": record.period,
        "issue": record.issue,
        "foreword": record.foreword,
        "visibility": record.visibility,
    }


async def make_rows(
    uow: UnitOfWork, records: Sequence[Achievement], sort: EditionSort
) -> list[tuple[UUID, dict[str, Any]]]:
    """What an edition keeps of each achievement, in order. No completers: see the room's personal
    data."""
    ids = [record.id for record in records]
    rights: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for right in await edition_queries.list_rights_of(uow, ids):
        rights[right.achievement_id].append(
            {
                "kind": right.kind,
                "number": right.application_number or right.publication_number or "",
                "status": right.legal_status,
            }
        )
    offers: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for offer in await edition_queries.list_offers_of(uow, ids):
        offers[offer.achievement_id].append(
            {
                "number": offer.number,
                "disposal": offer.disposal,
                "asking_minor": offer.asking_minor,
            }
        )
    rows = [
        (
            record.id,
            {
                "number": record.number,
                "title": record.title,
                "holder": record.holder_name,
                "abstract": record.abstract,
                "keywords": list(record.keywords),
                "applications": record.applications,
                "field": record.field,
                "region": record.region,
                "kind": record.kind,
                "trl": record.trl,
                "imported": record.owner_id is None,
                "version": record.version,
                "published_at": _iso(record.published_at),
                "rights": rights[record.id],
                "offers": offers[record.id],
            },
        )
        for record in records
    ]
    return edition.order_rows(rows, sort)


async def _publish(
    uow: UnitOfWork,
    actor: Actor,
    record: CatalogueEdition,
    rows: Sequence[tuple[UUID, str, dict[str, Any]]],
    former: CatalogueEdition | None,
) -> None:
    """Number it, keep its rows, hash them. The issuer's counter is locked."""
    issuer = ""
    if record.owner_id is not None:
        issuer = (await get_organisations(uow, ids=[record.owner_id]))[record.owner_id].name
    # why: all of these are set before the next statement, which writes what is pending
    now, number = await uow.stamp(), await next_number(uow, "ML")
    record.issuer, record.published_at, record.number = issuer, now, number
    record.issue = next_issue(former)
    record.size = len(rows)
    record.sha256 = edition.compute_edition_hash(
        compute_head(record),
        [(place, section, content) for place, (_, section, content) in enumerate(rows, 1)],
    )
    record.state = EditionState.published
    touch(uow, record)
    await uow.session.flush()
    uow.session.add_all(
        CatalogueEditionRow(
            edition_id=record.id,
            ordinal=place,
            achievement_id=achievement_id,
            section=section,
            content=content,
        )
        for place, (achievement_id, section, content) in enumerate(rows, 1)
    )
    await uow.session.flush()
    uow.record(EditionPublished(record.id, record.owner_id, number, record.kind, record.visibility))
    await note_edition(
        uow,
        actor,
        "publish_edition",
        record,
        sha256=record.sha256,
        size=record.size,
        issue=record.issue,
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
