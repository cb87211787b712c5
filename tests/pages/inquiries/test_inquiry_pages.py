"""Pages of inquiries and of who looked, without JavaScript."""

from __future__ import annotations

import httpx2

from app.demands.types import Confidentiality
from tests.world import World


async def test_ask_answer_close(client: httpx2.AsyncClient, world: World) -> None:
    owner, asker = await world.organisation("东海大学"), await world.organisation("求购公司")
    record = await world.achievement(owner)
    browser = await world.logged_in_client(client, asker.head)
    page = (await browser.get(f"/achievements/{record.number}")).text
    assert f"/ask/achievement/{record.number}" in page
    form = (await browser.get(f"/ask/achievement/{record.number}")).text
    assert "看不到您的姓名和联系方式" in form
    refused = await browser.post(
        f"/ask/achievement/{record.number}", data={"title": "产能", "body": "", "wish": "here"}
    )
    assert refused.status_code == 422
    assert 'value="产能"' in refused.text
    sent = await browser.post(
        f"/ask/achievement/{record.number}",
        data={"title": "产能", "body": "年产多少？", "wish": "here", "key": "page-key-01"},
    )
    assert sent.status_code == 303
    thread = sent.headers["location"]
    browser = await world.logged_in_client(client, owner.head)
    assert "产能" in (await browser.get("/desk/inquiries")).text
    answered = await browser.post(f"{thread}/messages", data={"body": "一千万平方米。"})
    assert answered.status_code == 303
    interest = (await browser.get(f"/desk/achievements/{record.number}/interest")).text
    assert "求购公司" in interest
    closed = await browser.post(f"{thread}/close")
    assert closed.status_code == 303
    late = await browser.post(f"{thread}/messages", data={"body": "再说"})
    assert late.status_code == 409
    assert "已经结束" in late.text
    browser = await world.logged_in_client(client, world.stranger)
    assert (await browser.get(thread)).status_code == 404


async def test_the_way_to_ask_is_shown_to_others_only(
    client: httpx2.AsyncClient, world: World
) -> None:
    owner, other = await world.organisation("东海大学"), await world.organisation("求购公司")
    record = await world.achievement(owner)
    offer = await world.offer(owner, record)
    demand = await world.demand(owner.head)
    masked = await world.demand(owner.head, confidentiality=Confidentiality.masked)
    draft = await world.achievement(owner, state="draft")
    asked = [
        (f"/achievements/{record.number}", f"/ask/achievement/{record.number}"),
        (f"/offers/{offer.number}", f"/ask/offer/{offer.number}"),
        (f"/demands/{demand.number}", f"/ask/demand/{demand.number}"),
        (f"/demands/{masked.number}", f"/ask/demand/{masked.number}"),
    ]
    for page, way in asked:
        assert way in (await client.get(page)).text, "a stranger signs in on the way"
    unclaimed = await world.imported(other)
    assert "/ask/" not in (await client.get(f"/achievements/{unclaimed.number}")).text
    browser = await world.logged_in_client(client, other.head)
    for page, way in asked:
        assert way in (await browser.get(page)).text
    inventor = await world.member(owner, {"inventor"})
    for nobody in (owner.head, inventor, await world.operator(), await world.person("李研")):
        browser = await world.logged_in_client(client, nobody)
        for page, way in asked:
            assert way not in (await browser.get(page)).text
    browser = await world.logged_in_client(client, owner.head)
    assert "/ask/" not in (await browser.get(f"/achievements/{draft.number}")).text
