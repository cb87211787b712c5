"""The verbs of an edition being compiled (成果目录): draft, edit, take out and put back, discard.

How one is published stands in ``edition_freezing``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.audit.service import note
from app.catalogue import access, edition_queries, rules
from app.catalogue import edition_rules as edition
from app.catalogue.edition_models import CatalogueEdition
from app.catalogue.edition_types import (
    EditionContent,
    EditionFacts,
    EditionKind,
    EditionState,
)
from app.catalogue.errors import EditionMissing
from app.core.access import Permission, may, require
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.tx import UnitOfWork


async def draft_edition(
    uow: UnitOfWork, *, actor: Actor, content: EditionContent, market: bool, key: str
) -> EditionFacts:
    """Begin a catalogue: of the whole market (its publisher) or of the actor's organisation (its
    manager). The same key returns the same draft.

    Raises Unauthenticated, Forbidden, Invalid, KeyReused.
    """
    owner_id = None if market else actor.organisation_id
    require(actor, access.COMPILE_MARKET if market else access.COMPILE_UNIT)
    if actor.person_id is None or (not market and owner_id is None):
        raise Forbidden(_n("请先选择您代表的单位"))
    cleaned = edition.check_content(content)
    if (seen := await find_repeated(uow, actor.person_id, owner_id, cleaned, key)) is not None:
        return seen.facts()
    record = await begin_edition(
        uow, actor.person_id, EditionKind.catalogue, owner_id, cleaned, key
    )
    await note_edition(uow, actor, "draft_edition", record)
    return record.facts()


async def edit_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int, content: EditionContent
) -> EditionFacts:
    """Change a draft's words and selection. Raises EditionMissing, Forbidden,
    EditionStateForbids, StaleVersion, Invalid."""
    record = await lock_draft(uow, actor, edition_id, version)
    _write(record, edition.check_content(content))
    touch(uow, record)
    await note_edition(uow, actor, "edit_edition", record)
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
    record = await lock_draft(uow, actor, edition_id, version)
    excluded = {UUID(one) for one in record.excluded}
    excluded = (excluded - set(shown)) | (set(shown) - set(included))
    record.excluded = sorted(map(str, excluded))
    touch(uow, record)
    await note_edition(uow, actor, "choose_rows", record, excluded=len(excluded))
    return record.facts()


async def discard_edition(
    uow: UnitOfWork, *, actor: Actor, edition_id: UUID, version: int
) -> EditionFacts:
    """Give a draft up. Raises EditionMissing, Forbidden, EditionStateForbids, StaleVersion."""
    record = await lock_draft(uow, actor, edition_id, version)
    record.state = EditionState.discarded
    touch(uow, record)
    await note_edition(uow, actor, "discard_edition", record)
    return record.facts()


# ---------------------------------------------------------------- shared with the other verbs


def may_compile(actor: Actor, record: CatalogueEdition) -> bool:
    """Whether the actor compiles this issuer's editions."""
    return may(actor, _compiling(record.owner_id), owner=record.owner_id)


def may_read_draft(actor: Actor, record: CatalogueEdition) -> bool:
    """Drafts and internal lists: for the issuer's manager and head, or the market's publisher."""
    permission = access.SEE_UNIT_EDITIONS if record.owner_id else access.COMPILE_MARKET
    return may(actor, permission, owner=record.owner_id)


async def find_repeated(
    uow: UnitOfWork, person_id: UUID, owner_id: UUID | None, content: EditionContent, key: str
) -> CatalogueEdition | None:
    """What the same request made before. Raises KeyReused when the key came with another one."""
    seen = await edition_queries.find_made(uow, person_id, key)
    if seen is not None:
        rules.check_same_request((seen.content_hash,), (_fingerprint(content, owner_id),))
    return seen


async def begin_edition(
    uow: UnitOfWork,
    person_id: UUID,
    kind: EditionKind,
    owner_id: UUID | None,
    content: EditionContent,
    key: str,
) -> CatalogueEdition:
    """Store a draft of an issuer."""
    record = CatalogueEdition(
        id=new_id(),
        kind=kind,
        owner_id=owner_id,
        excluded=[],
        state=EditionState.draft,
        size=0,
        version=1,
        created_by=person_id,
        idempotency_key=key,
        content_hash=_fingerprint(content, owner_id),
        created_at=uow.now,
        updated_at=uow.now,
    )
    _write(record, content)
    uow.session.add(record)
    await uow.session.flush()
    return record


async def lock_draft(
    uow: UnitOfWork, actor: Actor, edition_id: UUID, version: int
) -> CatalogueEdition:
    """Lock a draft for who compiles it. Raises EditionMissing, Forbidden, EditionStateForbids,
    StaleVersion."""
    record = await edition_queries.lock_edition(uow, edition_id)
    if not may_read_draft(actor, record):
        raise EditionMissing()
    require(actor, _compiling(record.owner_id), owner=record.owner_id)
    edition.check_draft(record.facts())
    rules.check_version(version, record.version)
    return record


def _compiling(owner_id: UUID | None) -> Permission:
    return access.COMPILE_UNIT if owner_id else access.COMPILE_MARKET


def _write(record: CatalogueEdition, content: EditionContent) -> None:
    record.title, record.period = content.title, content.period
    record.foreword, record.visibility = content.foreword, content.visibility
    listed = record.kind == EditionKind.conversion_list  # its rows are given, none are selected
    record.selection = {} if listed else edition.dump_selection(content.selection)


def touch(uow: UnitOfWork, record: CatalogueEdition) -> None:
    """A new version."""
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


async def note_edition(
    uow: UnitOfWork, actor: Actor, verb: str, record: CatalogueEdition, **facts: Any
) -> None:
    """The audit line of a verb on an edition."""
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="catalogue_edition",
        subject_id=record.id,
        facts={"number": record.number, "kind": record.kind, "version": record.version, **facts},
    )
