"""The whole check: every room, then every follower; when it is due, and what came of the last."""

import logging
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Final, Protocol

from app.core.clock import SHANGHAI
from app.core.metrics import SEARCH_REPAIRED
from app.core.tx import Tx, UnitOfWork
from search.drift import queries
from search.drift.marks import read_mark
from search.drift.types import LastCheck
from search.drift.walking import Drift, walk
from search.following import queries as followers
from search.following.types import Key
from search.index import EngineDown, EngineRefused
from search.sources import Source

log = logging.getLogger("market.search")

NIGHT: Final = time(3, 30)
"""When it is quiet, in Shanghai."""

PAUSE_S: Final = 0.05
_NOTE: Final = "index"


class Checked(Protocol):
    """A follower that can say what it does not hold as it should."""

    @property
    def name(self) -> str: ...

    def find_wrong(self) -> AsyncIterator[Collection[Key]]:
        """Documents that it is missing, holds in another version, or should not hold."""


async def is_due(uow: UnitOfWork) -> bool:
    """Whether the index is to be checked: once a night, at first, and when the words changed."""
    note = await queries.find_note(uow, _NOTE)
    return note is None or note.value != read_mark() or uow.now >= next_night(note.at)


def next_night(after: datetime) -> datetime:
    """The first night after an instant."""
    local = after.astimezone(SHANGHAI)
    night = datetime.combine(local.date(), NIGHT, SHANGHAI)
    return night if night > local else night + timedelta(days=1)


async def read_last(uow: UnitOfWork) -> LastCheck | None:
    """The last check that came to its end; None before the first."""
    note = await queries.find_note(uow, _NOTE)
    if note is None:
        return None
    compared, repaired = note.facts.get("compared", 0), note.facts.get("repaired", 0)
    return LastCheck(note.at, compared, repaired, note.value == read_mark())


async def check_if_due(tx: Tx, sources: Sequence[Source], checked: Sequence[Checked] = ()) -> bool:
    """Check and repair everything when it is due; whether that was so. One process at a time.

    A follower that is away is left out until the next night: what changes waits in its queue.
    """
    if not await tx.run(is_due):
        return False
    return await tx.run(_check_alone, tx, sources, checked)


async def _check_alone(
    uow: UnitOfWork, tx: Tx, sources: Sequence[Source], checked: Sequence[Checked]
) -> bool:
    if not await queries.lock_check(uow):
        return False
    whole = Drift()
    for source in sources:
        whole += await walk(tx, source, pause_s=PAUSE_S)
    for one in checked:
        try:
            await check_follower(tx, one)
        except (EngineDown, EngineRefused) as fault:
            # why: raised, it would have all rooms compared again and again until it is back
            log.warning("a follower is not checked: %s", fault, extra={"follower": one.name})
    await tx.run(note_checked, whole)
    return True


async def check_follower(tx: Tx, follower: Checked) -> int:
    """Make due for a follower what it does not hold as it should; returns how many."""
    wrong = 0
    async for keys in follower.find_wrong():
        await tx.run(followers.enqueue, [follower.name], keys)
        wrong += len(keys)
    if wrong:
        SEARCH_REPAIRED.labels(place=follower.name).inc(wrong)
    return wrong


async def note_checked(uow: UnitOfWork, whole: Drift) -> None:
    """The index was compared from end to end, and is as today's words and code would write it."""
    facts = asdict(whole) | {"repaired": whole.wrong}
    await queries.write_note(uow, _NOTE, read_mark(), facts)
