"""The proof of a sale as a browser without JavaScript meets it."""

from __future__ import annotations

import hashlib

import httpx2
import pytest

from app.auctions.verifying import verify_sale
from tests.world import World
from tests.worlds.records import Sold, fixed_price_lot, sold


async def test_anybody_downloads_the_record_and_finds_its_hash(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await sold(world)
    page = (await client.get(f"/lots/{sale.number}/record")).text
    answer = await client.get(f"/lots/{sale.number}/record.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="{sale.number}-1.json"'
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert sha256 in page
    assert verify_sale(answer.content) == []
    assert sale.notice not in page
    assert "开启密封内容" not in page
    assert (await client.get(f"/lots/{sale.number}/record.json?revision=2")).status_code == 404
    sent = await client.post("/verify", files={"file": ("r.json", answer.content)})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/verify?asked={sha256}")
    found = await client.get(sent.headers["location"])
    assert found.status_code == 200
    assert "这是本平台生成的文件" in found.text
    touched = await client.post("/verify", files={"file": ("r.json", answer.content + b" ")})
    missed = await client.get(touched.headers["location"])
    assert missed.status_code == 404
    assert "没有找到" in missed.text


async def test_a_certificates_address_tells_the_result_and_no_name(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await sold(world)
    page = (await client.get(f"/verify/{sale.confirmation}")).text
    assert "成交确认书" in page
    assert "¥100,000.00" in page
    assert sale.buyer.name not in page
    typed = sale.confirmation.lower().replace("-", "－")
    assert (await client.get("/verify", params={"asked": f" {typed} "})).status_code == 200
    for unknown in ("ZS-2026-000999", "x" * 64, "%00", "<b>", "f" * 64):
        assert (await client.get("/verify", params={"asked": unknown})).status_code == 404
    assert (await client.post("/verify", files={"file": ("", b"")})).status_code == 422
    assert (await client.get("/verify", params={"asked": "x" * 201})).status_code == 422


@pytest.mark.parametrize("who", ["buyer", "loser"])
async def test_a_party_finds_its_certificates(
    client: httpx2.AsyncClient, world: World, who: str
) -> None:
    sale = await sold(world)
    await world.logged_in_client(client, getattr(sale, who).head)
    page = (await client.get(f"/lots/{sale.number}/record")).text
    assert f"/certificates/{sale.notice}.pdf" in page
    assert (f"/certificates/{sale.confirmation}.pdf" in page) == (who == "buyer")
    pdf = await client.get(f"/certificates/{sale.notice}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["cache-control"] == "private, no-store"


async def test_a_supervisor_opens_a_sale_with_a_reason(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale: Sold = await sold(world)
    await world.logged_in_client(client, await world.person(platform={"supervisor"}))
    room = f"/lots/{sale.number}"
    assert "开启密封内容" in (await client.get(f"{room}/record")).text
    refused = await client.post(f"{room}/openings", data={"reason": "<看>"})
    assert refused.status_code == 422
    assert "&lt;看&gt;" in refused.text
    opened = await client.post(f"{room}/openings", data={"reason": "竞买人投诉，核查报价"})
    record = (await client.get(f"{room}/record.json")).content
    assert verify_sale(record, opened.content) == []
    assert opened.headers["cache-control"] == "no-store"


async def test_a_running_sale_has_no_record_yet(client: httpx2.AsyncClient, world: World) -> None:
    number = await fixed_price_lot(world, await world.organisation(kind="university"))
    page = await client.get(f"/lots/{number}/record")
    assert page.status_code == 200
    assert "竞价还没有结束" in page.text
    assert (await client.get(f"/lots/{number}/record.json")).status_code == 404
