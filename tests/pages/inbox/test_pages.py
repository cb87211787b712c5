"""Pages of the inbox, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.inbox import service
from app.inbox.reaching import Reach
from app.main import create_app
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import notice
from tests.worlds.receiver import OPENED


async def test_reading_a_message(client: httpx2.AsyncClient, tx: Tx, world: World) -> None:
    reader = await world.person()
    said = notice(subject="<b>标题</b>", href="/help")
    await tx.run(service.post, person_ids=[id_of(reader)], notice=said, key="k")
    await world.logged_in_client(client, reader)
    home = (await client.get("/")).text
    assert re.search(r'href="/desk/inbox">消息<span class="unread">.*?1</span>', home)
    shown = (await client.get("/desk/inbox")).text
    assert "&lt;b&gt;标题&lt;/b&gt;" in shown
    action = re.search(r'action="(/desk/inbox/messages/[0-9a-f-]{36})"', shown)
    assert action is not None
    answer = await client.post(action[1])
    assert (answer.status_code, answer.headers["location"]) == (303, "/help")
    assert 'class="unread"' not in (await client.get("/")).text
    assert "没有未读消息" in (await client.get("/desk/inbox?only=unread")).text


async def test_a_message_never_leads_to_another_site(
    client: httpx2.AsyncClient, tx: Tx, world: World
) -> None:
    reader = await world.person()
    said = notice(href="//evil.example/x")
    await tx.run(service.post, person_ids=[id_of(reader)], notice=said, key="k")
    await world.logged_in_client(client, reader)
    [row] = await world.rows("SELECT id FROM inbox_message")
    answer = await client.post(f"/desk/inbox/messages/{row.id}")
    assert answer.headers["location"] == "/"


async def test_all_are_marked_at_once(client: httpx2.AsyncClient, tx: Tx, world: World) -> None:
    reader = await world.person()
    for key in ("a", "b"):
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=key)
    await world.logged_in_client(client, reader)
    assert (await client.post("/desk/inbox/read")).status_code == 303
    assert "全部标为已读" not in (await client.get("/desk/inbox")).text
    assert (await client.get("/desk/inbox?after=broken")).status_code == 422


async def test_preferences_are_kept(client: httpx2.AsyncClient, tx: Tx, world: World) -> None:
    reader = await world.person()
    await world.logged_in_client(client, reader)
    typed = {"mail": "at_once", "language": "en"}
    assert (await client.post("/desk/inbox/preferences", data=typed)).status_code == 303
    shown = await tx.run(service.show_preferences, actor=reader)
    assert (shown.mail, shown.language) == ("at_once", "en")
    wrong = await client.post("/desk/inbox/preferences", data={"mail": "hourly"})
    assert wrong.status_code == 422
    assert (await tx.run(service.show_preferences, actor=reader)).mail == "at_once"


KINDS = {"kinds": ["market.lot_closed", "deals.deal_opened"]}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://127.0.0.1/hook", "内部网络"),
        ("https://localhost/hook", "内部网络"),
        ("https://[::1]/hook", "内部网络"),
        ("https://169.254.169.254/latest/meta-data", "内部网络"),
        ("https://market.test/hook", "不能指向本市场自己"),
        ("https://user:pw@example.com/", "用户名"),
        ("javascript:alert(1)", "网址格式不正确"),
        ("", "请填写此项"),
    ],
)
async def test_a_target_inside_the_host_gets_a_clear_answer(
    client: httpx2.AsyncClient, world: World, url: str, says: str
) -> None:
    org = await world.organisation()
    await world.logged_in_client(client, org.head)
    answer = await client.post("/desk/webhooks", data={"url": url, **KINDS})
    assert answer.status_code == 422
    assert says in answer.text
    assert not url or url in answer.text, "what was typed is still there"
    assert answer.text.count("checked") == 2, "and so are the kinds"
    assert await world.count("webhook_endpoint") == 0


async def test_a_head_registers_and_sees_the_secret_once(
    client: httpx2.AsyncClient, application: FastAPI, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.state, "webhook_reach", Reach(allowed=OPENED, plain=True))
    org = await world.organisation()
    await world.logged_in_client(client, org.head)
    typed = {"url": "http://127.0.0.1:9/hook", "key": "register-0001", **KINDS}
    first = await client.post("/desk/webhooks", data=typed)
    assert first.status_code == 200
    assert re.search(r"whsec_[A-Za-z0-9+/=]{44}", first.text)
    assert first.headers["cache-control"] == "no-store"
    again = await client.post("/desk/webhooks", data=typed)
    assert again.status_code == 303
    shown = await client.get(again.headers["location"])
    assert "whsec_" not in shown.text
    assert "http://127.0.0.1:9/hook" in (await client.get("/desk/webhooks")).text
    tested = await client.post(f"{again.headers['location']}/test", data={"key": "test-0001"})
    assert tested.status_code == 303
    assert "测试事件" in (await client.get(again.headers["location"])).text
    removed = await client.post(f"{again.headers['location']}/remove")
    assert removed.headers["location"] == "/desk/webhooks"
    assert (await client.get(again.headers["location"])).status_code == 404


async def test_there_is_no_demo_outbox_outside_a_demonstration(
    client: httpx2.AsyncClient,
) -> None:
    assert (await client.get("/demo/outbox")).status_code == 404


async def test_a_demonstration_shows_what_it_would_have_sent(tx: Tx, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    (folder / "1.txt").write_text("13800138000\n\n验证码 <123456>\n", encoding="utf-8")
    app = create_app(Settings(mode=Mode.demo, data_dir=tmp_path), tx=tx)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        answer = await browser.get("/demo/outbox")
    assert answer.status_code == 200
    assert "验证码 &lt;123456&gt;" in answer.text
