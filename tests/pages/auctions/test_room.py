"""The lot room and the desks as a browser without JavaScript meets them."""

from __future__ import annotations

import re

import httpx2
import pytest

from app.auctions.types import BidOutcome
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.auctions import Sale


def key_of(html: str) -> str:
    """The hidden idempotency key of a page's form."""
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found is not None, "the page has no form with a key"
    return found[1]


async def joined(client: httpx2.AsyncClient, world: World, sale: Sale) -> Org:
    buyer = await world.bidder(sale)
    await world.logged_in_client(client, buyer.head)
    return buyer


async def test_a_stranger_reads_the_room_and_is_shown_the_login(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot(start=386_500_00)
    answer = await client.get(f"/lots/{sale.number}")
    assert answer.status_code == 200
    assert "¥386,500" in answer.text
    assert "独占许可" in answer.text
    assert f"/login?next=/lots/{sale.number}" in answer.text
    assert 'name="amount"' not in answer.text


async def test_join_then_bid_with_plain_forms(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    buyer = await world.organisation()
    await world.logged_in_client(client, buyer.head)
    room = f"/lots/{sale.number}"
    assert "报名参与竞价" in (await client.get(room)).text
    went = await client.post(f"{room}/join")
    assert (went.status_code, went.headers["location"]) == (303, f"{room}?joined=1")
    page = (await client.get(went.headers["location"])).text
    assert "报名成功，您的竞买代码是 C" in page
    bid = await client.post(f"{room}/bids", data={"amount": "１０万", "key": key_of(page)})
    assert (bid.status_code, bid.headers["location"]) == (303, f"{room}?placed=2")
    shown = (await client.get(bid.headers["location"])).text
    assert "报价已接受：¥100,000.00" in shown
    assert "您目前报价最高" in shown
    assert (await world.show_lot(sale.number)).price_minor == 100_000_00


async def test_a_refused_bid_shows_why_what_was_typed_and_a_fresh_key(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    await joined(client, world, sale)
    room = f"/lots/{sale.number}"
    key = key_of((await client.get(room)).text)
    refused = await client.post(f"{room}/bids", data={"amount": "100,001", "key": key})
    assert refused.status_code == 409
    assert "整数倍" in refused.text
    assert 'value="100,001"' in refused.text
    assert key_of(refused.text) != key
    assert await world.count("bid", outcome=BidOutcome.refused) == 1
    again = await client.post(f"{room}/bids", data={"amount": "100,001", "key": key})
    assert again.status_code == 409
    assert await world.count("bid") == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请填写此项"),
        ("1e30", "科学计数法"),
        ("-5", "不能是负数"),
        ("¥1,000.555", "最多精确到分"),
        ("0", "金额不能低于"),
        ("9" * 30, "金额不能超过"),
    ],
)
async def test_an_amount_that_means_nothing_gets_a_sentence_and_no_row(
    client: httpx2.AsyncClient, world: World, typed: str, sentence: str
) -> None:
    sale = await world.lot()
    await joined(client, world, sale)
    answer = await client.post(f"/lots/{sale.number}/bids", data={"amount": typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await world.count("bid") == 0


@pytest.mark.parametrize("panel", ["maximum", "accept", "seal", "exercise", "raise"])
async def test_what_a_lot_has_no_field_for_is_refused_with_a_sentence_too(
    client: httpx2.AsyncClient, world: World, panel: str
) -> None:
    sale = await world.lot()
    await joined(client, world, sale)
    typed = {"amount": "1e30", "amount_again": "1e30", "agree": "on"}
    answer = await client.post(f"/lots/{sale.number}/{panel}", data=typed)
    assert answer.status_code == 422
    assert "科学计数法" in answer.text
    assert await world.count("bid") == 0


async def test_a_key_used_for_another_amount(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    buyer = await joined(client, world, sale)
    await world.bid(sale, buyer, 100_000, key="one-key-0001")
    answer = await client.post(
        f"/lots/{sale.number}/bids", data={"amount": "110000", "key": "one-key-0001"}
    )
    assert answer.status_code == 409
    assert "同一请求编号已用于另一内容" in answer.text


async def test_the_room_tells_no_names(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    buyer = await world.bidder(sale, "夜光科技有限公司")
    receipt = await world.bid(sale, buyer, 100_000)
    for reader in (world.stranger, sale.seller.head, await world.operator()):
        await world.logged_in_client(client, reader)
        text = (await client.get(f"/lots/{sale.number}")).text
        assert receipt.code in text
        assert "夜光科技" not in text
        assert str(buyer.id) not in text


async def test_seller_and_staff_are_told_why_they_may_not_bid(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    await world.logged_in_client(client, sale.seller.head)
    assert "转让方不得参与" in (await client.get(f"/lots/{sale.number}")).text
    await world.logged_in_client(client, await world.operator())
    assert "平台工作人员不得参与" in (await client.get(f"/lots/{sale.number}")).text


async def test_a_suspended_room_says_which_gap(
    client: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=300)
    await joined(client, world, sale)
    await clock.advance(seconds=61)
    await world.beat()
    await clock.advance(seconds=30)
    await world.pass_time_in_silence()
    await world.beat()
    await world.sweep_lots()
    text = (await client.get(f"/lots/{sale.number}")).text
    assert "竞价已中止" in text
    assert "预计" in text
    assert "竞价过程" in text
    refused = await client.post(f"/lots/{sale.number}/bids", data={"amount": "100000"})
    assert refused.status_code == 409
    assert "本标的已中止，恢复后可继续报价" in refused.text


async def test_after_the_close_the_page_is_the_record(
    client: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await world.beat()
    sale = await world.lot(free_s=60, window_s=60)
    buyer = await world.bidder(sale)
    receipt = await world.bid(sale, buyer, 100_000)
    await clock.advance(seconds=200)
    await world.sweep_lots()
    await world.deliver_facts()
    text = (await client.get(f"/lots/{sale.number}")).text
    assert f"竞价结束，{receipt.code} 竞得" in text
    assert "/deals/JY-" not in text
    await world.logged_in_client(client, buyer.head)
    text = (await client.get(f"/lots/{sale.number}")).text
    assert "/deals/JY-" in text
    await world.logged_in_client(client, await world.member(sale.seller, ["inventor"]))
    assert "/deals/JY-" in (await client.get(f"/lots/{sale.number}")).text


async def test_the_shelves(client: httpx2.AsyncClient, world: World, clock: Clock) -> None:
    await world.beat()
    ended = await world.lot(free_s=60, window_s=60)
    await clock.advance(seconds=200)
    await world.sweep_lots()
    running = await world.lot()
    coming = await world.lot(opens_in=3600)
    for shelf, expected in (("running", running), ("coming", coming), ("ended", ended)):
        text = (await client.get(f"/lots?shelf={shelf}")).text
        others = {running.number, coming.number, ended.number} - {expected.number}
        assert expected.number in text
        assert not [number for number in others if number in text]


async def test_the_shelf_pages_by_keyset(client: httpx2.AsyncClient, world: World) -> None:
    seller = await world.organisation()
    numbers = [(await world.lot(seller, free_s=600 + n)).number for n in range(23)]
    first = (await client.get("/lots")).text
    [link] = set(re.findall(r'href="(\?[^"]*after=[^"]+)"', first))
    second = (await client.get("/lots" + link.replace("&amp;", "&"))).text
    assert [n for n in numbers if n in first] == numbers[:20]
    assert [n for n in numbers if n in second] == numbers[20:]
    assert (await client.get("/lots?after=rubbish")).status_code == 422


async def test_the_bidder_s_desk_says_where_he_stands(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    wang = await joined(client, world, sale)
    rival = await world.bidder(sale)
    await world.bid(sale, wang, 100_000)
    assert "最高报价" in (await client.get("/desk/bids")).text
    await world.bid(sale, rival, 105_000)
    assert "非最高报价" in (await client.get("/desk/bids")).text


async def test_the_rules_are_printed(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/lots/rules/2026-1")).text
    assert "网络竞价规则" in text
    assert "裁决时刻" in text
    assert (await client.get("/lots/rules/none")).status_code == 404


async def test_a_missing_lot_is_404(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/lots/CJ-2026-999999")).status_code == 404
    assert (await client.get("/lots/CJ-2026-999999/events")).status_code == 404
    assert (await client.get("/api/v1/lots/CJ-2026-999999")).status_code == 404
