"""The readers' verbs of the confidential layer: ask, accept the NDA, open."""

from __future__ import annotations

from uuid import UUID

from app.accounts.service import get_person_names
from app.catalogue import access, queries
from app.catalogue import confidential_queries as found_by
from app.catalogue import confidential_rules as rules
from app.catalogue.confidential_errors import LayerMissing
from app.catalogue.confidential_models import (
    ConfidentialAcceptance,
    ConfidentialGuest,
    ConfidentialNda,
    ConfidentialOpening,
)
from app.catalogue.confidential_notices import ACCEPTED, REQUESTED, note_layer, tell_keeper
from app.catalogue.confidential_types import (
    LAYER_FILES,
    GuestState,
    Opened,
    ReadLayer,
)
from app.catalogue.errors import AchievementMissing
from app.catalogue.models import Achievement
from app.catalogue.types import AchievementState
from app.core.access import may, require
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.errors import FileMissing
from app.files.types import FileView


async def request_confidential(uow: UnitOfWork, *, actor: Actor, number: str, message: str) -> None:
    """Ask the owner to be invited, by a head or agent of a verified organisation.

    Raises NotFound (the owner does not say that there is anything), Forbidden, Invalid,
    AlreadyRequested, AlreadyInvited.
    """
    record = await queries.lock_achievement(uow, number)
    layer = await found_by.find_layer(uow, record.id)
    published = record.state == AchievementState.published
    said = published and record.owner_id is not None and layer is not None and layer.announced
    require(actor, access.READ_CONFIDENTIAL, visible=said)
    if not said or actor.organisation_id in (None, record.owner_id):
        raise LayerMissing()
    words = rules.check_message(message)
    assert actor.organisation_id is not None
    guest = await found_by.find_guest(uow, record.id, actor.organisation_id)
    now = await uow.stamp()
    if guest is None:
        guest = ConfidentialGuest(
            id=new_id(),
            achievement_id=record.id,
            organisation_id=actor.organisation_id,
            changes=0,
        )
        uow.session.add(guest)
    else:
        rules.check_new_request(guest.state, rules.is_open(guest.state, guest.until, now))
    guest.state, guest.message = GuestState.requested.value, words
    guest.asked_by, guest.asked_at = actor.person_id, now
    guest.changes += 1
    await uow.session.flush()
    await note_layer(
        uow, actor, "request_confidential", record, organisation_id=str(guest.organisation_id)
    )
    await tell_keeper(uow, record, guest, REQUESTED, guest.changes)


async def accept_nda(uow: UnitOfWork, *, actor: Actor, number: str, nda_version: int) -> None:
    """Accept the NDA that was shown, for one's organisation; accepting again changes nothing.

    Raises LayerMissing (not invited), NotInvited, StaleVersion (the text changed meanwhile).
    """
    record = await queries.lock_achievement(uow, number)
    guest, nda = await _entered(uow, actor, record)
    rules.check_current(
        nda_version, nda.version, rules.is_open(guest.state, guest.until, await uow.stamp())
    )
    accepted = await found_by.find_acceptance(uow, record.id, guest.organisation_id)
    if accepted is not None and accepted.nda_version == nda.version:
        return
    assert actor.person_id is not None
    uow.session.add(
        ConfidentialAcceptance(
            achievement_id=record.id,
            organisation_id=guest.organisation_id,
            nda_version=nda.version,
            nda_sha256=nda.sha256,
            accepted_by=actor.person_id,
            accepted_at=uow.now,
        )
    )
    await uow.session.flush()
    await note_layer(
        uow,
        actor,
        "accept_nda",
        record,
        organisation_id=str(guest.organisation_id),
        nda_version=nda.version,
        nda_sha256=nda.sha256,
    )
    await tell_keeper(uow, record, guest, ACCEPTED, nda.version)


async def open_confidential(uow: UnitOfWork, *, actor: Actor, number: str) -> ReadLayer:
    """The NDA for an invited organisation; text and files once it accepted the one in force.

    Each showing of the text is recorded, and noted in the audit. Raises LayerMissing for
    everybody else, the platform included.
    """
    record = await queries.get_achievement(uow, number)
    guest, nda = await _entered(uow, actor, record)
    assert guest.until is not None
    accepted = await found_by.find_acceptance(uow, record.id, guest.organisation_id)
    current = accepted is not None and accepted.nda_version == nda.version
    who = ""
    if accepted is not None and current:
        who = (await get_person_names(uow, ids=[accepted.accepted_by])).get(
            accepted.accepted_by, ""
        )
        await _record_opening(uow, actor, record, nda.version, Opened.text)
    layer = await found_by.find_layer(uow, record.id) if current else None
    attached = (
        await files.list_attached(uow, owner_kind=LAYER_FILES, owner_id=record.id)
        if current
        else []
    )
    return ReadLayer(
        achievement=record.facts(),
        nda=nda.value(),
        accepted_at=accepted.accepted_at if accepted and current else None,
        accepted_by=who,
        accepted_older=accepted is not None and not current,
        until=guest.until,
        text=layer.text if layer else "",
        files=tuple(attached),
    )


async def guard_confidential(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """Whether a file of the layer may be downloaded: by its keeper, and by a reader of an invited
    organisation that accepted the NDA in force. Every download is recorded.

    Raises FileMissing for everybody else.
    """
    try:
        record = await queries.get_achievement_by_id(uow, file.owner_id)
        if actor.organisation_id is not None and actor.organisation_id == record.owner_id:
            if not may(actor, access.KEEP_CONFIDENTIAL, owner=record.owner_id):
                raise FileMissing()
            await note_layer(uow, actor, "read_own_confidential", record, file=str(file.id))
            return
        guest, nda = await _entered(uow, actor, record)
    except (LayerMissing, AchievementMissing):
        raise FileMissing() from None
    accepted = await found_by.find_acceptance(uow, record.id, guest.organisation_id)
    if accepted is None or accepted.nda_version != nda.version:
        raise FileMissing()
    await _record_opening(uow, actor, record, nda.version, Opened.file, file.id)


async def _entered(
    uow: UnitOfWork, actor: Actor, record: Achievement
) -> tuple[ConfidentialGuest, ConfidentialNda]:
    """The standing of an invited reader and the NDA in force. Raises LayerMissing for others.

    why: the standing is held still, so that nothing is opened after a revocation is committed
    """
    if not may(actor, access.READ_CONFIDENTIAL) or actor.organisation_id is None:
        raise LayerMissing()
    guest = await found_by.find_guest(uow, record.id, actor.organisation_id, share=True)
    nda = await found_by.find_nda(uow, record.id)
    published = record.state == AchievementState.published
    if guest is None or nda is None or not published:
        raise LayerMissing()
    if not rules.is_open(guest.state, guest.until, await uow.stamp()):
        raise LayerMissing()
    return guest, nda


async def _record_opening(
    uow: UnitOfWork,
    actor: Actor,
    record: Achievement,
    nda_version: int,
    what: Opened,
    file_id: UUID | None = None,
) -> None:
    assert actor.organisation_id is not None
    assert actor.person_id is not None
    uow.session.add(
        ConfidentialOpening(
            id=new_id(),
            achievement_id=record.id,
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            what=what.value,
            file_id=file_id,
            nda_version=nda_version,
            opened_at=await uow.stamp(),
        )
    )
    await uow.session.flush()
    facts = {"file": str(file_id)} if file_id else {}
    await note_layer(
        uow, actor, f"open_confidential_{what.value}", record, nda_version=nda_version, **facts
    )
