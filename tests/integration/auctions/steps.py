"""Steps of staff and sellers on a published lot, and what they leave behind."""

from __future__ import annotations

from typing import Any

from app.auctions import service
from app.auctions.life_types import AnnouncementKind
from app.auctions.types import LotOutcome, Step
from app.core.actor import Actor
from app.core.tx import Tx
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale

WHY = "数据库主机故障，正在更换"


async def do(tx: Tx, verb: Any, actor: Actor, sale: Sale, key: str = "life-1", **said: Any) -> Any:
    said.setdefault("statement", WHY)
    return await tx.run(verb, actor=actor, number=sale.number, key=key, **said)


async def events(tx: Tx, sale: Sale) -> list[Step]:
    return [one.step for one in await tx.run(service.list_public_steps, lot_id=sale.id)]


async def said(tx: Tx, sale: Sale) -> list[AnnouncementKind]:
    return [one.kind for one in await tx.run(service.list_announcements, lot_id=sale.id)]


async def snapshot(world: World, sale: Sale) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT state, outcome, price_minor, leader_code, cycle_ends_at, seq, head_hash,"
        " terms::text FROM lot WHERE id = :id",
        id=sale.id,
    )
    return (*row, await world.count("lot_announcement"), await world.count("lot_event"))


async def won_lot(world: World, clock: Clock, winner: Org | None = None) -> Sale:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    winner = winner or await world.organisation()
    await world.tx.run(service.join_lot, actor=winner.head, number=sale.number)
    await world.bid(sale, winner, 100_000)
    await clock.advance(seconds=121)
    await world.beat()
    await world.sweep_lots()
    assert (await world.show_lot(sale.number)).outcome is LotOutcome.won
    return sale
