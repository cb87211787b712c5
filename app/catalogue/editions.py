"""The verbs of editions (成果目录): draft, edit, take out and put back, publish, discard; and the
frozen conversion list (转化清单)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.service import get_organisations
from app.audit.service import note
from app.catalogue import access, edition_queries, rules
from app.catalogue import edition_rules as edition
from app.catalogue.edition_models import CatalogueEdition, CatalogueEditionRow
from app.catalogue.edition_types import (
    ConversionEntry,
    EditionContent,
    EditionFacts,
    EditionKind,
    EditionState,
    Visibility,
)
from app.catalogue.errors import EditionMissing
from app.catalogue.events import EditionPublished
from app.catalogue.models import Achievement
from app.core.access import Permission, may, require
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.tx import UnitOfWork


async def draft_edition(
    uow: UnitOfWork, *, actor: Actor, content: EditionContent, market: bool, key: str
) -> EditionFacts:
    """Begin a catalogue: of the whole market (its publisher) or of the actor's organisation (its
    manager). The same key returns the same draft.

    Raises Unauthenticated, Forbidden, Invalid, KeyReused.
    """
    owner_id = None if market else actor.organisation_id
    require(actor, _compiling(market=market))
    if actor.person_id is None or (not market and owner_id is None):
        raise Forbidden(_n("请先选择您代表的单位"))
    cleaned = edition.check_content(content)
    asked = _fingerprint(cleaned, owner_id)
    if (seen := await edition_queries.find_made(uow, actor.person_id, key)) is not None:
        rules.check_same_request((seen.content_hash,), (asked,))
        return seen.facts()
    record = CatalogueEdition(
        id=new_id(),
        kind=EditionKind.catalogue,
        owner_id=owner_id,
        selection={},
        excluded=[],
        state=EditionState.draft,
        size=0,
        version=1,
        created_by=actor.person_id,
        idempotency_key=key,
        content_hash=asked,
        created_at=uow.now,
        updated_at=uow.now,
    )
    _write(record, cleaned)
    uow.session.add(record)
    await uow.session.flush()
    await _note(uow, actor, "draft_edition", record)
    return record.facts()


async def edit_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int, content: EditionContent
) -> EditionFacts:
    """Change a draft's words and selection. Raises EditionMissing, Forbidden,
    EditionStateForbids, StaleVersion, Invalid."""
    record = await _lock_draft(uow, actor, edition_id, version)
    _write(record, edition.check_content(content))
    _touch(uow, record)
    await _note(uow, actor, "edit_edition", record)
    return record.facts()


async def choose_rows(
    uow: UnitOfWork,
    *,
    actor: Actor,
    edition_id: UUID,
    version: int,
    shown: Collection[UUID],
    included: Collection[UUID],
) -> EditionFacts:
    """Of the achievements that were ``shown``, keep those ``included`` and take out the rest.

    Raises EditionMissing, Forbidden, EditionStateForbids, StaleVersion.
    """
    record = await _lock_draft(uow, actor, edition_id, version)
    excluded = {UUID(one) for one in record.excluded}
    excluded = (excluded - set(shown)) | (set(shown) - set(included))
    record.excluded = sorted(map(str, excluded))
    _touch(uow, record)
    await _note(uow, actor, "choose_rows", record, excluded=len(excluded))
    return record.facts()


async def discard_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int
) -> EditionFacts:
    """Give a draft up. Raises EditionMissing, Forbidden, EditionStateForbids, StaleVersion."""
    record = await _lock_draft(uow, actor, edition_id, version)
    record.state = EditionState.discarded
    _touch(uow, record)
    await _note(uow, actor, "discard_edition", record)
    return record.facts()


async def publish_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int
) -> EditionFacts:
    """Freeze a draft: number, issue, rows as they are published now, and their hash, which
    stands in the audit chain.

    An achievement that is being withdrawn meanwhile is waited for, and then left out.
    Raises EditionMissing, Forbidden, EditionStateForbids, StaleVersion, EditionEmpty,
    EditionTooLarge.
    """
    record = await _lock_draft(uow, actor, edition_id, version)
    selection = edition.read_selection(record.selection)
    await edition_queries.lock_issues(uow, record.owner_id, EditionKind.catalogue)
    former = await edition_queries.find_last(
        uow, record.owner_id, EditionKind.catalogue, record.title
    )
    found = await edition_queries.list_candidates(
        uow,
        selection,
        record.owner_id,
        former.published_at if former else None,
        edition.MAX_SIZE + len(record.excluded) + 1,
        lock=True,
    )
    excluded = {UUID(one) for one in record.excluded}
    kept = [row for row in found if row.id not in excluded]
    edition.check_size(len(kept))
    rows = edition.order_rows(await make_rows(uow, kept), selection.sort)
    await _publish(
        uow,
        actor,
        record,
        [(row_id, content["field"] or "", content) for row_id, content in rows],
        former.issue if former else None,
    )
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
    asked = _fingerprint(cleaned, actor.organisation_id)
    await edition_queries.lock_issues(uow, actor.organisation_id, EditionKind.conversion_list)
    if (seen := await edition_queries.find_made(uow, actor.person_id, key)) is not None:
        rules.check_same_request((seen.content_hash,), (asked,))
        return seen.facts()
    public = cleaned.visibility is Visibility.public
    kept = [one for one in entries if one.published or not public]
    edition.check_size(len(kept), edition.MAX_LIST)
    record = CatalogueEdition(
        id=new_id(),
        kind=EditionKind.conversion_list,
        owner_id=actor.organisation_id,
        selection={},
        excluded=[],
        state=EditionState.draft,
        size=0,
        version=1,
        created_by=actor.person_id,
        idempotency_key=key,
        content_hash=asked,
        created_at=uow.now,
        updated_at=uow.now,
    )
    _write(record, cleaned)
    record.selection = {}
    uow.session.add(record)
    await uow.session.flush()
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
    await _publish(uow, actor, record, rows, former.issue if former else None)
    return record.facts()


# ---------------------------------------------------------------- shared with what is shown


def may_compile(actor: Actor, record: CatalogueEdition) -> bool:
    """Whether the actor compiles this issuer's editions."""
    return may(
        actor,
        _compiling(market=record.owner_id is None),
        owner=record.owner_id,
    )


