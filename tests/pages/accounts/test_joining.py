"""Asking to join an organisation, as its two sides meet it on their pages."""

from __future__ import annotations

import re

import httpx2

from tests.world import World

ASKING = "/desk/organisation/join-requests"


async def test_a_person_asks_and_a_head_decides(client: httpx2.AsyncClient, world: World) -> None:
    org, person = await world.organisation("示范材料研究院"), await world.person("申请人")
    await world.logged_in_client(client, person)
    assert ASKING in (await client.get("/desk/organisation")).text
    found = await client.get(ASKING, params={"q": "材料"})
    assert org.name in found.text
    assert re.search(rf'value="{org.id}"\s+checked', found.text), "the only one is chosen"
    refused = await client.post(
        ASKING, data={"organisation": str(org.id), "q": "材料", "note": "甲"}
    )
    assert refused.status_code == 422
    assert 'value="甲"' in refused.text
    asked = {"organisation": str(org.id), "roles": "manager", "note": "科研处 <b>新人</b>"}
    assert (await client.post(ASKING, data=asked)).status_code == 303
    assert "等待负责人处理" in (await client.get(ASKING)).text

    await world.logged_in_client(client, org.head)
    desk = (await client.get("/desk/organisation")).text
    assert "科研处 &lt;b&gt;新人&lt;/b&gt;" in desk
    (action,) = re.findall(rf"{ASKING}/[\w-]+/refuse", desk)
    empty = await client.post(action, data={"reason": ""})
    assert empty.status_code == 422
    assert await world.count("join_request", state="pending") == 1
    approve = action.replace("refuse", "approve")
    assert (await client.post(approve, data={"roles": "inventor"})).status_code == 303
    again = await client.post(approve, data={"roles": "inventor"})
    assert again.status_code == 409
    assert "该加入申请已处理或已撤回" in again.text
    assert "申请人" in (await client.get("/desk/organisation")).text


async def test_what_is_not_found_says_what_to_do(client: httpx2.AsyncClient, world: World) -> None:
    await world.logged_in_client(client, await world.person())
    assert "没有找到已认证的单位" in (await client.get(ASKING, params={"q": "不存在"})).text
    short = await client.get(ASKING, params={"q": "某"})
    assert short.status_code == 422
    assert "至少两个字" in short.text


async def test_a_request_is_taken_back(client: httpx2.AsyncClient, world: World) -> None:
    org, person = await world.organisation(), await world.person()
    await world.logged_in_client(client, person)
    await client.post(ASKING, data={"organisation": str(org.id), "roles": "agent"})
    (action,) = re.findall(rf"{ASKING}/[\w-]+/withdraw", (await client.get(ASKING)).text)
    assert (await client.post(action)).status_code == 303
    assert "已撤回" in (await client.get(ASKING)).text
