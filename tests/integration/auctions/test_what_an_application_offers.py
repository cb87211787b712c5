"""What the page of an application offers is what its verbs would allow this actor."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.auctions import service
from app.auctions.admission_errors import ApplicationMissing
from app.auctions.errors import SellerMayNotBid, StaffMayNotBid
from app.core.actor import Actor
from app.core.errors import Forbidden, Unauthenticated
from app.core.tx import Tx
from tests.world import World

OFFERS = ("withdraw", "complain", "decide", "answer")


async def offered(tx: Tx, actor: Actor, application_id: UUID) -> set[str]:
    view = await tx.run(service.show_application, actor=actor, application_id=application_id)
    return {one for one in OFFERS if getattr(view, f"may_{one}")}


async def test_each_step_is_offered_in_its_time_to_whose_it_is(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    clerk = await world.member(buyer, ["inventor"])
    operator, other = await world.operator(), await world.operator()
    supervisor = await world.person(platform=["supervisor"])
    everybody = (buyer.head, clerk, operator, other, supervisor)

    async def offers(application_id: UUID) -> list[set[str]]:
        return [await offered(tx, actor, application_id) for actor in everybody]

    application_id = await world.application(sale, buyer)
    assert await offers(application_id) == [{"withdraw"}, set(), {"decide"}, {"decide"}, set()]
    await world.decide(operator, application_id, accept=False)
    assert await offers(application_id) == [{"complain"}, set(), set(), set(), set()]
    await tx.run(service.complain, actor=buyer.head, application_id=application_id, text="不服")
    assert await offers(application_id) == [set(), set(), set(), {"answer"}, {"answer"}]
    demoted = replace(other, roles=frozenset({"inventor"}), organisation_id=buyer.id)
    assert await offered(tx, demoted, application_id) == set()
    await tx.run(
        service.answer_complaint,
        actor=other,
        application_id=application_id,
        upheld=False,
        answer="材料确实缺少",
    )
    assert await offers(application_id) == [set()] * 5
    admitted = await world.application(sale, buyer)
    await world.decide(operator, admitted)
    assert await offers(admitted) == [set()] * 5


async def test_the_queues_hold_what_waits_and_a_house_s_list_its_own(tx: Tx, world: World) -> None:
    sale, buyer, rival = (
        await world.demanding_lot(),
        await world.organisation(),
        await world.organisation(),
    )
    operator = await world.operator()
    refused, waits = await world.application(sale, buyer), await world.application(sale, rival)
    await world.decide(operator, refused, accept=False)
    assert [one.id for one in (await tx.run(service.list_applications, actor=operator)).items] == [
        waits
    ]
    own = await tx.run(service.list_own_applications, actor=buyer.head)
    assert [one.id for one in own.items] == [refused]
    await tx.run(service.complain, actor=buyer.head, application_id=refused, text="不服")
    supervisor = await world.person(platform=["supervisor"])
    complaints = await tx.run(service.list_complaints, actor=supervisor)
    assert [one.id for one in complaints.items] == [refused]
    await tx.run(
        service.answer_complaint,
        actor=supervisor,
        application_id=refused,
        upheld=False,
        answer="材料确实缺少",
    )
    assert (await tx.run(service.list_complaints, actor=supervisor)).items == []


async def test_what_is_nobody_else_s_to_see_or_to_answer(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    await world.decide(await world.operator(), application_id, accept=False)
    await tx.run(service.complain, actor=buyer.head, application_id=application_id, text="不服")
    administrator = await world.person(platform=["administrator"])
    for actor in (buyer.head, sale.seller.head, administrator):
        for queue in (service.list_applications, service.list_complaints):
            with pytest.raises(Forbidden):
                await tx.run(queue, actor=actor)
        with pytest.raises(Forbidden):
            await tx.run(
                service.answer_complaint,
                actor=actor,
                application_id=application_id,
                upheld=True,
                answer="经复核符合",
            )
    with pytest.raises(Unauthenticated):
        await tx.run(service.list_own_applications, actor=world.stranger)
    with pytest.raises(SellerMayNotBid):
        await tx.run(service.show_apply, actor=sale.seller.head, number=sale.number)
    with pytest.raises(StaffMayNotBid):
        await tx.run(service.show_apply, actor=administrator, number=sale.number)
    nobody = replace(buyer.head, roles=frozenset())
    with pytest.raises(ApplicationMissing):
        await tx.run(service.show_application, actor=nobody, application_id=application_id)
    assert await world.count("lot_application", state="refused") == 1
