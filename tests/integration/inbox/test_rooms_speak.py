"""Every room tells those concerned, each in his own words, once; nobody learns who else bid."""

from __future__ import annotations

import pytest

from app.accounts import service as accounts
from app.auctions.handlers import sweep_outbid
from app.catalogue.types import Disposal
from app.core.actor import Actor
from app.core.tx import Tx
from app.inbox import service
from app.main import WEBHOOK_KINDS
from app.worker import LISTENERS
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import deliver_everything


async def told(tx: Tx, actor: Actor) -> list[str]:
    """The kinds of what a person was told, newest first."""
    return [m.kind for m in (await tx.run(service.list_messages, actor=actor)).items]


async def test_an_organisation_learns_of_its_application(tx: Tx, world: World) -> None:
    operator = await world.operator()
    org = await world.organisation(verified=False)
    await tx.run(accounts.submit_verification, actor=org.head, organisation_id=org.id)
    await deliver_everything(tx)
    assert await told(tx, operator) == ["accounts.organisation_submitted"]
    await tx.run(
        accounts.return_organisation, actor=operator, organisation_id=org.id, reason="代码有误"
    )
    await deliver_everything(tx)
    [message] = (await tx.run(service.list_messages, actor=org.head)).items
    assert message.kind == "accounts.organisation_returned"
    assert "代码有误" in message.body
    await tx.run(accounts.submit_verification, actor=org.head, organisation_id=org.id)
    await tx.run(accounts.verify_organisation, actor=operator, organisation_id=org.id)
    await deliver_everything(tx)
    assert (await told(tx, org.head))[0] == "accounts.organisation_verified"
    assert await told(tx, operator) == ["accounts.organisation_submitted"], "decided meanwhile"


async def test_a_lot_from_its_announcement_to_its_deal(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    winner, loser, silent = [await world.bidder(sale) for _ in range(3)]
    await world.bid(sale, loser, 100_000)
    await world.bid(sale, winner, 105_000)
    assert await tx.run(sweep_outbid) == 1
    assert await tx.run(sweep_outbid) == 0
    assert await told(tx, loser.head) == ["auctions.outbid"]
    assert await told(tx, winner.head) == []
    await clock.advance(seconds=300)
    await world.sweep_lots()
    await deliver_everything(tx)
    assert {"deals.deal_opened", "auctions.lot_won"} <= set(await told(tx, winner.head))
    of_lots = [kind for kind in await told(tx, loser.head) if kind.startswith("auctions.")]
    assert sorted(of_lots) == ["auctions.lot_lost", "auctions.outbid"]
    assert "auctions.lot_lost" in await told(tx, silent.head)
    assert "auctions.outbid" not in await told(tx, silent.head)
    seller = set(await told(tx, sale.seller.head))
    assert {"auctions.lot_announced", "auctions.lot_sold", "deals.deal_opened"} <= seller
    assert "auctions.lot_won" not in seller


async def test_nobody_learns_from_a_notice_who_bid(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    winner, loser = await world.bidder(sale), await world.bidder(sale)
    await world.bid(sale, loser, 100_000)
    await world.bid(sale, winner, 105_000)
    await tx.run(sweep_outbid)
    await clock.advance(seconds=300)
    await world.sweep_lots()
    await deliver_everything(tx)
    codes = [row.code for row in await world.rows("SELECT code FROM lot_bidder")]
    rows = await world.rows(
        "SELECT subject::text || body::text || facts::text || href AS said"
        " FROM inbox_message WHERE kind LIKE 'auctions.%'"
    )
    assert len(rows) >= 5
    secrets = [winner.name, loser.name, *codes]
    secrets += [str(winner.id), str(loser.id)]
    for row in rows:
        assert not [secret for secret in secrets if secret and secret in row.said]


async def test_being_outbid_is_told_once_a_minute_a_lot(tx: Tx, world: World, clock: Clock) -> None:
    await world.beat()
    sale = await world.lot(free_s=3600)
    one, other = await world.bidder(sale), await world.bidder(sale)
    await world.bid(sale, one, 100_000)
    assert await tx.run(sweep_outbid) == 1, "looked at"
    assert await told(tx, one.head) == [], "a leader was not outbid"
    await world.bid(sale, other, 105_000)
    await world.bid(sale, one, 110_000)
    await world.bid(sale, other, 115_000)
    assert await tx.run(sweep_outbid) == 0, "not within the minute"
    await clock.advance(seconds=61)
    assert await tx.run(sweep_outbid) == 1
    assert await told(tx, one.head) == ["auctions.outbid"]
    assert await told(tx, other.head) == []
    await clock.advance(seconds=61)
    assert await tx.run(sweep_outbid) == 0, "nothing new"


async def test_an_achievement_and_its_offer(tx: Tx, world: World) -> None:
    org = await world.organisation(kind="university")
    await world.offer(org, disposal=Disposal.exclusive)
    await deliver_everything(tx)
    assert "catalogue.achievement_published" in await told(tx, org.head)


async def test_a_listener_that_runs_twice_tells_once(tx: Tx, world: World, clock: Clock) -> None:
    """The second guard: not the record of handled facts, but the key of each message."""
    await world.operator()
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    bidder = await world.bidder(sale)
    await world.bid(sale, bidder, 100_000)
    await world.demand(sale.seller.head)
    await clock.advance(seconds=300)
    await world.sweep_lots()
    await deliver_everything(tx)
    before = await world.count("inbox_message"), await world.count("dispatch")
    assert before[0] > 5

    for row in await world.rows("SELECT topic, payload FROM fact ORDER BY seq"):
        for listener in LISTENERS.get(row.topic, ()):
            await tx.run(listener, row.payload)
    assert (await world.count("inbox_message"), await world.count("dispatch")) == before


def test_webhooks_offer_only_kinds_with_a_name() -> None:
    assert all(label for label in WEBHOOK_KINDS.values())
    assert all(kind.count(".") == 1 for kind in WEBHOOK_KINDS)


@pytest.mark.parametrize("role", ["manager", "agent"])
async def test_members_are_told_by_role(tx: Tx, world: World, role: str) -> None:
    org = await world.organisation(kind="university")
    member = await world.member(org, {role})
    await world.offer(org)
    await deliver_everything(tx)
    heard = await world.count("inbox_message", person_id=id_of(member))
    assert bool(heard) is (role == "manager")
