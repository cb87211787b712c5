"""The page of API tokens, without JavaScript."""

from __future__ import annotations

import re

import httpx2

from tests.world import World

ASKED = {"name": "科研管理系统", "scopes": ["catalogue:write", "demands:read"], "days": "90"}


async def test_a_person_makes_copies_and_revokes_a_token(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    await world.logged_in_client(client, org.head)
    asked = ASKED | {"organisation": str(org.id), "key": "page-token-0001"}
    made = await client.post("/desk/tokens", data=asked)
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    (secret,) = set(re.findall(r"kjm_[\w-]{43}", made.text))
    again = await client.post("/desk/tokens", data=asked)
    assert secret not in again.text
    assert "该令牌已经创建过" in again.text
    listed = await client.get("/desk/tokens")
    assert secret not in listed.text
    assert secret[:8] in listed.text
    client.cookies.clear()
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert me.json()["scopes"] == ["catalogue:write", "demands:read"]
    await world.logged_in_client(client, org.head)
    (action,) = re.findall(r"/desk/tokens/[\w-]+/revoke", listed.text)
    assert (await client.post(action)).status_code == 303
    ended = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert ended.status_code == 401


async def test_a_form_without_scopes_keeps_what_was_typed(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.logged_in_client(client, await world.person())
    refused = await client.post("/desk/tokens", data=ASKED | {"scopes": [], "days": "9999"})
    assert refused.status_code == 422
    assert "请至少选择一项权限范围" in refused.text
    assert 'value="科研管理系统"' in refused.text
    assert await world.count("api_token") == 0


async def test_programmers_find_the_guide_in_the_foot_of_each_page(
    client: httpx2.AsyncClient,
) -> None:
    assert 'href="/help/api"' in (await client.get("/")).text
    guide = await client.get("/help/api")
    for word in ("Idempotency-Key", "application/problem+json", "catalogue:write", "after"):
        assert word in guide.text
