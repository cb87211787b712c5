"""Organisations in a browser without JavaScript: found, apply, review, invite, join."""

from __future__ import annotations

import re
from uuid import UUID

import httpx2

from app.accounts import service
from app.accounts.types import SESSION_COOKIE, OrganisationKind, Role
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import credit_code
from tests.worlds.letters import read_letters


def statement(**changes: str) -> dict[str, str]:
    return {
        "name": "西部示范研究院",
        "kind": "institute",
        "credit_code": credit_code(),
        "region": "四川省",
        "key": "page-key-0001",
    } | changes


async def test_from_founding_to_the_public_page(client: httpx2.AsyncClient, world: World) -> None:
    founder = await world.person("赵创")
    await world.logged_in_client(client, founder)
    blank = await client.get("/desk/organisation")
    assert "创建单位" in blank.text
    assert "用邀请码加入单位" in blank.text
    founded = await client.post("/desk/organisation", data=statement())
    assert (founded.status_code, founded.headers["location"]) == (303, "/desk/organisation")
    desk = (await client.get("/desk/organisation")).text
    for text in ("西部示范研究院", "单位尚未认证", "申请认证", "赵创", "p***@example.com"):
        assert text in desk
    me = (await client.get("/api/v1/me")).json()
    organisation_id = me["organisation_id"]
    assert me["roles"] == ["agent", "head", "manager"]
    assert (await client.post("/desk/organisation/submit")).status_code == 303
    assert "认证申请正在审核" in (await client.get("/desk/organisation")).text

    await world.logged_in_client(client, world.stranger)
    hidden = await client.get(f"/organisations/{organisation_id}")
    assert hidden.status_code == 404
    assert (await client.get(f"/api/v1/organisations/{organisation_id}")).status_code == 404

    await world.logged_in_client(client, await world.operator())
    queue = (await client.get("/review/organisations")).text
    assert "西部示范研究院" in queue
    assert re.search(r"SL-\d{4}-\d{6}", queue)
    done = await client.post(f"/review/organisations/{organisation_id}/verify")
    assert done.headers["location"] == "/review/organisations"
    twice = await client.post(f"/review/organisations/{organisation_id}/verify")
    assert twice.status_code == 409
    assert "可能已由他人处理" in twice.text

    await world.logged_in_client(client, world.stranger)
    public = (await client.get(f"/organisations/{organisation_id}")).text
    assert "已认证" in public
    assert "科研院所" in public
    assert "赵创" not in public
    assert "西部示范研究院" in (await client.get("/organisations")).text
    listed = (await client.get("/api/v1/organisations")).json()
    assert [item["id"] for item in listed["items"]] == [organisation_id]


async def test_a_wrong_code_keeps_what_was_typed(client: httpx2.AsyncClient, world: World) -> None:
    await world.logged_in_client(client, await world.person())
    refused = await client.post(
        "/desk/organisation", data=statement(credit_code="911100000000000000", region="火星")
    )
    assert refused.status_code == 422
    assert 'value="西部示范研究院"' in refused.text
    assert "请从列出的选项中选择" in refused.text
    wrong = await client.post(
        "/desk/organisation", data=statement(credit_code="911100000000000000")
    )
    assert "请核对是否有误" in wrong.text
    assert await world.count("organisation") == 0


