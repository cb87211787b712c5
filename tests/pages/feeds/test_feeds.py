"""Atom feeds of what is newly public."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import httpx2

from app.catalogue.types import AchievementState
from app.reports.types import FeedEntry
from frontend.pages.feeds import write_feed
from tests.world import World

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_a_feed_names_what_is_public_and_nothing_else(
    client: httpx2.AsyncClient, world: World
) -> None:
    owner = await world.organisation("示范大学", "university")
    shown = await world.achievement(owner, title="涂覆 <b>A</b> & B")
    await world.achievement(owner, title="未公开的草稿", state=AchievementState.draft)
    answer = await client.get("/feeds/achievements.atom")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    entries = ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314 - our own
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert len(titles) == 1
    assert entries[0].findtext(f"{ATOM}id") == f"http://market.test/achievements/{shown.number}"
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name") == "示范大学"
    assert "未公开的草稿" not in answer.text


async def test_an_unchanged_feed_is_not_sent_again(
    client: httpx2.AsyncClient, world: World
) -> None:
    owner = await world.organisation("示范大学", "university")
    await world.achievement(owner)
    first = await client.get("/feeds/achievements.atom")
    again = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    assert (await client.get("/feeds/achievements.atom", headers=again)).status_code == 304
    await world.achievement(owner)
    assert (await client.get("/feeds/achievements.atom", headers=again)).status_code == 200


async def test_every_feed_is_there_also_when_empty(client: httpx2.AsyncClient) -> None:
    for name in ("achievements", "demands", "lots"):
        answer = await client.get(f"/feeds/{name}.atom")
        assert answer.status_code == 200
        assert ET.fromstring(answer.content).findall(f"{ATOM}entry") == []  # noqa: S314 - our own
    assert (await client.get("/feeds/deals.atom")).status_code == 404
    home = await client.get("/")
    assert 'href="/feeds/achievements.atom"' in home.text


def test_what_xml_cannot_hold_is_left_out() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    entry = FeedEntry("/x", "a\x00\x0b\ufffe<b>&\U0001f600", "", "", at, at)
    body = write_feed("lots", [entry], base="http://m", market="市场")
    found = ET.fromstring(body).find(f"{ATOM}entry")  # noqa: S314 - our own
    assert found is not None
    assert found.findtext(f"{ATOM}title") == "a<b>&\U0001f600"
