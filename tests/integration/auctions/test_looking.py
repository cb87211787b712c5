"""A look behind the codes: a reason, a second person, once; each step on record for everybody."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from app.auctions import service
from app.auctions.admission_errors import DeciderBarred, LookMissing, LookStateForbids
from app.auctions.record import record_sale
from app.auctions.types import Step
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.auctions import Sale

REASON = "接到举报，核对是否串通报价"


async def ask(tx: Tx, actor: Actor, sale: Sale, reason: str = REASON, key: str = "look-1") -> UUID:
    return await tx.run(
        service.look_behind, actor=actor, number=sale.number, reason=reason, key=key
    )


async def people(world: World) -> tuple[Actor, Actor]:
    return (
        await world.person("监督员", platform=["supervisor"]),
        await world.person("管理员", platform=["administrator"]),
    )


async def test_the_names_are_read_once_and_everybody_learns_of_it(tx: Tx, world: World) -> None:
    sale = await world.lot()
    buyer = await world.bidder(sale, "远山隔膜有限公司")
    supervisor, second = await people(world)
    look_id = await ask(tx, supervisor, sale)
    assert await ask(tx, supervisor, sale) == look_id
    with pytest.raises(KeyReused):
        await ask(tx, supervisor, sale, "另一个足够长的理由在此")
    with pytest.raises(LookStateForbids):
        await tx.run(service.read_names, actor=supervisor, look_id=look_id)
    with pytest.raises(Forbidden):
        await tx.run(service.approve_look, actor=supervisor, look_id=look_id)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    other, _ = await people(world)
    with pytest.raises(LookMissing):
        await tx.run(service.read_names, actor=other, look_id=look_id)
    unveiled = await tx.run(service.read_names, actor=supervisor, look_id=look_id)
    place = await tx.run(service.join_lot, actor=buyer.head, number=sale.number)
    assert unveiled.names == ((place.code, "远山隔膜有限公司"),)
    with pytest.raises(LookStateForbids):
        await tx.run(service.read_names, actor=supervisor, look_id=look_id)
    steps = ["look_asked", "look_approved", "look_read"]
    rows = await world.rows(
        "SELECT kind, facts::text AS facts FROM lot_announcement WHERE lot_id = :id"
        " AND kind LIKE 'look%' ORDER BY at",
        id=sale.id,
    )
    assert [row.kind for row in rows] == steps
    assert all(buyer.name not in row.facts and place.code not in row.facts for row in rows)
    for step in steps:
        assert await world.count("audit_entry", action=f"auctions.{step}") == 1
    shown = await tx.run(service.list_public_steps, lot_id=sale.id)
    looks = [one for one in shown if one.step is Step.looked]
    assert [one.facts["stage"] for one in looks] == ["asked", "approved", "read"]
    assert all(one.facts["reason"] == REASON for one in looks)
    rows = await world.rows("SELECT facts::text AS facts FROM lot_event")
    assert all(buyer.name not in row.facts and place.code not in row.facts for row in rows)


async def test_the_record_of_the_sale_holds_with_its_looks(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60, proxies=True)
    await world.bid(sale, await world.bidder(sale), 100_000)
    supervisor, second = await people(world)
    late = await ask(tx, supervisor, sale, key="look-late")
    look_id = await ask(tx, supervisor, sale)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    await tx.run(service.read_names, actor=supervisor, look_id=look_id)
    await clock.advance(seconds=121)
    await world.beat()
    await world.sweep_lots()
    await tx.run(record_sale, lot_id=sale.id)
    [row] = await world.rows("SELECT content, faults FROM sale_record")
    assert row.faults == 0
    assert [one["step"] for one in json.loads(row.content)["events"] if "step" in one] == [
        "opened",
        *["looked"] * 4,
        "limited",
        "closed",
    ]
    before = (await world.show_lot(sale.number)).head_hash
    await tx.run(service.approve_look, actor=second, look_id=late)
    assert (await world.show_lot(sale.number)).head_hash == before


async def test_nobody_looks_into_a_lot_of_his_own_house(tx: Tx, world: World) -> None:
    sale = await world.lot()
    colleague = await world.member(sale.seller, ["inventor"])
    torn = replace(colleague, roles=frozenset({"supervisor"}))
    with pytest.raises(DeciderBarred):
        await ask(tx, torn, sale)
    supervisor, _ = await people(world)
    look_id = await ask(tx, supervisor, sale)
    with pytest.raises(DeciderBarred):
        await tx.run(service.approve_look, actor=torn, look_id=look_id)
    assert len(await world.rows("SELECT 1 FROM lot_look WHERE approved_by IS NULL")) == 1


async def test_an_approval_lasts_an_hour(tx: Tx, world: World, clock: Clock) -> None:
    sale = await world.lot()
    supervisor, second = await people(world)
    look_id = await ask(tx, supervisor, sale)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    await clock.advance(hours=1)
    with pytest.raises(LookStateForbids):
        await tx.run(service.read_names, actor=supervisor, look_id=look_id)
    assert len(await world.rows("SELECT 1 FROM lot_look WHERE read_at IS NULL")) == 1


async def test_who_may_not_look(tx: Tx, world: World) -> None:
    sale = await world.lot()
    for actor in (
        await world.operator(),
        await world.person(platform=["administrator"]),
        sale.seller.head,
        await world.person(),
    ):
        with pytest.raises(Forbidden):
            await ask(tx, actor, sale)
    supervisor, _ = await people(world)
    with pytest.raises(Invalid):
        await ask(tx, supervisor, sale, "看看")
    assert await world.count("lot_look") == 0
    look_id = await ask(tx, supervisor, sale)
    with pytest.raises(Forbidden):
        await tx.run(service.approve_look, actor=await world.operator(), look_id=look_id)
    assert len(await world.rows("SELECT 1 FROM lot_look WHERE approved_by IS NULL")) == 1