async def test_a_returned_application_shows_its_reason_and_can_be_mended(
    tx: Tx, client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("待改单位", verified=False)
    await tx.run(service.submit_verification, actor=org.head, organisation_id=org.id)
    operator = await world.operator()
    await world.logged_in_client(client, operator)
    empty = await client.post(f"/review/organisations/{org.id}/return", data={"reason": " "})
    assert empty.status_code == 422
    assert await world.count("organisation", state="submitted") == 1
    await client.post(f"/review/organisations/{org.id}/return", data={"reason": "名称与证书不一致"})
    await world.logged_in_client(client, org.head)
    assert "名称与证书不一致" in (await client.get("/desk/organisation")).text
    mended = await client.post("/desk/organisation/edit", data=statement(name="改好的单位"))
    assert mended.status_code == 303
    assert "改好的单位" in (await client.get("/desk/organisation")).text


async def test_a_colleague_joins_by_code_and_his_roles_change(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("示范大学", OrganisationKind.university)
    await world.logged_in_client(client, org.head)
    none = await client.post("/desk/organisation/invitations", data={"note": "小王"})
    assert none.status_code == 422
    assert "请至少选择一个角色" in none.text
    assert 'value="小王"' in none.text
    await client.post(
        "/desk/organisation/invitations",
        data={"roles": ["inventor"], "note": "小王", "key": "invite-0001"},
    )
    page = (await client.get("/desk/organisation")).text
    found = re.search(r"<code>([0-9A-Z-]{19})</code>", page)
    assert found is not None

    colleague = await world.person("王小")
    await world.logged_in_client(client, colleague)
    wrong = await client.post("/desk/organisation/join", data={"code": "0000-0000-0000-0000"})
    assert wrong.status_code == 404
    assert "邀请码无效" in wrong.text
    joined = await client.post("/desk/organisation/join", data={"code": found[1].lower()})
    assert joined.status_code == 303
    me = (await client.get("/api/v1/me")).json()
    assert me["roles"] == ["inventor"]
    assert "邀请同事" not in (await client.get("/desk/organisation")).text
    roles = f"/desk/organisation/members/{colleague.person_id}"
    assert (await client.post(roles, data={"roles": ["head"]})).status_code == 403

    await world.logged_in_client(client, org.head)
    assert found[1] not in (await client.get("/desk/organisation")).text
    assert (await client.post(roles, data={"roles": ["agent", "inventor"]})).status_code == 303
    own = f"/desk/organisation/members/{org.head.person_id}"
    last = await client.post(f"{own}/remove")
    assert last.status_code == 409
    assert "至少需要一名负责人" in last.text
    assert (await client.post(f"{roles}/remove")).status_code == 303


async def test_one_acts_for_one_organisation_at_a_time(
    tx: Tx, client: httpx2.AsyncClient, world: World
) -> None:
    first = await world.organisation("甲公司")
    second = await world.organisation("乙公司", head=first.head)
    await world.logged_in_client(client, first.head)
    page = (await client.get("/act-for")).text
    assert "甲公司" in page
    assert "乙公司" in page
    moved = await client.post("/act-for", data={"organisation": str(second.id), "next": "/lots"})
    assert moved.headers["location"] == "/lots"
    assert (await client.get("/api/v1/me")).json()["organisation_id"] == str(second.id)
    foreign = await world.organisation("丙公司")
    for wrong in (str(foreign.id), "not-an-id", str(UUID(int=7))):
        refused = await client.post("/act-for", data={"organisation": wrong})
        assert refused.status_code == 404
    assert (await client.get("/api/v1/me")).json()["organisation_id"] == str(second.id)
    await client.post("/act-for", data={"organisation": ""})
    assert (await client.get("/api/v1/me")).json()["organisation_id"] is None


async def test_an_administrator_gives_and_takes_roles(
    client: httpx2.AsyncClient, world: World
) -> None:
    someone = await world.person("钱运", identifier="13900000000")
    await world.logged_in_client(client, await world.person(platform={Role.administrator}))
    unknown = await client.post(
        "/desk/roles", data={"identifier": "nobody@example.com", "role": "operator"}
    )
    assert unknown.status_code == 404
    await client.post("/desk/roles", data={"identifier": "13900000000", "role": "operator"})
    page = (await client.get("/desk/roles")).text
    assert "钱运" in page
    assert "139****0000" in page
    assert await world.count("platform_role", role="operator") == 1
    await client.post(f"/desk/roles/{someone.person_id}/revoke", data={"role": "operator"})
    assert await world.count("platform_role", role="operator") == 0


async def test_an_administrator_shuts_somebody_out(
    client: httpx2.AsyncClient, world: World
) -> None:
    someone = await world.person("钱运", identifier="13900000000")
    sessions = [await world.token(someone) for _ in range(2)]
    made = await world.tx.run(
        service.create_token,
        actor=someone,
        name="程序",
        organisation_id=None,
        scopes=["accounts:read"],
        days=1,
        key="shut-out-token",
    )
    await world.logged_in_client(client, await world.person(platform={Role.administrator}))
    for wrong, status in (("", 422), ("nobody@example.com", 404)):
        refused = await client.post("/desk/roles/sign-out", data={"whom": wrong})
        assert refused.status_code == status
    assert await world.count("login_session", person_id=someone.person_id) == 2
    done = await client.post("/desk/roles/sign-out", data={"whom": "13900000000"})
    assert done.headers["location"] == "/desk/roles?done=sign-out"
    assert "已退出该用户的全部登录" in (await client.get("/desk/roles?done=sign-out")).text
    for session in sessions:
        client.cookies.clear()
        client.cookies.set(SESSION_COOKIE, session)
        assert (await client.get("/desk")).status_code == 401
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {made.secret}"}
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401
    assert await world.count("audit_entry", action="accounts.end_access") == 1
    assert "平台管理员已退出您" in (await read_letters(world.tx))[-1]
