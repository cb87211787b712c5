"""Stopping, ending and watching lots; the calendar."""

from __future__ import annotations

import httpx2

from app.auctions.types import LotState
from tests.world import World


async def test_the_operator_stops_a_lot_with_a_reason_and_lets_it_go_on(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot(rulebook="demo-2")
    buyer = await world.bidder(sale, "夜光科技有限公司")
    await world.bid(sale, buyer, 100_000)
    await world.logged_in_client(client, await world.operator())
    manage = f"/lots/{sale.number}/manage"
    assert sale.number in (await client.get("/review/lots")).text
    page = (await client.get(manage)).text
    assert "夜光科技" not in page
    assert "系统故障" in page
    empty = await client.post(f"{manage}/suspend", data={"statement": "短"})
    assert empty.status_code == 422
    assert "至少填写 5 个字" in empty.text
    assert (await world.show_lot(sale.number)).state is LotState.free
    said = {
        "reason": "system_fault",
        "statement": "报价服务故障，正在修复。",
        "key": "stop-001",
    }
    assert (await client.post(f"{manage}/suspend", data=said)).status_code == 303
    room = (await client.get(f"/lots/{sale.number}")).text
    assert "竞价已中止" in room
    assert "报价服务故障，正在修复。" in room
    assert 'name="amount"' not in room
    resumed = {"statement": "故障已经修复。", "key": "resume-01"}
    answer = await client.post(f"{manage}/resume", data=resumed)
    assert answer.status_code == 303, answer.text
    assert (await world.show_lot(sale.number)).state is LotState.free
    assert (await client.post(f"{manage}/nonsense", data=resumed)).status_code == 404


async def test_only_seller_and_operator_manage_a_lot(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    manage = f"/lots/{sale.number}/manage"
    await world.logged_in_client(client, sale.seller.head)
    assert (await client.get(manage)).status_code == 200
    await world.logged_in_client(client, (await world.organisation()).head)
    assert (await client.get(manage)).status_code == 403
    said = {"reason": "system_fault", "statement": "我想让它停下来。", "key": "stop-002"}
    assert (await client.post(f"{manage}/suspend", data=said)).status_code == 403
    assert (await world.show_lot(sale.number)).state is LotState.free


async def test_the_calendar_and_its_feed(client: httpx2.AsyncClient, world: World) -> None:
    sale = await world.lot()
    for query in ("", "?view=list", "?mode=DYNAMIC"):
        assert sale.number in (await client.get(f"/lots/calendar{query}")).text
    assert sale.number not in (await client.get("/lots/calendar?mode=DUTCH")).text
    assert (await client.get("/lots/calendar?month=2099-01")).status_code == 200
    feed = await client.get("/lots/calendar.ics")
    assert feed.headers["content-type"].startswith("text/calendar")
    assert f"/lots/{sale.number}" in feed.text.replace("\r\n ", "")
    again = await client.get("/lots/calendar.ics", headers={"If-None-Match": feed.headers["etag"]})
    assert again.status_code == 304


async def test_without_script_the_page_reloads_only_when_asked(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    assert "http-equiv" not in (await client.get(f"/lots/{sale.number}")).text
    asked = (await client.get(f"/lots/{sale.number}?refresh=20")).text
    assert '<meta http-equiv="refresh" content="20">' in asked
