"""What admission keeps out, door by door: applying, deciding, complaining, running out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.auctions import deposits, service
from app.auctions.admission_errors import (
    AlreadyApplied,
    ApplicationMissing,
    ApplicationStateForbids,
    DeciderBarred,
)
from app.auctions.admission_types import MAX_NOTE, MAX_STATEMENT
from app.auctions.engine.types import Criterion
from app.auctions.errors import LotNotOpenForJoining
from app.auctions.life_types import SuspendReason, TerminateReason
from app.auctions.types import ApplicationState, BidMode, RefusalReason
from app.core.actor import Actor
from app.core.errors import Invalid, KeyReused
from app.core.tx import Tx
from tests.conftest import Clock
from tests.integration.auctions.steps import do
from tests.unit.files.samples import PDF
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale

JOBS = Criterion("jobs", "新增就业", "人", weight_bp=4_000, full_at=100)


async def apply(tx: Tx, world: World, sale: Sale, org: Org, **said: Any) -> UUID:
    """A whole application, but for what is said otherwise."""
    whole: dict[str, Any] = {"statement": "现有两条产线", "confirmed": True, "key": "guard-1"}
    if "documents" not in said:
        whole["documents"] = {0: [await world.staged()]}
    return await tx.run(service.apply_to_lot, actor=org.head, number=sale.number, **whole | said)


async def show(tx: Tx, org: Org, application_id: UUID) -> Any:
    return await tx.run(service.show_application, actor=org.head, application_id=application_id)


async def weighted_lot(world: World) -> Sale:
    return await world.lot(
        mode=BidMode.weighted, admission="reviewed", price_weight_bp=6_000, criteria=(JOBS,)
    )


async def refused(world: World, **lot: Any) -> tuple[Sale, Org, Actor, UUID]:
    """A lot, who applied to it, the operator who refused him, and the application."""
    sale, buyer = await world.demanding_lot(**lot), await world.organisation()
    operator = await world.operator()
    application_id = await world.application(sale, buyer)
    await world.decide(operator, application_id, accept=False)
    return sale, buyer, operator, application_id


async def complained(tx: Tx, world: World, **lot: Any) -> tuple[Sale, Org, UUID]:
    sale, buyer, _, application_id = await refused(world, **lot)
    await tx.run(service.complain, actor=buyer.head, application_id=application_id, text="不服")
    return sale, buyer, application_id


async def answer(
    tx: Tx, actor: Actor, application_id: UUID, *, upheld: bool = True, words: str = "经复核符合"
) -> None:
    await tx.run(
        service.answer_complaint,
        actor=actor,
        application_id=application_id,
        upheld=upheld,
        answer=words,
    )


# ---------------------------------------------------------------- applying


async def test_nobody_applies_after_the_end(tx: Tx, world: World, clock: Clock) -> None:
    sale, buyer = await world.demanding_lot(free_s=600), await world.organisation()
    await clock.advance(hours=2)
    with pytest.raises(LotNotOpenForJoining):
        await apply(tx, world, sale, buyer)
    assert await world.count("lot_application") == 0


async def test_nothing_handed_in_is_no_document_and_blanks_are_no_words(
    tx: Tx, world: World
) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    for said, field in (
        ({"documents": {0: []}}, "document-0"),
        ({"statement": " \n "}, "statement"),
        ({"statement": "产" * (MAX_STATEMENT + 1)}, "statement"),
    ):
        with pytest.raises(Invalid) as lacks:
            await apply(tx, world, sale, buyer, **said)
        assert [error.field for error in lacks.value.errors] == [field]
    assert await world.count("lot_application") == 0


async def test_a_key_stands_for_its_papers_and_its_values_too(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    await apply(tx, world, sale, buyer)
    other = await world.staged(PDF + b"\n")
    with pytest.raises(KeyReused):
        await apply(tx, world, sale, buyer, documents={0: [other]})
    weighted = await weighted_lot(world)
    await apply(tx, world, weighted, buyer, documents={}, values={"jobs": 10})
    with pytest.raises(KeyReused):
        await apply(tx, world, weighted, buyer, documents={}, values={"jobs": 90})
    assert await world.count("lot_application") == 2


async def test_who_was_admitted_before_there_were_applications_does_not_apply(
    tx: Tx, world: World
) -> None:
    """His code is from an earlier market, which kept no application of it."""
    sale = await world.demanding_lot()
    buyer = await world.admitted(sale, await world.operator())
    await world.run_sql("UPDATE lot_application SET state = 'withdrawn'")
    with pytest.raises(AlreadyApplied):
        await apply(tx, world, sale, buyer)
    assert await world.count("lot_application") == 1


async def test_where_nobody_decides_no_audit_line_tells_who_applied(
    tx: Tx, world: World, clock: Clock
) -> None:
    sale, buyer = await world.lot_with_deposit(free_s=600), await world.organisation()
    await world.bank_account(buyer)
    await world.apply(sale, buyer)
    await clock.advance(seconds=601)
    assert await tx.run(service.sweep_applications) == 1
    assert await world.count("lot_application", state="refused") == 1
    assert await world.count("audit_entry", subject_kind="lot_application") == 0
    assert await world.count("fact", topic="auctions.application_decided.v1") == 1


# ---------------------------------------------------------------- from a deposit to a code


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every deposit is locked already."""

    async def is_secured(_uow: Any, **_: Any) -> bool:
        return True

    monkeypatch.setattr(deposits, "is_secured", is_secured)


