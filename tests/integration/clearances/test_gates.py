"""Gates and rights of pre-emption: do, refuse and change nothing, replay, strangers, silence."""

from dataclasses import replace
from typing import Any

import pytest

from app.catalogue.errors import OfferMissing
from app.catalogue.types import Completer, Disposal
from app.clearances import service
from app.clearances.errors import (
    ClearanceMissing,
    ClearanceStateForbids,
    RightMissing,
    RightStateForbids,
)
from app.clearances.types import (
    ClearanceKind,
    ClearanceState,
    RightBasis,
    RightResponse,
    ServiceWay,
)
from app.core.errors import Conflict, Forbidden, Invalid, KeyReused
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of


async def test_a_licence_passes_and_a_transfer_waits_for_its_holders(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    licence = await world.offer(seller, disposal=Disposal.exclusive)
    whole = await world.transfer(seller)
    assert (await tx.run(service.ask, licence.id, "DYNAMIC")).passed
    verdict = await tx.run(service.ask, whole.id, "DYNAMIC")
    assert not verdict.passed
    assert "优先购买权" in verdict.open[0]
    await world.settle_preemption(seller, whole)
    assert (await tx.run(service.ask, whole.id, "DYNAMIC")).passed


async def test_that_nobody_holds_a_right_needs_a_paper(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.transfer(seller)
    kind = ClearanceKind.preemption
    gate = await tx.run(
        service.open_clearance, actor=seller.head, offer_number=offer.number, kind=kind
    )
    with pytest.raises(Invalid):
        await tx.run(
            service.settle_clearance,
            actor=seller.head,
            clearance_id=gate.id,
            basis="没有",
            key="settle-gate-1",
        )
    assert await world.count("clearance", state="open") == 1


async def test_the_platform_stops_a_sale_and_lets_it_go_on(tx: Tx, world: World) -> None:
    seller, operator = await world.organisation(), await world.operator()
    offer = await world.offer(seller)
    said: dict[str, Any] = {"offer_number": offer.number, "kind": ClearanceKind.export}
    blocked = await tx.run(service.block_clearance, actor=operator, reason="受让方在境外", **said)
    again = await tx.run(service.block_clearance, actor=operator, reason="受让方在境外", **said)
    assert again == blocked
    assert not (await tx.run(service.ask, offer.id, "DYNAMIC")).passed
    with pytest.raises(ClearanceStateForbids):
        await tx.run(
            service.settle_clearance,
            actor=seller.head,
            clearance_id=blocked.id,
            basis="许可证",
            key="settle-gate-2",
        )
    lifted = await tx.run(
        service.lift_clearance, actor=operator, clearance_id=blocked.id, reason="许可已取得"
    )
    assert lifted.state is ClearanceState.open
    settled = await tx.run(
        service.settle_clearance,
        actor=seller.head,
        clearance_id=blocked.id,
        basis="许可证 2026-01",
        key="settle-gate-3",
    )
    assert settled.state is ClearanceState.passed
    assert (await tx.run(service.ask, offer.id, "DYNAMIC")).passed
    assert await world.count("fact", topic="clearances.clearance_decided.v1") == 3


async def test_who_may_not_touch_a_gate(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller)
    hidden = await world.offer(seller, state="draft")
    other = await world.organisation()
    said: dict[str, Any] = {"kind": ClearanceKind.other}
    with pytest.raises(Forbidden):
        await tx.run(service.open_clearance, actor=other.head, offer_number=offer.number, **said)
    with pytest.raises(OfferMissing):
        await tx.run(service.open_clearance, actor=other.head, offer_number=hidden.number, **said)
    with pytest.raises(Forbidden):
        await tx.run(
            service.block_clearance,
            actor=seller.head,
            offer_number=offer.number,
            reason="不行",
            **said,
        )
    inventor = await world.member(seller, ["inventor"])
    with pytest.raises(Forbidden):
        await tx.run(service.open_clearance, actor=inventor, offer_number=offer.number, **said)
    assert await world.count("clearance") == 0
    gate = await tx.run(
        service.open_clearance, actor=seller.head, offer_number=offer.number, **said
    )
    with pytest.raises(ClearanceMissing):
        await tx.run(
            service.settle_clearance,
            actor=other.head,
            clearance_id=gate.id,
            basis="我说的",
            key="settle-gate-4",
        )
    assert await world.count("clearance", state="passed") == 0


# ---------------------------------------------------------------- rights


async def test_a_holder_is_told_and_answers_and_the_gate_opens(tx: Tx, world: World) -> None:
    seller, holder = await world.organisation(), await world.organisation()
    offer = await world.transfer(seller)
    right_id = await world.right(seller, offer, holder.id, key="record-right-1")
    assert await world.right(seller, offer, holder.id, key="record-right-1") == right_id
    with pytest.raises(KeyReused):
        await world.right(seller, offer, holder.id, rank=2, key="record-right-1")
    with pytest.raises(Conflict):
        await world.right(seller, offer, holder.id)
    verdict = await tx.run(service.ask, offer.id, "DYNAMIC")
    assert len(verdict.open) == 2
    mine = await tx.run(service.list_own_rights, actor=holder.head)
    assert [one.id for one in mine.items] == [right_id]
    facts = await tx.run(
        service.answer_right, actor=holder.head, right_id=right_id, takes_part=True
    )
    assert facts.bidder_id == holder.id
    again = await tx.run(
        service.answer_right, actor=holder.head, right_id=right_id, takes_part=True
    )
    assert again == facts
    with pytest.raises(RightStateForbids):
        await tx.run(service.answer_right, actor=holder.head, right_id=right_id, takes_part=False)
    board = await tx.run(service.show_board, actor=seller.head, offer_number=offer.number)
    await tx.run(
        service.settle_clearance,
        actor=seller.head,
        clearance_id=board.clearances[0].facts.id,
        basis="权利人已答复",
        key="settle-gate-5",
    )
    assert (await tx.run(service.ask, offer.id, "DYNAMIC")).passed


async def test_silence_is_written_down_as_a_waiver(tx: Tx, world: World, clock: Clock) -> None:
    seller, holder = await world.organisation(), await world.organisation()
    offer = await world.transfer(seller)
    right_id = await world.right(seller, offer, holder.id)
    assert await tx.run(service.sweep_silent_rights) == 0
    await clock.advance(days=30)
    assert await tx.run(service.sweep_silent_rights) == 1
    assert await tx.run(service.sweep_silent_rights) == 0
    (facts,) = await tx.run(service.list_rights, offer.id)
    assert facts.response is RightResponse.silent
    assert not facts.is_alive
    with pytest.raises(RightStateForbids):
        await tx.run(service.answer_right, actor=holder.head, right_id=right_id, takes_part=True)


async def test_a_completer_answers_himself_and_takes_part_through_his_company(
    tx: Tx, world: World
) -> None:
    seller = await world.organisation()
    colleague = await world.member(seller, ["inventor"], name="孙完成")
    person = id_of(colleague)
    free = replace(colleague, organisation_id=None, roles=frozenset())
    company = await world.organisation(head=free)
    record = await world.achievement(seller, completers=(Completer(person_id=person),))
    offer = await world.offer(seller, record, disposal=Disposal.transfer)
    candidates = await tx.run(service.list_candidates, actor=seller.head, offer_number=offer.number)
    assert candidates == {person: "孙完成"}
    right_id = await world.right(seller, offer, person)
    facts = await tx.run(
        service.answer_right, actor=company.head, right_id=right_id, takes_part=True
    )
    assert (facts.holder_id, facts.bidder_id) == (person, company.id)


async def test_a_public_notice_is_for_everybody_and_no_other_one(tx: Tx, world: World) -> None:
    seller, holder = await world.organisation(), await world.organisation()
    offer = await world.transfer(seller)
    public = await world.right(seller, offer, None, name="失联研究所", way=ServiceWay.public)
    inside = await world.right(seller, offer, holder.id, rank=2)
    view = await tx.run(service.show_notice, right_id=public)
    assert view.facts.served_at > view.facts.notified_at
    assert not view.may_answer
    assert view.files == ()
    with pytest.raises(RightMissing):
        await tx.run(service.show_notice, right_id=inside)
    stranger = await world.organisation()
    with pytest.raises(RightMissing):
        await tx.run(service.show_right, actor=stranger.head, right_id=inside)
    with pytest.raises(RightMissing):
        await tx.run(service.answer_right, actor=stranger.head, right_id=inside, takes_part=False)
    # the house that sells answers for nobody but by a paper
    with pytest.raises(Forbidden):
        await tx.run(service.answer_right, actor=seller.head, right_id=inside, takes_part=False)
    with pytest.raises(Invalid):
        await tx.run(
            service.record_answer,
            actor=seller.head,
            right_id=inside,
            takes_part=False,
            note_text="口头放弃",
            key="record-answer-1",
        )
    assert len(await world.rows("SELECT 1 FROM preemption_right WHERE response IS NULL")) == 2
    waived = await tx.run(
        service.record_answer,
        actor=seller.head,
        right_id=inside,
        takes_part=False,
        note_text="见声明",
        staged=[await world.staged()],
        key="record-answer-2",
    )
    assert waived.response is RightResponse.waive


@pytest.mark.parametrize(
    ("way", "name", "rank", "field"),
    [
        (ServiceWay.workbench, "失联研究所", 1, "way"),
        (ServiceWay.public, "", 1, "holder"),
        (ServiceWay.public, "失联研究所", 0, "rank"),
        (ServiceWay.public, "失联研究所", 100, "rank"),
        (ServiceWay.public, "字" * 201, 1, "holder_name"),
    ],
)
async def test_a_record_that_says_too_little_is_refused(
    tx: Tx, world: World, way: ServiceWay, name: str, rank: int, field: str
) -> None:
    seller = await world.organisation()
    offer = await world.transfer(seller)
    with pytest.raises(Invalid) as refused:
        await tx.run(
            service.record_right,
            actor=seller.head,
            offer_number=offer.number,
            holder_id=None,
            holder_name=name,
            basis=RightBasis.agreement,
            rank=rank,
            way=way,
            key="record-right-2",
        )
    assert field in [error.field for error in refused.value.errors]
    assert await world.count("preemption_right") == 0
