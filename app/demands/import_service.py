"""The verb that writes one chunk of imported demands."""

from __future__ import annotations

from dataclasses import asdict
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

__all__ = ["LAYOUT", "write_demands"]


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
    known = await queries.lock_by_owner_numbers(
        uow, batch.care_id, [row.owner_number for row in chunk.rows]
    )
    fresh = [row for row in chunk.rows if row.owner_number not in known]
    refusals, changed = [], []
    for row in chunk.rows:
        demand = known.get(row.owner_number)
        if demand is None:
            continue
        if demand.origin != Origin.imported or demand.state != DemandState.published:
            reason = "该编号已用于本单位自行登记或已结束的需求，未覆盖"
            refusals.append(Refusal(row.line, "", reason, row.owner_number))
        elif demand.content_hash != row.content_hash:
            _change(uow, demand, row)
            changed.append(demand)
    made = await _insert(uow, batch.care_id, fresh)
    await uow.session.flush()
    await index_documents(uow, [make_document(demand) for demand in (*made, *changed)])
    tally = Tally(
        read=chunk.read,
        inserted=len(fresh),
        updated=len(changed),
        unchanged=len(chunk.rows) - len(fresh) - len(changed) - len(refusals),
        refused=chunk.refused + len(refusals),
    )
    await end_chunk(
        uow,
        actor=actor,
        batch_id=batch_id,
        chunk=chunk,
        tally=tally,
        ids=tuple(demand.id for demand in (*made, *changed)),
    )
    return refusals


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
