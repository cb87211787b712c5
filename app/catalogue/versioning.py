"""What a record said before: every content is kept and, where need be, hidden.

What is shown of it stands in ``version_show``.

Who reads what (decided here): members of the house and the platform read every version; everybody
reads the versions that were public, unless a manager or an operator has hidden one with a reason
(a secret told by mistake must not live on in a history). A hidden version's number, time and hash
stay public, so that nobody can pretend it never was. Names of completers that no longer stand in
the record are shown inside only, and can be erased altogether.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from app.audit.service import note
from app.catalogue import access, queries, version_queries
from app.catalogue.errors import AchievementMissing, VersionMissing
from app.catalogue.models import Achievement
from app.catalogue.packing import compute_sha256, pack_content
from app.catalogue.types import AchievementContent, AchievementState
from app.catalogue.version_models import AchievementVersion, AchievementVersionHiding
from app.core.access import may, require
from app.core.actor import SYSTEM, Actor
from app.core.bulk import insert_rows
from app.core.errors import Faults, FieldError, Invalid
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork

MAX_REASON: Final = 500
BASELINE: Final = "baseline"  # the content found when the history began


async def keep_version(
    uow: UnitOfWork,
    actor: Actor,
    record: Achievement,
    content: AchievementContent,
    action: str,
    *,
    at: datetime | None = None,
) -> None:
    """Keep what a record says at its present version. The record is locked by the caller."""
    names = [row.name for row in content.completers if row.person_id is None]
    packed = pack_content(content, await version_queries.ensure_names(uow, record.id, names))
    uow.session.add(
        AchievementVersion(
            achievement_id=record.id,
            version=record.version,
            content=packed,
            sha256=compute_sha256(packed),
            action=action,
            published=record.state == AchievementState.published,
            by_person=actor.person_id,
            by_organisation=actor.organisation_id,
            at=at or uow.now,
        )
    )
    await uow.session.flush()


async def keep_baseline(uow: UnitOfWork, record: Achievement, content: AchievementContent) -> None:
    """Keep what a record says before its first change that is kept; call it before writing."""
    if await version_queries.find_newest(uow, record.id) is None:
        await keep_version(uow, SYSTEM, record, content, BASELINE, at=record.updated_at)


async def keep_imported(
    uow: UnitOfWork,
    actor: Actor,
    records: Mapping[UUID, Achievement],
    contents: Mapping[UUID, AchievementContent],
    *,
    baseline: bool,
) -> None:
    """Keep many contents in one statement, for an import that overwrites records it has locked.

    ``baseline``: what stood there before, for records whose history begins now; else what stands
    there from now on. Imports bring no names; one that an editor wrote is looked up singly.
    """
    kept = await version_queries.list_kept(uow, records.keys()) if baseline else set()
    rows = []
    for record_id, record in records.items():
        if record_id in kept:
            continue
        content = contents[record_id]
        names = [row.name for row in content.completers if row.person_id is None]
        ids = await version_queries.ensure_names(uow, record_id, names) if names else {}
        packed = pack_content(content, ids)
        rows.append(
            {
                "achievement_id": record_id,
                "version": record.version,
                "content": packed,
                "sha256": compute_sha256(packed),
                "at": record.updated_at,
            }
        )
    shared = {
        "action": BASELINE if baseline else "import",
        "published": True,
        "by_person": None if baseline else actor.person_id,
        "by_organisation": None if baseline else actor.organisation_id,
    }
    await insert_rows(uow.session, AchievementVersion, rows, shared)


# ---------------------------------------------------------------- hiding and erasing


async def hide_version(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, reason: str
) -> None:
    """Take an older version out of public sight; for good. Twice is once.

    Raises NotFound, Forbidden, VersionMissing (also for the present public content, which is
    edited or withdrawn instead), Invalid without a reason.
    """
    record, _ = await find_record(uow, actor, number, lock=True)
    owner = record.owner_id or record.care_id
    require(actor, access.HIDE_VERSION, owner=owner)
    row = await version_queries.find_version(uow, record.id, version)
    newest = await version_queries.find_newest(uow, record.id)
    if row is None or not row.published or newest is None or newest.sha256 == row.sha256:
        raise VersionMissing("只能隐藏以前公开过、且内容已被修改的版本")
    faults = Faults()
    words = faults.limit("reason", clean_text(reason), MAX_REASON)
    if not words:
        faults.add("reason", "请写明隐藏的原因，原因会公开显示。")
    faults.check()
    if version in await version_queries.list_hidings(uow, record.id):
        return
    uow.session.add(
        AchievementVersionHiding(
            achievement_id=record.id,
            version=version,
            reason=words,
            hidden_by=actor.person_id,
            hidden_at=await uow.stamp(),
        )
    )
    await uow.session.flush()
    await _note(uow, actor, "hide_version", record, of_version=version, sha256=row.sha256)


async def erase_former_name(uow: UnitOfWork, *, actor: Actor, number: str, name_id: UUID) -> None:
    """Erase a completer's name from every older version; the hashes stay true. Twice is once.

    Raises NotFound, Forbidden, Invalid while the name stands in the record itself.
    """
    record, _ = await find_record(uow, actor, number, lock=True)
    require(actor, access.HIDE_VERSION, owner=record.owner_id or record.care_id)
    found = await version_queries.lock_name(uow, record.id, name_id)
    if found is None:
        raise VersionMissing("未找到该姓名")
    if found.erased_at is not None:
        return
    if found.name in {row.name for row in (await queries.get_content(uow, record)).completers}:
        raise Invalid([FieldError("", "该姓名仍在成果的完成人中，请先修改成果。")])
    found.name, found.erased_at = "", await uow.stamp()
    await uow.session.flush()
    await _note(uow, actor, "erase_former_name", record, name_id=str(name_id))


# ---------------------------------------------------------------- shared with what is shown


async def find_record(
    uow: UnitOfWork, actor: Actor, number: str, *, lock: bool = False
) -> tuple[Achievement, bool]:
    """The record, and whether the actor reads everything of it. Raises AchievementMissing."""
    find = queries.lock_achievement if lock else queries.get_achievement
    record = await find(uow, number)
    inside = may(actor, access.SEE_HIDDEN, owner=record.owner_id or record.care_id)
    if not inside and record.state != AchievementState.published:
        raise AchievementMissing()
    return record, inside


async def _note(
    uow: UnitOfWork, actor: Actor, verb: str, record: Achievement, **facts: str | int
) -> None:
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="achievement",
        subject_id=record.id,
        facts={"number": record.number, **facts},
    )
