"""The owner's verbs of the confidential layer (保密资料): keep, have an NDA, invite, revoke.

Nothing of its content leaves these tables: no fact is recorded, audit lines hold ids, versions
and the hash of the NDA, notices name the achievement only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.accounts.service import find_organisations, get_organisations
from app.catalogue import access, queries
from app.catalogue import confidential_queries as found_by
from app.catalogue import confidential_rules as rules
from app.catalogue.confidential_errors import LayerMissing, NotRequested
from app.catalogue.confidential_models import (
    ConfidentialGuest,
    ConfidentialLayer,
    ConfidentialNda,
)
from app.catalogue.confidential_notices import (
    ACCESS_DECLINED,
    ACCESS_REVOKED,
    INVITED,
    NDA_CHANGED,
    note_layer,
    tell_guest,
)
from app.catalogue.confidential_types import LAYER_FILES, GuestState, Nda
from app.catalogue.entry import is_seen
from app.catalogue.models import Achievement
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, StaleVersion
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.types import FileView, Staged


async def lock_kept(uow: UnitOfWork, actor: Actor, number: str) -> Achievement:
    """Lock an achievement for whoever writes its confidential layer.

    Raises AchievementMissing, Forbidden; LayerMissing for an import that nobody has claimed, and
    for the platform, to which the layer is closed.
    """
    record = await queries.lock_achievement(uow, number)
    require_keeper(actor, record)
    return record


def require_keeper(actor: Actor, record: Achievement) -> None:
    """Refuse unless the actor is a manager of the owner; outsiders are told of nothing."""
    inside = record.owner_id is not None and actor.organisation_id == record.owner_id
    require(
        actor,
        access.KEEP_CONFIDENTIAL,
        owner=record.owner_id or record.care_id,
        visible=inside and is_seen(actor, record),
    )
    if record.owner_id is None:
        raise LayerMissing()


async def keep_confidential(
    uow: UnitOfWork, *, actor: Actor, number: str, text: str, announced: bool, version: int
) -> int:
    """Write the confidential text, and whether the public page says that there is any.

    ``version`` is the one that was shown, 0 for none. Returns the new version.
    Raises NotFound, Forbidden, StaleVersion, Invalid.
    """
    record = await lock_kept(uow, actor, number)
    layer = await found_by.find_layer(uow, record.id)
    words = rules.check_text("text", text)
    if version != (layer.version if layer else 0):
        # the same form sent twice says the same thing
        if layer and (layer.text, layer.announced) == (words, announced):
            return layer.version
        raise StaleVersion()
    now = await uow.stamp()
    if layer is None:
        layer = ConfidentialLayer(achievement_id=record.id)
        uow.session.add(layer)
    layer.text, layer.announced = words, announced
    layer.version, layer.updated_at = version + 1, now
    await uow.session.flush()
    await note_layer(uow, actor, "keep_confidential", record, version=layer.version)
    return layer.version


async def attach_confidential(
    uow: UnitOfWork, *, actor: Actor, number: str, staged: Sequence[Staged], key: str
) -> list[FileView]:
    """Put files into the layer; the same key puts them once. Raises NotFound, Forbidden, Invalid,
    KeyReused, ContentGone."""
    record = await lock_kept(uow, actor, number)
    attached = await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=LAYER_FILES, owner_id=record.id, key=key
    )
    ids = [str(file.id) for file in attached]
    await note_layer(uow, actor, "attach_confidential", record, files=ids)
    return attached


async def detach_confidential(uow: UnitOfWork, *, actor: Actor, number: str, file_id: UUID) -> None:
    """Take a file out of the layer. Raises NotFound, Forbidden."""
    record = await lock_kept(uow, actor, number)
    await files.detach(uow, owner_kind=LAYER_FILES, owner_id=record.id, file_id=file_id)
    await note_layer(uow, actor, "detach_confidential", record, files=[str(file_id)])


async def write_nda(
    uow: UnitOfWork, *, actor: Actor, number: str, text: str, version: int, template: str = ""
) -> Nda:
    """Put an NDA text in force; whoever is invited must accept it (anew). The same text again
    changes nothing. ``version`` is the one that was shown, 0 for none.

    Raises NotFound, Forbidden, StaleVersion, Invalid.
    """
    record = await lock_kept(uow, actor, number)
    words = rules.check_text("nda", text, needed=_n("请填写保密承诺书。"))
    now_in_force = await found_by.find_nda(uow, record.id)
    sha256 = rules.compute_nda_hash(words)
    if now_in_force is not None and now_in_force.sha256 == sha256:
        return now_in_force.value()
    if version != (now_in_force.version if now_in_force else 0):
        raise StaleVersion()
    row = ConfidentialNda(
        achievement_id=record.id,
        version=version + 1,
        text=words,
        sha256=sha256,
        template=template,
        written_by=actor.person_id,
        written_at=await uow.stamp(),
    )
    uow.session.add(row)
    await uow.session.flush()
    await note_layer(uow, actor, "write_nda", record, nda_version=row.version, nda_sha256=sha256)
    for guest in await found_by.list_guests(uow, record.id):
        if rules.is_open(guest.state, guest.until, uow.now):
            guest.changes += 1
            await tell_guest(uow, record, guest, NDA_CHANGED)
    return row.value()


async def find_invitee(uow: UnitOfWork, *, word: str) -> UUID:
    """The verified organisation a person means by its code or its full name. Raises Invalid."""
    found = [one for one in await find_organisations(uow, word=word) if one.verified]
    if not found:
        sentence = _n("未找到通过认证的单位，请填写统一社会信用代码或单位全称。")
        raise Invalid([FieldError("organisation", sentence)])
    if len(found) > 1:
        raise Invalid([FieldError("organisation", _n("有多个同名单位，请填写统一社会信用代码。"))])
    return found[0].id


async def invite_guest(
    uow: UnitOfWork, *, actor: Actor, number: str, organisation_id: UUID, until: date
) -> None:
    """Let an organisation read until the end of a day, once it accepted the NDA; also the answer
    yes to its request, and the way to move the day.

    Raises NotFound, Forbidden, NotPublishedYet, LayerNotReady, Invalid.
    """
    record = await lock_kept(uow, actor, number)
    now = await uow.stamp()
    rules.check_published(record.facts().state)
    rules.check_ready(await found_by.find_nda(uow, record.id) is not None)
    invitees = await get_organisations(uow, ids=[organisation_id])
    if organisation_id not in invitees or not invitees[organisation_id].verified:
        raise Invalid([FieldError("organisation", _n("只能邀请通过认证的单位。"))])
    if organisation_id == record.owner_id:
        raise Invalid([FieldError("organisation", _n("本单位无需邀请。"))])
    end = rules.compute_end(until, now)
    guest = await found_by.find_guest(uow, record.id, organisation_id)
    if guest is None:
        guest = ConfidentialGuest(
            id=new_id(),
            achievement_id=record.id,
            organisation_id=organisation_id,
            message="",
            changes=0,
        )
        uow.session.add(guest)
    elif guest.state == GuestState.invited and guest.until == end:
        return
    guest.state, guest.until = GuestState.invited.value, end
    guest.invited_at, guest.invited_by = now, actor.person_id
    await _changed(uow, actor, record, guest, "invite_guest")
    await tell_guest(uow, record, guest, INVITED)


async def decline_guest(
    uow: UnitOfWork, *, actor: Actor, number: str, organisation_id: UUID
) -> None:
    """Answer no to a request. Raises NotFound, Forbidden, NotRequested."""
    record = await lock_kept(uow, actor, number)
    guest = await found_by.get_guest(uow, record.id, organisation_id)
    if guest.state == GuestState.declined:
        return
    if guest.state != GuestState.requested:
        raise NotRequested()
    guest.state = GuestState.declined.value
    await _changed(uow, actor, record, guest, "decline_guest")
    await tell_guest(uow, record, guest, ACCESS_DECLINED)


async def revoke_guest(
    uow: UnitOfWork, *, actor: Actor, number: str, organisation_id: UUID
) -> None:
    """End an invitation now. What is being downloaded at this moment arrives; the next request
    is refused. Raises NotFound, Forbidden, NotRequested."""
    record = await lock_kept(uow, actor, number)
    guest = await found_by.get_guest(uow, record.id, organisation_id)
    if guest.state == GuestState.revoked:
        return
    if guest.state != GuestState.invited:
        raise NotRequested()
    guest.state = GuestState.revoked.value
    await _changed(uow, actor, record, guest, "revoke_guest")
    await tell_guest(uow, record, guest, ACCESS_REVOKED)


async def _changed(
    uow: UnitOfWork, actor: Actor, record: Achievement, guest: ConfidentialGuest, verb: str
) -> None:
    guest.changes += 1
    await uow.session.flush()
    await note_layer(
        uow,
        actor,
        verb,
        record,
        organisation_id=str(guest.organisation_id),
        until=guest.until.isoformat() if guest.until else None,
    )
