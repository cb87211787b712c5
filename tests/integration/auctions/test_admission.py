"""Admission: apply, decide, be admitted, be refused and complain; what nobody may learn."""

from dataclasses import replace
from typing import Any

import pytest

from app.accounts import service as accounts
from app.accounts.types import Role
from app.auctions import deposits, service
from app.auctions.admission_errors import (
    AlreadyApplied,
    ApplicationMissing,
    ApplicationNeeded,
    ApplicationStateForbids,
    DeciderBarred,
    MayNotTakePart,
)
from app.auctions.errors import LotNotOpenForJoining, SellerMayNotBid, StaffMayNotBid
from app.auctions.types import ApplicationState, RefusalReason
from app.clearances import service as clearances
from app.core.actor import SYSTEM
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.ids import new_id
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org, id_of


async def show(tx: Tx, org: Org, application_id: Any) -> Any:
    return await tx.run(service.show_application, actor=org.head, application_id=application_id)


async def test_an_application_is_decided_before_there_is_a_code(tx: Tx, world: World) -> None:
    sale, operator, buyer = (
        await world.demanding_lot(),
        await world.operator(),
        await world.organisation(),
    )
    with pytest.raises(ApplicationNeeded):
        await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    application_id = await world.application(sale, buyer, key="apply-key-1")
    assert await world.count("lot_bidder") == 0
    (line,) = (await tx.run(service.list_applications, actor=operator)).items
    assert (line.id, line.party_name) == (application_id, buyer.name)
    await world.decide(operator, application_id)
    await world.decide(operator, application_id)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.admitted
    assert (await world.show_lot(sale.number)).bidder_count == 1
    place = await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    assert place.code.startswith("C")
    assert await world.count("fact", topic="auctions.application_decided.v1") == 1
    assert await world.count("lot_bidder") == 1


async def test_the_same_key_applies_once_and_a_second_application_is_refused(
    tx: Tx, world: World
) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    first = await world.application(sale, buyer, key="apply-key-2")
    assert await world.application(sale, buyer, key="apply-key-2") == first
    with pytest.raises(KeyReused):
        await tx.run(
            service.apply_to_lot,
            actor=buyer.head,
            number=sale.number,
            statement="另一说明",
            confirmed=True,
            documents={0: [await world.staged()]},
            key="apply-key-2",
        )
    with pytest.raises(AlreadyApplied):
        await world.application(sale, buyer, key="apply-key-3")
    assert await world.count("lot_application") == 1


async def test_what_lacks_is_said_and_nothing_is_kept(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    with pytest.raises(Invalid) as refused:
        await tx.run(service.apply_to_lot, actor=buyer.head, number=sale.number, key="apply-key-4")
    fields = [error.field for error in refused.value.errors]
    assert fields == ["statement", "confirmed", "document-0"]
    assert await world.count("lot_application") == 0


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("the seller", SellerMayNotBid),
        ("an operator", StaffMayNotBid),
        ("an unverified organisation", Forbidden),
        ("a manager of a buyer", Forbidden),
        ("nobody", Unauthenticated),
    ],
)
async def test_who_may_not_apply(tx: Tx, world: World, who: str, refusal: type[Exception]) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    actors = {
        "the seller": sale.seller.head,
        "an operator": await world.operator(),
        "an unverified organisation": (await world.organisation(verified=False)).head,
        "a manager of a buyer": await world.member(buyer, ["manager"]),
        "nobody": world.stranger,
    }
    with pytest.raises(refusal):
        await tx.run(service.apply_to_lot, actor=actors[who], number=sale.number, key="apply-key-5")
    assert await world.count("lot_application") == 0


# ---------------------------------------------------------------- the closed list


async def test_who_shares_a_member_with_the_seller_is_refused_at_once(tx: Tx, world: World) -> None:
    sale = await world.demanding_lot()
    related = await world.organisation(head=replace(sale.seller.head, organisation_id=None))
    application_id = await world.application(sale, related)
    view = await show(tx, related, application_id)
    assert (view.state, view.reason) == (ApplicationState.refused, RefusalReason.related_party)
    assert view.may_complain
    open_sale = await world.lot(sale.seller)
    with pytest.raises(MayNotTakePart) as barred:
        await tx.run(service.join_lot, actor=related.head, number=open_sale.number)
    assert barred.value.facts["reason"] == "related_party"
    assert await world.count("lot_bidder") == 0


