"""Claims to imported achievements."""

from __future__ import annotations

import pytest

from app.catalogue import service
from app.catalogue.errors import (
    AlreadyClaiming,
    ClaimDecided,
    ClaimMissing,
    NotClaimable,
    NotClaimedYet,
)
from app.catalogue.types import AchievementFacts, ClaimFacts, ClaimState
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.ids import new_id
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.catalogue import offer_content

PROOF = "专利登记簿副本，登记号 2026-001。"


@pytest.fixture
async def care(world: World) -> Org:
    return await world.organisation("省科技大市场", kind="transfer_agency")


@pytest.fixture
async def imported(world: World, care: Org) -> AchievementFacts:
    return await world.imported(care, holder="南湖大学；某某公司")


async def claim(
    tx: Tx, actor: Actor, record: AchievementFacts, key: str = "claim-001"
) -> ClaimFacts:
    return await tx.run(
        service.claim_imported, actor=actor, number=record.number, evidence=PROOF, key=key
    )


async def test_nobody_offers_what_nobody_claimed(
    world: World, care: Org, imported: AchievementFacts, tx: Tx
) -> None:
    with pytest.raises(NotClaimedYet):
        await tx.run(
            service.draft_offer,
            actor=care.head,
            achievement_number=imported.number,
            content=offer_content(),
            key="offer-001",
        )
    assert await world.count("offer") == 0


async def test_an_accepted_claim_makes_an_owner(
    world: World, imported: AchievementFacts, tx: Tx
) -> None:
    owner = await world.organisation("南湖大学", kind="university")
    rival = await world.organisation()
    operator = await world.operator()
    asked = await claim(tx, owner.head, imported)
    also = await claim(tx, rival.head, imported)
    waiting = await tx.run(service.list_waiting_claims, actor=operator)
    assert [row.facts.id for row in waiting.items] == [asked.id, also.id]
    decided = await tx.run(service.accept_claim, actor=operator, claim_id=asked.id)
    assert decided.state is ClaimState.accepted
    now = await tx.run(service.get_achievement, achievement_id=imported.id)
    assert now.owner_id == owner.id
    assert now.holder_name == "南湖大学；某某公司"
    assert now.version == imported.version + 1
    view = await tx.run(service.show_achievement, actor=rival.head, number=imported.number)
    assert [row.facts.state for row in view.claims] == [ClaimState.refused]
    offer = await world.offer(owner, now)
    assert offer.owner_id == owner.id


async def test_a_refused_claim_says_why_and_may_be_repeated(
    world: World, imported: AchievementFacts, tx: Tx
) -> None:
    owner, operator = await world.organisation(), await world.operator()
    asked = await claim(tx, owner.head, imported)
    with pytest.raises(Invalid):
        await tx.run(service.refuse_claim, actor=operator, claim_id=asked.id, note_text=" ")
    refused = await tx.run(
        service.refuse_claim, actor=operator, claim_id=asked.id, note_text="证明不清晰"
    )
    assert (refused.state, refused.decision_note) == (ClaimState.refused, "证明不清晰")
    with pytest.raises(ClaimDecided):
        await tx.run(service.accept_claim, actor=operator, claim_id=asked.id)
    assert (await tx.run(service.get_achievement, achievement_id=imported.id)) == imported
    await claim(tx, owner.head, imported, "claim-002")


async def test_the_same_key_claims_once(world: World, imported: AchievementFacts, tx: Tx) -> None:
    owner = await world.organisation()
    assert await claim(tx, owner.head, imported) == await claim(tx, owner.head, imported)
    with pytest.raises(AlreadyClaiming):
        await claim(tx, owner.head, imported, "claim-002")
    with pytest.raises(KeyReused):
        await tx.run(
            service.claim_imported,
            actor=owner.head,
            number=imported.number,
            evidence="另一份证明",
            key="claim-001",
        )
    assert await world.count("achievement_claim") == 1


async def test_who_may_not_claim(
    world: World, care: Org, imported: AchievementFacts, tx: Tx
) -> None:
    unverified = await world.organisation(verified=False)
    inventor = await world.member(await world.organisation(), ("inventor",))
    for actor, refusal in [
        (Actor.stranger(), Unauthenticated),
        (unverified.head, Forbidden),
        (inventor, Forbidden),
        (await world.operator(), Forbidden),
    ]:
        with pytest.raises(refusal):
            await claim(tx, actor, imported)
    entered = await world.achievement(care)
    with pytest.raises(NotClaimable):
        await claim(tx, care.head, entered)
    with pytest.raises(Invalid):
        await tx.run(
            service.claim_imported,
            actor=care.head,
            number=imported.number,
            evidence="\u200b ",
            key="claim-009",
        )
    assert await world.count("achievement_claim") == 0


async def test_only_operators_decide(world: World, imported: AchievementFacts, tx: Tx) -> None:
    owner = await world.organisation()
    asked = await claim(tx, owner.head, imported)
    supervisor = await world.person(platform={"supervisor"})
    for actor, refusal in [
        (Actor.stranger(), Unauthenticated),
        (owner.head, Forbidden),
        (supervisor, Forbidden),
    ]:
        with pytest.raises(refusal):
            await tx.run(service.accept_claim, actor=actor, claim_id=asked.id)
    with pytest.raises(ClaimMissing):
        await tx.run(service.accept_claim, actor=await world.operator(), claim_id=new_id())
    assert await world.count("achievement_claim", state="pending") == 1
