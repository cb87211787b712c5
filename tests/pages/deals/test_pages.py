"""A deal's page and the list of deals."""

from __future__ import annotations

import re

import httpx2

from tests.world import World


async def test_a_deal_reads_well_for_both_parties(client: httpx2.AsyncClient, world: World) -> None:
    seller, buyer = await world.organisation("示范大学"), await world.organisation("示范企业")
    number = await world.deal(seller, buyer, yuan=386_500)
    await world.logged_in_client(client, buyer.head)
    text = (await client.get(f"/deals/{number}")).text
    for part in (
        number,
        "示范大学",
        "示范企业",
        "¥386,500",
        "网络竞价",
        "CJ-2026-000001",
        "待签约",
    ):
        assert part in text, part
    assert "与转让方联系签订技术合同" in text
    assert re.search(r"双方须在 \d{4}年\d+月\d+日 24:00 前签订技术合同", text)
    await world.logged_in_client(client, seller.head)
    assert "核对受让方主体信息" in (await client.get(f"/deals/{number}")).text
    listed = (await client.get("/desk/deals")).text
    assert number in listed
    assert "示范企业" in listed


async def test_a_deal_is_missing_for_others(client: httpx2.AsyncClient, world: World) -> None:
    number = await world.deal(await world.organisation(), await world.organisation())
    assert (await client.get(f"/deals/{number}")).status_code == 404
    await world.logged_in_client(client, (await world.organisation()).head)
    assert (await client.get(f"/deals/{number}")).status_code == 404
    assert "还没有交易" in (await client.get("/desk/deals")).text
