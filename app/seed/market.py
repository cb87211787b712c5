"""Filling an empty market with the demonstration, in one transaction through the rooms' verbs."""

from __future__ import annotations

import asyncio
from typing import Final

from app.accounts import handlers as accounts_handlers
from app.accounts import service as accounts
from app.accounts.events import OrganisationVerified
from app.accounts.types import Role
from app.catalogue import handlers as catalogue_handlers
from app.catalogue import service as catalogue
from app.catalogue.events import AchievementPublished, OfferPublished
from app.catalogue.types import AchievementFacts, AchievementState, ReturnReason
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.demands import handlers as demands_handlers
from app.demands import service as demands
from app.demands.events import DemandPublished
from app.demands.types import DemandState
from app.seed import content, queries
from app.seed.cast import Cast, make_cast
from app.seed.content import DemoAchievement, DemoDemand, DemoOffer
from app.seed.conversation import seed_conversation
from app.seed.disclosing import enter_disclosures
from app.seed.logins import DEMO_PASSWORD

# What was there before the first visitor came is no news to anybody: an inbox holds what waits.
OLD_NEWS: Final = {
    topic: listeners
    for room in (accounts_handlers, catalogue_handlers, demands_handlers)
    for topic, listeners in room.LISTENERS.items()
    if topic in {OrganisationVerified.topic, AchievementPublished.topic, OfferPublished.topic,
                 DemandPublished.topic}
}  # fmt: skip
RETURN_NOTE = "请补充零重力模拟展开试验报告的编号和检测机构，并上传热真空试验的温度曲线。"


async def ensure_demo(tx: Tx, settings: Settings) -> bool:
    """Load the demonstration into an empty market in demo mode; tells whether it did.

    Everything or nothing: a start that was killed in the middle begins anew the next time. In
    another mode, or when anybody has signed up already, nothing happens.
    Raises DemoLoginTakenError.
    """
    if settings.mode is not Mode.demo or await tx.run(queries.has_parties):
        return False
    password_hash = await asyncio.to_thread(accounts.hash_password, DEMO_PASSWORD)
    return await tx.run(seed_market, password_hash=password_hash)


async def seed_market(uow: UnitOfWork, *, password_hash: str) -> bool:
    """The whole demonstration; False when a rival was faster.

    One hash serves every login: the password is published, so nothing is lost, and the first page
    comes two seconds sooner.
    """
    await queries.lock_seeding(uow)
    if await queries.has_parties(uow):
        return False
    cast = await make_cast(uow, password_hash=password_hash)
    records = {a.key: await _enter_achievement(uow, cast, a) for a in content.achievements()}
    for offer in content.offers():
        await _enter_offer(uow, cast, offer, records[offer.achievement])
    for demand in content.demands():
        await _enter_demand(uow, cast, demand)
    await enter_disclosures(uow, cast)
    await seed_conversation(uow, cast, records)
    await queries.pass_over(uow, OLD_NEWS)
    return True


async def _enter_achievement(
    uow: UnitOfWork, cast: Cast, achievement: DemoAchievement
) -> AchievementFacts:
    """Draft it, submit it, publish or return it, as far as the content says."""
    manager = cast.member(achievement.owner, Role.manager)
    today = uow.now.astimezone(SHANGHAI).date()
    facts = await catalogue.draft_achievement(
        uow,
        actor=manager,
        content=achievement.content(cast.people, today),
        key=f"demo-{achievement.key}",
    )
    if achievement.state is AchievementState.draft:
        return facts
    facts = await catalogue.submit_achievement(
        uow, actor=manager, number=facts.number, version=facts.version
    )
    if achievement.state is AchievementState.submitted:
        return facts
    return await _review(uow, cast.actor("operator"), achievement, facts)


async def _review(
    uow: UnitOfWork, operator: Actor, achievement: DemoAchievement, facts: AchievementFacts
) -> AchievementFacts:
    if achievement.state is AchievementState.returned:
        return await catalogue.return_achievement(
            uow,
            actor=operator,
            number=facts.number,
            version=facts.version,
            reasons=[ReturnReason.maturity_unproven],
            note_text=RETURN_NOTE,
        )
    return await catalogue.publish_achievement(
        uow, actor=operator, number=facts.number, version=facts.version
    )


async def _enter_offer(
    uow: UnitOfWork, cast: Cast, offer: DemoOffer, achievement: AchievementFacts
) -> None:
    owner = next(a.owner for a in content.achievements() if a.key == offer.achievement)
    manager = cast.member(owner, Role.manager)
    facts = await catalogue.draft_offer(
        uow,
        actor=manager,
        achievement_number=achievement.number,
        content=offer.content,
        key=f"demo-{offer.key}",
    )
    await catalogue.publish_offer(uow, actor=manager, number=facts.number, version=facts.version)


async def _enter_demand(uow: UnitOfWork, cast: Cast, demand: DemoDemand) -> None:
    author = cast.member(demand.owner, Role.agent)
    view = await demands.create_demand(
        uow,
        actor=author,
        content=demand.content(uow.now.astimezone(SHANGHAI).date()),
        key=f"demo-{demand.key}",
    )
    view = await demands.submit_demand(uow, actor=author, number=view.number, version=view.version)
    if demand.state is DemandState.published:
        await demands.publish_demand(
            uow, actor=cast.actor("operator"), number=view.number, version=view.version
        )
