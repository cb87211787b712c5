"""The whole programme: every way of bidding stands once, is registered in, and comes again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.types import Act, BidMode, LotOutcome, LotView, Preference, Shelf
from app.core.tx import Tx
from app.seed import acts, duty, robots, rules, stage
from app.seed.cast import find_cast
from app.seed.rights import HOLDER
from tests.conftest import Clock
from tests.integration.seed.conftest import DEMO
from tests.world import World


async def _open(tx: Tx) -> list[LotView]:
    shelves = (Shelf.running, Shelf.coming)
    pages = [await tx.run(auctions.list_lots, shelf=shelf, limit=100) for shelf in shelves]
    return [lot for page in pages for lot in page.items]


async def test_every_mode_stands_once_and_is_played(
    tx: Tx, world: World, clock: Clock, tmp_path: Path
) -> None:
    settings = DEMO.model_copy(update={"data_dir": tmp_path})
    await world.beat()
    assert await stage.top_up(tx, whole=True) == 4 + len(acts.OWN)
    assert await stage.top_up(tx, whole=True) == 0, "a restart adds nothing"
    lots = {lot.mode: lot for lot in await _open(tx)}
    assert set(lots) == set(BidMode) - {BidMode.tender}
    assert lots[BidMode.multi].deposit_minor
    assert lots[BidMode.auction].auctioneer

    await robots.register(tx, settings)
    assert await robots.register(tx, settings) == 0
    await duty.decide(tx)
    cast = await tx.run(find_cast)
    assert cast is not None
    (matched,) = [lot for lot in await _open(tx) if lot.preference is Preference.match]
    holder = cast.member(HOLDER, Role.agent)
    place = await tx.run(auctions.find_my_place, actor=holder, lot=matched)
    assert place is not None
    assert place.rank == 1

    for _ in range(9):
        await clock.advance(seconds=15)
        await world.beat()
        await world.sweep_lots()
        await robots.play_robots(tx)
    for mode in (BidMode.once, BidMode.weighted):
        lot = await tx.run(auctions.show_lot, number=lots[mode].number)
        assert lot.bidder_count == 4
        seals = await tx.run(auctions.list_public_bids, lot_id=lot.id)
        assert [one.act for one in seals] == [Act.seal, Act.seal]
    await clock.advance(minutes=1)
    await world.beat()
    await world.sweep_lots()
    ended = (await tx.run(auctions.list_lots, shelf=Shelf.ended, limit=100)).items
    assert sorted(str(lot.outcome) for lot in ended) == ["unsold", "won", "won"]
    assert await duty.annul(tx) == 1
    assert await duty.annul(tx) == 0
    ended = (await tx.run(auctions.list_lots, shelf=Shelf.ended, limit=100)).items
    assert LotOutcome.annulled in {lot.outcome for lot in ended}
    assert next(lot for lot in ended if lot.outcome is LotOutcome.unsold).negotiation_ends_at
    assert await stage.top_up(tx, whole=True) == 0, "what is shown once is not shown again"


def test_no_act_shares_its_offers_and_each_can_be_told() -> None:
    keys = [key for act in acts.OWN for key in act.offers]
    assert len(set(keys)) == len(keys)
    assert all(act.offers for act in acts.OWN)
    assert rules.find_missing_own({}, frozenset(keys)) == [a for a in acts.OWN if not a.once]
    assert acts.MULTI.registers is not None
    assert acts.MULTI.registers > duty.DECIDES_AFTER + timedelta(minutes=5), "time to pay"
