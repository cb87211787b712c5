"""Builders of achievements and offers, through the public verbs."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from app.catalogue import service
from app.catalogue.models import Achievement
from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    AchievementState,
    Completer,
    Disposal,
    LumpSum,
    NationalField,
    OfferContent,
    OfferFacts,
    Origin,
)
from app.core.actor import SYSTEM
from app.core.ids import new_id
from app.core.money import Money
from app.core.numbers import next_number
from app.core.tx import Tx, UnitOfWork
from tests.worlds.accounts import Org

_serial = count(1)
_FIELDS = tuple(AchievementContent.__dataclass_fields__)


def achievement_content(**given: Any) -> AchievementContent:
    """Content that passes every check; fields given replace it."""
    number = next(_serial)
    return replace(
        AchievementContent(
            owner_number=f"KJ-{number:05d}",
            title="锂电池隔膜的陶瓷涂覆工艺",
            abstract="在聚烯烃基膜上双面涂覆 2 微米氧化铝，180 ℃热收缩率低于 3%。",
            field=NationalField.modern_energy,
        ),
        **given,
    )


def offer_content(**given: Any) -> OfferContent:
    """An ordinary licence for 100,000 元; fields given replace it."""
    content = OfferContent(disposal=Disposal.ordinary, terms=LumpSum(Money(100_000_00)))
    return replace(content, **given)


class CatalogueBuilders:
    """Achievements in each state, imports, offers."""

    tx: Tx

    async def achievement(
        self, org: Org, *, state: str = AchievementState.published, **content: Any
    ) -> AchievementFacts:
        """An achievement of an organisation: draft, submitted or published."""
        made = await self.tx.run(
            service.draft_achievement,
            actor=org.head,
            content=achievement_content(**content),
            key=f"world-{next(_serial):08d}",
        )
        if state in (AchievementState.submitted, AchievementState.published):
            made = await self.tx.run(
                service.submit_achievement,
                actor=replace(org.head, verified=True),
                number=made.number,
                version=made.version,
            )
        if state == AchievementState.published:
            made = await self.tx.run(
                service.publish_achievement, actor=SYSTEM, number=made.number, version=made.version
            )
        return made

    async def edited_achievement(self, org: Org) -> AchievementFacts:
        """A published record (version 3) whose title, abstract and completers changed (4)."""
        content = achievement_content(
            title="隔膜的陶瓷涂覆工艺",
            abstract="在聚烯烃基膜上双面涂覆 2 微米氧化铝。已有样品。",
            completers=(Completer(name="钱一"), Completer(name="孙二")),
        )
        made = await self.achievement(org, **{f: getattr(content, f) for f in _FIELDS})
        changed = replace(
            content,
            title="锂电池隔膜的陶瓷涂覆工艺",
            abstract="在聚烯烃基膜上单面涂覆 2 微米氧化铝。已通过中试。",
            completers=(Completer(name="孙二", role="负责"),),
        )
        return await self.tx.run(
            service.edit_achievement,
            actor=org.head,
            number=made.number,
            version=made.version,
            content=changed,
        )

    async def imported(
        self, care: Org, *, title: str = "一种高炉煤气脱硫装置", holder: str = "某某大学"
    ) -> AchievementFacts:
        """A published import in an organisation's care that nobody has claimed."""
        return await self.tx.run(_insert_import, care=care, title=title, holder=holder)

    async def offer(
        self, org: Org, achievement: AchievementFacts | None = None, *, state: str = "published",
        **content: Any,
    ) -> OfferFacts:  # fmt: skip
        """An offer of an achievement (a new one when none is given): draft or published."""
        record = achievement or await self.achievement(org)
        made = await self.tx.run(
            service.draft_offer,
            actor=org.head,
            achievement_number=record.number,
            content=offer_content(**content),
            key=f"world-{next(_serial):08d}",
        )
        if state == "published":
            made, _ = await self.tx.run(
                service.publish_offer, actor=org.head, number=made.number, version=made.version
            )
        return made

    async def held_offer(
        self, org: Org, achievement: AchievementFacts | None = None, **content: Any
    ) -> OfferFacts:
        """A published offer that a lot holds."""
        offer = await self.offer(org, achievement, **content)
        return await self.tx.run(
            service.reserve_offer, offer_id=offer.id, for_kind="lot", for_id=new_id()
        )


async def _insert_import(
    uow: UnitOfWork, *, care: Org, title: str, holder: str
) -> AchievementFacts:
    """A row as the importer leaves it, without a file."""
    record = Achievement(
        id=new_id(),
        number=await next_number(uow, "CG"),
        care_id=care.id,
        holder_name=holder,
        origin=Origin.imported,
        owner_number=f"CN{next(_serial):09d}A",
        title=title,
        keywords=[],
        return_reasons=[],
        state=AchievementState.published,
        created_at=uow.now,
        updated_at=uow.now,
        published_at=uow.now,
    )
    uow.session.add(record)
    await uow.session.flush()
    return record.facts()
