"""Promises of the catalogue under rivals: one publication, one holder of what excludes."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from app.catalogue import service
from app.catalogue.errors import (
    AchievementStateForbids,
    ClaimDecided,
    ConsentMissing,
    OfferExcluded,
    OfferStateForbids,
)
from app.catalogue.types import CoOwner, Disposal, OfferFacts
from app.core.actor import SYSTEM
from app.core.errors import StaleVersion
from app.core.ids import new_id
from app.core.tx import Tx
from tests.races.rivals import together, wait_for_waiters
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.catalogue import achievement_content


@pytest.fixture
def world(real_tx: Tx) -> World:
    return World(real_tx)


async def test_two_operators_publish_once(world: World, real_tx: Tx) -> None:
    record = await world.achievement(await world.organisation(), state="submitted")
    done, refused = await together(
        *(
            real_tx.run(
                service.publish_achievement,
                actor=SYSTEM,
                number=record.number,
                version=record.version,
            )
            for _ in range(4)
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {AchievementStateForbids}
    assert await world.count("fact", topic="catalogue.achievement_published.v1") == 1
    assert await world.count("search_document") == 1


async def test_one_form_sent_twice_at_once_makes_one_draft(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    content = achievement_content()
    done, refused = await together(
        *(
            real_tx.run(
                service.draft_achievement, actor=org.head, content=content, key="same-key-1"
            )
            for _ in range(4)
        )
    )
    assert refused == []
    assert len({facts.id for facts in done}) == 1
    assert await world.count("achievement") == 1
    assert await world.count("case_counter", prefix="CG", last=1) == 1


async def test_two_lots_reserve_an_exclusive_offer_once(world: World, real_tx: Tx) -> None:
    offer = await world.offer(await world.organisation(), disposal=Disposal.exclusive)
    done, refused = await together(
        *(
            real_tx.run(service.reserve_offer, offer_id=offer.id, for_kind="lot", for_id=new_id())
            for _ in range(4)
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {OfferStateForbids}
    assert await world.count("offer_reservation") == 1


async def test_two_offers_of_one_achievement_that_exclude_each_other(
    world: World, real_tx: Tx
) -> None:
    org = await world.organisation()
    record = await world.achievement(org)
    rivals: list[OfferFacts] = [
        await world.offer(org, record, disposal=disposal)
        for disposal in (Disposal.exclusive, Disposal.transfer, Disposal.ordinary, Disposal.sole)
    ]
    done, refused = await together(
        *(
            real_tx.run(service.reserve_offer, offer_id=rival.id, for_kind="lot", for_id=new_id())
            for rival in rivals
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {OfferExcluded}
    assert await world.count("offer_reservation") == 1


async def test_two_claims_are_decided_once(world: World, real_tx: Tx) -> None:
    record = await world.imported(await world.organisation())
    claims = []
    for _ in range(2):
        claimant = await world.organisation()
        claims.append(
            await real_tx.run(
                service.claim_imported,
                actor=claimant.head,
                number=record.number,
                evidence="专利登记簿副本",
                key="claim-0001",
            )
        )
    operator = await world.operator()
    done, refused = await together(
        *(real_tx.run(service.accept_claim, actor=operator, claim_id=c.id) for c in claims)
    )
    assert (len(done), len(refused)) == (1, 1)
    assert await world.count("achievement_claim", state="accepted") == 1
    assert await world.count("achievement_claim", state="refused") == 1


async def test_a_claim_is_decided_once(world: World, real_tx: Tx, real_database: str) -> None:
    """Both operators have read the claim as open before either holds the lock."""
    record = await world.imported(await world.organisation())
    claimant = await world.organisation()
    claim = await real_tx.run(
        service.claim_imported,
        actor=claimant.head,
        number=record.number,
        evidence="专利登记簿副本",
        key="claim-0001",
    )
    operator = await world.operator()
    async with real_tx.sessions.begin() as rival:
        await rival.execute(
            text("SELECT FROM achievement WHERE id = :id FOR UPDATE"), {"id": record.id}
        )
        decisions = asyncio.gather(
            real_tx.run(service.accept_claim, actor=operator, claim_id=claim.id),
            real_tx.run(
                service.refuse_claim, actor=operator, claim_id=claim.id, note_text="证明不清晰"
            ),
            return_exceptions=True,
        )
        await wait_for_waiters(real_database, 2)
    results = await decisions
    assert [type(result) for result in results if isinstance(result, Exception)] == [ClaimDecided]
    assert await world.count("achievement_claim", state="pending") == 0
    assert await world.count("fact", topic="catalogue.claim_resolved.v1") == 1


async def test_two_edits_of_one_version_keep_one_content(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    record = await world.achievement(org, state="draft")
    done, refused = await together(
        *(
            real_tx.run(
                service.edit_achievement,
                actor=org.head,
                number=record.number,
                version=record.version,
                content=achievement_content(title=f"第 {n} 个名称"),
            )
            for n in range(4)
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {StaleVersion}
    assert await world.count("achievement_version") == 2


async def test_a_consent_taken_back_while_the_offer_is_published(world: World, real_tx: Tx) -> None:
    """Whoever comes first, no offer stays public without its consent."""
    owner, other = await world.organisation(), await world.organisation()
    record = await world.achievement(owner, co_owners=(CoOwner("共有单位", other.id),))
    offer = await world.offer(owner, record, state="draft", disposal=Disposal.exclusive)
    (one,) = await real_tx.run(
        service.ask_consents,
        actor=owner.head,
        offer_number=offer.number,
        breadth=service.ConsentBreadth.terms,
    )
    await real_tx.run(service.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    _, refused = await together(
        real_tx.run(
            service.withdraw_consent, actor=other.head, consent_id=one.id, note_text="条件变化"
        ),
        real_tx.run(
            service.publish_offer, actor=owner.head, number=offer.number, version=offer.version
        ),
    )
    assert {type(error) for error in refused} <= {ConsentMissing}
    assert await world.count("offer", state="published") == 0
    assert await world.count("co_owner_consent", state="withdrawn") == 1


async def test_one_entry_confirmed_twice_at_once_is_confirmed_once(
    world: World, real_tx: Tx
) -> None:
    org = await world.organisation()
    researcher = await world.member(org, {"inventor"})
    record = await real_tx.run(
        service.enter_for_person,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="behalf-race-1",
    )
    _, refused = await together(
        *(
            real_tx.run(
                service.confirm_entry,
                actor=researcher,
                number=record.number,
                version=record.version,
            )
            for _ in range(4)
        )
    )
    assert refused == []
    assert await world.count("fact", topic="catalogue.entry_resolved.v1") == 1
    assert await world.count("audit_entry", action="catalogue.confirm_entry") == 1
