"""The verb that writes one chunk of imported demands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.core.actor import Actor
from app.core.ids import new_id
from app.core.numbers import next_numbers
from app.core.tx import UnitOfWork
from app.demands import queries
from app.demands.documents import make_document
from app.demands.importing import LAYOUT, DemandRow
from app.demands.models import Demand
from app.demands.types import Confidentiality, DemandState, Need, Origin
from app.imports.service import begin_chunk, end_chunk
from app.imports.types import Chunk, Refusal, Tally
from search.service import index_documents

__all__ = ["LAYOUT", "judge_demands", "write_demands"]

_TAKEN = "该编号已用于本单位自行登记或已结束的需求，未覆盖"


async def write_demands(
    uow: UnitOfWork, *, actor: Actor, batch_id: UUID, chunk: Chunk[DemandRow]
) -> list[Refusal]:
    """Write one chunk: new rows are made, changed ones get a new version, others stay.

    All in the care of the batch's organisation, published at once, marked 导入. Returns the rows
    refused at the last moment, whose number names a demand that the organisation entered itself.
    Raises Forbidden, NotFound, ChunkOutOfOrder; a chunk committed before changes nothing.
    """
    batch = await begin_chunk(uow, actor=actor, batch_id=batch_id, chunk=chunk)
    if batch is None:
        return []
    found = await _sort(uow, batch.care_id, chunk, lock=True)
    for demand, row in found.changed:
        _change(uow, demand, row)
    changed = [demand for demand, _ in found.changed]
    made = await _insert(uow, batch.care_id, found.fresh)
    await uow.session.flush()
    await index_documents(uow, [make_document(demand) for demand in (*made, *changed)])
    await end_chunk(
        uow,
        actor=actor,
        batch_id=batch_id,
        chunk=chunk,
        tally=found.tally(chunk),
        ids=tuple(demand.id for demand in (*made, *changed)),
    )
    return found.refusals


async def judge_demands(
    uow: UnitOfWork, *, care_id: UUID, chunk: Chunk[DemandRow]
) -> tuple[Tally, list[Refusal]]:
    """What writing this chunk would do now, and what it would refuse at last; writes nothing."""
    found = await _sort(uow, care_id, chunk, lock=False)
    return found.tally(chunk), found.refusals


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows to be made, rows that change a demand, and rows refused at last."""

    fresh: list[DemandRow]
    changed: list[tuple[Demand, DemandRow]]
    refusals: list[Refusal]

    def tally(self, chunk: Chunk[DemandRow]) -> Tally:
        told = len(self.fresh) + len(self.changed) + len(self.refusals)
        return Tally(
            read=chunk.read,
            inserted=len(self.fresh),
            updated=len(self.changed),
            unchanged=len(chunk.rows) - told,
            refused=chunk.refused + len(self.refusals),
        )


async def _sort(uow: UnitOfWork, care_id: UUID, chunk: Chunk[DemandRow], *, lock: bool) -> _Sorted:
    """One decision for the dry run and for the writing."""
    known = await queries.load_by_owner_numbers(
        uow, care_id, [row.owner_number for row in chunk.rows], lock=lock
    )
    found = _Sorted([], [], [])
    for row in chunk.rows:
        demand = known.get(row.owner_number)
        if demand is None:
            found.fresh.append(row)
        elif demand.origin != Origin.imported or demand.state != DemandState.published:
            found.refusals.append(Refusal(row.line, "", _TAKEN, row.owner_number))
        elif demand.content_hash != row.content_hash:
            found.changed.append((demand, row))
    return found


async def _insert(uow: UnitOfWork, care_id: UUID, rows: list[DemandRow]) -> list[Demand]:
    if not rows:
        return []
    numbers = await next_numbers(uow, "XQ", len(rows))
    values = [
        {
            "id": new_id(),
            "number": number,
            "owner_id": None,
            "care_id": care_id,
            "origin": Origin.imported.value,
            "need": Need.challenge.value,
            "confidentiality": Confidentiality.open.value,
            "cooperation": [],
            "state": DemandState.published.value,
            "return_reason": "",
            "version": 1,
            "created_at": uow.now,
            "updated_at": uow.now,
            "published_at": uow.now,
            **_columns(row),
        }
        for number, row in zip(numbers, rows, strict=True)
    ]
    await uow.session.execute(insert(Demand), values)
    # why: the same values as objects, never added to the session, to be described for search
    return [Demand(**value) for value in values]


def _change(uow: UnitOfWork, demand: Demand, row: DemandRow) -> None:
    for column, value in _columns(row).items():
        setattr(demand, column, value)
    demand.version += 1
    demand.updated_at = uow.now


def _columns(row: DemandRow) -> dict[str, Any]:
    content = asdict(row) | {"holder_name": row.holder}
    del content["line"], content["holder"]
    return content