def may_read_draft(actor: Actor, record: CatalogueEdition) -> bool:
    """Drafts and internal lists: for the issuer's manager and head, or the market's publisher."""
    permission = access.SEE_UNIT_EDITIONS if record.owner_id else access.COMPILE_MARKET
    return may(actor, permission, owner=record.owner_id)


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
    uow: UnitOfWork, records: Sequence[Achievement]
) -> list[tuple[UUID, dict[str, Any]]]:
    """What an edition keeps of each achievement. No completers: see the room's personal data."""
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
    return [
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


# ---------------------------------------------------------------- steps


def _compiling(*, market: bool) -> Permission:
    return access.COMPILE_MARKET if market else access.COMPILE_UNIT


async def _lock_draft(
    uow: UnitOfWork, actor: Actor, edition_id: UUID, version: int
) -> CatalogueEdition:
    record = await edition_queries.lock_edition(uow, edition_id)
    if not may_read_draft(actor, record):
        raise EditionMissing()
    require(
        actor,
        _compiling(market=record.owner_id is None),
        owner=record.owner_id,
    )
    edition.check_draft(record.facts())
    rules.check_version(version, record.version)
    return record


async def _publish(
    uow: UnitOfWork,
    actor: Actor,
    record: CatalogueEdition,
    rows: Sequence[tuple[UUID, str, dict[str, Any]]],
    last_issue: int | None,
) -> None:
    """Number it, keep its rows, hash them. The issuer's counter is locked."""
    issuer = ""
    if record.owner_id is not None:
        issuer = (await get_organisations(uow, ids=[record.owner_id]))[record.owner_id].name
    # why: all of these are set before the next statement, which writes what is pending
    now, number = await uow.stamp(), await next_number(uow, "ML")
    record.issuer, record.published_at, record.number = issuer, now, number
    record.issue = (last_issue or 0) + 1
    record.size = len(rows)
    record.sha256 = edition.compute_edition_hash(
        compute_head(record),
        [(place, section, content) for place, (_, section, content) in enumerate(rows, 1)],
    )
    record.state = EditionState.published
    _touch(uow, record)
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
    await _note(
        uow,
        actor,
        "publish_edition",
        record,
        sha256=record.sha256,
        size=record.size,
        issue=record.issue,
    )


def _write(record: CatalogueEdition, content: EditionContent) -> None:
    record.title, record.period = content.title, content.period
    record.foreword, record.visibility = content.foreword, content.visibility
    record.selection = edition.dump_selection(content.selection)


def _touch(uow: UnitOfWork, record: CatalogueEdition) -> None:
    record.version += 1
    record.updated_at = uow.now


def _fingerprint(content: EditionContent, owner_id: UUID | None) -> str:
    head = {
        "title": content.title,
        "period": content.period,
        "foreword": content.foreword,
        "visibility": content.visibility,
        "selection": edition.dump_selection(content.selection),
        "owner": str(owner_id),
    }
    return edition.compute_edition_hash(head, [])


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


async def _note(
    uow: UnitOfWork, actor: Actor, verb: str, record: CatalogueEdition, **facts: Any
) -> None:
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="catalogue_edition",
        subject_id=record.id,
        facts={"number": record.number, "kind": record.kind, "version": record.version, **facts},
    )
