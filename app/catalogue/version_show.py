"""What is shown of a record's versions, to one actor; nothing is changed here.

Who reads which is said in ``versioning``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.accounts.service import get_organisations, get_person_names
from app.catalogue import access, queries, version_queries
from app.catalogue.diffing import compare_contents, describe_content
from app.catalogue.errors import VersionMissing
from app.catalogue.models import Achievement
from app.catalogue.packing import unpack_content
from app.catalogue.types import AchievementContent, AchievementState, Completer
from app.catalogue.version_models import AchievementVersion
from app.catalogue.versioning import find_record
from app.catalogue.views import ContentChanges, FormerName, VersionLine, VersionView
from app.core.access import may
from app.core.actor import Actor
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.tx import UnitOfWork

PAGE_SIZE: Final = 20
CURRENT: Final = "current"  # a record whose history has not begun


async def list_versions(
    uow: UnitOfWork, *, actor: Actor, number: str, after: str | None = None
) -> Page[VersionLine]:
    """The versions of a record that this actor may know of, newest first.

    Raises AchievementMissing for a hidden record of others, Invalid for a broken cursor.
    """
    history = await _read(uow, actor, number)
    before = _parse_cursor(after)
    rows = await version_queries.list_versions(
        uow, history.record.id, before, PAGE_SIZE + 1, published=not history.inside
    )
    lines = await _lines(uow, history, rows[:PAGE_SIZE])
    if not lines and before is None and history.newest is None:
        lines = [_current_line(history.record)]
    if len(rows) <= PAGE_SIZE:
        return Page(lines)
    return Page(lines, encode_cursor(lines[-1].version))


async def show_version(uow: UnitOfWork, *, actor: Actor, number: str, version: int) -> VersionView:
    """One version whole. Raises AchievementMissing, VersionMissing (also for a hidden one)."""
    history = await _read(uow, actor, number)
    ((line, content),) = await _load(uow, history, [version])
    return VersionView(history.record.facts(), line, describe_content(content), history.inside)


async def compare_versions(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    old: int | None = None,
    new: int | None = None,
) -> ContentChanges:
    """What changed from one version to another, field by field, whichever stands first.

    Without ``new`` the newest readable one; without ``old`` the last published one before it
    (inside also: the one before it, when nothing was published). Raises AchievementMissing,
    VersionMissing.
    """
    history = await _read(uow, actor, number)
    newer = new or await _newest_readable(uow, history)
    older = old or await _default_old(uow, history, newer)
    (old_line, old_content), (new_line, new_content) = await _load(
        uow, history, sorted((older, newer))
    )
    rows = await version_queries.list_versions(
        uow, history.record.id, None, 100, published=not history.inside
    )
    return ContentChanges(
        facts=history.record.facts(),
        old=old_line,
        new=new_line,
        changes=compare_contents(old_content, new_content),
        choices=tuple(line for line in await _lines(uow, history, rows) if line.readable)
        or (new_line,),
        inside=history.inside,
    )


async def list_former_names(
    uow: UnitOfWork, *, actor: Actor, number: str
) -> tuple[FormerName, ...]:
    """Names that only older versions hold; nothing for who may not erase them."""
    record, _ = await find_record(uow, actor, number)
    if not may(actor, access.HIDE_VERSION, owner=record.owner_id or record.care_id):
        return ()
    living = {row.name for row in (await queries.get_content(uow, record)).completers}
    names = await version_queries.list_names(uow, record.id)
    return tuple(FormerName(i, name) for i, name in names.items() if name not in living)


async def find_review_base(uow: UnitOfWork, record: Achievement) -> int | None:
    """The last published version of a record under review; None when it never was public."""
    if record.state == AchievementState.published:
        return None
    row = await version_queries.find_newest(uow, record.id, published=True)
    return row.version if row else None


# ---------------------------------------------------------------- inside this file


@dataclass(frozen=True, slots=True)
class _History:
    """A record, whether the actor reads everything of it, its newest version row (None: its history
    has not begun) and the reasons of its hidden versions."""

    record: Achievement
    inside: bool
    newest: AchievementVersion | None
    hidden: Mapping[int, str]


async def _read(uow: UnitOfWork, actor: Actor, number: str) -> _History:
    record, inside = await find_record(uow, actor, number)
    return _History(
        record,
        inside,
        newest=await version_queries.find_newest(uow, record.id),
        hidden=await version_queries.list_hidings(uow, record.id),
    )


async def _newest_readable(uow: UnitOfWork, history: _History) -> int:
    record, row = history.record, history.newest
    if not history.inside:
        row = await version_queries.find_newest(uow, record.id, published=True)
    return row.version if row else record.version


async def _default_old(uow: UnitOfWork, history: _History, newer: int) -> int:
    record_id, inside = history.record.id, history.inside
    hidden = () if inside else history.hidden
    newest = await version_queries.find_version(uow, record_id, newer)
    for published in (True, False) if inside else (True,):
        rows = await version_queries.list_versions(
            uow, record_id, newer, PAGE_SIZE, published=published
        )
        for row in rows:
            # why: publishing keeps the content once more; nobody asks what did not change
            same = newest is not None and row.sha256 == newest.sha256
            if row.version not in hidden and not same:
                return row.version
    return newer


async def _load(
    uow: UnitOfWork, history: _History, versions: Iterable[int]
) -> list[tuple[VersionLine, AchievementContent]]:
    """Versions with what they said, in the order asked. Raises VersionMissing."""
    record = history.record
    living = await queries.get_content(uow, record)
    names = await version_queries.list_names(uow, record.id)
    found = []
    for version in versions:
        row = await version_queries.find_version(uow, record.id, version)
        if row is None:
            if version != record.version or history.newest is not None:
                raise VersionMissing()
            found.append((_current_line(record), await name_completers(uow, living)))
            continue
        (line,) = await _lines(uow, history, [row])
        if not line.readable:
            raise VersionMissing(line.hidden_reason and "该版本已被隐藏")
        content = unpack_content(row.content, names)
        shown = await name_completers(uow, content, None if history.inside else living)
        found.append((line, shown))
    return found


async def name_completers(
    uow: UnitOfWork, content: AchievementContent, living: AchievementContent | None = None
) -> AchievementContent:
    """Completers with their names for showing; for outsiders only those who still stand in the
    living record."""
    ids = {row.person_id for row in content.completers if row.person_id}
    names: Mapping[UUID, str | None] = await get_person_names(uow, ids=ids) if ids else {}
    shown = None if living is None else {(row.person_id, row.name) for row in living.completers}

    def name(row: Completer) -> Completer:
        if shown is not None and (row.person_id, row.name) not in shown:
            return replace(row, name="")
        return replace(row, name=names.get(row.person_id) or "") if row.person_id else row

    return replace(content, completers=tuple(map(name, content.completers)))


async def _lines(
    uow: UnitOfWork, history: _History, rows: Sequence[AchievementVersion]
) -> list[VersionLine]:
    inside, newest, hidden = history.inside, history.newest, history.hidden
    people = {row.by_person for row in rows if row.by_person} if inside else set()
    names = await get_person_names(uow, ids=people) if people else {}
    places = {row.by_organisation for row in rows if row.by_organisation} if inside else set()
    organisations = await get_organisations(uow, ids=places) if places else {}
    return [
        VersionLine(
            version=row.version,
            at=row.at,
            action=row.action,
            published=row.published,
            sha256=row.sha256,
            current=newest is not None and newest.sha256 == row.sha256,
            readable=inside or (row.published and row.version not in hidden),
            hidden_reason=hidden.get(row.version, ""),
            by_name=(names.get(row.by_person) or "") if row.by_person else "",
            by_organisation=organisations[row.by_organisation].name
            if row.by_organisation in organisations
            else "",
        )
        for row in rows
    ]


def _current_line(record: Achievement) -> VersionLine:
    return VersionLine(
        version=record.version,
        at=record.updated_at,
        action=CURRENT,
        published=record.state == AchievementState.published,
        sha256="",
        current=True,
        readable=True,
    )


def _parse_cursor(after: str | None) -> int | None:
    return int(decode_cursor(after, int)[0]) if after else None
