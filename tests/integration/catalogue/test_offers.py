"""The verbs of offers: an owner's, and those of the rooms above."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.catalogue import service
from app.catalogue.errors import (
    NotPublishedYet,
    OfferExcluded,
    OfferMissing,
    OfferStateForbids,
    ReservationMissing,
)
from app.catalogue.offer_models import AchievementGrant
from app.catalogue.types import (
    Disposal,
    LumpSum,
    OfferFacts,
    OfferState,
    compute_hash,
)
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, KeyReused, NotFound, StaleVersion
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx, UnitOfWork
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.catalogue import offer_content

pytestmark = pytest.mark.usefixtures("index_agrees")

STATE = OfferState


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("东海大学", kind="university")


@pytest.fixture
async def buyer(world: World) -> Org:
    return await world.organisation("西山公司")


async def stored(tx: Tx, facts: OfferFacts) -> OfferFacts:
    return await tx.run(service.get_offer, offer_id=facts.id)


async def is_found(tx: Tx, number: str) -> bool:
    result = await PostgresIndex(tx).search(SearchRequest(text=number))
    return number in [hit.number for hit in result.hits]


async def reserve(tx: Tx, offer: OfferFacts, lot: UUID) -> OfferFacts:
    return await tx.run(service.reserve_offer, offer_id=offer.id, for_kind="lot", for_id=lot)


async def release(tx: Tx, offer: OfferFacts, lot: UUID) -> OfferFacts:
    return await tx.run(service.release_offer, offer_id=offer.id, for_kind="lot", for_id=lot)


async def complete(
    tx: Tx, offer: OfferFacts, lot: UUID, buyer: Org, deal: UUID | None = None
) -> Any:
    return await tx.run(
        service.complete_offer,
        offer_id=offer.id,
        for_kind="lot",
        for_id=lot,
        holder_id=buyer.id,
        deal_id=deal or new_id(),
        price_terms_hash=offer.price_terms_hash,
    )


async def test_an_offer_is_published_for_six_months(world: World, org: Org, tx: Tx) -> None:
    record = await world.achievement(org)
    content = offer_content()
    draft = await tx.run(
        service.draft_offer,
        actor=org.head,
        achievement_number=record.number,
        content=content,
        key="offer-001",
    )
    assert (draft.state, draft.owner_id, draft.asking_minor) == (STATE.draft, org.id, 100_000_00)
    assert content.terms is not None
    assert draft.price_terms_hash == compute_hash(content.terms)
    with pytest.raises(OfferMissing):
        await tx.run(service.show_offer, actor=Actor.stranger(), number=draft.number)
    shown, warnings = await tx.run(
        service.publish_offer, actor=org.head, number=draft.number, version=draft.version
    )
    assert (shown.state, warnings) == (STATE.published, [])
    assert shown.valid_from is not None
    assert shown.expires_at is not None
    assert 180 < (shown.expires_at - shown.valid_from).days < 185
    assert await is_found(tx, shown.number)
    view = await tx.run(service.show_offer, actor=Actor.stranger(), number=draft.number)
    assert (view.facts, view.content.terms) == (shown, content.terms)
    mine = await tx.run(service.list_own_offers, actor=org.head)
    assert [row.facts.number for row in mine.items] == [draft.number]


async def test_the_same_key_makes_one_offer(world: World, org: Org, tx: Tx) -> None:
    record = await world.achievement(org)

    async def draft(content: Any) -> OfferFacts:
        return await tx.run(
            service.draft_offer,
            actor=org.head,
            achievement_number=record.number,
            content=content,
            key="offer-001",
        )

    assert await draft(offer_content()) == await draft(offer_content())
    with pytest.raises(KeyReused):
        await draft(offer_content(terms=None))
    assert await world.count("offer") == 1


async def test_what_cannot_be_offered(world: World, org: Org, tx: Tx) -> None:
    hidden = await world.achievement(org, state="draft")
    shown = await world.achievement(org)
    rival = await world.organisation()
    inventor = await world.member(org, ("inventor",))
    for actor, record, content, refusal in [
        (org.head, hidden, offer_content(), NotPublishedYet),
        (rival.head, hidden, offer_content(), NotFound),
        (rival.head, shown, offer_content(), Forbidden),
        (inventor, shown, offer_content(), Forbidden),
        (org.head, shown, offer_content(terms=LumpSum(Money(0))), Invalid),
    ]:
        with pytest.raises(refusal):
            await tx.run(
                service.draft_offer,
                actor=actor,
                achievement_number=record.number,
                content=content,
                key="offer-001",
            )
    assert await world.count("offer") == 0


async def test_an_unverified_organisation_publishes_nothing(world: World, org: Org, tx: Tx) -> None:
    draft = await world.offer(org, state="draft")
    unverified = replace(org.head, verified=False)
    with pytest.raises(Forbidden):
        await tx.run(service.publish_offer, actor=unverified, number=draft.number, version=1)
    assert await stored(tx, draft) == draft


async def test_public_terms_do_not_change(world: World, org: Org, tx: Tx) -> None:
    shown = await world.offer(org)
    edit: dict[str, Any] = {
        "actor": org.head,
        "number": shown.number,
        "content": offer_content(terms=None),
    }
    with pytest.raises(OfferStateForbids):
        await tx.run(service.edit_offer, version=shown.version, **edit)
    assert await stored(tx, shown) == shown
    gone = await tx.run(
        service.withdraw_offer, actor=org.head, number=shown.number, version=shown.version
    )
    assert not await is_found(tx, shown.number)
    with pytest.raises(StaleVersion):
        await tx.run(service.edit_offer, version=shown.version, **edit)
    edited = await tx.run(service.edit_offer, version=gone.version, **edit)
    assert (edited.price_terms_hash, edited.asking_minor) == (None, None)
    again, _ = await tx.run(
        service.publish_offer, actor=org.head, number=shown.number, version=edited.version
    )
    assert again.state is STATE.published


async def test_an_offer_runs_out_and_is_renewed(
    world: World, org: Org, tx: Tx, clock: Clock
) -> None:
    shown = await world.offer(org)
    assert await tx.run(service.sweep_expired_offers) == 0
    await clock.advance(days=185)
    with pytest.raises(OfferStateForbids):
        await reserve(tx, shown, new_id())
    assert await tx.run(service.sweep_expired_offers) == 1
    assert await tx.run(service.sweep_expired_offers) == 0
    ended = await stored(tx, shown)
    assert ended.state is STATE.expired
    assert not await is_found(tx, shown.number)
    with pytest.raises(OfferMissing):
        await tx.run(service.show_offer, actor=Actor.stranger(), number=shown.number)
    renewed = await tx.run(
        service.renew_offer, actor=org.head, number=shown.number, version=ended.version
    )
    assert renewed.state is STATE.published
    assert renewed.expires_at is not None
    assert shown.expires_at is not None
    assert renewed.expires_at > shown.expires_at
    assert await is_found(tx, shown.number)
    assert await tx.run(service.sweep_expired_offers) == 0


async def test_an_exclusive_licence_is_held_released_and_sold_once(
    world: World, org: Org, buyer: Org, tx: Tx
) -> None:
    shown = await world.offer(org, disposal=Disposal.exclusive, period_years=5)
    lot, other_lot, deal = new_id(), new_id(), new_id()
    held = await reserve(tx, shown, lot)
    assert held.state is STATE.reserved
    assert await reserve(tx, shown, lot) == held
    with pytest.raises(OfferStateForbids):
        await reserve(tx, shown, other_lot)
    for verb in (service.withdraw_offer, service.renew_offer):
        with pytest.raises(OfferStateForbids):
            await tx.run(verb, actor=org.head, number=shown.number, version=held.version)
    with pytest.raises(ReservationMissing):
        await complete(tx, shown, other_lot, buyer)
    assert (await release(tx, shown, lot)).state is STATE.published
    assert (await release(tx, shown, lot)).state is STATE.published
    with pytest.raises(ReservationMissing):
        await release(tx, shown, other_lot)

    await reserve(tx, shown, other_lot)
    grant = await complete(tx, shown, other_lot, buyer, deal)
    assert await complete(tx, shown, other_lot, buyer, deal) == grant
    assert grant.disposal is Disposal.exclusive
    assert grant.ends_at is not None
    assert (await stored(tx, shown)).state is STATE.sold
    assert not await is_found(tx, shown.number)
    assert await world.count("achievement_grant") == 1
    view = await tx.run(service.show_offer, actor=Actor.stranger(), number=shown.number)
    assert view.facts.state is STATE.sold


async def test_ordinary_licences_end_in_any_number_of_deals(
    world: World, org: Org, buyer: Org, tx: Tx
) -> None:
    shown = await world.offer(org)
    lots = [new_id() for _ in range(3)]
    for lot in lots:
        assert (await reserve(tx, shown, lot)).state is STATE.published
    with pytest.raises(OfferStateForbids):
        await tx.run(
            service.withdraw_offer, actor=org.head, number=shown.number, version=shown.version
        )
    for lot in lots:
        await complete(tx, shown, lot, buyer)
    assert await stored(tx, shown) == shown
    assert await world.count("achievement_grant") == 3


async def test_a_licence_that_is_held_may_run_out_and_still_be_given(
    world: World, org: Org, buyer: Org, tx: Tx, clock: Clock
) -> None:
    ordinary = await world.offer(org)
    exclusive = await world.offer(org, disposal=Disposal.exclusive)
    lot = new_id()
    for offer in (ordinary, exclusive):
        await reserve(tx, offer, lot)
    await clock.advance(days=200)
    assert await tx.run(service.sweep_expired_offers) == 1
    await complete(tx, ordinary, lot, buyer)
    assert (await stored(tx, ordinary)).state is STATE.expired
    assert (await release(tx, exclusive, lot)).state is STATE.expired


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Disposal.exclusive, Disposal.ordinary),
        (Disposal.ordinary, Disposal.exclusive),
        # the transfer might be signed first, and would then leave nothing to license
        (Disposal.ordinary, Disposal.transfer),
        (Disposal.transfer, Disposal.ordinary),
    ],
)
async def test_rival_offers_are_not_held_together(
    world: World, org: Org, tx: Tx, first: Disposal, second: Disposal
) -> None:
    record = await world.achievement(org)
    one = await world.offer(org, record, disposal=first)
    other = await world.offer(org, record, disposal=second)
    await reserve(tx, one, new_id())
    with pytest.raises(OfferExcluded, match=one.number):
        await reserve(tx, other, new_id())
    assert await stored(tx, other) == other
    assert await world.count("offer_reservation") == 1


async def test_a_sale_takes_impossible_offers_away(
    world: World, org: Org, buyer: Org, tx: Tx
) -> None:
    record = await world.achievement(org)
    ordinary = await world.offer(org, record)
    sale = await world.offer(org, record, disposal=Disposal.transfer)
    lot = new_id()
    await reserve(tx, ordinary, lot)
    await complete(tx, ordinary, lot, buyer)
    assert (await stored(tx, sale)).state is STATE.published
    lot = new_id()
    await reserve(tx, sale, lot)
    await complete(tx, sale, lot, buyer)
    assert (await stored(tx, ordinary)).state is STATE.withdrawn
    assert not await is_found(tx, ordinary.number)
    late = await world.offer(org, record, state="draft")
    with pytest.raises(OfferExcluded):
        await tx.run(service.publish_offer, actor=org.head, number=late.number, version=1)
    assert await stored(tx, late) == late


async def test_nothing_is_given_against_a_right_that_lives(
    world: World, org: Org, buyer: Org, tx: Tx
) -> None:
    """A right recorded beside the reservations (an older sale, say) still stops a deal."""
    held = await world.offer(org)
    lot = new_id()
    await reserve(tx, held, lot)

    async def record_older_sale(uow: UnitOfWork) -> None:
        uow.session.add(
            AchievementGrant(
                achievement_id=held.achievement_id,
                offer_id=held.id,
                holder_id=buyer.id,
                disposal=Disposal.exclusive,
                starts_at=uow.now,
                deal_id=new_id(),
                granted_at=uow.now,
            )
        )

    await tx.run(record_older_sale)
    with pytest.raises(OfferExcluded):
        await complete(tx, held, lot, buyer)
    assert await world.count("achievement_grant") == 1
    assert await stored(tx, held) == held


async def test_a_publication_warns_of_rights_in_its_way(
    world: World, org: Org, buyer: Org, tx: Tx
) -> None:
    record = await world.achievement(org)
    given = await world.offer(org, record)
    lot = new_id()
    await reserve(tx, given, lot)
    await complete(tx, given, lot, buyer)
    draft = await world.offer(org, record, disposal=Disposal.exclusive, state="draft")
    shown, warnings = await tx.run(
        service.publish_offer, actor=org.head, number=draft.number, version=1
    )
    assert len(warnings) == 1
    with pytest.raises(OfferExcluded):
        await reserve(tx, shown, new_id())


async def test_an_operator_takes_an_offer_down(world: World, org: Org, tx: Tx) -> None:
    shown = await world.offer(org)
    supervisor = await world.person(platform={"supervisor"})
    with pytest.raises(Forbidden):
        await tx.run(
            service.withdraw_offer, actor=supervisor, number=shown.number, version=shown.version
        )
    gone = await tx.run(
        service.withdraw_offer,
        actor=await world.operator(),
        number=shown.number,
        version=shown.version,
    )
    assert gone.state is STATE.withdrawn


async def test_strangers_do_not_see_a_draft(world: World, org: Org, tx: Tx) -> None:
    draft = await world.offer(org, state="draft")
    rival = await world.organisation()
    for actor in (Actor.stranger(), rival.head):
        for verb in (service.publish_offer, service.renew_offer, service.withdraw_offer):
            with pytest.raises(OfferMissing):
                await tx.run(verb, actor=actor, number=draft.number, version=1)
        with pytest.raises(OfferMissing):
            await tx.run(
                service.edit_offer,
                actor=actor,
                number=draft.number,
                version=1,
                content=offer_content(),
            )
    assert await stored(tx, draft) == draft
    with pytest.raises(OfferMissing):
        await tx.run(service.get_offer, offer_id=new_id())
    with pytest.raises(OfferMissing):
        await tx.run(service.show_offer, actor=SYSTEM, number="GX-2026-999999")
