"""What a record said before: kept, shown to whom it may be shown, hidden, erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.catalogue import service
from app.catalogue.errors import AchievementMissing, VersionMissing
from app.catalogue.types import Completer
from app.core.errors import Forbidden, Invalid
from app.core.tx import Tx
from tests.world import World
from tests.worlds.catalogue import achievement_content


async def test_every_content_is_kept(world: World, tx: Tx) -> None:
    org = await world.organisation()
    record = await world.edited_achievement(org)
    page = await tx.run(service.list_versions, actor=org.head, number=record.number)
    assert [(line.version, line.action, line.published) for line in page.items] == [
        (4, "edit", True),
        (3, "publish", True),
        (1, "draft", False),
    ]
    assert page.items[0].current
    assert page.items[1].sha256 == page.items[2].sha256
    assert page.items[0].by_name == "王负责"
    changes = await tx.run(service.compare_versions, actor=org.head, number=record.number)
    assert (changes.old.version, changes.new.version) == (3, 4)
    assert [change.name for change in changes.changes] == ["title", "abstract", "completers"]


async def test_strangers_see_what_was_public_without_former_names(world: World, tx: Tx) -> None:
    record = await world.edited_achievement(await world.organisation())
    seen = await tx.run(service.list_versions, actor=world.stranger, number=record.number)
    assert [line.version for line in seen.items] == [4, 3]
    assert {line.by_name for line in seen.items} == {""}
    shown = await tx.run(
        service.show_version, actor=world.stranger, number=record.number, version=3
    )
    assert "双面" in str(shown.fields)
    assert "钱一" not in str(shown.fields)
    with pytest.raises(VersionMissing):
        await tx.run(service.show_version, actor=world.stranger, number=record.number, version=1)
    with pytest.raises(VersionMissing):
        await tx.run(
            service.compare_versions, actor=world.stranger, number=record.number, old=1, new=4
        )
    draft = await world.achievement(await world.organisation(), state="draft")
    with pytest.raises(AchievementMissing):
        await tx.run(service.list_versions, actor=world.stranger, number=draft.number)


async def test_a_hidden_version_is_gone_for_the_public_and_not_for_the_house(
    world: World, tx: Tx
) -> None:
    org = await world.organisation()
    record = await world.edited_achievement(org)
    hide = {"number": record.number, "version": 3, "reason": "误写入技术秘密"}
    for actor, refusal in (
        (await world.member(org, {"inventor"}), Forbidden),
        ((await world.organisation()).head, Forbidden),
    ):
        with pytest.raises(refusal):
            await tx.run(service.hide_version, actor=actor, **hide)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await tx.run(service.hide_version, actor=org.head, **(hide | {"reason": " "}))  # type: ignore[arg-type]
    with pytest.raises(VersionMissing):  # the present content is edited, not hidden
        await tx.run(service.hide_version, actor=org.head, **(hide | {"version": 4}))  # type: ignore[arg-type]
    assert await world.count("achievement_version_hiding") == 0
    for _ in range(2):
        await tx.run(service.hide_version, actor=org.head, **hide)  # type: ignore[arg-type]
    assert await world.count("achievement_version_hiding") == 1
    with pytest.raises(VersionMissing):
        await tx.run(service.show_version, actor=world.stranger, number=record.number, version=3)
    lines = await tx.run(service.list_versions, actor=world.stranger, number=record.number)
    assert [(line.readable, line.hidden_reason) for line in lines.items] == [
        (True, ""),
        (False, "误写入技术秘密"),
    ]
    assert await tx.run(service.show_version, actor=org.head, number=record.number, version=3)


async def test_a_former_name_is_erased_and_the_hash_stays(world: World, tx: Tx) -> None:
    org = await world.organisation()
    record = await world.edited_achievement(org)
    (name,) = await tx.run(service.list_former_names, actor=org.head, number=record.number)
    assert name.name == "钱一"
    before = await tx.run(service.list_versions, actor=org.head, number=record.number)
    with pytest.raises(Forbidden):
        await tx.run(
            service.erase_former_name,
            actor=await world.member(org, {"inventor"}),
            number=record.number,
            name_id=name.id,
        )
    for _ in range(2):
        await tx.run(
            service.erase_former_name, actor=org.head, number=record.number, name_id=name.id
        )
    assert await world.count("achievement_completer_name", name="钱一") == 0
    after = await tx.run(service.list_versions, actor=org.head, number=record.number)
    assert [line.sha256 for line in after.items] == [line.sha256 for line in before.items]
    shown = await tx.run(service.show_version, actor=org.head, number=record.number, version=3)
    assert "姓名已删除" in str(shown.fields)


async def test_a_record_from_before_gets_its_baseline_with_its_next_edit(
    world: World, tx: Tx
) -> None:
    care = await world.organisation()
    record = await world.imported(care)
    page = await tx.run(service.list_versions, actor=world.stranger, number=record.number)
    assert [(line.version, line.action) for line in page.items] == [(1, "current")]
    await tx.run(
        service.edit_achievement,
        actor=care.head,
        number=record.number,
        version=record.version,
        content=achievement_content(completers=(Completer(name="钱一"),)),
    )
    page = await tx.run(service.list_versions, actor=world.stranger, number=record.number)
    assert [(line.version, line.action) for line in page.items] == [(2, "edit"), (1, "baseline")]


async def test_the_review_starts_from_the_last_published_version(world: World, tx: Tx) -> None:
    org = await world.organisation()
    record = await world.edited_achievement(org)
    record = await tx.run(
        service.withdraw_achievement, actor=org.head, number=record.number, version=record.version
    )
    record = await tx.run(
        service.edit_achievement,
        actor=org.head,
        number=record.number,
        version=record.version,
        content=replace(achievement_content(), title="第三个名称"),
    )
    operator = await world.operator()
    view = await tx.run(service.show_achievement, actor=operator, number=record.number)
    assert view.review_base == 4
    changes = await tx.run(
        service.compare_versions, actor=operator, number=record.number, old=view.review_base
    )
    assert changes.new.version == record.version
    assert "第三个名称" in str(changes.changes)


async def test_the_serving_role_only_adds_versions(world: World, tx: Tx) -> None:
    await world.edited_achievement(await world.organisation())
    for statement in (
        "UPDATE achievement_version SET sha256 = repeat('0', 64)",
        "DELETE FROM achievement_version",
        "UPDATE achievement_version_hiding SET reason = ''",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with tx.sessions.begin() as session:
                await session.execute(text(statement))
