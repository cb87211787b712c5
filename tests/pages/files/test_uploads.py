"""Sending files with forms: evidence, attachments, and what is too much."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from app.accounts.types import SESSION_COOKIE
from app.catalogue import service
from app.catalogue.types import AchievementState
from app.core.actor import Actor
from app.core.settings import Settings
from tests.unit.files.samples import PDF, SVG
from tests.world import World

MB = 1024 * 1024
Parts = list[tuple[str, tuple[str, bytes, str]]]


def parts(*files: tuple[str, bytes]) -> Parts:
    return [("files", (name, content, "application/octet-stream")) for name, content in files]


async def sign_in(client: httpx2.AsyncClient, world: World, actor: Actor) -> None:
    client.cookies.set(SESSION_COOKIE, await world.token(actor))


def linked_files(page: str) -> list[str]:
    return re.findall(r'href="(/files/[0-9a-f-]{36})"', page)


async def test_a_claim_carries_its_evidence_to_the_review(
    client: httpx2.AsyncClient, world: World
) -> None:
    care = await world.organisation("托管单位")
    claimant = await world.organisation("认领单位")
    record = await world.imported(care)
    await sign_in(client, world, claimant.head)
    form = {"evidence": "专利登记簿副本", "key": "claim-with-files"}
    sent = [await client.post(
        f"/achievements/{record.number}/claim",
        data=form,
        files=parts(("../登记簿.pdf", PDF), ("扫描.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 9)),
    ) for _ in range(2)]  # fmt: skip
    assert [answer.status_code for answer in sent] == [303, 303], "the same form sent twice"
    assert await world.count("attachment") == 2
    await sign_in(client, world, await world.operator())
    review = await client.get("/review/claims")
    assert "登记簿.pdf" in review.text
    first, second = linked_files(review.text)
    assert (await client.get(first)).content == PDF
    assert (await client.get(second)).status_code == 200
    await sign_in(client, world, care.head)
    assert (await client.get(first)).status_code == 404


async def test_a_refused_file_leaves_what_was_typed(
    client: httpx2.AsyncClient, world: World
) -> None:
    care = await world.organisation("托管单位")
    claimant = await world.organisation("认领单位")
    record = await world.imported(care)
    await sign_in(client, world, claimant.head)
    answer = await client.post(
        f"/achievements/{record.number}/claim",
        data={"evidence": "我写了很久的说明", "key": "claim-refused"},
        files=parts(("图.svg", SVG)),
    )
    assert answer.status_code == 415
    assert "文件“图.svg”：不接受网页、SVG 等可包含脚本的文件。" in answer.text
    assert "我写了很久的说明" in answer.text
    assert "请重新选择文件" in answer.text
    assert await world.count("achievement_claim") == 0
    assert await world.count("attachment") == 0


async def test_public_attachments_are_there_when_the_record_is(
    client: httpx2.AsyncClient, world: World
) -> None:
    owner = await world.organisation("示范大学", "university")
    record = await world.achievement(owner, state=AchievementState.draft)
    await sign_in(client, world, owner.head)
    page = f"/desk/achievements/{record.number}/files"
    assert (await client.post(page, data={"key": "no-files-at-all"})).status_code == 422
    for content in (PDF, PDF + b"\n"):
        answer = await client.post(page, data={}, files=parts(("检测报告.pdf", content)))
        assert answer.status_code == 303
    href = linked_files((await client.get(page)).text)[0]
    client.cookies.clear()
    assert (await client.get(href)).status_code == 404, "not public yet"
    await world.tx.run(
        service.submit_achievement, actor=owner.head, number=record.number, version=record.version
    )
    operator = await world.operator()
    await world.tx.run(service.publish_achievement, actor=operator, number=record.number, version=2)
    assert href in (await client.get(f"/achievements/{record.number}")).text
    answer = await client.get(href)
    assert (answer.status_code, answer.content) == (200, PDF)
    await sign_in(client, world, owner.head)
    gone = await client.post(f"{page}/{href.rpartition('/')[2]}/remove")
    assert gone.status_code == 303
    assert (await client.get(href)).status_code == 404


async def test_what_is_under_review_keeps_its_attachments(
    client: httpx2.AsyncClient, world: World
) -> None:
    """What an operator has read is what is published."""
    owner = await world.organisation("示范大学", "university")
    record = await world.achievement(owner, state=AchievementState.draft)
    await sign_in(client, world, owner.head)
    page = f"/desk/achievements/{record.number}/files"
    await client.post(page, data={}, files=parts(("检测报告.pdf", PDF)))
    (href,) = linked_files((await client.get(page)).text)
    await world.tx.run(
        service.submit_achievement, actor=owner.head, number=record.number, version=record.version
    )
    added = await client.post(page, data={}, files=parts(("另一份.pdf", PDF + b"\n")))
    assert (added.status_code, "撤回后才能修改" in added.text) == (409, True)
    removed = await client.post(f"{page}/{href.rpartition('/')[2]}/remove")
    assert (removed.status_code, "撤回后才能修改" in removed.text) == (409, True)
    assert linked_files((await client.get(page)).text) == [href]
    assert await world.count("attachment") == 1


async def test_evidence_of_an_organisation_reaches_its_review(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("待认证公司", verified=False)
    await sign_in(client, world, org.head)
    page = "/desk/organisation/evidence"
    answer = await client.post(page, data={}, files=parts(("营业执照.pdf", PDF)))
    assert answer.status_code == 303
    href = linked_files((await client.get(page)).text)[0]
    assert (await client.get(href)).content == PDF
    await client.post("/desk/organisation/submit")
    await sign_in(client, world, await world.operator())
    assert href in (await client.get("/review/organisations")).text
    assert (await client.get(href)).content == PDF
    assert await world.count("audit_entry", action="accounts.read_evidence") == 2
    await sign_in(client, world, await world.person())
    assert (await client.get(href)).status_code == 404


# ---------------------------------------------------------------- too much


async def in_pieces(size: int, taken: list[int]) -> AsyncIterator[bytes]:
    """A body without a length, that counts what is asked of it."""
    for _ in range(size // 65536):
        taken.append(65536)
        yield b"\0" * 65536


@pytest.mark.parametrize("path", ["/login", "/achievements/CG-1/claim", "/api/v1/achievements"])
async def test_no_route_takes_more_than_its_own(client: httpx2.AsyncClient, path: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "too-much-for-it"}
    if not path.startswith("/api/"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
    said = await client.post(path, content=b"a" * (MB + 1), headers=headers)
    assert said.status_code == 413
    assert "不能超过 1 MB" in said.text
    taken: list[int] = []
    unsaid = await client.post(path, content=in_pieces(20 * MB, taken), headers=headers)
    assert unsaid.status_code == 413


async def test_files_are_taken_only_from_those_who_may_send_them(
    client: httpx2.AsyncClient, world: World, settings: Settings
) -> None:
    owner = await world.organisation("示范大学", "university")
    record = await world.achievement(owner)
    page = f"/desk/achievements/{record.number}/files"
    two_megabytes = parts(("大.pdf", PDF[:-6] + b"\0" * 2 * MB + b"%%EOF\n"))
    stranger = await client.post(page, data={}, files=two_megabytes)
    assert stranger.status_code in (303, 401, 413)
    await sign_in(client, world, await world.member(owner, {"agent"}))
    assert (await client.post(page, data={}, files=two_megabytes)).status_code == 403
    await sign_in(client, world, owner.head)
    assert (await client.post(page, data={}, files=two_megabytes)).status_code == 303
    assert not list((settings.files_dir / "incoming").iterdir())
