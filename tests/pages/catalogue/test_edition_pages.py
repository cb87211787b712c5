"""Pages of editions and of the conversion list, without JavaScript."""

from __future__ import annotations

import re

import httpx2

from app.catalogue import service
from app.core.tx import Tx
from tests.world import World


def version_of(text: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', text)
    assert found is not None
    return found[1]


async def test_the_publisher_compiles_previews_and_publishes(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    org = await world.organisation("出题大学", "university")
    kept = await world.achievement(org, title="收录的成果", trl=6)
    gone = await world.achievement(org, title="去掉的成果", trl=5)
    await world.logged_in_client(client, await world.person(platform={"publisher"}))
    assert "编制新一期" in (await client.get("/desk/catalogues")).text
    form = await client.get("/desk/catalogues/new?market=1")
    assert form.status_code == 200
    wrong = await client.post(
        "/desk/catalogues/new",
        data={"title": "目录", "owner_name": "没有的单位", "visibility": "public", "market": "1"},
    )
    assert wrong.status_code == 422
    assert "没有的单位" in wrong.text
    made = await client.post(
        "/desk/catalogues/new",
        data={
            "title": "可转化科技成果目录",
            "period": "2026 年第四季度",
            "foreword": "第一段\n第二段",
            "visibility": "public",
            "sort": "maturity",
            "trl_from": "5",
            "owner_name": "出题大学",
            "market": "1",
            "key": "edition-page-1",
        },
    )
    assert made.status_code == 303
    path = made.headers["location"]
    draft = await client.get(path)
    assert "收录的成果" in draft.text
    assert "去掉的成果" in draft.text
    edit = await client.get(f"{path}/edit")
    assert 'value="出题大学"' in edit.text
    chosen = await client.post(
        f"{path}/rows",
        data={
            "version": version_of(draft.text),
            "shown": [str(kept.id), str(gone.id)],
            "include": str(kept.id),
        },
    )
    assert chosen.status_code == 303
    draft = await client.get(path)
    done = await client.post(f"{path}/publish", data={"version": version_of(draft.text)})
    assert done.status_code == 303
    assert done.headers["location"].startswith("/catalogues/ML-")
    await tx.run(
        service.withdraw_achievement, actor=org.head, number=kept.number, version=kept.version
    )
    await world.logged_in_client(client, world.stranger)
    shelf = await client.get("/catalogues")
    assert "可转化科技成果目录" in shelf.text
    shown = await client.get(done.headers["location"])
    for word in (
        "第 1 期",
        "2026 年第四季度",
        "收录的成果",
        "第二段",
        "本期发布后已撤回",
        "核对一致",
    ):
        assert word in shown.text, word
    assert "去掉的成果" not in shown.text
    for kind in ("csv", "xlsx"):
        file = await client.get(f"{done.headers['location']}?format={kind}")
        assert file.status_code == 200
    assert "收录的成果" in (await client.get(f"{done.headers['location']}?format=csv")).text


async def test_the_conversion_list_is_planned_and_frozen(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation(kind="university")
    record = await world.achievement(org, title="要转化的成果")
    await world.logged_in_client(client, org.head)
    listed = await client.get("/desk/conversion")
    assert listed.status_code == 200
    assert "未启动" in listed.text
    assert (await client.get(f"/desk/conversion/{record.number}")).status_code == 200
    refused = await client.post(
        f"/desk/conversion/{record.number}",
        data={"version": "0", "target_on": "明天", "next_step": "拜访企业"},
    )
    assert refused.status_code == 422
    assert "拜访企业" in refused.text
    saved = await client.post(
        f"/desk/conversion/{record.number}",
        data={
            "version": "0",
            "route": "ordinary",
            "responsible_id": str(org.head.person_id),
            "next_step": "拜访企业",
            "target_on": "2026-01-01",
            "negotiating": "1",
        },
    )
    assert saved.status_code == 303
    late = await client.post(
        f"/desk/conversion/{record.number}", data={"version": "0", "target_on": "明天"}
    )
    assert 'name="version" value="0"' in late.text, "a field that was refused writes over nobody"
    listed = await client.get("/desk/conversion?status=negotiating&late=1")
    assert "拜访企业" in listed.text
    file = await client.get("/desk/conversion?format=csv")
    assert "要转化的成果" in file.text
    frozen = await client.post(
        "/desk/conversion-editions",
        data={"title": "转化清单", "visibility": "internal", "key": "freeze-page-1"},
    )
    assert frozen.status_code == 303
    inner = frozen.headers["location"]
    assert "拜访企业" in (await client.get(inner)).text
    assert "拜访企业" in (await client.get(f"{inner}?format=csv")).text
    await world.logged_in_client(client, world.stranger)
    assert (await client.get(inner)).status_code == 404
    assert (await client.get(f"{inner}?format=csv")).status_code == 404


async def test_unknown_words_in_an_address_are_left_out(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation()
    await world.logged_in_client(client, org.head)
    for query in ("status=x", "responsible=x", "late=x", "after=x"):
        answer = await client.get(f"/desk/conversion?{query}")
        assert answer.status_code in (200, 422), query
    assert (await client.get("/desk/catalogues?market=1")).status_code == 200
    assert (await client.get("/catalogues/ML-2026-999999")).status_code == 404
