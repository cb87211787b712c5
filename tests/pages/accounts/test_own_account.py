"""Forgotten passwords and one's own account as a browser without JavaScript meets them."""

from __future__ import annotations

import re

import httpx2

from app.accounts.types import SESSION_COOKIE
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.main import create_app
from tests.world import World
from tests.worlds.accounts import PASSWORD
from tests.worlds.letters import last_code, last_link

NEW = "new-password-2026"


async def send(client: httpx2.AsyncClient, path: str, **fields: str) -> httpx2.Response:
    return await client.post(path, data=fields)


async def test_a_forgotten_password_is_set_by_the_mailed_link(
    tx: Tx, client: httpx2.AsyncClient, world: World
) -> None:
    await world.person(identifier="who@example.com")
    asked = await send(client, "/forgot", identifier="who@example.com")
    unknown = await send(client, "/forgot", identifier="knows@example.com")
    assert (asked.status_code, asked.headers["location"]) == (303, "/forgot/code")
    assert (unknown.status_code, unknown.headers["location"]) == (303, "/forgot/code")
    client.cookies.clear()
    await send(client, "/forgot", identifier="who@example.com")
    link = await last_link(tx)
    client.cookies.clear()  # the mail is read elsewhere
    token = link.partition("token=")[2]
    form = (await client.get(link)).text
    assert f'name="token" value="{token}"' in form
    assert 'name="code"' not in form
    weak = await send(client, "/forgot/code", token=token, password="short")
    assert weak.status_code == 422
    assert "密码至少 8 个字符" in weak.text
    assert token in weak.text  # the form can be sent again
    done = await send(client, "/forgot/code", token=token, password=NEW)
    assert done.headers["location"] == "/login?reset=1"
    assert "密码已重设" in (await client.get("/login?reset=1")).text
    again = await send(client, "/forgot/code", token=token, password="another-secret-3")
    assert again.status_code == 409
    entered = await send(client, "/login", identifier="who@example.com", password=NEW)
    assert entered.status_code == 303


async def test_a_code_without_its_browser_says_where_to_begin(client: httpx2.AsyncClient) -> None:
    for path, start in (("/signup/code", "/signup"), ("/forgot/code", "/forgot")):
        page = (await client.get(path)).text
        assert "没有等待填写的验证码" in page
        assert f'href="{start}"' in page
        refused = await send(client, path, code="123456", password=NEW)
        assert refused.status_code == 409


async def test_a_letter_link_fills_the_form_and_does_nothing_by_itself(
    tx: Tx, client: httpx2.AsyncClient, world: World
) -> None:
    await send(
        client, "/signup", name="陈新", identifier="n@example.com", password=NEW, consent="1"
    )
    link = await last_link(tx)
    page = (await client.get(link)).text
    assert f'value="{await last_code(tx)}"' in page
    assert await world.count("person") == 0
    early = await client.post("/signup/code/resend")
    assert early.status_code == 429
    assert 0 < int(early.headers["retry-after"]) <= 60


async def test_an_account_page_shows_its_own_things_in_full(
    tx: Tx, client: httpx2.AsyncClient, world: World
) -> None:
    person = await world.person("陈新", identifier="who@example.com")
    await world.logged_in_client(client, person)
    await world.token(person)
    page = (await client.get("/desk/account")).text
    assert "who@example.com" in page
    assert "当前浏览器" in page
    assert page.count("退出登录") == 1
    sessions = re.findall(r"/desk/account/sessions/([0-9a-f-]{36})/end", page)
    ended = await client.post(f"/desk/account/sessions/{sessions[0]}/end")
    assert ended.headers["location"] == "/desk/account?done=session"
    assert "已退出该浏览器上的登录" in (await client.get(ended.headers["location"])).text
    assert "<script>" not in (await client.get("/desk/account?done=<script>")).text
    assert await world.count("login_session") == 1


async def test_a_copy_is_a_file_that_no_cache_keeps(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.logged_in_client(client, await world.person("陈新"))
    copy = await client.get("/desk/account/data")
    assert copy.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert copy.headers["cache-control"] == "no-store"
    assert copy.json()["accounts"]["person"]["name"] == "陈新"


async def test_a_deleted_account_is_signed_out_and_gone(
    client: httpx2.AsyncClient, world: World
) -> None:
    person = await world.person("即将离开", identifier="leaving@example.com")
    await world.logged_in_client(client, person)
    wrong = await send(client, "/desk/account/delete", password="not-the-one")
    assert wrong.status_code == 422
    assert "密码不正确" in wrong.text
    assert await world.count("person", name="即将离开") == 1
    gone = await send(client, "/desk/account/delete", password=PASSWORD)
    assert gone.headers["location"] == "/login?deleted=1"
    assert SESSION_COOKIE not in client.cookies
    assert "账号已注销" in (await client.get("/login?deleted=1")).text
    refused = await send(client, "/login", identifier="leaving@example.com", password=PASSWORD)
    assert refused.status_code == 401


async def test_the_privacy_notice_names_the_contact(tx: Tx) -> None:
    settings = Settings(mode=Mode.demo, contact="privacy@market.test")
    transport = httpx2.ASGITransport(app=create_app(settings, tx=tx))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as visitor:
        page = (await visitor.get("/privacy")).text
        assert "privacy@market.test" in page
        assert "待核实" in page
        assert 'href="/privacy"' in (await visitor.get("/signup")).text
