"""Every SELECT and every lock on disclosures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text, tuple_, update

from app.core.tx import UnitOfWork
from app.disclosures.errors import DisclosureMissing
from app.disclosures.models import (
    Disclosure,
    DisclosureCompleter,
    DisclosureDecision,
    DisclosureRule,
    DisclosureVersion,
)
from app.disclosures.types import Completer, DisclosureContent, DisclosureState

Key = tuple[datetime, UUID]


async def get_disclosure(uow: UnitOfWork, disclosure_id: UUID) -> Disclosure:
    """A disclosure, unlocked. Raises DisclosureMissing."""
    found = await uow.session.get(Disclosure, disclosure_id)
    if found is None:
        raise DisclosureMissing()
    return found


async def lock_disclosure(uow: UnitOfWork, disclosure_id: UUID) -> Disclosure:
    """Lock a disclosure: everything about it changes under this lock. Raises DisclosureMissing."""
    query = (
        select(Disclosure)
        .where(Disclosure.id == disclosure_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise DisclosureMissing()
    return found


async def find_drafted(uow: UnitOfWork, person_id: UUID, key: str) -> Disclosure | None:
    """What this person made with this idempotency key."""
    query = select(Disclosure).where(
        Disclosure.author_id == person_id, Disclosure.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_of_achievement(uow: UnitOfWork, achievement_id: UUID) -> Disclosure | None:
    """The disclosure that became this achievement."""
    query = select(Disclosure).where(Disclosure.achievement_id == achievement_id)
    return (await uow.session.scalars(query)).one_or_none()


async def list_completers(uow: UnitOfWork, disclosure_id: UUID) -> Sequence[DisclosureCompleter]:
    """The completers in order."""
    query = (
        select(DisclosureCompleter)
        .where(DisclosureCompleter.disclosure_id == disclosure_id)
        .order_by(DisclosureCompleter.ordinal)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def is_completer(uow: UnitOfWork, disclosure_id: UUID, person_id: UUID) -> bool:
    """Whether a person is one of the completers."""
    query = select(
        select(DisclosureCompleter.ordinal)
        .where(
            DisclosureCompleter.disclosure_id == disclosure_id,
            DisclosureCompleter.person_id == person_id,
        )
        .exists()
    )
    return bool((await uow.session.execute(query)).scalar_one())


async def get_content(uow: UnitOfWork, record: Disclosure) -> DisclosureContent:
    """A disclosure with its completers, as a plain value."""
    return record.content(await list_completers(uow, record.id))


async def replace_completers(
    uow: UnitOfWork, disclosure_id: UUID, rows: Sequence[Completer]
) -> None:
    """Write the completers anew, in their order."""
    await uow.session.execute(
        delete(DisclosureCompleter).where(DisclosureCompleter.disclosure_id == disclosure_id)
    )
    uow.session.add_all(
        DisclosureCompleter(
            disclosure_id=disclosure_id,
            ordinal=place,
            person_id=row.person_id,
            name=row.name,
            contribution=row.contribution,
            share_bp=row.share_bp,
        )
        for place, row in enumerate(rows, 1)
    )
    await uow.session.flush()


async def list_versions(uow: UnitOfWork, disclosure_id: UUID) -> Sequence[DisclosureVersion]:
    """What was submitted, the first one first."""
    query = (
        select(DisclosureVersion)
        .where(DisclosureVersion.disclosure_id == disclosure_id)
        .order_by(DisclosureVersion.ordinal)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def empty_versions(uow: UnitOfWork, disclosure_id: UUID) -> None:
    """Forget what was submitted; hashes and dates stay."""
    await uow.session.execute(
        update(DisclosureVersion)
        .where(DisclosureVersion.disclosure_id == disclosure_id)
        .values(content={})
    )


async def list_decisions(uow: UnitOfWork, disclosure_id: UUID) -> Sequence[DisclosureDecision]:
    """The unit's decisions, by submission."""
    query = (
        select(DisclosureDecision)
        .where(DisclosureDecision.disclosure_id == disclosure_id)
        .order_by(DisclosureDecision.ordinal)
    )
    return (await uow.session.scalars(query)).all()


