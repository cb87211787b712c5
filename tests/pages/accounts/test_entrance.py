"""Signing up, in and out as a browser without JavaScript meets it."""

from __future__ import annotations

import re

import httpx2
import pytest

from app.accounts import service
from app.accounts.rules import LOGIN_BY_IDENTIFIER
from app.accounts.types import SESSION_COOKIE
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.main import create_app
from app.seed.logins import demo_logins
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import PASSWORD
from tests.worlds.letters import last_code, read_letters


async def send(client: httpx2.AsyncClient, path: str, **fields: str) -> httpx2.Response:
    return await client.post(path, data=fields)


async def test_a_newcomer_signs_up_logs_in_and_out(
    client: httpx2.AsyncClient, world: World
) -> None:
    assert "注册账号" in (await client.get("/signup")).text
    begun = await send(
        client,
        "/signup",
        name="陈新",
        identifier="１３８ 0000 1234",
        password=PASSWORD,
        consent="1",
    )
    assert (begun.status_code, begun.headers["location"]) == (303, "/signup/code")
    assert await world.count("person") == 0
    waiting = (await client.get("/signup/code")).text
    assert "138****1234" in waiting
    assert "13800001234" not in waiting
    made = await send(client, "/signup/code", code=await last_code(world.tx))
    assert (made.status_code, made.headers["location"]) == (303, "/desk")
    cookie = made.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # the test market is served over http
    assert (await client.get("/api/v1/me")).json()["name"] == "陈新"
    left = await client.post("/logout")
    assert left.headers["location"] == "/"
    assert (await client.get("/api/v1/me")).status_code == 401
    assert await world.count("login_session") == 0
    entered = await send(
        client,
        "/login",
        identifier="+86 138-0000-1234",
        password=PASSWORD,
        next="/lots?state=free",
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/lots?state=free")


async def test_a_taken_identifier_is_answered_as_a_free_one(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.person("原主", identifier="owner@example.com")
    people, logins = await world.count("person"), await world.count("login")
    typed = {"name": "冒名", "password": "another-secret", "consent": "1"}
    again = await send(client, "/signup", identifier="Owner@Example.com", **typed)
    again_page = (await client.get("/signup/code")).text
    again_code = await send(client, "/signup/code", code="123456")
    assert "已有账号" in (await read_letters(world.tx))[-1]
    client.cookies.clear()
    free = await send(client, "/signup", identifier="other@example.com", **typed)
    free_page = (await client.get("/signup/code")).text
    wrong = "123456" if await last_code(world.tx) != "123456" else "654321"
    free_code = await send(client, "/signup/code", code=wrong)
    assert (again.status_code, again.headers["location"], again.text) == (
        free.status_code,
        free.headers["location"],
        free.text,
    )
    alike = [
        re.sub(r'data-now="[0-9]+"|value="[0-9]{6}"|[0-9]{2}:[0-9]{2}', "", shown)
        for shown in (again_page, free_page, again_code.text, free_code.text)
    ]
    assert alike[0] == alike[1]
    assert alike[2] == alike[3]
    assert again_code.status_code == free_code.status_code == 422
    assert (await world.count("person"), await world.count("login")) == (people, logins)
    entered = await send(client, "/login", identifier="owner@example.com", password=PASSWORD)
    assert entered.status_code == 303


async def test_an_unknown_account_and_a_wrong_password_read_alike(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.person(identifier="known@example.com")
    wrong = await send(client, "/login", identifier="known@example.com", password="wrong-one-1")
    unknown = await send(client, "/login", identifier="knows@example.com", password="wrong-one-1")
    assert wrong.status_code == unknown.status_code == 401
    said, other = (re.sub(r'data-now="\d+"', "", answer.text) for answer in (wrong, unknown))
    assert said.replace("known@", "knows@") == other
    assert "账号或密码不正确" in wrong.text
    assert 'value="known@example.com"' in wrong.text
    assert "wrong-one-1" not in wrong.text
    assert await world.count("login_session") == 0


async def test_refused_sign_ups_say_every_fault_and_change_nothing(
    client: httpx2.AsyncClient, world: World
) -> None:
    refused = await send(client, "/signup", name="", identifier="12345", password="short")
    assert refused.status_code == 422
    for sentence in ("请填写姓名", "11 位手机号码", "密码至少 8 个字符", "请阅读并同意"):
        assert sentence in refused.text
    assert "short" not in refused.text
    same = await send(
        client, "/signup", name="甲", identifier="abcdefgh@example.com", password="ABCdefgh"
    )
    assert "密码过于简单" in same.text
    assert await world.count("person") == 0
    assert await world.count("address_proof") == 0
    assert await world.count("dispatch") == 0


async def test_logging_in_gives_a_new_token_and_ends_the_old_session(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.person(identifier="who@example.com")
    client.cookies.set(SESSION_COOKIE, "planted-by-another", domain="market.test")
    await send(client, "/login", identifier="who@example.com", password=PASSWORD)
    first = client.cookies[SESSION_COOKIE]
    assert first != "planted-by-another"
    await send(client, "/login", identifier="who@example.com", password=PASSWORD)
    assert client.cookies[SESSION_COOKIE] != first
    assert await world.count("login_session") == 1


async def test_too_many_failures_are_stopped_even_with_the_right_password(
    tx: Tx, client: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await world.person(identifier="target@example.com")
    target = service.parse_identifier("target@example.com")
    for number in range(LOGIN_BY_IDENTIFIER.hits):
        await tx.run(service.begin_login, identifier=target, address=f"192.0.2.{number}")
    stopped = await send(client, "/login", identifier="target@example.com", password=PASSWORD)
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["retry-after"]) <= 900
    assert "尝试次数过多" in stopped.text
    await clock.advance(minutes=15)
    later = await send(client, "/login", identifier="target@example.com", password=PASSWORD)
    assert later.status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/login?next=/login",
        "",
    ],
)
async def test_login_never_leads_to_another_site(
    client: httpx2.AsyncClient, world: World, elsewhere: str
) -> None:
    await world.person(identifier="who@example.com")
    entered = await send(
        client, "/login", identifier="who@example.com", password=PASSWORD, next=elsewhere
    )
    assert entered.headers["location"] == "/desk"


async def test_who_is_signed_in_already_goes_on(client: httpx2.AsyncClient, world: World) -> None:
    await world.logged_in_client(client, await world.person())
    assert (await client.get("/login?next=/demands")).headers["location"] == "/demands"


async def test_a_form_of_another_site_cannot_log_in(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.person(identifier="who@example.com")
    refused = await client.post(
        "/login",
        data={"identifier": "who@example.com", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert refused.status_code == 403
    assert await world.count("login_session") == 0


async def test_published_logins_stand_on_the_page_of_a_demonstration_only(
    tx: Tx, client: httpx2.AsyncClient
) -> None:
    assert "演示账号" not in (await client.get("/login")).text
    demo = create_app(Settings(mode=Mode.demo), tx=tx)
    transport = httpx2.ASGITransport(app=demo)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as visitor:
        page = (await visitor.get("/login")).text
    for way in demo_logins():
        assert f'value="{way.identifier}"' in page


async def test_the_cookie_is_for_https_only_where_the_market_is_served_so(
    tx: Tx, world: World, settings: Settings
) -> None:
    await world.person(identifier="who@example.com")
    secure = create_app(settings.model_copy(update={"public_url": "https://market.test"}), tx=tx)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=secure),
        base_url="https://market.test",
        headers={"Origin": "https://market.test"},
    ) as visitor:
        entered = await send(visitor, "/login", identifier="who@example.com", password=PASSWORD)
    assert "; Secure" in entered.headers["set-cookie"]
