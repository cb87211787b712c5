"""The walk through one room: what it says against what the index says."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final
from uuid import UUID

from app.core.metrics import SEARCH_REPAIRED
from app.core.tx import Tx, UnitOfWork
from search import store
from search.documents import Document
from search.drift import queries
from search.drift.marks import read_mark
from search.drift.queries import Stamp
from search.sources import Source
from search.store import Row

CHUNK: Final = 500
"""Documents that are compared at a time."""

HELD: Final = 50
"""Documents that are kept from changing at a time, for the milliseconds of writing them."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What was compared, and what was wrong: not in the index, otherwise in it, wrongly in it."""

    compared: int = 0
    missing: int = 0
    different: int = 0
    extra: int = 0

    @property
    def wrong(self) -> int:
        """How many documents were not as they should be."""
        return self.missing + self.different + self.extra

    def __add__(self, other: "Drift") -> "Drift":
        return Drift(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


Tell = Callable[[Drift], None]


async def walk(
    tx: Tx,
    source: Source,
    *,
    repair: bool = True,
    tell: Tell = lambda _: None,
    pause_s: float = 0.0,
) -> Drift:
    """Compare everything of one kind, and put it right unless only asked to look.

    Safe beside a running market: what seems wrong is looked at again with its origin held, so a
    verb that writes meanwhile wins. A repairing walk that was stopped goes on where it was, unless
    the words have changed since. ``tell`` is called with what each chunk gave, ``pause_s`` is
    waited between two, so that a worker has its other work to do.
    """
    name = f"walk.{source.kind}"
    after, whole = await _resume(tx, name) if repair else (None, Drift())
    if whole.compared:
        tell(whole)
    while True:
        found, after = await _compare(tx, source, after, repair=repair)
        whole += found
        tell(found)
        if after is None:
            break
        if repair:
            facts = asdict(whole) | {"mark": read_mark()}
            await tx.run(queries.write_note, name, str(after), facts)
        await asyncio.sleep(pause_s)
    if repair:
        await tx.run(queries.forget_note, name)
        if whole.wrong:
            SEARCH_REPAIRED.labels(place="index").inc(whole.wrong)
            await tx.run(store.settle)
    return whole


async def _resume(tx: Tx, name: str) -> tuple[UUID | None, Drift]:
    """Where a walk was stopped and what it had given by then."""
    note = await tx.run(queries.find_note, name)
    if note is None or note.facts.get("mark") != read_mark():
        return None, Drift()
    return UUID(note.value), Drift(*(note.facts[field.name] for field in fields(Drift)))


async def _compare(
    tx: Tx, source: Source, after: UUID | None, *, repair: bool
) -> tuple[Drift, UUID | None]:
    """One chunk, and where the next one begins; None at the end."""
    documents, stamps, upto = await tx.run(_read, source, after)
    # why a thread: analysing takes about 0.2 ms each, and others wait for this process
    rows = {row.id: row for row in await asyncio.to_thread(store.prepare, documents)}
    suspects = [id for id, row in rows.items() if not _same(stamps.get(id), row)]  # noqa: A001
    suspects += stamps.keys() - rows.keys()
    known = {document.id: (document, rows[document.id]) for document in documents}
    found = Drift(compared=len(rows.keys() | stamps.keys()))
    for at in range(0, len(suspects), HELD):
        part = sorted(suspects)[at : at + HELD]
        found += await tx.run(_judge, source, part, known, repair=repair)
    return found, upto


async def _read(
    uow: UnitOfWork, source: Source, after: UUID | None
) -> tuple[Sequence[Document], Mapping[UUID, Stamp], UUID | None]:
    documents = await source.list_documents(uow, after, CHUNK)
    upto = documents[-1].id if len(documents) == CHUNK else None
    return documents, await queries.list_between(uow, source.kind, after, upto), upto


def _same(stamp: Stamp | None, row: Row) -> bool:
    return stamp is not None and stamp.says(row)


async def _judge(
    uow: UnitOfWork,
    source: Source,
    ids: Collection[UUID],
    known: Mapping[UUID, tuple[Document, Row]],
    *,
    repair: bool,
) -> Drift:
    """Look again at what seemed wrong, with its origin held, and put right what is."""
    rows = {}
    for document in await source.lock_documents(uow, ids):
        seen, row = known.get(document.id, (None, None))
        rows[document.id] = row if row and seen == document else store.prepare([document])[0]
    stamps = await queries.list_of(uow, source.kind, ids)
    wrong = {id: row for id, row in rows.items() if not _same(stamps.get(id), row)}  # noqa: A001
    extra = stamps.keys() - rows.keys()
    if repair:
        # why: a stored version that is too new would keep this and every later change out
        too_new = [
            row.id
            for row in wrong.values()
            if row.id in stamps and stamps[row.id].version > row.version
        ]
        await store.delete(uow, source.kind, extra.union(too_new))
        await store.write(uow, [row for _, row in sorted(wrong.items())])
    return Drift(
        missing=len(wrong.keys() - stamps.keys()),
        different=len(wrong.keys() & stamps.keys()),
        extra=len(extra),
    )
