"""SELECTs and locks of imports into the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, Select, Text, any_, bindparam, select

from app.catalogue.models import Achievement
from app.catalogue.types import AchievementState, Origin
from app.core.tx import UnitOfWork


@dataclass(frozen=True, slots=True)
class Known:
    """A record that bears a number of the file. Only an unclaimed import may be overwritten."""

    id: UUID
    content_hash: str
    overwritable: bool


async def lock_by_owner_numbers(
    uow: UnitOfWork, care_id: UUID, numbers: Collection[str]
) -> dict[str, Known]:
    """The records in one organisation's care that bear these numbers, locked in id order."""
    return await _known(uow, _by_owner_numbers(care_id, numbers).with_for_update())


async def find_by_owner_numbers(
    uow: UnitOfWork, care_id: UUID, numbers: Collection[str]
) -> dict[str, Known]:
    """The same, to be looked at only: nobody waits for it."""
    return await _known(uow, _by_owner_numbers(care_id, numbers))


def _by_owner_numbers(care_id: UUID, numbers: Collection[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Achievement.owner_number,
            Achievement.id,
            Achievement.content_hash,
            Achievement.origin,
            Achievement.owner_id,
            Achievement.state,
        )
        .where(Achievement.care_id == care_id, Achievement.owner_number == any_(_texts(numbers)))
        .order_by(Achievement.id)
    )


async def _known(uow: UnitOfWork, query: Select[*tuple[Any, ...]]) -> dict[str, Known]:
    return {
        number: Known(
            record_id,
            content_hash,
            origin == Origin.imported and owner is None and state == AchievementState.published,
        )
        for number, record_id, content_hash, origin, owner, state in await uow.session.execute(
            query
        )
    }


async def load(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Achievement]:
    """Records already locked, as objects."""
    if not ids:
        return {}
    found = await uow.session.scalars(
        select(Achievement).where(Achievement.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {record.id: record for record in found}


def _texts(values: Collection[str]) -> BindParameter[Any]:
    """One array parameter: a list of 500 would be a statement of its own each time."""
    return bindparam("numbers", list(values), type_=ARRAY(Text))
