"""Steps that meet at one lot, one look, one key: whoever comes second finds what the first did."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auctions import service
from app.auctions.admission_errors import LookStateForbids
from app.auctions.life_types import SuspendReason
from app.auctions.types import ReserveKind
from app.core.actor import Actor
from app.core.tx import Tx
from tests.races.auctions.conftest import Advance, holding, until_waiting
from tests.races.rivals import together
from tests.world import World
from tests.worlds.auctions import Sale

REASON = "接到举报，核对是否串通报价"


async def ask(tx: Tx, actor: Actor, sale: Sale) -> UUID:
    return await tx.run(
        service.look_behind, actor=actor, number=sale.number, reason=REASON, key="look-1"
    )


async def test_who_takes_an_application_back_waits_for_whoever_has_the_lot(
    real_tx: Tx, real_world: World, owner: AsyncEngine
) -> None:
    """He may be admitted, or refused, in the very moment: that comes first."""
    world = real_world
    sale, buyer = await world.demanding_lot(documents=()), await world.organisation()
    application_id = await world.application(sale, buyer, documents=0)
    async with holding(owner, sale.id):
        leaving = asyncio.create_task(
            real_tx.run(
                service.withdraw_application, actor=buyer.head, application_id=application_id
            )
        )
        await until_waiting(owner, 1)
        assert await world.count("lot_application", state="submitted") == 1
    await leaving
    assert await world.count("lot_application", state="withdrawn") == 1


async def test_one_key_asks_for_one_look_however_often_it_comes(
    real_tx: Tx, real_world: World, owner: AsyncEngine
) -> None:
    sale = await real_world.lot()
    supervisor = await real_world.person(platform=["supervisor"])
    async with holding(owner, sale.id):
        asking = [asyncio.create_task(ask(real_tx, supervisor, sale)) for _ in range(3)]
        await until_waiting(owner, 3)
    assert len(set(await asyncio.gather(*asking))) == 1
    assert await real_world.count("lot_look") == 1


async def test_of_two_who_approve_a_look_at_once_one_has(
    real_tx: Tx, real_world: World, owner: AsyncEngine
) -> None:
    world = real_world
    sale, supervisor = await world.lot(), await world.person(platform=["supervisor"])
    seconds = [await world.person(platform=["administrator"]) for _ in range(2)]
    look_id = await ask(real_tx, supervisor, sale)
    calls = [real_tx.run(service.approve_look, actor=second, look_id=look_id) for second in seconds]
    async with holding(owner, sale.id):
        both = asyncio.create_task(together(*calls))
        await until_waiting(owner, 2)
    _, refused = await both
    assert [type(one) for one in refused] == [LookStateForbids]
    assert await world.count("audit_entry", action="auctions.look_approved") == 1


async def test_the_names_are_read_once_by_whoever_clicks_twice(
    real_tx: Tx, real_world: World, owner: AsyncEngine
) -> None:
    world = real_world
    sale, supervisor = await world.lot(), await world.person(platform=["supervisor"])
    look_id = await ask(real_tx, supervisor, sale)
    second = await world.person(platform=["administrator"])
    await real_tx.run(service.approve_look, actor=second, look_id=look_id)
    calls = [real_tx.run(service.read_names, actor=supervisor, look_id=look_id) for _ in range(2)]
    async with holding(owner, sale.id):
        both = asyncio.create_task(together(*calls))
        await until_waiting(owner, 2)
    read, refused = await both
    assert (len(read), [type(one) for one in refused]) == (1, [LookStateForbids])


async def test_one_key_stops_a_lot_once_however_often_it_comes(
    real_tx: Tx, real_world: World, owner: AsyncEngine
) -> None:
    sale, operator = await real_world.lot(), await real_world.operator()
    given: dict[str, Any] = {
        "actor": operator,
        "number": sale.number,
        "reason": SuspendReason.complaint,
        "statement": "接到投诉，正在核实",
        "key": "stop-1",
    }
    async with holding(owner, sale.id):
        stops = [asyncio.create_task(real_tx.run(service.suspend_lot, **given)) for _ in range(3)]
        await until_waiting(owner, 3)
    assert await asyncio.gather(*stops) == [None] * 3
    assert await real_world.count("lot_suspension") == 1


async def negotiated(world: World, advance: Advance) -> Sale:
    """A lot whose window is open, until it has run out."""
    await world.beat()
    sale = await world.lot(
        free_s=60,
        window_s=60,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=1_000_000_00,
        negotiation=True,
    )
    await world.bid(sale, await world.bidder(sale), 100_000)
    await advance(121)
    await world.beat()
    await world.sweep_lots()
    return sale


@pytest.mark.parametrize("sweep", ["sweep_negotiations", "sweep_applications"])
async def test_a_lot_that_is_busy_holds_up_no_sweep_and_is_swept_next_time(
    real_tx: Tx, real_world: World, owner: AsyncEngine, advance: Advance, sweep: str
) -> None:
    world, verb = real_world, getattr(service, sweep)
    if sweep == "sweep_negotiations":
        sale = await negotiated(world, advance)
    else:
        sale = await world.demanding_lot(documents=(), free_s=600)
        await world.application(sale, await world.organisation(), documents=0)
    await advance(7200)
    async with holding(owner, sale.id):
        assert await asyncio.wait_for(real_tx.run(verb), 20) == 0
    assert sorted(await asyncio.gather(*(real_tx.run(verb) for _ in range(3)))) == [0, 0, 1]


async def test_a_window_that_ends_by_hand_and_by_the_clock_ends_once(
    real_tx: Tx, real_world: World, owner: AsyncEngine, advance: Advance
) -> None:
    sale = await negotiated(real_world, advance)
    given: dict[str, Any] = {
        "actor": sale.seller.head,
        "number": sale.number,
        "statement": "双方没有谈成",
        "key": "window-1",
    }
    async with holding(owner, sale.id):
        ending = [
            asyncio.create_task(real_tx.run(service.end_negotiation, **given)) for _ in range(2)
        ]
        await until_waiting(owner, 2)
    assert await asyncio.gather(*ending) == [None] * 2
    async with owner.connect() as connection:
        told = text("SELECT count(*) FROM lot_announcement WHERE kind = 'negotiated'")
        assert (await connection.execute(told)).scalar_one() == 1