@pytest.mark.usefixtures("locked")
async def test_money_admits_nobody_on_whom_nobody_has_decided(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(deposit=1_000_00), await world.organisation()
    application_id = await world.application(sale, buyer)
    assert not await tx.run(service.admit_when_ready, application_id=application_id)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.submitted
    assert await world.count("lot_bidder") == 0


async def test_money_that_comes_too_late_draws_no_code(
    tx: Tx, world: World, clock: Clock, request: pytest.FixtureRequest
) -> None:
    sale = await world.demanding_lot(deposit=1_000_00, documents=(), free_s=600)
    buyer = await world.organisation()
    application_id = await world.application(sale, buyer, documents=0)
    await world.decide(await world.operator(), application_id)
    await clock.advance(hours=2)
    request.getfixturevalue("locked")
    assert not await tx.run(service.admit_when_ready, application_id=application_id)
    assert await world.count("lot_bidder") == 0


async def test_who_was_accepted_may_still_go_before_he_pays(tx: Tx, world: World) -> None:
    sale = await world.demanding_lot(deposit=1_000_00)
    buyer = await world.organisation()
    application_id = await world.application(sale, buyer)
    await world.decide(await world.operator(), application_id)
    await tx.run(service.withdraw_application, actor=buyer.head, application_id=application_id)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.withdrawn


# ---------------------------------------------------------------- deciding


async def test_nobody_decides_on_a_lot_that_asks_only_for_money(tx: Tx, world: World) -> None:
    sale, buyer = await world.lot_with_deposit(), await world.organisation()
    await world.bank_account(buyer)
    await world.apply(sale, buyer)
    [row] = await world.rows("SELECT id FROM lot_application")
    with pytest.raises(ApplicationMissing):
        await world.decide(await world.operator(), row.id, accept=False)
    assert await world.count("lot_application", state="accepted") == 1


async def test_no_operator_decides_on_an_applicant_of_his_own_house(world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    colleague = await world.member(buyer, ["inventor"])
    with pytest.raises(DeciderBarred):
        await world.decide(replace(colleague, roles=frozenset({"operator"})), application_id)
    assert await world.count("lot_application", state="submitted") == 1


async def test_only_the_very_same_decision_is_the_same_one(tx: Tx, world: World) -> None:
    sale, buyer, operator, application_id = await refused(world)
    words = "没有生产条件"
    other = RefusalReason.documents_missing
    for said in (
        {"accept": True, "note": words},
        {"accept": False, "note": words, "reason": other},
        {"accept": False, "note": "另一说明"},
    ):
        with pytest.raises(ApplicationStateForbids):
            await world.decide(operator, application_id, **said)  # type: ignore[arg-type]
    assert await world.count("lot_application", state="refused") == 1
    accepted = await world.application(sale, buyer)
    await world.decide(operator, accepted)
    for refusal in ({"reason": None}, {"reason": other}):
        with pytest.raises(Invalid):
            await tx.run(
                service.decide_application,
                actor=operator,
                application_id=accepted,
                accept_it=False,
                **refusal,
            )


async def test_a_note_fits_its_row_and_values_are_settled_within_theirs(
    tx: Tx, world: World
) -> None:
    sale, buyer, operator = (
        await weighted_lot(world),
        await world.organisation(),
        await world.operator(),
    )
    application_id = await apply(tx, world, sale, buyer, documents={}, values={"jobs": 10})
    with pytest.raises(Invalid):
        await world.decide(operator, application_id, note="长" * (MAX_NOTE + 1))
    with pytest.raises(Invalid):
        await tx.run(
            service.decide_application,
            actor=operator,
            application_id=application_id,
            accept_it=True,
            values={"jobs": -1},
        )
    assert await world.count("lot_application", state="submitted") == 1


# ---------------------------------------------------------------- complaining and answering


async def test_who_may_not_complain_and_about_what(tx: Tx, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    said: dict[str, Any] = {"application_id": application_id, "text": "不服"}
    with pytest.raises(ApplicationStateForbids):  # nothing was refused yet
        await tx.run(service.complain, actor=buyer.head, **said)
    await world.decide(await world.operator(), application_id, accept=False)
    with pytest.raises(ApplicationMissing):
        await tx.run(service.complain, actor=(await world.organisation()).head, **said)
    for text in (" ", "长" * (MAX_NOTE + 1)):
        with pytest.raises(Invalid):
            await tx.run(service.complain, actor=buyer.head, **said | {"text": text})
    operator = await world.operator()
    await do(world.tx, service.terminate_lot, operator, sale, reason=TerminateReason.forbidden)
    assert not (await show(tx, buyer, application_id)).may_complain
    with pytest.raises(ApplicationStateForbids):
        await tx.run(service.complain, actor=buyer.head, **said)
    assert await world.count("application_complaint") == 0


async def test_an_answer_needs_a_complaint_and_is_given_once(tx: Tx, world: World) -> None:
    _, buyer, _, application_id = await refused(world)
    supervisor = await world.person(platform=["supervisor"])
    with pytest.raises(ApplicationMissing):
        await answer(tx, supervisor, application_id)
    await tx.run(service.complain, actor=buyer.head, application_id=application_id, text="不服")
    with pytest.raises(Invalid):
        await answer(tx, supervisor, application_id, words=" ")
    await answer(tx, supervisor, application_id, upheld=False)
    for upheld, words in ((True, "经复核符合"), (False, "另一答复")):
        with pytest.raises(ApplicationStateForbids):
            await answer(tx, supervisor, application_id, upheld=upheld, words=words)
    [row] = await world.rows("SELECT upheld, answer FROM application_complaint")
    assert (row.upheld, row.answer) == (False, "经复核符合")


async def test_nobody_answers_in_an_affair_of_his_own_house(tx: Tx, world: World) -> None:
    sale, buyer, application_id = await complained(tx, world)
    for house in (sale.seller, buyer):
        colleague = await world.member(house, ["inventor"])
        with pytest.raises(DeciderBarred):
            await answer(tx, replace(colleague, roles=frozenset({"supervisor"})), application_id)
    assert len(await world.rows("SELECT 1 FROM application_complaint WHERE upheld IS NULL")) == 1


async def test_a_right_complaint_admits_nobody_after_the_end(
    tx: Tx, world: World, clock: Clock
) -> None:
    supervisor = await world.person(platform=["supervisor"])
    over, _, of_over = await complained(tx, world)
    operator = await world.operator()
    await do(world.tx, service.terminate_lot, operator, over, reason=TerminateReason.forbidden)
    await answer(tx, supervisor, of_over)
    _, _, of_late = await complained(tx, world, free_s=600)
    await clock.advance(hours=2)
    await answer(tx, supervisor, of_late)
    assert await world.count("lot_bidder") == 0
    assert await world.count("lot_application", state="refused") == 2
    assert await world.count("application_complaint", upheld=True) == 2


async def test_a_right_complaint_of_who_has_applied_anew_stays_words(tx: Tx, world: World) -> None:
    sale, buyer, application_id = await complained(tx, world)
    again = await world.application(sale, buyer)
    await answer(tx, await world.person(platform=["supervisor"]), application_id)
    assert (await show(tx, buyer, application_id)).state is ApplicationState.refused
    assert (await show(tx, buyer, again)).state is ApplicationState.submitted


# ---------------------------------------------------------------- what runs out


async def test_no_application_lapses_while_its_lot_stands_still(
    tx: Tx, world: World, clock: Clock
) -> None:
    sale, buyer = await world.demanding_lot(free_s=600), await world.organisation()
    application_id = await world.application(sale, buyer)
    operator = await world.operator()
    await do(world.tx, service.suspend_lot, operator, sale, reason=SuspendReason.complaint)
    await clock.advance(hours=2)
    assert await tx.run(service.sweep_applications) == 0
    assert (await show(tx, buyer, application_id)).state is ApplicationState.submitted


async def test_an_application_whose_lot_was_put_off_waits_on(tx: Tx, world: World) -> None:
    """Its own end was written before: it is read again, and nothing else of the lot is touched."""
    sale, buyer = await world.demanding_lot(), await world.organisation()
    due = await world.application(sale, buyer)
    await world.application(sale, await world.organisation())
    await world.run_sql("UPDATE lot_application SET due_at = market_now() WHERE id = :id", id=due)
    assert await tx.run(service.sweep_applications) == 0
    rows = await world.rows("SELECT due_at > market_now() AS waits FROM lot_application")
    assert [row.waits for row in rows] == [True, True]
    assert (await show(tx, buyer, due)).state is ApplicationState.submitted


async def test_one_lot_that_cannot_be_settled_holds_up_no_other(
    tx: Tx, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = [await world.demanding_lot(free_s=600) for _ in range(2)]
    for sale in (stuck, free):
        await world.application(sale, await world.organisation())
    await clock.advance(hours=1)
    release = deposits.release_deposit

    async def fails(uow: Any, *, application_id: UUID, reason: str) -> None:
        rows = await world.rows(
            "SELECT lot_id FROM lot_application WHERE id = :i", i=application_id
        )
        if rows[0].lot_id == stuck.id:
            raise RuntimeError("a fault of ours")
        await release(uow, application_id=application_id, reason=reason)

    monkeypatch.setattr(deposits, "release_deposit", fails)
    assert await tx.run(service.sweep_applications) == 1
    rows = await world.rows("SELECT lot_id FROM lot_application WHERE state = 'refused'")
    assert [row.lot_id for row in rows] == [free.id]
