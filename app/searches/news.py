"""News (新结果提醒): once a day, one message with what is new in the searches a person watches.

The sweep only hands out jobs: counting asks the engine, which no clock of the market waits for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.accounts.service import keep_living, tell_person
from app.core.clock import SHANGHAI
from app.core.errors import NotFound
from app.core.i18n import Message, _n
from app.core.tx import Tx, UnitOfWork
from app.inbox.types import Notice
from app.searches import queries, rules
from app.searches.counting import Engine, count_since
from app.searches.models import SavedSearchRow
from app.searches.reading import as_question
from search.types import Count, SearchRequest

NEWS_JOB: Final = "searches.news"
MOST_NAMED: Final = 5  # searches that a message names; the rest is a number

_LINE = _n("“%(name)s”新增 %(count)s 条")
_LINE_MORE = _n("“%(name)s”新增 %(count)s 条以上")
_AND = _n("%(one)s；%(rest)s")
_OTHERS = _n("另有 %(count)s 条检索也有新结果")
_BODY = _n("%(news)s。请在“保存的检索”中查看，也可以在那里关闭提醒。")


@dataclass(frozen=True, slots=True)
class Watched:
    """A search with the instant after which its person was not told yet."""

    id: UUID
    name: str
    question: SearchRequest
    since: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What is new in one watched search."""

    watched: Watched
    new: Count


async def sweep_news(uow: UnitOfWork, *, limit: int = 200) -> int:
    """Hand out a job for each person whose news are due; returns how many people."""
    people = await queries.take_due(uow, limit, rules.compute_news_due(uow.now))
    for person_id in sorted(people):
        await uow.enqueue(NEWS_JOB, {"person_id": str(person_id)})
    return len(people)


async def tell_news(tx: Tx, engine: Engine, payload: bytes | None) -> None:
    """Count what is new to the person of a job, and tell him. A job that fails is made up for by
    the next day's: he is told of everything since he was told last."""
    person_id = UUID(json.loads(payload or b"{}")["person_id"])
    watched, asked_at = await tx.run(list_watched, person_id)
    found = [News(one, await count_since(engine, one.question, one.since)) for one in watched]
    news = [one for one in found if one.new.value]
    if not news:
        return
    try:
        await tx.run(tell, person_id=person_id, news=news, asked_at=asked_at)
    except NotFound:
        return  # he ended his account while we counted


async def list_watched(uow: UnitOfWork, person_id: UUID) -> tuple[list[Watched], datetime]:
    """What a person watches, and the instant at which that was asked."""
    return [_watched(row) for row in await queries.list_watched(uow, person_id)], uow.now


async def tell(
    uow: UnitOfWork, *, person_id: UUID, news: Sequence[News], asked_at: datetime
) -> None:
    """One message a day in Beijing; what it told is not told again. What he has looked at, turned
    off or deleted while we counted, or was told of by another job, is left out.

    Raises PersonMissing.
    """
    await keep_living(uow, person_id)  # why first: whoever ends his account locks himself first
    rows = {row.id: row for row in await queries.list_watched(uow, person_id, lock=True)}
    since = {row.id: _watched(row).since for row in rows.values()}
    still = [one for one in news if since.get(one.watched.id) == one.watched.since]
    if not still:
        return
    day = asked_at.astimezone(SHANGHAI).date().isoformat()
    notice = make_notice(still)
    if await tell_person(uow, person_id=person_id, notice=notice, key=f"searches:{day}"):
        for one in still:
            rows[one.watched.id].told_at = asked_at


def make_notice(news: Sequence[News]) -> Notice:
    """The message: each search by its name with a number, a few of many."""
    lines = [_line(one) for one in news[:MOST_NAMED]]
    if len(news) > MOST_NAMED:
        lines.append(Message(_OTHERS, count=len(news) - MOST_NAMED))
    said = lines.pop()
    while lines:
        said = Message(_AND, one=lines.pop(), rest=said)
    if len(news) == 1:
        subject = Message(_n("保存的检索有新结果：%(name)s"), name=news[0].watched.name)
    else:
        subject = Message(_n("%(count)s 条保存的检索有新结果"), count=len(news))
    return Notice(
        kind="searches.new_results",
        subject=subject,
        body=Message(_BODY, news=said),
        href="/desk/searches",
        facts={"searches": len(news)},
    )


def _watched(row: SavedSearchRow) -> Watched:
    assert row.told_at is not None, "what is watched was told up to an instant"
    return Watched(row.id, row.name, as_question(row), max(row.looked_at, row.told_at))


def _line(one: News) -> Message:
    source = _LINE_MORE if one.new.capped else _LINE
    return Message(source, name=one.watched.name, count=one.new.value)
