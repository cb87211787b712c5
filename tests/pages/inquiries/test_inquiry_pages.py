"""Pages of inquiries and of who looked, without JavaScript."""

from __future__ import annotations

import httpx2

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