async def test_a_house_with_somebody_of_the_platform_is_refused(tx: Tx, world: World) -> None:
    sale, buyer = await world.lot(), await world.organisation()
    colleague = await world.member(buyer, ["inventor"])
    await tx.run(
        accounts.grant_platform_role,
        actor=SYSTEM,
        person_id=id_of(colleague),
        role=Role.publisher,
    )
    with pytest.raises(MayNotTakePart):
        await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    assert await world.count("lot_bidder") == 0


async def test_a_holder_of_a_right_is_not_kept_from_using_it(tx: Tx, world: World) -> None:
    seller = await world.organisation(kind="university")
    holder = await world.organisation(head=replace(seller.head, organisation_id=None))
    offer = await world.transfer(seller)
    right_id = await world.right(seller, offer, holder.id)
    await tx.run(clearances.answer_right, actor=holder.head, right_id=right_id, takes_part=True)
    board = await tx.run(clearances.show_board, actor=seller.head, offer_number=offer.number)
    await tx.run(
        clearances.settle_clearance,
        actor=seller.head,
        clearance_id=board.clearances[0].facts.id,
        basis="权利人已答复",
        key="settle-key-1",
    )
    sale = await world.lot(seller, offer=offer)
    place = await tx.run(service.join_lot, actor=holder.head, number=sale.number)
    assert place.code


async def test_a_defaulter_does_not_come_back_to_the_same_thing(tx: Tx, world: World) -> None:
    sale, buyer = await world.lot(), await world.organisation()
    await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    await world.bid(sale, buyer, 100_000)
    await world.run_sql(
        "UPDATE lot SET state = 'closed', outcome = 'failed', closed_at = market_now(),"
        " due_at = NULL WHERE id = :id",
        id=sale.id,
    )
    again = await world.lot(sale.seller, offer=await world.offer(sale.seller))
    await world.run_sql(
        "UPDATE lot SET achievement_id = (SELECT achievement_id FROM lot WHERE id = :old)"
        " WHERE id = :id",
        old=sale.id,
        id=again.id,
    )
    with pytest.raises(MayNotTakePart) as barred:
        await tx.run(service.join_lot, actor=buyer.head, number=again.number)
    assert barred.value.facts["reason"] == "defaulted_before"


# ---------------------------------------------------------------- decisions, complaints


async def test_a_refusal_has_its_reason_and_somebody_else_answers_the_complaint(
    tx: Tx, world: World
) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    operator, other = await world.operator(), await world.operator()
    application_id = await world.application(sale, buyer)
    await world.decide(operator, application_id, accept=False)
    await world.decide(operator, application_id, accept=False)
    view = await show(tx, buyer, application_id)
    assert (view.state, view.reason) == (
        ApplicationState.refused,
        RefusalReason.condition_not_met,
    )
    with pytest.raises(ApplicationStateForbids):
        await world.decide(other, application_id)
    said: dict[str, Any] = {
        "actor": buyer.head,
        "application_id": application_id,
        "text": "产线见附件",
    }
    await tx.run(service.complain, **said)
    await tx.run(service.complain, **said)
    with pytest.raises(ApplicationStateForbids):
        await tx.run(service.complain, **said | {"text": "再说一次"})
    answer: dict[str, Any] = {
        "application_id": application_id,
        "upheld": True,
        "answer": "经复核符合条件",
    }
    with pytest.raises(DeciderBarred):
        await tx.run(service.answer_complaint, actor=operator, **answer)
    assert await world.count("lot_bidder") == 0
    await tx.run(service.answer_complaint, actor=other, **answer)
    await tx.run(service.answer_complaint, actor=other, **answer)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.admitted
    assert await world.count("lot_bidder") == 1


