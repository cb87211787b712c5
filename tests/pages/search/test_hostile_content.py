"""What others wrote stays text wherever search shows it, and no answer for one reader is kept for
another."""

from __future__ import annotations

import re
from typing import Final

import httpx2
import pytest

from tests.world import World

MARKUP: Final = (
    "<script>alert(1)</script>膜",
    '膜"><img src=x onerror=alert(1)>',
    "<mark>膜</mark><b>粗</b>",
    "&lt;img src=x onerror=alert(1)&gt;膜",
    "膜<img src=x onerror=alert(1) ",
    "javascript:alert(1)膜",
    "\u202e膜\u2066反向\u2069",
    "膜\u200b\u200d零宽",
    "膜" + "e\u0301" * 40,
    "{{7*7}}${7*7}膜%(x)s",
)
BROKEN: Final = re.compile(
    r"<script>alert|<img src=x|<b>粗|<mark>膜</mark><b|href=\"\s*javascript:|膜49|\{49\}",
    re.IGNORECASE,
)


@pytest.mark.parametrize("written", MARKUP, ids=range(len(MARKUP)))
async def test_what_others_wrote_stays_text(
    client: httpx2.AsyncClient, world: World, written: str
) -> None:
    owner = await world.organisation("示范大学", "university")
    record = await world.achievement(
        owner, title=written, abstract=f"{written}的制备方法与设备", keywords=("膜",)
    )
    offer = await world.offer(owner, record, conditions=written)
    both = f"item=achievement:{record.number}&item=offer:{offer.number}"
    for path in ("/search?q=膜", "/search", f"/compare?{both}", f"/achievements/{record.number}"):
        page = await client.get(path)
        assert page.status_code == 200, path
        assert record.number in page.text, path
        assert BROKEN.search(page.text) is None, path
        assert len(page.content) < 200_000, path
    suggested = await client.get("/search/suggest?q=膜")
    assert suggested.headers["content-type"] == "application/json"
    await world.logged_in_client(client, owner.head)
    saved = {"question": "q=膜", "name": written[:60]}
    kept = await client.post("/desk/searches", data=saved)
    assert kept.status_code in (303, 422)  # characters that nobody sees are refused in a name
    for answer in (kept, await client.get("/desk/searches"), await client.get("/search?q=膜")):
        assert BROKEN.search(answer.text) is None


async def test_no_answer_for_one_reader_is_kept_for_another(
    client: httpx2.AsyncClient, world: World
) -> None:
    paths = ("/search?q=膜", "/search/suggest?q=膜", "/compare", "/search?q=膜&format=csv")
    own = ("/desk/searches", "/desk/searches/new?q=膜", "/desk/searches?format=csv")
    reader = (await world.organisation()).head
    for actor in (world.stranger, reader):
        await world.logged_in_client(client, actor)
        for path in (*paths, *own) if actor.signed_in else paths:
            answer = await client.get(path)
            assert answer.status_code == 200, path
            said = answer.headers.get("cache-control", "")
            assert re.search(r"\b(private|no-store)\b", said), f"{path}: {said!r}"
