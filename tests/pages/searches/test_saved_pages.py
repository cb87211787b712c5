"""Pages of saved searches, without JavaScript."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import httpx2
import pytest

from app.core.actor import Actor
from app.core.tx import Tx
from frontend import navigation
from search import service as search
from search.documents import Document, Facet, Kind
from tests.conftest import Clock
from tests.world import World

ASKED = "/search?q=锂电池 隔膜&region=北京"
QUESTION = "q=锂电池 隔膜&region=北京"


async def publish(tx: Tx, world: World, at: int, title: str = "锂电池隔膜") -> None:
    now = await world.market_now()
    document = Document(
        Kind.achievement,
        UUID(int=at),
        1,
        title,
        now,
        number=f"CG-2026-{at:06d}",
        facets={Facet.region: ["北京"]},
    )
    await tx.run(search.index_documents, [document])


async def save(browser: httpx2.AsyncClient, **given: str) -> httpx2.Response:
    data = {"question": QUESTION, "name": "隔膜"} | given
    return await browser.post("/desk/searches", data=data)


def own_links(page: str) -> list[str]:
    """Addresses of the edit pages that a list leads to."""
    return re.findall(r'href="(/desk/searches/[0-9a-f-]{36})"', page)


async def test_save_from_the_results_and_look_again(
    client: httpx2.AsyncClient, world: World, tx: Tx, clock: Clock
) -> None:
    await publish(tx, world, 1)
    browser = await world.logged_in_client(client, await world.person())
    results = (await browser.get(ASKED)).text
    assert 'value="锂电池 隔膜 · 北京"' in results, "a name to begin with"
    [question] = re.findall(r'name="question" value="([^"]+)"', results)
    saved = await save(browser, question=html.unescape(question), name="我的隔膜", news="1")
    assert saved.status_code == 303
    back = saved.headers["location"]
    assert parse_qs(urlsplit(back).query) == {
        "q": ["锂电池 隔膜"],
        "region": ["北京"],
        "saved": ["1"],
    }
    shown = (await browser.get(back)).text
    assert "已保存：" in shown
    assert 'name="question"' not in shown, "kept already"
    await clock.advance(minutes=11)
    await publish(tx, world, 2)
    await publish(tx, world, 3, "锂电池正极")
    listed = (await browser.get("/desk/searches")).text
    assert ">1 条<" in listed
    assert "每日提醒" in listed
    [edit] = own_links(listed)
    looked = await browser.post(f"{edit}/look", data={"show": "new"})
    assert looked.status_code == 303
    new = (await browser.get(looked.headers["location"])).text
    assert "/achievements/CG-2026-000002" in new
    assert "/achievements/CG-2026-000001" not in new
    assert "发布时间" in new, "the filter can be seen, and taken away"
    assert "没有" in (await browser.get("/desk/searches")).text


async def test_all_results_say_how_many_are_new(
    client: httpx2.AsyncClient, world: World, tx: Tx, clock: Clock
) -> None:
    browser = await world.logged_in_client(client, await world.person())
    await save(browser)
    await clock.advance(minutes=1)
    await publish(tx, world, 1)
    [edit] = own_links((await browser.get("/desk/searches")).text)
    looked = await browser.post(f"{edit}/look", data={"show": "all"})
    shown = (await browser.get(looked.headers["location"])).text
    assert re.search(r"以来新增 1 条</a>", shown)
    again = await browser.post(f"{edit}/look")
    assert "以来没有新增" in (await browser.get(again.headers["location"])).text


async def test_a_stranger_signs_in_and_comes_back_with_the_question(
    client: httpx2.AsyncClient, world: World
) -> None:
    words = "隔" * 290
    results = (await client.get(f"/search?q={words}&region=北京&sort=newest")).text
    [way] = re.findall(r'href="(/login\?next=[^"]+)"', results)
    [back] = parse_qs(urlsplit(html.unescape(way)).query)["next"]
    assert urlsplit(back).path == "/desk/searches/new"
    assert (await client.get(back)).status_code == 401
    login = (await client.get(html.unescape(way))).text
    assert f'name="next" value="{html.escape(back)}"' in login
    browser = await world.logged_in_client(client, await world.person())
    led = await browser.get(html.unescape(way))
    assert (led.status_code, led.headers["location"]) == (303, back), "signed in: on to the form"
    form = (await browser.get(back)).text
    [question] = re.findall(r'name="question" value="([^"]+)"', form)
    assert parse_qs(html.unescape(question)) == {
        "q": [words],
        "region": ["北京"],
        "sort": ["newest"],
    }


async def test_a_stranger_or_another_site_saves_nothing(
    client: httpx2.AsyncClient, world: World
) -> None:
    assert (await save(client)).status_code == 401
    assert (await save(client, name="名" * 99, question="")).status_code == 401
    browser = await world.logged_in_client(client, await world.person())
    browser.headers["origin"] = "https://elsewhere.test"
    assert (await save(browser)).status_code == 403
    assert await world.count("saved_search") == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "名" * 10_000}, "最多填写 60 个字，现在是 10000 个字。"),
        ({"name": "名\x07"}, "含有无法显示的字符"),
        ({"question": ""}, "请先输入检索词或选择筛选条件"),
        ({"question": "kind=none&sort=none&x=y"}, "请先输入检索词或选择筛选条件"),
        ({"question": "%00&q=%00"}, "请先输入检索词或选择筛选条件"),
    ],
)
async def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    client: httpx2.AsyncClient, world: World, given: dict[str, str], sentence: str
) -> None:
    browser = await world.logged_in_client(client, await world.person())
    refused = await save(browser, **given)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert await world.count("saved_search") == 0


async def test_an_empty_name_is_made_from_the_question(
    client: httpx2.AsyncClient, world: World
) -> None:
    browser = await world.logged_in_client(client, await world.person())
    await save(browser, name="  ", question="kind=offer&region=北京&sort=newest")
    listed = (await browser.get("/desk/searches")).text
    assert "供给 · 北京" in listed


async def test_the_limit_is_named(client: httpx2.AsyncClient, world: World) -> None:
    browser = await world.logged_in_client(client, await world.person())
    for at in range(50):
        assert (await save(browser, question=f"q=电池{at}")).status_code == 303
    refused = await save(browser)
    assert refused.status_code == 409
    assert "最多保存 50 条检索" in refused.text
    assert 'value="隔膜"' in refused.text
    second = re.findall(r'href="(\?after=[^"]+)"', (await browser.get("/desk/searches")).text)[0]
    assert len(own_links((await browser.get(f"/desk/searches{html.unescape(second)}")).text)) == 10


async def test_rename_and_delete(client: httpx2.AsyncClient, world: World) -> None:
    browser = await world.logged_in_client(client, await world.person())
    await save(browser, news="1")
    [edit] = own_links((await browser.get("/desk/searches")).text)
    assert 'name="news"' in (await browser.get(edit)).text
    refused = await browser.post(edit, data={"name": ""})
    assert refused.status_code == 422
    assert "请填写此项" in refused.text
    renamed = await browser.post(edit, data={"name": "<b>陶瓷</b>隔膜"})
    assert (renamed.status_code, renamed.headers["location"]) == (303, "/desk/searches?done=edited")
    listed = (await browser.get(renamed.headers["location"])).text
    assert "陶瓷隔膜" in listed
    assert "每日提醒" not in listed
    gone = await browser.post(f"{edit}/delete")
    assert gone.headers["location"] == "/desk/searches?done=deleted"
    assert "还没有保存的检索" in (await browser.get("/desk/searches")).text
    for again in (await browser.get(edit), await browser.post(f"{edit}/delete")):
        assert again.status_code == 404


async def test_what_was_typed_is_only_text(client: httpx2.AsyncClient, world: World) -> None:
    browser = await world.logged_in_client(client, await world.person())
    hostile = quote('"><script>alert(1)</script>')
    await save(browser, question=f"q={hostile}&region={hostile}", name='"><img src=x>')
    [edit] = own_links((await browser.get("/desk/searches")).text)
    for path in ("/desk/searches", edit, f"/search?q={hostile}&region={hostile}"):
        page = (await browser.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("since", ["x", "2026-01-01", "0001-01-01T00:00:00+14:00", "9" * 400, "\0"])
async def test_a_broken_instant_is_left_out(client: httpx2.AsyncClient, since: str) -> None:
    page = await client.get("/search", params={"q": "隔膜", "since": since, "last": since})
    assert page.status_code == 200
    assert "发布时间" not in page.text


async def test_nothing_asked_is_nothing_to_keep(client: httpx2.AsyncClient, world: World) -> None:
    browser = await world.logged_in_client(client, await world.person())
    for path in ("/search", "/search?sort=newest", "/search?kind=none"):
        assert "保存此检索" not in (await browser.get(path)).text


async def test_a_page_counts_only_what_is_due(
    client: httpx2.AsyncClient, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    finder = client._transport.app.state.finder  # type: ignore[attr-defined]

    class Counting:
        async def search(self, request: Any) -> Any:
            asked.append(request)
            return await finder.search(request)

    browser = await world.logged_in_client(client, await world.person())
    for at in range(12):
        await save(browser, question=f"q=电池{at}")
    await clock.advance(minutes=30)
    monkeypatch.setattr(client._transport.app.state, "finder", Counting())  # type: ignore[attr-defined]
    await browser.get("/desk/searches")
    assert len(asked) == 10
    await browser.get("/desk/searches")
    assert len(asked) == 10
    await clock.advance(seconds=timedelta(minutes=10).total_seconds())
    await browser.get("/desk/searches")
    assert len(asked) == 20


def test_the_list_is_in_the_menu(world: World) -> None:
    person = Actor(person_id=UUID(int=1))
    from_menu = [item.href for group in navigation.desk(person) for item in group.items]
    assert "/desk/searches" in from_menu
