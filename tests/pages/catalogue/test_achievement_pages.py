"""Pages and API of achievements and claims, without JavaScript."""

from __future__ import annotations

import html
from typing import Any

import httpx2
import pytest

from tests.world import World
from tests.worlds.catalogue import achievement_content

FORM: dict[str, Any] = {
    "title": "锂电池隔膜的陶瓷涂覆工艺",
    "owner_number": "KJ-2026-001",
    "abstract": "在聚烯烃基膜上双面涂覆 2 微米氧化铝。",
    "keywords": "隔膜、涂覆",
    "field": "modern_energy",
    "trl": "5",
    "trl_assessed_on": "2026年5月1日",
    "rights-0-kind": "",
    "rights-1-kind": "utility_model",
    "rights-1-publication_number": "CN202644312U",
    "completers-0-name": "钱一",
    "completers-0-role": "负责",
    "co_owners-0-name": "西山研究院",
    "co_owners-0-share_bp": "30%",
    "key": "form-key-0001",
}
API = "/api/v1/achievements"


def version_in(text: str) -> str:
    return text.partition('name="version" value="')[2].partition('"')[0]


async def test_the_whole_way(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation("东海大学", kind="university")
    browser = await world.logged_in_client(client, org.head)
    assert (await browser.get("/desk/achievements/new")).status_code == 200
    created = await browser.post("/desk/achievements/new", data=FORM)
    assert created.status_code == 303
    place = created.headers["location"]
    number = place.rpartition("/")[2]
    shown = (await browser.get(place)).text
    for text in ("隔膜、涂覆", "初样级", "CN202644312U", "钱一", "西山研究院", "30%", "填写建议"):
        assert text in shown

    edit = (await browser.get(f"/desk/achievements/{number}/edit")).text
    assert 'value="CN202644312U"' in edit
    assert 'value="30"' in edit
    changed = FORM | {"title": "隔膜陶瓷涂覆的新名称", "version": version_in(edit)}
    assert (
        await browser.post(f"/desk/achievements/{number}/edit", data=changed)
    ).status_code == 303
    version = version_in((await browser.get(place)).text)
    sent = await browser.post(f"/desk/achievements/{number}/submit", data={"version": version})
    assert sent.status_code == 303
    assert number in (await browser.get("/desk/achievements")).text

    browser = await world.logged_in_client(client, await world.operator())
    assert number in (await browser.get("/review/achievements")).text
    version = version_in((await browser.get(place)).text)
    published = await browser.post(
        f"/review/achievements/{number}/publish", data={"version": version}
    )
    assert published.status_code == 303

    browser = await world.logged_in_client(client, world.stranger)
    public = (await browser.get(place)).text
    assert "隔膜陶瓷涂覆的新名称" in public
    assert "填写建议" not in public
    assert f"/desk/achievements/{number}" not in public


async def test_a_refused_form_shows_what_was_typed(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    browser = await world.logged_in_client(client, org.head)
    wrong = FORM | {"title": "", "trl": "12", "co_owners-0-share_bp": "多数"}
    refused = await browser.post("/desk/achievements/new", data=wrong)
    assert refused.status_code == 422
    for text in ('href="#f-title"', 'href="#f-trl"', 'value="多数"', "form-key-0001"):
        assert text in refused.text
    assert await world.count("achievement") == 0


async def test_a_fault_of_a_row_stands_beside_that_row(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    browser = await world.logged_in_client(client, org.head)
    wrong = FORM | {"rights-1-publication_number": "CN12"}
    refused = await browser.post("/desk/achievements/new", data=wrong)
    assert refused.status_code == 422
    assert 'href="#f-rights-1-publication_number"' in refused.text
    assert 'id="f-rights-1-publication_number"' in refused.text


async def test_a_stale_edit_keeps_what_was_typed(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    made = await world.achievement(org)
    browser = await world.logged_in_client(client, org.head)
    path = f"/desk/achievements/{made.number}/edit"
    stale = await browser.post(path, data=FORM | {"version": "1", "problem": "我写的问题"})
    assert stale.status_code == 412
    assert "我写的问题" in stale.text
    assert 'data-code="stale-version"' in stale.text
    assert version_in(stale.text) == str(made.version)


async def test_a_return_without_a_reason(client: httpx2.AsyncClient, world: World) -> None:
    sent = await world.achievement(await world.organisation(), state="submitted")
    browser = await world.logged_in_client(client, await world.operator())
    path = f"/review/achievements/{sent.number}/return"
    refused = await browser.post(path, data={"version": str(sent.version), "note": "我的说明"})
    assert refused.status_code == 422
    assert "我的说明" in refused.text
    done = await browser.post(
        path,
        data={"version": str(sent.version), "reasons": ["vague_title", "other"], "note": "见下"},
    )
    assert done.status_code == 303
    shown = html.unescape((await browser.get(done.headers["location"])).text)
    assert "名称不能说明是什么技术" in shown
    assert "见下" in shown


async def test_an_import_is_marked_and_claimed(client: httpx2.AsyncClient, world: World) -> None:
    care = await world.organisation("省科技大市场")
    record = await world.imported(care, title="<b>粗体</b>的脱硫装置", holder="南湖大学")
    place = f"/achievements/{record.number}"
    public = (await client.get(place)).text
    assert 'data-state="imported"' in public
    assert "<b>粗体" not in public
    assert "省科技大市场" in public
    owner = await world.organisation("南湖大学", kind="university")
    browser = await world.logged_in_client(client, owner.head)
    empty = await browser.post(f"{place}/claim", data={"evidence": "", "key": "claim-0001"})
    assert empty.status_code == 422
    asked = await browser.post(
        f"{place}/claim", data={"evidence": "登记簿副本 001", "key": "claim-0001"}
    )
    assert asked.status_code == 303
    assert "待处理" in (await browser.get(place)).text

    browser = await world.logged_in_client(client, await world.operator())
    queue = (await browser.get("/review/claims")).text
    assert "登记簿副本 001" in queue
    claim_id = queue.partition("/review/claims/")[2].partition("/")[0]
    without = await browser.post(f"/review/claims/{claim_id}/refuse", data={"note": ""})
    assert without.status_code == 422
    done = await browser.post(f"/review/claims/{claim_id}/accept")
    assert done.status_code == 303
    again = await browser.post(f"/review/claims/{claim_id}/accept")
    assert again.status_code == 409
    browser = await world.logged_in_client(client, owner.head)
    assert f"/desk/achievements/{record.number}/offer" in (await browser.get(place)).text


@pytest.mark.parametrize("state", ["draft", "submitted"])
async def test_what_is_not_published_is_not_there(
    client: httpx2.AsyncClient, world: World, state: str
) -> None:
    made = await world.achievement(await world.organisation(), state=state)
    for path in (f"/achievements/{made.number}", f"{API}/{made.number}"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/achievements/CG-2026-999999", 404),
        ("/desk/achievements", 401),
        ("/desk/achievements/new", 401),
        ("/review/achievements", 401),
        ("/review/claims", 401),
        (f"{API}?after=x", 422),
        (f"{API}?limit=0", 422),
    ],
)
async def test_what_a_stranger_gets(client: httpx2.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status


async def test_the_api(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    browser = await world.logged_in_client(client, org.head)
    body = {
        "owner_number": "API-1",
        "title": "隔膜涂覆工艺的接口登记",
        "rights": [{"kind": "know_how", "title": "配方"}],
        "completers": [{"name": "钱一"}],
    }
    headers = {"Idempotency-Key": "api-key-0001"}
    created = await browser.post(API, json=body, headers=headers)
    assert created.status_code == 201
    again = await browser.post(API, json=body, headers=headers)
    assert again.json() == created.json()
    reused = await browser.post(API, json=body | {"title": "另一个名称"}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (409, "key-reused")
    taken = await browser.post(API, json=body, headers={"Idempotency-Key": "api-key-0002"})
    assert (taken.status_code, taken.json()["code"]) == (409, "owner-number-taken")
    wrong = await browser.post(
        API, json=body | {"trl": 10**30}, headers={"Idempotency-Key": "api-key-0003"}
    )
    assert wrong.status_code == 422
    number = created.json()["number"]
    read = (await browser.get(f"{API}/{number}")).json()
    assert (read["state"], read["rights"][0]["title"], read["completers"]) == (
        "draft",
        "配方",
        [{"name": "钱一", "role": ""}],
    )
    published = await world.achievement(org)
    client.cookies.clear()
    listed = (await client.get(API)).json()
    assert [row["number"] for row in listed["items"]] == [published.number]
    assert (await client.get(f"{API}/{published.number}")).json()["title"] == published.title


async def test_any_text_is_shown_as_text(client: httpx2.AsyncClient, world: World) -> None:
    content = achievement_content()
    made = await world.achievement(
        await world.organisation(),
        title='涂覆"><script>alert(1)</script>工艺',
        problem="%(name)s {{ 7*7 }} 😀",
        owner_number=content.owner_number,
    )
    shown = (await client.get(f"/achievements/{made.number}")).text
    assert "<script>alert" not in shown
    assert "{{ 7*7 }} 😀" in shown
