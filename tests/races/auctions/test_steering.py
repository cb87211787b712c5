"""The staff against bidders and against themselves, on a database of its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auctions import service
from app.auctions.life_types import SuspendReason
from app.auctions.types import LotState, LotTerms
from app.catalogue.types import Disposal
from app.core.errors import DomainError
from tests.races.auctions.conftest import holding, until_waiting
from tests.races.rivals import together
from tests.world import World


@pytest.mark.usefixtures("patient")
async def test_a_stop_and_a_bid_have_one_order(real_world: World, owner: AsyncEngine) -> None:
    """Whichever comes first: the bid stands before the stop, or is refused after it."""
    sale = await real_world.lot()
    wang = await real_world.bidder(sale)
    operator = await real_world.operator()
    async with holding(owner, sale.id):
        stop = asyncio.create_task(
            real_world.tx.run(
                service.suspend_lot,
                actor=operator,
                number=sale.number,
                reason=SuspendReason.system_fault,
                statement="主机故障",
                key="stop-1",
            )
        )
        bid = asyncio.create_task(real_world.bid(sale, wang, 100_000))
        await until_waiting(owner, 2)
    receipt, _ = await asyncio.gather(bid, stop)
    lot = await real_world.show_lot(sale.number)
    assert lot.state is LotState.suspended
    assert (lot.price_minor is not None) == receipt.accepted
    events = await real_world.tx.run(service.list_events, lot_id=sale.id)
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    [stopped] = [one.seq for one in events if getattr(one, "step", None) == "suspended"]
    assert (receipt.seq < stopped) == receipt.accepted


async def test_one_offer_is_published_once(real_world: World) -> None:
    seller = await real_world.organisation()
    offer = await real_world.offer(seller, disposal=Disposal.exclusive)
    now = await real_world.market_now()
    terms = LotTerms(100_000_00, 5_000_00, None, now + timedelta(days=20), 300)
    given = {"actor": seller.head, "offer_number": offer.number, "terms": terms}
    same = [
        real_world.tx.run(service.publish_lot, key="publish-1", **given)  # type: ignore[arg-type]
        for _ in range(3)
    ]
    other = real_world.tx.run(service.publish_lot, key="publish-2", **given)  # type: ignore[arg-type]
    numbers, refused = await together(*same, other)
    assert len(set(numbers)) == 1
    assert all(isinstance(one, DomainError) for one in refused)
    assert len(numbers) + len(refused) == 4
    assert await real_world.count("lot") == 1
