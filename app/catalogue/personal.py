"""The catalogue's share of a person's own data, and what keeps an organisation open."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.models import Achievement, AchievementCompleter
from app.catalogue.offer_models import Offer
from app.catalogue.types import AchievementState, OfferState
from app.core.i18n import Message
from app.core.tx import UnitOfWork

ROWS: Final = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Achievements he entered, and those whose completer (成果完成人) he is."""
    entered = await uow.session.execute(
        select(Achievement.number, Achievement.title, Achievement.state)
        .where(Achievement.created_by == person_id)
        .order_by(Achievement.id.desc())
        .limit(ROWS)
    )
    completed = await uow.session.execute(
        select(Achievement.number, Achievement.title, AchievementCompleter.role)
        .join(AchievementCompleter, AchievementCompleter.achievement_id == Achievement.id)
        .where(AchievementCompleter.person_id == person_id)
        .order_by(Achievement.id.desc())
        .limit(ROWS)
    )
    return {
        "entered": [dict(row) for row in entered.mappings()],
        "completer_of": [dict(row) for row in completed.mappings()],
    }


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Offers that can still be taken, and achievements under review."""
    offers = await uow.session.scalar(
        select(func.count()).where(
            Offer.owner_id == organisation_id,
            Offer.state.in_([OfferState.published.value, OfferState.reserved.value]),
        )
    )
    waiting = await uow.session.scalar(
        select(func.count()).where(
            Achievement.owner_id == organisation_id,
            Achievement.state == AchievementState.submitted.value,
        )
    )
    found = []
    if offers:
        found.append(Message("您的单位还有 %(count)s 条供给信息在供给中，请先撤回", count=offers))
    if waiting:
        found.append(Message("您的单位还有 %(count)s 项成果待审核", count=waiting))
    return found
