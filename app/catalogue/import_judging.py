"""What a chunk of achievements would do: one decision for the dry run and for the writing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.catalogue import import_queries
from app.catalogue.import_queries import Known
from app.catalogue.importing import AchievementRow
from app.core.tx import UnitOfWork
from app.imports.types import Chunk, Refusal, Tally

_TAKEN = "该编号的成果由单位自行登记、已被认领或已撤回，未覆盖"


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows to be made, rows that change a record (by its id), and rows refused at last."""

    fresh: list[AchievementRow] = field(default_factory=list)
    changed: dict[UUID, AchievementRow] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def tally(self, chunk: Chunk[AchievementRow]) -> Tally:
        """How many of a chunk's rows go which way."""
        told = len(self.fresh) + len(self.changed) + len(self.refusals)
        return Tally(
            read=chunk.read,
            inserted=len(self.fresh),
            updated=len(self.changed),
            unchanged=len(chunk.rows) - told,
            refused=chunk.refused + len(self.refusals),
        )


def sort_rows(rows: Iterable[AchievementRow], known: Mapping[str, Known]) -> Sorted:
    """Decide for each row by the record that bears its number; the rest stays as it is."""
    out = Sorted()
    for row in rows:
        record = known.get(row.owner_number)
        if record is None:
            out.fresh.append(row)
        elif not record.overwritable:
            out.refusals.append(Refusal(row.line, "", _TAKEN, row.owner_number))
        elif record.content_hash != row.content_hash:
            out.changed[record.id] = row
    return out


async def judge_achievements(
    uow: UnitOfWork, *, care_id: UUID, chunk: Chunk[AchievementRow]
) -> tuple[Tally, list[Refusal]]:
    """What writing this chunk would do now, and what it would refuse at last; writes nothing."""
    known = await import_queries.find_by_owner_numbers(
        uow, care_id, [row.owner_number for row in chunk.rows]
    )
    found = sort_rows(chunk.rows, known)
    return found.tally(chunk), found.refusals
