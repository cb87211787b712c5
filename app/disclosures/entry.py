"""The verbs of an author: draft, edit, attach, submit, withdraw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from app.accounts.service import list_members
from app.audit.service import note
from app.core.access import may, require
from app.core.actor import Actor
from app.core.calendar import compute_end_in_working_days, load_calendar
from app.core.clock import SHANGHAI
from app.core.errors import Faults, Forbidden, Invalid
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.tx import UnitOfWork
from app.disclosures import access, queries, rules
from app.disclosures.errors import DisclosureMissing, KeptOffline
from app.disclosures.events import DisclosureSubmitted
from app.disclosures.models import Disclosure, DisclosureVersion
from app.disclosures.notices import tell_submitted
from app.disclosures.types import (
    DisclosureContent,
    DisclosureFacts,
    DisclosureState,
    Secrecy,
)
from app.files import service as files
from app.files.types import FileView, Staged

OWNER_KIND = "catalogue.disclosure"  # what its attachments are attached to
EMPTIED = _n("（内容已清除，转线下办理）")


async def draft_disclosure(
    uow: UnitOfWork,
    *,
    actor: Actor,
    content: DisclosureContent,
    key: str,
    staged: Sequence[Staged] = (),
) -> DisclosureFacts:
    """Save a draft for the organisation the actor acts for; the same key returns the same draft.

    Raises Unauthenticated, Forbidden, Invalid, KeyReused, and KeptOffline when the author thinks
    that it may be a state secret: then nothing is stored.
    """
    require(actor, access.DRAFT)
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden(_n("请先选择您代表的单位"))
    if content.secrecy is Secrecy.maybe_secret:
        raise KeptOffline()
    asked = compute_hash(content)
    if (seen := await queries.find_drafted(uow, actor.person_id, key)) is not None:
        rules.check_same_request(
            (seen.organisation_id, seen.content_hash), (actor.organisation_id, asked)
        )
        return seen.facts()
    cleaned = rules.check_content(content)
    await _check_members(uow, actor, cleaned, known=frozenset())
    record = Disclosure(
        id=new_id(),
        organisation_id=actor.organisation_id,
        author_id=actor.person_id,
        state=DisclosureState.draft,
        version=1,
        submissions=0,
        content_hash=asked,
        idempotency_key=key,
        created_at=uow.now,
        updated_at=uow.now,
    )
    record.write(cleaned)
    uow.session.add(record)
    await uow.session.flush()
    await queries.replace_completers(uow, record.id, cleaned.completers)
    await _attach(uow, actor, record, staged, key)
    await note_disclosure(uow, actor, "draft_disclosure", record)
    return record.facts()


async def edit_disclosure(
    uow: UnitOfWork,
    *,
    actor: Actor,
    disclosure_id: UUID,
    version: int,
    content: DisclosureContent,
    key: str,
    staged: Sequence[Staged] = (),
) -> DisclosureFacts:
    """Change a draft, or what the unit gave back.

    When it turns out that it may be a state secret, what stood here is emptied and the disclosure
    ends in the state ``offline``; nothing of the new content is stored.
    Raises DisclosureMissing, Forbidden, DisclosureStateForbids, StaleVersion, Invalid.
    """
    record = await lock_own(uow, actor, disclosure_id)
    rules.check_edit(record.facts())
    if content.secrecy is Secrecy.maybe_secret:
        await empty(uow, record)
        await note_disclosure(uow, actor, "move_offline", record)
        return record.facts()
    rules.check_version(version, record.version)
    cleaned = rules.check_content(content)
    before = await queries.list_completers(uow, record.id)
    known = {row.person_id for row in before if row.person_id}
    await _check_members(uow, actor, cleaned, known=known)
    record.write(cleaned)
    touch(uow, record)
    await uow.session.flush()
    await queries.replace_completers(uow, record.id, cleaned.completers)
    await _attach(uow, actor, record, staged, key)
    await note_disclosure(uow, actor, "edit_disclosure", record)
    return record.facts()


async def detach_file(
    uow: UnitOfWork, *, actor: Actor, disclosure_id: UUID, file_id: UUID
) -> FileView:
    """Take an attachment off a draft or a returned disclosure.

    Raises DisclosureMissing, Forbidden, DisclosureStateForbids, FileMissing.
    """
    record = await lock_own(uow, actor, disclosure_id)
    rules.check_edit(record.facts())
    gone = await files.detach(uow, owner_kind=OWNER_KIND, owner_id=record.id, file_id=file_id)
    touch(uow, record)
    await note_disclosure(uow, actor, "detach_file", record, file_id=str(file_id))
    return gone


async def submit_disclosure(
    uow: UnitOfWork, *, actor: Actor, disclosure_id: UUID, version: int
) -> DisclosureFacts:
    """Hand it to the unit: it gets its number, the day by which the unit decides, and is kept as
    it stands; managers and heads are told.

    Raises DisclosureMissing, Forbidden, DisclosureStateForbids, StaleVersion, Invalid.
    """
    record = await lock_own(uow, actor, disclosure_id)
    rules.check_edit(record.facts())
    rules.check_version(version, record.version)
    content = await queries.get_content(uow, record)
    rules.check_complete(content)
    now = await uow.stamp()
    await _set_period(uow, record, now.astimezone(SHANGHAI).date())
    record.number = record.number or await next_number(uow, "PL")
    record.submissions += 1
    record.state, record.submitted_at, record.decided_at = DisclosureState.submitted, now, None
    touch(uow, record)
    kept = plain(content)
    digest = compute_hash(content)
    assert actor.person_id is not None, "an author is somebody"
    uow.session.add(
        DisclosureVersion(
            disclosure_id=record.id,
            ordinal=record.submissions,
            content=kept,
            sha256=digest,
            submitted_by=actor.person_id,
            submitted_at=now,
        )
    )
    await uow.session.flush()
    uow.record(
        DisclosureSubmitted(record.id, record.organisation_id, record.submissions, record.state)
    )
    await note_disclosure(uow, actor, "submit_disclosure", record, sha256=digest)
    await tell_submitted(uow, record)
    return record.facts()


async def withdraw_disclosure(
    uow: UnitOfWork, *, actor: Actor, disclosure_id: UUID, version: int
) -> DisclosureFacts:
    """Take back what the unit has not settled. Raises DisclosureMissing, Forbidden,
    DisclosureStateForbids, StaleVersion."""
    record = await lock_own(uow, actor, disclosure_id)
    rules.check_withdraw(record.facts())
    rules.check_version(version, record.version)
    record.state, record.remind_at = DisclosureState.withdrawn, None
    touch(uow, record)
    await note_disclosure(uow, actor, "withdraw_disclosure", record)
    return record.facts()


# ---------------------------------------------------------------- shared by the room's verbs


async def is_seen(uow: UnitOfWork, actor: Actor, record: Disclosure) -> bool:
    """Whether this actor may know of it: its author; once submitted its completers, and the
    managers and heads of the unit."""
    if may(actor, access.SEE_OWN) and actor.person_id == record.author_id:
        return True
    if not record.submissions or actor.person_id is None:
        return False
    if may(actor, access.SEE_UNIT, owner=record.organisation_id):
        return True
    return may(actor, access.SEE_OWN) and await queries.is_completer(
        uow, record.id, actor.person_id
    )


async def get_seen(uow: UnitOfWork, actor: Actor, disclosure_id: UUID) -> Disclosure:
    """A disclosure that this actor may read. Raises DisclosureMissing."""
    record = await queries.get_disclosure(uow, disclosure_id)
    if not await is_seen(uow, actor, record):
        raise DisclosureMissing()
    return record


async def lock_own(uow: UnitOfWork, actor: Actor, disclosure_id: UUID) -> Disclosure:
    """Lock a disclosure for its author, who acts for its unit. Raises DisclosureMissing,
    Forbidden."""
    record = await queries.lock_disclosure(uow, disclosure_id)
    if not await is_seen(uow, actor, record):
        raise DisclosureMissing()
    require(actor, access.WRITE_OWN, owner=record.organisation_id)
    if actor.person_id != record.author_id:
        raise Forbidden(_n("只有填写披露的人可以修改、提交或撤回"))
    return record


async def empty(uow: UnitOfWork, record: Disclosure) -> None:
    """Forget everything that was written, here and in what was submitted; the number stays."""
    record.write(DisclosureContent(title=EMPTIED))
    record.state, record.remind_at = DisclosureState.offline, None
    touch(uow, record)
    await queries.replace_completers(uow, record.id, ())
    await queries.empty_versions(uow, record.id)
    for file in await files.list_attached(uow, owner_kind=OWNER_KIND, owner_id=record.id):
        await files.detach(uow, owner_kind=OWNER_KIND, owner_id=record.id, file_id=file.id)


def touch(uow: UnitOfWork, record: Disclosure) -> None:
    """A new version."""
    record.version += 1
    record.updated_at = uow.now


def plain(content: DisclosureContent) -> dict[str, object]:
    """The content as JSON values."""
    found: dict[str, object] = json.loads(_canonical(content))
    return found


def compute_hash(content: DisclosureContent) -> str:
    """SHA-256 of everything its author wrote."""
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: DisclosureContent) -> str:
    return json.dumps(
        asdict(content), default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


async def note_disclosure(
    uow: UnitOfWork, actor: Actor, verb: str, record: Disclosure, **facts: str
) -> None:
    """The audit line of a verb on a disclosure: ids, states and hashes, never its words."""
    await note(
        uow,
        actor=actor,
        action=f"disclosures.{verb}",
        subject_kind="disclosure",
        subject_id=record.id,
        facts={"number": record.number, "version": record.version, "state": record.state, **facts},
    )


async def _set_period(uow: UnitOfWork, record: Disclosure, today: date) -> None:
    """By when the unit decides, by the rule in force today; and when to remind it."""
    rule = await queries.get_rule(uow, "decide_working_days", record.organisation_id, today)
    before = await queries.get_rule(uow, "remind_working_days", record.organisation_id, today)
    calendar = await load_calendar(uow)
    end = compute_end_in_working_days(calendar, today, rule.value)
    record.due_at, record.due_provisional = end.ends_at, end.provisional
    record.due_days, record.due_source, record.due_trust = rule.value, rule.source, rule.trust
    remind_from = rules.compute_remind_from(calendar, end.last_day, before.value)
    record.remind_at = rules.next_reminder(end.ends_at, remind_from, uow.now)


async def _attach(
    uow: UnitOfWork, actor: Actor, record: Disclosure, staged: Sequence[Staged], key: str
) -> None:
    await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=OWNER_KIND, owner_id=record.id, key=key
    )


async def _check_members(
    uow: UnitOfWork, actor: Actor, content: DisclosureContent, known: Collection[UUID]
) -> None:
    """Completers named by id are members of the actor's organisation, or stood there before."""
    asked = {row.person_id for row in content.completers if row.person_id} - set(known)
    if not asked or actor.organisation_id is None:
        return
    members = await list_members(uow, actor=actor, organisation_id=actor.organisation_id)
    strangers = asked - {member.person_id for member in members}
    if strangers:
        faults = Faults()
        for i, row in enumerate(content.completers):
            if row.person_id in strangers:
                faults.add(f"completers-{i}-name", _n("只能选择本单位的成员。"))
        raise Invalid(faults)
