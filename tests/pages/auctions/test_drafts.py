"""A lot is written, looked at and published, as a browser without JavaScript does it."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx2
import pytest

from app.auctions.types import LotState, ReserveKind
from app.catalogue.types import Disposal, OfferFacts
from app.core.clock import SHANGHAI
from frontend.show import datetime_local
from tests.world import World
from tests.worlds.accounts import Org


@pytest.fixture
async def seller(client: httpx2.AsyncClient, world: World) -> Org:
    made = await world.organisation(kind="university")
    await world.logged_in_client(client, made.head)
    return made


@pytest.fixture
async def offer(world: World, seller: Org) -> OfferFacts:
    return await world.offer(seller, disposal=Disposal.exclusive)


async def typed(world: World, offer: OfferFacts, **more: str) -> dict[str, str]:
    now = await world.market_now()
    return {
        "offer": offer.number,
        "mode": "DYNAMIC",
        "start": "38.65万",
        "step": "5,000",
        "free_ends_at": datetime_local(now.astimezone(SHANGHAI) + timedelta(days=15)),
        "window_s": "300",
        "extension": "reset",
        "cap_s": "0",
        "confirm_s": "0",
        "reserve_kind": "none",
        "preference": "ORDINARY",
        "admission": "open",
        "key": f"draft-{offer.number}",
        **more,
    }


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


async def test_first_the_way_then_its_form(
    client: httpx2.AsyncClient, seller: Org, offer: OfferFacts
) -> None:
    first = (await client.get(f"/desk/lots/new?offer={offer.number}")).text
    assert offer.number in first
    assert "密封" in first
    refused = await client.get("/desk/lots/new?mode=TENDER")
    assert refused.status_code == 422
    assert "本平台不受理" in refused.text
    weighted = (await client.get("/desk/lots/new?mode=WEIGHTED")).text
    assert 'name="price_weight"' in weighted
    assert 'name="step"' not in weighted
    assert (
        'name="proxies" value="1" checked'
        not in (await client.get("/desk/lots/new?mode=DYNAMIC")).text
    )


async def test_half_a_form_is_kept_as_it_was_typed(
    client: httpx2.AsyncClient, world: World, offer: OfferFacts
) -> None:
    form = await typed(world, offer, start="三十万", step="", act="save")
    saved = await client.post("/desk/lots/new", data=form)
    assert saved.status_code == 303
    page = (await client.get(saved.headers["location"])).text
    assert "草稿已保存" in page
    assert 'value="三十万"' in page
    assert (await client.post("/desk/lots/new", data=form)).headers["location"] == (
        saved.headers["location"]
    )
    assert "草稿" in (await client.get("/desk/lots")).text
    here = saved.headers["location"].partition("?")[0]
    looked = await client.post(
        here, data=form | {"act": "preview", "version": hidden(page, "version")}
    )
    assert looked.status_code == 422
    assert "有 2 处需要修改" in looked.text
    stale = await client.post(here, data=form | {"act": "save", "start": "1", "version": "9"})
    assert stale.status_code == 412
    assert (await client.post(f"{here}/drop", data={"version": "1"})).status_code == 303
    assert (await client.get(here)).status_code == 404


async def test_a_draft_is_previewed_and_published(
    client: httpx2.AsyncClient, world: World, offer: OfferFacts
) -> None:
    form = await typed(world, offer, reserve_kind="hidden", reserve="50.15万", act="preview")
    went = await client.post("/desk/lots/new", data=form)
    assert went.status_code == 303, went.text
    assert went.headers["location"].endswith("/preview")
    page = (await client.get(went.headers["location"])).text
    assert "设有保留价，金额不公开" in page
    assert "50.15" not in page
    [draft] = await world.rows("SELECT form::text AS form FROM lot_draft")
    assert "50.15" not in draft.form
    publish = went.headers["location"].replace("/preview", "/publish")
    said = {"version": hidden(page, "version"), "key": hidden(page, "key")}
    assert (await client.post(publish, data=said)).status_code == 422
    assert await world.count("lot") == 0
    done = await client.post(publish, data=said | {"reserve": "50.15万"})
    assert done.status_code == 303, done.text
    lot = await world.show_lot(done.headers["location"].removeprefix("/lots/"))
    assert (lot.start_minor, lot.step_minor) == (386_500_00, 5_000_00)
    assert (lot.reserve_kind, lot.state) == (ReserveKind.hidden, LotState.free)
    assert "50.15" not in (await client.get(done.headers["location"])).text
    assert await world.count("lot_draft") == 0


async def test_a_contradiction_stands_at_its_field(
    client: httpx2.AsyncClient, world: World, offer: OfferFacts
) -> None:
    form = await typed(
        world, offer, act="preview", reserve_kind="open", reserve="1万",
        **{"tiers-0-from": "38.66万", "tiers-0-step": "1万"},
    )  # fmt: skip
    answer = await client.post("/desk/lots/new", data=form)
    assert answer.status_code == 422
    assert "保留价不得低于起始价" in answer.text
    assert "每一档的起点须是上一档" in answer.text
    assert 'value="1万"' in answer.text
