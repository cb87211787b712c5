"""The verbs of achievements: do, refuse and change nothing, replay, hide."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from app.catalogue import service
from app.catalogue.errors import (
    AchievementInUse,
    AchievementMissing,
    AchievementStateForbids,
    OwnerNumberTaken,
)
from app.catalogue.types import (
    AchievementFacts,
    AchievementState,
    Completer,
    CoOwner,
    IpKind,
    IpRight,
    ReturnReason,
)
from app.core.actor import SYSTEM, Actor
from app.core.errors import DomainError, Forbidden, Invalid, KeyReused, NotFound, StaleVersion
from app.core.ids import new_id
from app.core.tx import Tx
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.catalogue import achievement_content

STATE = AchievementState


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("东海大学", kind="university")


async def found_titles(tx: Tx, text: str) -> list[str]:
    result = await PostgresIndex(tx).search(SearchRequest(text=text))
    return [hit.number for hit in result.hits]


async def stored(tx: Tx, facts: AchievementFacts) -> AchievementFacts:
    return await tx.run(service.get_achievement, achievement_id=facts.id)


async def test_a_draft_keeps_everything_in_order(world: World, org: Org, tx: Tx) -> None:
    colleague = await world.member(org, ("inventor",), name="赵成员")
    content = achievement_content(
        completers=(Completer("钱一", role="负责"), Completer(person_id=colleague.person_id)),
        co_owners=(CoOwner("西山研究院", share_bp=3000),),
        rights=(IpRight(IpKind.know_how, "浆料配方"), IpRight(IpKind.utility_model, "涂覆机")),
        trl=5,
    )
    made = await tx.run(service.draft_achievement, actor=colleague, content=content, key="draft-01")
    assert made.state is STATE.draft
    assert made.number.startswith("CG-")
    assert (made.owner_id, made.holder_name) == (org.id, "东海大学")
    view = await tx.run(service.show_achievement, actor=colleague, number=made.number)
    assert view.content == content
    assert view.completers == (("钱一", "负责"), ("赵成员", ""))
    assert view.actions.edit
    assert not view.actions.submit


async def test_the_same_key_makes_one_draft(world: World, org: Org, tx: Tx) -> None:
    content = achievement_content()
    first = await tx.run(service.draft_achievement, actor=org.head, content=content, key="key-0001")
    again = await tx.run(service.draft_achievement, actor=org.head, content=content, key="key-0001")
    assert again == first
    with pytest.raises(KeyReused):
        await tx.run(
            service.draft_achievement,
            actor=org.head,
            content=replace(content, title="另一项成果的名称"),
            key="key-0001",
        )
    assert await world.count("achievement") == 1


async def test_who_may_not_draft(world: World, org: Org, tx: Tx) -> None:
    agent = await world.member(org, ("agent",))
    operator = await world.operator()
    for actor, refusal in [(agent, Forbidden), (operator, Forbidden)]:
        with pytest.raises(refusal):
            await tx.run(
                service.draft_achievement, actor=actor, content=achievement_content(), key="k" * 8
            )
    assert await world.count("achievement") == 0


async def test_a_number_of_the_owner_names_one_record(world: World, org: Org, tx: Tx) -> None:
    await world.achievement(org, state="draft", owner_number="KJ-7")
    with pytest.raises(OwnerNumberTaken):
        await world.achievement(org, state="draft", owner_number="KJ-7")
    assert await world.count("achievement") == 1
    other = await world.organisation()
    await world.achievement(other, state="draft", owner_number="KJ-7")


async def test_a_stranger_cannot_be_named_as_colleague(world: World, org: Org, tx: Tx) -> None:
    stranger = await world.person("孙某")
    content = achievement_content(completers=(Completer(person_id=stranger.person_id),))
    with pytest.raises(Invalid) as refused:
        await tx.run(service.draft_achievement, actor=org.head, content=content, key="stranger")
    assert refused.value.errors[0].field == "completers-0-name"
    assert await world.count("achievement") == 0


async def test_an_edit_makes_a_version_and_replaces_rows(world: World, org: Org, tx: Tx) -> None:
    made = await world.achievement(
        org, state="draft", rights=(IpRight(IpKind.know_how, "甲"), IpRight(IpKind.software, "乙"))
    )
    content = achievement_content(title="改后的涂覆工艺名称", rights=(IpRight(IpKind.other, "丙"),))
    edited = await tx.run(
        service.edit_achievement, actor=org.head, number=made.number, version=1, content=content
    )
    assert (edited.version, edited.title) == (2, "改后的涂覆工艺名称")
    view = await tx.run(service.show_achievement, actor=org.head, number=made.number)
    assert view.content == content
    with pytest.raises(StaleVersion):
        await tx.run(
            service.edit_achievement, actor=org.head, number=made.number, version=1, content=content
        )
    assert (await stored(tx, made)).version == 2


async def test_the_way_to_publication(world: World, org: Org, tx: Tx) -> None:
    made = await world.achievement(org, state="draft", title="石墨烯散热膜连续成型工艺")
    assert made.number not in await found_titles(tx, "石墨烯 散热膜")
    operator = await world.operator()
    sent = await tx.run(
        service.submit_achievement, actor=org.head, number=made.number, version=made.version
    )
    waiting = await tx.run(service.list_waiting_achievements, actor=operator)
    assert [line.facts.number for line in waiting.items] == [made.number]
    shown = await tx.run(
        service.publish_achievement, actor=operator, number=made.number, version=sent.version
    )
    assert (shown.state, shown.version) == (STATE.published, 3)
    assert made.number in await found_titles(tx, "石墨烯 散热膜")
    public = await tx.run(service.show_achievement, actor=Actor.stranger(), number=made.number)
    assert not public.inside
    assert public.hints == ()
    page = await tx.run(service.list_achievements)
    assert [line.facts.number for line in page.items] == [made.number]


async def test_a_return_has_reasons(world: World, org: Org, tx: Tx) -> None:
    sent = await world.achievement(org, state="submitted")
    operator = await world.operator()
    for reasons in ((), (ReturnReason.other,)):
        with pytest.raises(Invalid):
            await tx.run(
                service.return_achievement,
                actor=operator,
                number=sent.number,
                version=sent.version,
                reasons=reasons,
            )
    assert (await stored(tx, sent)).state is STATE.submitted
    await tx.run(
        service.return_achievement,
        actor=operator,
        number=sent.number,
        version=sent.version,
        reasons=[ReturnReason.thin_abstract],
        note_text="请补充指标",
    )
    view = await tx.run(service.show_achievement, actor=org.head, number=sent.number)
    assert view.return_reasons == (ReturnReason.thin_abstract,)
    assert view.return_note == "请补充指标"
    assert view.actions.edit
    assert view.actions.submit


async def test_withdrawn_is_hidden_and_may_come_again(world: World, org: Org, tx: Tx) -> None:
    made = await world.achievement(org, title="石墨烯散热膜连续成型工艺")
    gone = await tx.run(
        service.withdraw_achievement, actor=org.head, number=made.number, version=made.version
    )
    assert made.number not in await found_titles(tx, "石墨烯 散热膜")
    with pytest.raises(AchievementMissing):
        await tx.run(service.show_achievement, actor=Actor.stranger(), number=made.number)
    again = await tx.run(
        service.submit_achievement, actor=org.head, number=made.number, version=gone.version
    )
    assert again.state is STATE.submitted


async def test_what_is_offered_is_not_withdrawn(world: World, org: Org, tx: Tx) -> None:
    made = await world.achievement(org)
    await world.offer(org, made)
    with pytest.raises(AchievementInUse):
        await tx.run(
            service.withdraw_achievement, actor=org.head, number=made.number, version=made.version
        )
    assert (await stored(tx, made)).state is STATE.published


async def test_a_published_edit_is_found_at_once(world: World, org: Org, tx: Tx) -> None:
    made = await world.achievement(org)
    offer = await world.offer(org, made)
    await tx.run(
        service.edit_achievement,
        actor=org.head,
        number=made.number,
        version=made.version,
        content=achievement_content(title="钙钛矿电池的低温封装方法"),
    )
    assert {made.number, offer.number} <= set(await found_titles(tx, "钙钛矿 封装"))


Call = Callable[[Tx, Actor, AchievementFacts], Awaitable[Any]]
CALLS: dict[str, Call] = {
    "edit": lambda tx, actor, made: tx.run(
        service.edit_achievement,
        actor=actor,
        number=made.number,
        version=made.version,
        content=achievement_content(),
    ),
    "submit": lambda tx, actor, made: tx.run(
        service.submit_achievement, actor=actor, number=made.number, version=made.version
    ),
    "publish": lambda tx, actor, made: tx.run(
        service.publish_achievement, actor=actor, number=made.number, version=made.version
    ),
    "return": lambda tx, actor, made: tx.run(
        service.return_achievement,
        actor=actor,
        number=made.number,
        version=made.version,
        reasons=[ReturnReason.secret],
    ),
    "withdraw": lambda tx, actor, made: tx.run(
        service.withdraw_achievement, actor=actor, number=made.number, version=made.version
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_others_do_not_even_see_a_hidden_record(
    world: World, org: Org, tx: Tx, name: str
) -> None:
    made = await world.achievement(org, state="submitted")
    rival = await world.organisation()
    for actor in (Actor.stranger(), rival.head):
        with pytest.raises(NotFound):
            await CALLS[name](tx, actor, made)
    assert await stored(tx, made) == made


@pytest.mark.parametrize(
    ("name", "state", "refusal"),
    [
        ("edit", "submitted", AchievementStateForbids),
        ("submit", "submitted", AchievementStateForbids),
        ("submit", "published", AchievementStateForbids),
        ("publish", "draft", AchievementStateForbids),
        ("publish", "published", AchievementStateForbids),
        ("return", "published", AchievementStateForbids),
        ("withdraw", "draft", AchievementStateForbids),
    ],
)
async def test_states_refuse(
    world: World, org: Org, tx: Tx, name: str, state: str, refusal: type[DomainError]
) -> None:
    made = await world.achievement(org, state=state)
    actor = SYSTEM if name in ("publish", "return") else org.head
    with pytest.raises(refusal):
        await CALLS[name](tx, actor, made)
    assert await stored(tx, made) == made


async def test_roles_of_the_house(world: World, org: Org, tx: Tx) -> None:
    inventor = await world.member(org, ("inventor",))
    made = await world.achievement(org, state="draft")
    with pytest.raises(Forbidden):
        await CALLS["submit"](tx, inventor, made)
    published = await world.achievement(org)
    for name in ("edit", "withdraw"):
        with pytest.raises(Forbidden):
            await CALLS[name](tx, inventor, published)
    supervisor = await world.person("吴监督", platform={"supervisor"})
    assert (
        await tx.run(service.show_achievement, actor=supervisor, number=made.number)
    ).facts == made
    for call in CALLS.values():
        with pytest.raises(Forbidden):
            await call(tx, supervisor, made)


async def test_an_unverified_organisation_cannot_submit(world: World, tx: Tx) -> None:
    org = await world.organisation(verified=False)
    made = await world.achievement(org, state="draft")
    with pytest.raises(Forbidden):
        await CALLS["submit"](tx, org.head, made)
    assert await stored(tx, made) == made


async def test_own_list_pages_by_keyset(world: World, org: Org, tx: Tx) -> None:
    made = [await world.achievement(org, state="draft") for _ in range(3)]
    first = await tx.run(service.list_own_achievements, actor=org.head, limit=2)
    assert first.next is not None
    rest = await tx.run(service.list_own_achievements, actor=org.head, after=first.next, limit=2)
    numbers = [line.facts.number for line in (*first.items, *rest.items)]
    assert sorted(numbers) == sorted(facts.number for facts in made)
    assert rest.next is None
    with pytest.raises(Invalid):
        await tx.run(service.list_own_achievements, actor=org.head, after="%%%")


async def test_an_unknown_number(tx: Tx) -> None:
    with pytest.raises(AchievementMissing):
        await tx.run(service.show_achievement, actor=SYSTEM, number="CG-2026-999999")
    with pytest.raises(AchievementMissing):
        await tx.run(service.get_achievement, achievement_id=new_id())