async def test_a_complaint_that_does_not_stand_changes_nothing(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    await world.decide(await world.operator(), application_id, accept=False)
    await tx.run(service.complain, actor=buyer.head, application_id=application_id, text="不服")
    supervisor = await world.person(platform=["supervisor"])
    await tx.run(
        service.answer_complaint,
        actor=supervisor,
        application_id=application_id,
        upheld=False,
        answer="材料确实缺少",
    )
    view = await show(tx, buyer, application_id)
    assert view.state is ApplicationState.refused
    assert view.complaint.upheld is False
    assert not view.may_complain
    # what was put right is handed in anew
    assert await world.application(sale, buyer) != application_id


async def test_who_may_not_decide(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    colleague = await world.member(sale.seller, ["inventor"])
    torn = replace(colleague, roles=frozenset({"operator"}))
    for actor, refusal in (
        (sale.seller.head, Forbidden),
        (buyer.head, Forbidden),
        (await world.person(platform=["supervisor"]), Forbidden),
        (await world.person(platform=["administrator"]), Forbidden),
        (torn, DeciderBarred),
    ):
        with pytest.raises(refusal):
            await world.decide(actor, application_id)
    with pytest.raises(ApplicationMissing):
        await world.decide(await world.operator(), new_id())
    for actor in (sale.seller.head, (await world.organisation()).head):
        with pytest.raises(ApplicationMissing):
            await tx.run(service.show_application, actor=actor, application_id=application_id)
    assert await world.count("lot_application", state="submitted") == 1


async def test_of_a_lot_that_nobody_decides_on_nobody_sees_who_takes_part(
    tx: Tx, world: World
) -> None:
    sale = await world.lot()
    await world.bidder(sale)
    (row,) = await world.rows("SELECT id FROM lot_application")
    for platform in ("operator", "supervisor", "administrator"):
        with pytest.raises(ApplicationMissing):
            await tx.run(
                service.show_application,
                actor=await world.person(platform=[platform]),
                application_id=row.id,
            )


async def test_an_application_is_taken_back_before_it_is_admitted(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    other = await world.organisation()
    with pytest.raises(ApplicationMissing):
        await tx.run(service.withdraw_application, actor=other.head, application_id=application_id)
    said: dict[str, Any] = {"actor": buyer.head, "application_id": application_id}
    await tx.run(service.withdraw_application, **said)
    await tx.run(service.withdraw_application, **said)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.withdrawn
    admitted = await world.application(sale, buyer)
    await world.decide(await world.operator(), admitted)
    with pytest.raises(ApplicationStateForbids):
        await tx.run(service.withdraw_application, actor=buyer.head, application_id=admitted)


async def test_what_waits_too_long_lapses_with_its_reason(
    tx: Tx, world: World, clock: Clock
) -> None:
    sale, buyer = await world.demanding_lot(free_s=600), await world.organisation()
    application_id = await world.application(sale, buyer)
    assert await tx.run(service.sweep_applications) == 0
    await clock.advance(hours=2)
    with pytest.raises(LotNotOpenForJoining):
        await world.decide(await world.operator(), application_id)
    assert await tx.run(service.sweep_applications) == 1
    assert await tx.run(service.sweep_applications) == 0
    view = await show(tx, buyer, application_id)
    assert (view.state, view.reason) == (ApplicationState.refused, RefusalReason.not_decided)


async def test_a_deposit_comes_before_the_code(
    tx: Tx, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secured: list[Any] = []

    async def is_secured(_uow: Any, *, lot_id: Any, party_id: Any) -> bool:
        return (lot_id, party_id) in secured

    async def nothing(_uow: Any, **_: Any) -> None:
        return None

    monkeypatch.setattr(deposits, "is_secured", is_secured)
    monkeypatch.setattr(deposits, "open_deposit", nothing)
    monkeypatch.setattr(deposits, "release_deposit", nothing)
    sale = await world.demanding_lot(deposit=1_000_00)
    buyer = await world.organisation()
    application_id = await world.application(sale, buyer)
    await world.decide(await world.operator(), application_id)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.accepted
    assert not await tx.run(service.admit_when_ready, application_id=application_id)
    assert await world.count("lot_bidder") == 0
    secured.append((sale.id, buyer.id))
    assert await tx.run(service.admit_when_ready, application_id=application_id)
    assert await tx.run(service.admit_when_ready, application_id=application_id)
    assert await world.count("lot_bidder") == 1


async def test_papers_are_for_the_applicant_and_for_who_decides(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    view = await show(tx, buyer, application_id)
    file = view.documents[0][1][0]
    for actor in (buyer.head, await world.operator(), await world.person(platform=["supervisor"])):
        await tx.run(service.guard_application_file, actor=actor, file=file)
    for actor in (sale.seller.head, (await world.organisation()).head, world.stranger):
        with pytest.raises(ApplicationMissing):
            await tx.run(service.guard_application_file, actor=actor, file=file)
