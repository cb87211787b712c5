"""Pages of disclosures as a browser without JavaScript sees them."""

from __future__ import annotations

import re

import httpx2

from app.core.actor import Actor
from app.core.tx import Tx
from app.disclosures import service
from app.disclosures.types import Decision
from tests.world import World
from tests.worlds.disclosures import decision

MARKER = "独一无二的标记词朱鹮"


def whole(author: Actor, **given: str) -> dict[str, str]:
    """A form that can be submitted afterwards."""
    return {
        "title": "低温膜电极",
        "summary": "梯度催化层",
        "problem": "低温启动慢",
        "novelty": "梯度",
        "funding": "provincial",
        "fiscal": "yes",
        "project_name": "关键技术",
        "secrecy": "internal",
        "wish": "apply_patent",
        "completers-0-person_id": str(author.person_id),
        "completers-0-contribution": "总体设计",
        "completers-0-share_bp": "70",
        "completers-3-name": "外单位合作者",
        "completers-3-share_bp": "30",
        "publications-1-kind": "paper",
        "publications-1-where": "某学报",
        "publications-1-on": "2026-01-10",
        "key": "page-key-0001",
        **given,
    }


async def post(client: httpx2.AsyncClient, path: str, data: dict[str, str]) -> httpx2.Response:
    return await client.post(path, files={k: (None, v) for k, v in data.items()})


async def test_an_inventor_discloses_and_the_unit_decides(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation(kind="university")
    author = await world.inventor(org)
    await world.logged_in_client(client, author)
    form = await client.get("/desk/disclosures/new")
    assert form.status_code == 200
    assert "丧失新颖性" in form.text
    sent = {**whole(author), "files-note": "x"}
    saved = await client.post(
        "/desk/disclosures/new",
        files=[
            *((name, (None, value)) for name, value in sent.items()),
            ("files", ("交底书.txt", "技术交底内容".encode(), "text/plain")),
        ],
    )
    assert saved.status_code == 303, saved.text
    path = saved.headers["location"]
    shown = await client.get(path)
    assert "交底书.txt" in shown.text
    assert "已于 2026-01-10 公开" in shown.text
    assert "70%" in shown.text
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version is not None
    done = await client.post(f"{path}/submit", data={"version": version[1]})
    assert done.status_code == 303
    waiting = await client.get(path)
    assert "PL-" in waiting.text
    assert "15 个工作日" in waiting.text

    await world.logged_in_client(client, org.head)
    queue = await client.get("/desk/unit-disclosures")
    assert "低温膜电极" in queue.text
    seen = await client.get(path)
    version = re.search(r'name="version" value="(\d+)"', seen.text)
    assert version is not None
    refused = await client.post(
        f"{path}/decide", data={"version": version[1], "decision": "apply_patent", "note": ""}
    )
    assert refused.status_code == 422
    assert re.search(r'value="apply_patent"\s+checked', refused.text)
    decided = await client.post(
        f"{path}/decide",
        data={"version": version[1], "decision": "apply_patent", "note": "执行本单位任务"},
    )
    assert decided.status_code == 303
    again = await client.post(
        f"{path}/decide",
        data={"version": version[1], "decision": "not_service", "note": "再决定一次"},
    )
    assert again.status_code == 409
    settled = await client.get("/desk/unit-disclosures?shelf=settled")
    assert "低温膜电极" in settled.text

    await world.logged_in_client(client, author)
    mine = await client.get(path)
    assert "执行本单位任务" in mine.text
    made = await client.post(f"{path}/achievement")
    assert made.status_code == 303
    record = await client.get(made.headers["location"])
    assert "来自披露" in record.text
    assert "查看成果" in (await client.get(path)).text


async def test_what_may_be_secret_is_neither_kept_nor_shown_again(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    await world.logged_in_client(client, author)
    sent = whole(author, secrecy="maybe_secret", title=MARKER, summary=MARKER)
    answer = await post(client, "/desk/disclosures/new", sent)
    assert answer.status_code == 409
    assert "线下渠道" in answer.text
    assert MARKER not in answer.text
    assert await world.count("disclosure") == 0

    waiting = await world.disclosure(author, state="draft", title=MARKER)
    path = f"/desk/disclosures/{waiting.id}"
    answer = await post(client, f"{path}/edit", {**sent, "version": "1"})
    assert answer.status_code == 303
    emptied = await client.get(path)
    assert "已转线下办理" in emptied.text
    assert MARKER not in emptied.text


async def test_a_refused_form_keeps_what_was_typed(
    client: httpx2.AsyncClient, world: World
) -> None:
    author = await world.inventor(await world.organisation())
    await world.logged_in_client(client, author)
    sent = whole(author, title="", **{"completers-3-share_bp": "很多"})
    answer = await post(client, "/desk/disclosures/new", sent)
    assert answer.status_code == 422
    assert "外单位合作者" in answer.text
    assert "某学报" in answer.text
    assert 'href="#f-completers-3-share_bp"' in answer.text
    assert await world.count("disclosure") == 0


async def test_outsiders_see_no_word_of_it(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    org = await world.organisation(kind="university")
    author = await world.inventor(org)
    waiting = await world.disclosure(author, title=f"{MARKER}装置", summary=MARKER)
    done = await tx.run(
        service.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(Decision.keep_know_how),
    )
    await tx.run(service.draft_achievement, actor=author, disclosure_id=done.id)
    outsiders = [
        world.stranger,
        await world.person(),
        (await world.organisation()).head,
        await world.person(platform={"operator"}),
        await world.person(platform={"supervisor"}),
        await world.person(platform={"administrator"}),
        await world.person(platform={"publisher"}),
    ]
    for reader in outsiders:
        await world.logged_in_client(client, reader)
        hidden = await client.get(f"/desk/disclosures/{done.id}")
        assert hidden.status_code == 404
        for path in (
            f"/desk/disclosures/{done.id}/edit",
            "/desk/disclosures",
            "/desk/unit-disclosures",
            "/review/disclosures",
            "/desk/audit",
            "/desk",
            "/",
            f"/search?q={MARKER}",
            "/catalogues",
            f"/organisations/{org.id}",
        ):
            answer = await client.get(path)
            assert answer.status_code < 500, path
            # what was searched for is said again in the page's own words
            text = answer.text.replace(f"q={MARKER}", "").replace(f'value="{MARKER}"', "")
            assert f"{MARKER}装置" not in text, (path, reader.roles)


async def test_the_platform_sees_counts(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation("数得着的大学", "university")
    await world.disclosure(await world.inventor(org), title=MARKER)
    await world.logged_in_client(client, await world.person(platform={"supervisor"}))
    counts = await client.get("/review/disclosures")
    assert "数得着的大学" in counts.text
    assert MARKER not in counts.text


async def test_lists_are_files_too(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    await world.disclosure(await world.inventor(org), title="=1+1 的成果")
    await world.logged_in_client(client, org.head)
    file = await client.get("/desk/unit-disclosures?format=csv")
    assert file.status_code == 200
    assert "'=1+1 的成果" in file.text
