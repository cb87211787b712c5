"""Pages and API of demands, without JavaScript."""

from __future__ import annotations

import httpx2
import pytest

from tests.world import World
from tests.worlds.demands import COMPLETE

FORM = {
    "title": COMPLETE.title,
    "need": "challenge",
    "field": "resources_ecology",
    "problem": COMPLETE.problem,
    "targets": COMPLETE.targets,
    "budget": "５０万",
    "cooperation": ["joint", "licence"],
    "confidentiality": "open",
    "key": "form-key-0001",
}
API = "/api/v1/demands"


def version_in(html: str) -> str:
    return html.partition('name="version" value="')[2].partition('"')[0]


async def test_the_whole_way(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation("示范水务有限公司")
    browser = await world.logged_in_client(client, org.head)
    assert (await browser.get("/desk/demands/new")).status_code == 200
    created = await browser.post("/desk/demands/new", data=FORM)
    assert created.status_code == 303
    place = created.headers["location"]
    number = place.rpartition("/")[2]
    shown = await browser.get(place)
    assert COMPLETE.title in shown.text
    assert "¥500,000.00" in shown.text

    edit = await browser.get(f"/desk/demands/{number}/edit")
    assert 'value="500000"' in edit.text
    changed = FORM | {"title": "新的名称", "version": version_in(edit.text)}
    saved = await browser.post(f"/desk/demands/{number}/edit", data=changed)
    assert saved.status_code == 303

    shown = await browser.get(place)
    submitted = await browser.post(
        f"/desk/demands/{number}/submit", data={"version": version_in(shown.text)}
    )
    assert submitted.status_code == 303
    assert number in (await browser.get("/desk/demands")).text

    browser = await world.logged_in_client(client, await world.operator())
    assert number in (await browser.get("/review/demands")).text
    version = version_in((await browser.get(place)).text)
    published = await browser.post(f"/review/demands/{number}/publish", data={"version": version})
    assert published.status_code == 303

    browser = await world.logged_in_client(client, world.stranger)
    listed = await browser.get("/demands")
    assert "新的名称" in listed.text
    assert "示范水务有限公司" in (await browser.get(place)).text


async def test_a_refused_form_shows_what_was_typed(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    browser = await world.logged_in_client(client, org.head)
    refused = await browser.post(
        "/desk/demands/new",
        data=FORM | {"title": "", "budget": "很多钱", "targets": "我的指标"},
    )
    assert refused.status_code == 422
    assert "我的指标" in refused.text
    assert "很多钱" in refused.text
    assert 'href="#f-title"' in refused.text
    assert await world.count("demand") == 0


async def test_a_refused_decision_shows_the_demand(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    demand = await world.demand(org.head, state="submitted")
    browser = await world.logged_in_client(client, await world.operator())
    refused = await browser.post(
        f"/review/demands/{demand.number}/return",
        data={"reason": "", "version": str(demand.version)},
    )
    assert refused.status_code == 422
    assert demand.content.title in refused.text
    stale = await browser.post(f"/review/demands/{demand.number}/publish", data={"version": "1"})
    assert stale.status_code == 412
    assert 'data-code="stale-version"' in stale.text


@pytest.mark.parametrize("state", ["draft", "submitted", "closed"])
async def test_what_is_not_published_is_not_there(
    client: httpx2.AsyncClient, world: World, state: str
) -> None:
    org = await world.organisation()
    demand = await world.demand(org.head, state=state)
    for path in (f"/demands/{demand.number}", f"{API}/{demand.number}"):
        assert (await client.get(path)).status_code == 404
    assert demand.number not in (await client.get("/demands")).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/demands", 200),
        ("/demands?after=x", 422),
        ("/demands/XQ-2026-999999", 404),
        ("/desk/demands", 401),
        ("/desk/demands/new", 401),
        ("/review/demands", 401),
    ],
)
async def test_what_a_stranger_gets(client: httpx2.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status


async def test_an_imported_demand_is_marked(client: httpx2.AsyncClient, world: World) -> None:
    number = await world.imported_demand(title="导入的需求", problem="<script>alert(1)</script>")
    shown = (await client.get(f"/demands/{number}")).text
    assert 'data-state="imported"' in shown
    assert "<script>alert" not in shown
    assert "面议" not in shown


async def test_the_api(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    browser = await world.logged_in_client(client, org.head)
    body = {"title": COMPLETE.title, "problem": COMPLETE.problem, "budget_minor": 100}
    headers = {"Idempotency-Key": "api-key-0001"}
    created = await browser.post(API, json=body, headers=headers)
    assert created.status_code == 201
    again = await browser.post(API, json=body, headers=headers)
    assert again.json() == created.json()
    reused = await browser.post(API, json=body | {"title": "别的"}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (409, "key-reused")
    wrong = await browser.post(API, json=body | {"budget_minor": 0}, headers=headers)
    assert wrong.status_code == 422
    number = created.json()["number"]
    assert (await browser.get(f"{API}/{number}")).json()["state"] == "draft"

    published = await world.demand(org.head)
    client.cookies.clear()
    listed = (await client.get(API)).json()
    assert [item["number"] for item in listed["items"]] == [published.number]
    assert (await client.post(API, json=body, headers=headers)).status_code == 401
