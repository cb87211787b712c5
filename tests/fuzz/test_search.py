"""Everything that search takes from an address or a form, in every role, filled with what nobody
should send: an answer in time, of a bounded size, that is no fault of ours and repeats no markup.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote_plus

import httpx2
import pytest

from tests.fuzz.conftest import ROLES, STRANGER
from tests.fuzz.test_pages import HOSTILE, SEED

ADDRESSES: Final = int(os.environ.get("MARKET_FUZZ_ADDRESSES", "60"))  # of each kind and role
LARGEST: Final = 800_000  # bytes of an answer
WORDS: Final = (
    *HOSTILE,
    "膜",
    "锂电池 隔膜",
    "e" + "\u0301" * 10_000,
    "\u200b\u200d\ufeff膜\u2028",
    "膜" * 20_000,
    "装置 方法 系统 材料 工艺 设备 处理 控制 检测 电池 结构 复合 数据 模型 环境 水 膜 钢",
    "'膜':*A & !'x' <2> 'y' | (",
    'kind = "offer" OR price > 0 AND NOT _geoRadius(1,2,3)',
    "%_\\%_\\",
    '"><img src=x onerror=alert(1)>',
    "H01M 10/0525",
    "CN112345678A",
    "achievement:CG-2026-000001",
    "offer:GJ-2026-000001",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "WyJyZWxldmFuY2UiLDFlNDAwLCIiXQ",
    "csv",
    "newest",
    "H01M",
    "field",
)
FACETS: Final = ("kind", "field", "disposal", "trl", "state", "region", "ipc", "origin", "holder")
ASKED: Final = ("q", *FACETS, "sort", "since", "semantic")
KINDS: Final = {
    "/search": (*ASKED, "after", "more", "last", "saved", "format", "unknown"),
    "/search/suggest": ("q", "unknown"),
    "/compare": ("item", "add", "differ", "format"),
    "/desk/searches": ("after", "done", "format"),
    "/desk/searches/new": (*ASKED, "after"),
}
MARKUP: Final = re.compile(
    r"<script>alert|<img src=x|<svg onload|href=\"\s*javascript:", re.IGNORECASE
)


def escape(word: str) -> str:
    return quote_plus(word.encode("utf-8", "surrogatepass"))


def write_query(names: tuple[str, ...], draw: random.Random) -> str:
    """A query of some of these names, now and then one of them very often."""
    chosen = [draw.choice(names) for _ in range(draw.randint(1, 6))]
    if draw.random() < 0.2:
        chosen += [draw.choice(names)] * 300
    parts = [f"{name}={escape(draw.choice(WORDS))}" for name in chosen]
    kept: list[str] = []
    for part in parts:  # what a client here can send at all
        if sum(map(len, kept)) + len(part) < 60_000:
            kept.append(part)
    return "&".join(kept)


def list_saved(client: httpx2.Client) -> list[str]:
    """The edit pages of what this reader keeps."""
    listed = client.get("/desk/searches")
    return re.findall(r'href="(/desk/searches/[0-9a-f-]{36})"', listed.text)


def send_forms(client: httpx2.Client, draw: random.Random) -> Iterator[tuple[str, httpx2.Response]]:
    """Keep, rename, look at and delete, each with hostile words; then delete what was kept."""

    def typed() -> str:
        return draw.choice(WORDS).encode("utf-8", "replace").decode()

    for _ in range(ADDRESSES // 2):
        question = write_query(ASKED, draw)
        data = {"question": draw.choice((question, typed())), "name": typed(), "news": typed()}
        yield "POST /desk/searches", client.post("/desk/searches", data=data)
    for path in list_saved(client)[:5]:
        for verb in ("", "", "/look"):
            data = {"name": typed(), "news": typed(), "show": draw.choice(("new", typed()))}
            answer = client.post(path + verb, data=data)
            yield "POST /desk/searches/#", answer
            if answer.status_code == 303:
                yield "GET after a form", client.get(answer.headers["location"])
        yield "GET /desk/searches/#", client.get(path)
    while kept := list_saved(client):
        for path in kept:
            yield "POST delete", client.post(f"{path}/delete", data={"name": typed()})


def judge(said: str, answer: httpx2.Response) -> list[str]:
    """What is wrong with an answer."""
    faults = []
    if answer.status_code >= 500:
        faults.append(f"{said}: {answer.status_code}")
    if len(answer.content) > LARGEST:
        faults.append(f"{said}: {len(answer.content)} bytes")
    if "html" in answer.headers.get("content-type", "") and MARKUP.search(answer.text):
        faults.append(f"{said}: what was typed came back as markup")
    return faults


@pytest.mark.parametrize("role", ROLES)
def test_search_takes_anything_from_a_role(
    role: str, log_in: Callable[[str], httpx2.Client]
) -> None:
    client, draw = log_in(role), random.Random(f"{SEED}:search:{role}")
    # a fault ends its connection, and the next request on it would fail in its place
    client.headers["Connection"] = "close"
    faults: list[str] = []
    reached = Counter[str]()
    for path, names in KINDS.items():
        for _ in range(ADDRESSES):
            query = write_query(names, draw)
            answer = client.get(f"{path}?{query}")
            reached[f"{path} {answer.status_code}"] += 1
            faults += judge(f"GET {path}?{query[:300]}", answer)
    for said, answer in send_forms(client, draw):
        reached[f"{said} {answer.status_code}"] += 1
        faults += judge(said, answer)
    print(f"\n---- {role}: {dict(sorted(reached.items()))}")
    assert faults == []
    public = {path for path in KINDS if path.startswith(("/search", "/compare"))}
    answered = set(KINDS) if role != STRANGER else public
    assert {path for path in answered if not reached[f"{path} 200"]} == set()
    assert role == STRANGER or reached["POST /desk/searches 303"]
