"""The JSON API of auctions and deals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.catalogue.types import Disposal
from app.core.ids import new_id
from app.core.paging import encode_cursor
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale


async def bid(
    client: httpx2.AsyncClient, sale: Sale, amount: Any, key: str = "api-key-0001"
) -> httpx2.Response:
    return await client.post(
        f"/api/v1/lots/{sale.number}/bids",
        json={"amount_minor": amount},
        headers={"Idempotency-Key": key},
    )


async def signed_in(client: httpx2.AsyncClient, world: World, sale: Sale) -> Org:
    buyer = await world.bidder(sale)
    await world.logged_in_client(client, buyer.head)
    return buyer


async def test_a_bid_and_its_repeat(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    await signed_in(client, world, sale)
    first = await bid(client, sale, 100_000_00)
    assert first.status_code == 201
    assert first.json()["seq"] == 2  # the opening is 1
    again = await bid(client, sale, 100_000_00)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await bid(client, sale, 105_000_00)
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")
    assert await world.count("bid") == 1


async def test_a_refused_bid_is_409_and_on_record(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    await signed_in(client, world, sale)
    refused = await bid(client, sale, 1)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert (problem["code"], problem["reason"], problem["seq"]) == ("bid-refused", "below_start", 2)
    assert problem["detail"] == "报价低于起始价"
    assert (await bid(client, sale, 1)).json() == problem
    assert await world.count("bid", outcome="refused") == 1


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 1.5, "100", True, None, 10**40])
async def test_malformed_amounts_are_422_without_a_row(
    client: httpx2.AsyncClient, world: World, amount: Any
) -> None:
    sale = await world.lot()
    await signed_in(client, world, sale)
    assert (await bid(client, sale, amount)).status_code == 422
    assert await world.count("bid") == 0


async def test_a_bid_needs_a_key(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    await signed_in(client, world, sale)
    answer = await client.post(f"/api/v1/lots/{sale.number}/bids", json={"amount_minor": 1})
    assert answer.status_code == 422


async def test_reading_a_lot_and_its_bids(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    wang, li = await world.bidder(sale), await world.bidder(sale)
    receipt = await world.bid(sale, wang, 100_000)
    await world.bid(sale, li, 1)
    lot = (await client.get(f"/api/v1/lots/{sale.number}")).json()
    assert (lot["state"], lot["price_minor"], lot["seq"]) == ("free", 100_000_00, 3)
    bids = (await client.get(f"/api/v1/lots/{sale.number}/bids")).json()
    assert [b["code"] for b in bids["items"]] == [receipt.code, ""]
    assert [b["amount_minor"] for b in bids["items"]] == [100_000_00, None]
    later = (await client.get(f"/api/v1/lots/{sale.number}/bids?after=3")).json()
    assert later == {"items": [], "steps": [], "seq": 3}
    listed = (await client.get("/api/v1/lots")).json()
    assert [item["number"] for item in listed["items"]] == [sale.number]
    rules = (await client.get(f"/api/v1/rulebooks/{lot['rulebook_version']}")).json()
    assert rules["params"]["outage_tolerance_s"] == 5


async def test_every_submission_has_an_address(client: httpx2.AsyncClient, world: World) -> None:
    """A lot with maxima takes a bid and a maximum; what it does not take is 409 and on record."""
    sale = await world.lot(proxies=True)
    await signed_in(client, world, sale)
    path = f"/api/v1/lots/{sale.number}"
    stored = await client.post(
        f"{path}/maximum",
        json={"amount_minor": 200_000_00},
        headers={"Idempotency-Key": "max-0001"},
    )
    answer = stored.json()
    assert (stored.status_code, answer["amount_minor"], answer["act"]) == (201, None, "store")
    assert (answer["standing_price_minor"], len(answer["commitment"])) == (100_000_00, 64)
    assert "20000000" not in stored.text
    lot = (await client.get(path)).json()
    assert (lot["has_proxies"], lot["terms"]["mode"]) == (True, "DYNAMIC")
    bids = (await client.get(f"{path}/bids")).json()
    assert [(one["act"], one["origin"], one["code"] != "") for one in bids["items"]] == [
        ("store", "manual", False),
        ("bid", "proxy", True),
    ]
    assert [one["step"] for one in bids["steps"]] == ["opened"]
    for verb, body in (
        ("match", {"amount_minor": 1}),
        ("accept", {"amount_minor": 1}),
        ("seal", {"amount_minor": 1}),
        ("confirm", None),
        ("exercise", {"amount_minor": 1}),
        ("waive", None),
        ("raise", {"amount_minor": 1}),
    ):
        refused = await client.post(
            f"{path}/{verb}", json=body, headers={"Idempotency-Key": f"refused-{verb}"}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "bid-refused"), verb
    assert await world.count("bid", outcome="refused") == 7


async def test_an_amount_with_a_zero_too_many_is_asked_for_again(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot(proxies=True)
    await signed_in(client, world, sale)
    path, key = f"/api/v1/lots/{sale.number}/bids", {"Idempotency-Key": "jump-0001"}
    body = {"amount_minor": 100_000_000_00}
    asked = await client.post(path, json=body, headers=key)
    assert (asked.status_code, asked.json()["code"]) == (422, "jump-unconfirmed")
    assert await world.count("bid") == 0
    sure = await client.post(path, json=body | {"confirm_jump": True}, headers=key)
    assert sure.status_code == 201


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"]
)
async def test_a_made_up_place_in_a_list_is_422(client: httpx2.AsyncClient, instant: str) -> None:
    after = encode_cursor(instant, str(new_id()))
    answer = await client.get("/api/v1/lots", params={"after": after})
    assert answer.status_code == 422


async def test_announce_and_join(client: httpx2.AsyncClient, world: World) -> None:
    seller, buyer = await world.organisation(), await world.organisation()
    offer = await world.offer(seller)
    await world.logged_in_client(client, seller.head)
    body = {
        "offer_number": offer.number,
        "start_minor": 100_00,
        "step_minor": 10_00,
        "free_ends_at": "2027-01-01T00:00:00+08:00",
        "window_s": 300,
    }
    headers = {"Idempotency-Key": "announce-0001"}
    made = await client.post("/api/v1/lots", json=body, headers=headers)
    assert made.status_code == 201
    assert (await client.post("/api/v1/lots", json=body, headers=headers)).json() == made.json()
    naive = body | {"free_ends_at": "2027-01-01T00:00:00"}
    assert (await client.post("/api/v1/lots", json=naive, headers=headers)).status_code == 422
    await world.logged_in_client(client, buyer.head)
    joined = await client.post(f"/api/v1/lots/{made.json()['number']}/join")
    assert joined.status_code == 200
    assert joined.json()["code"].startswith("C")


async def test_a_deal_is_for_its_parties(client: httpx2.AsyncClient, world: World) -> None:
    seller, buyer = await world.organisation("示范大学"), await world.organisation("示范企业")
    number = await world.deal(seller, buyer, yuan=386_500)
    path = f"/api/v1/deals/{number}"
    for party in (seller, buyer):
        await world.logged_in_client(client, party.head)
        deal = (await client.get(path)).json()
        assert (deal["seller_name"], deal["buyer_name"]) == ("示范大学", "示范企业")
        assert deal["amount_minor"] == 386_500_00
        listed = (await client.get("/api/v1/deals")).json()
        assert [item["number"] for item in listed["items"]] == [number]
    other = await world.organisation()
    await world.logged_in_client(client, other.head)
    assert (await client.get(path)).status_code == 404
    assert (await client.get("/api/v1/deals")).json()["items"] == []
    await world.logged_in_client(client, world.stranger)
    assert (await client.get(path)).status_code == 404
    assert (await client.get("/api/v1/deals")).status_code == 401


async def post(
    client: httpx2.AsyncClient, path: str, key: str = "steer-key-01", **body: Any
) -> httpx2.Response:
    return await client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": key})


async def test_a_program_steers_its_lot(client: httpx2.AsyncClient, world: World) -> None:
    """Publish with whole terms, change, stop, go on, end: each once, whatever is repeated."""
    seller = await world.organisation(kind="university")
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    await world.logged_in_client(client, seller.head)
    now = await world.market_now()
    opens_at = now + timedelta(days=20)
    made = await post(
        client,
        "/lots",
        offer_number=offer.number,
        mode="MULTI",
        start_minor=100_000_00,
        step_minor=5_000_00,
        free_starts_at=opens_at.isoformat(),
        free_ends_at=(opens_at + timedelta(days=2)).isoformat(),
        window_s=300,
        proxies=True,
        deposit_minor=10_000_00,
        reserve_kind="hidden",
        reserve_minor=150_000_00,
    )
    assert made.status_code == 201
    number = made.json()["number"]
    assert "150000" not in (await client.get(f"/api/v1/lots/{number}")).text
    later = (opens_at + timedelta(days=3)).isoformat()
    why = {"statement": "补充检测报告"}
    for _ in range(2):
        done = await post(client, f"/lots/{number}/amendment", free_ends_at=later, **why)
        assert (done.status_code, done.content) == (204, b"")
    stop = {"reason": "title_dispute", **why}
    for _ in range(2):
        done = await post(client, f"/lots/{number}/suspension", "steer-key-02", **stop)
        assert done.status_code == 204
    reused = await post(client, f"/lots/{number}/suspension", "steer-key-01", **stop)
    assert (reused.status_code, reused.json()["code"]) == (409, "key-reused")
    done = await post(client, f"/lots/{number}/resumption", "steer-key-03", **why)
    assert done.status_code == 204
    foreign = await post(client, f"/lots/{number}/annulment", ground="collusion", **why)
    assert foreign.status_code == 403
    done = await post(
        client, f"/lots/{number}/termination", "steer-key-04", reason="withdrawn", **why
    )
    assert done.status_code == 204
    said = (await client.get(f"/api/v1/lots/{number}/announcements")).json()["items"]
    kinds = ["terminated", "resumed", "suspended", "amended", "published"]
    assert [one["kind"] for one in said] == kinds
    assert (await client.get(f"/api/v1/lots/{number}")).json()["outcome"] == "terminated"
