"""A look behind the codes: a reason, a second person, once; each step on record for everybody."""

from uuid import UUID

import pytest

from app.auctions import service
from app.auctions.admission_errors import LookMissing, LookStateForbids
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