# ---------------------------------------------------------------- lists


async def list_own(
    uow: UnitOfWork, organisation_id: UUID, person_id: UUID, after: Key | None, limit: int
) -> Sequence[Disclosure]:
    """What a person wrote or, once submitted, completed, last changed first."""
    of_mine = select(DisclosureCompleter.disclosure_id).where(
        DisclosureCompleter.person_id == person_id
    )
    query = select(Disclosure).where(
        Disclosure.organisation_id == organisation_id,
        or_(
            Disclosure.author_id == person_id,
            Disclosure.id.in_(of_mine) & (Disclosure.submissions > 0),
        ),
    )
    return await _newest(uow, query, after, limit)


async def list_of_unit(
    uow: UnitOfWork,
    organisation_id: UUID,
    states: Collection[DisclosureState],
    after: Key | None,
    limit: int,
) -> Sequence[Disclosure]:
    """What was submitted to a unit and stands in one of these states, last changed first."""
    query = select(Disclosure).where(
        Disclosure.organisation_id == organisation_id,
        Disclosure.submissions > 0,
        Disclosure.state.in_(list(states)),
    )
    return await _newest(uow, query, after, limit)


async def list_waiting(
    uow: UnitOfWork, organisation_id: UUID, after: Key | None, limit: int
) -> Sequence[Disclosure]:
    """What waits for a unit's decision, the most urgent first."""
    query = select(Disclosure).where(
        Disclosure.organisation_id == organisation_id,
        Disclosure.state == DisclosureState.submitted,
    )
    if after is not None:
        query = query.where(tuple_(Disclosure.due_at, Disclosure.id) > after)
    query = query.order_by(Disclosure.due_at, Disclosure.id).limit(limit)
    return (await uow.session.scalars(query)).all()


async def _newest(
    uow: UnitOfWork, query: Select[Disclosure], after: Key | None, limit: int
) -> Sequence[Disclosure]:
    if after is not None:
        query = query.where(tuple_(Disclosure.updated_at, Disclosure.id) < after)
    query = query.order_by(Disclosure.updated_at.desc(), Disclosure.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def count_of_unit(uow: UnitOfWork, organisation_id: UUID) -> tuple[int, int, int]:
    """How many of a unit's disclosures wait, are overdue, were accepted."""
    waiting = Disclosure.state == DisclosureState.submitted
    query = select(
        func.count().filter(waiting),
        func.count().filter(waiting, Disclosure.due_at <= func.market_now()),
        func.count().filter(Disclosure.state == DisclosureState.accepted),
    ).where(Disclosure.organisation_id == organisation_id)
    row = (await uow.session.execute(query)).one()
    return row[0], row[1], row[2]


# ---------------------------------------------------------------- time


async def lock_to_remind(uow: UnitOfWork, limit: int) -> Sequence[Disclosure]:
    """Lock what waits and whose reminder is due; rows of other sweepers are passed over."""
    query = (
        select(Disclosure)
        .where(
            Disclosure.state == DisclosureState.submitted,
            Disclosure.remind_at <= text("market_now()"),
        )
        .order_by(Disclosure.remind_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def get_rule(
    uow: UnitOfWork, name: str, organisation_id: UUID | None, on: date
) -> DisclosureRule:
    """The rule in force on a day: the unit's own before the market's, the newest one of each."""
    query = (
        select(DisclosureRule)
        .where(
            DisclosureRule.name == name,
            or_(
                DisclosureRule.organisation_id == organisation_id,
                DisclosureRule.organisation_id.is_(None),
            ),
            DisclosureRule.in_force_from <= on,
            or_(DisclosureRule.in_force_to.is_(None), DisclosureRule.in_force_to >= on),
        )
        .order_by(
            DisclosureRule.organisation_id.is_(None),
            DisclosureRule.in_force_from.desc(),
            DisclosureRule.id.desc(),
        )
        .limit(1)
    )
    return (await uow.session.scalars(query)).one()
