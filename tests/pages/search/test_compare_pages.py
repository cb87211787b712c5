"""Up to four things side by side, as a browser without JavaScript sees them."""

from __future__ import annotations

from urllib.parse import unquote

import httpx2
import pytest

from tests.world import World
from tests.worlds.accounts import Org


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("东海大学", kind="university")


async def test_two_achievements_and_an_offer_stand_side_by_side(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    first = await world.achievement(org, title="隔膜<b>涂覆</b>", trl=7)
    second = await world.achievement(org, title="负极材料", trl=4)
    offer = await world.offer(org, first)
    address = f"/compare?item=achievement:{first.number}&item=achievement:{second.number}"
    page = await client.get(f"{address}&item=offer:{offer.number}")
    assert page.status_code == 200
    assert page.text.count('<th scope="col">') == 3
    assert "TRL 7" in page.text
    assert "TRL 4" in page.text
    assert "隔膜<b>" not in page.text
    assert page.text.count("data-differs") > 2
    fewer = await client.get(f"{address}&differ=1")
    assert "TRL 7" in fewer.text
    assert "权利单位" not in fewer.text.partition("<table")[2].partition("</table>")[0]
    english = await client.get(address, headers={"Accept-Language": "en"})
    assert "Differences only" in english.text
    assert "Maturity" in english.text or "TRL 7" in english.text


async def test_what_is_hidden_unknown_or_odd_is_said_and_the_rest_compared(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    shown = await world.achievement(org, title="负极材料")
    draft = await world.achievement(org, state="draft", title="未公开的名称")
    page = await client.get(
        "/compare",
        params={
            "item": [
                f"achievement:{draft.number}",
                "achievement:CG-1999-000001",
                "lot:CJ-2026-000001",
                f"achievement:{shown.number}",
                "<script>alert(1)</script>",
            ]
        },
    )
    assert page.status_code == 200
    assert "负极材料" in page.text
    assert "未公开的名称" not in page.text
    assert f"{draft.number}、CG-1999-000001" in page.text
    assert "lot:CJ-2026-000001" in page.text
    assert "<script>alert" not in page.text


async def test_a_fifth_is_named_and_can_take_a_place(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    records = [await world.achievement(org, title=f"第{at}项") for at in range(1, 6)]
    items = [f"achievement:{record.number}" for record in records]
    page = await client.get("/compare", params={"item": items})
    assert page.text.count('<th scope="col">') == 4
    assert "最多对比 4 项" in page.text
    put = next(
        href.partition('"')[0]
        for href in page.text.split('href="')
        if href.startswith(f"/compare?item={items[4]}")
    )
    changed = await client.get(unquote(put).replace("&amp;", "&"))
    assert "第5项" in changed.text
    assert '第1项</a>\n          <a class="compare-less' not in changed.text


async def test_what_was_compared_last_is_kept_for_the_next_page(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    first = await world.achievement(org, title="隔膜涂覆")
    second = await world.achievement(org, title="负极材料")
    page = await client.get(f"/achievements/{first.number}")
    add = f"/compare?add=achievement:{first.number}"
    assert f'href="{add}"' in page.text
    answer = await client.get(add)
    assert answer.status_code == 303
    await client.get(answer.headers["Location"])
    answer = await client.get(f"/compare?add=achievement:{second.number}")
    assert answer.headers["Location"] == (
        f"/compare?item=achievement:{first.number}&item=achievement:{second.number}"
    )
    await client.get(answer.headers["Location"])
    results = await client.get("/search?kind=achievement")
    box = f'name="item" value="achievement:{first.number}" checked'
    assert box in results.text
    away = await client.get("/search?q=负极材料")
    hidden = f'<input type="hidden" name="item" value="achievement:{first.number}">'
    assert hidden in away.text
    await client.get("/compare?item=")
    assert "checked" not in (await client.get("/search?kind=achievement")).text
    assert "还没有选择对比的内容" in (await client.get("/compare")).text


async def test_a_comparison_is_a_file_too(
    client: httpx2.AsyncClient, world: World, org: Org
) -> None:
    record = await world.achievement(org, title="=隔膜涂覆", trl=7)
    offer = await world.offer(org, record)
    address = f"/compare?item=achievement:{record.number}&item=offer:{offer.number}&format=csv"
    answer = await client.get(address)
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0].startswith("\ufeff项目,'=隔膜涂覆 CG-")
    assert any(line.startswith("技术成熟度,TRL 7 环境级,TRL 7 环境级") for line in lines)


@pytest.mark.parametrize(
    "query",
    [
        "item=%00",
        "item=" + "a" * 20_000,
        "&".join(f"item=offer:GX-{at}" for at in range(3_000)),
        "item=achievement:%E2%80%AE&differ=x&format=pdf",
        "add=" + "%FF" * 500,
        "item=achievement:CG-2026-000001'--",
    ],
    ids=range(6),
)
async def test_any_address_gets_an_answer(client: httpx2.AsyncClient, query: str) -> None:
    client.cookies.set("compare", "achievement:CG-1.offer:%00.;" + "x" * 3_000)
    page = await client.get(f"/compare?{query}", follow_redirects=True)
    assert page.status_code == 200
    assert len(page.text) < 200_000
