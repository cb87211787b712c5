"""The verbs of demands on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.errors import Forbidden, Invalid, KeyReused, NotFound, StaleVersion, Unauthenticated
from app.core.tx import Tx
from app.demands import service
from app.demands.errors import DemandNotEditable, DemandNotSubmittable, DemandNotUnderReview
from app.demands.jobs import sweep_expired
from app.demands.types import (
    MASKED_HOLDER,
    CloseReason,
    Confidentiality,
    DemandContent,
    DemandState,
    DemandView,
)
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests.conftest import Clock
from tests.world import World
from tests.worlds.demands import COMPLETE

pytestmark = pytest.mark.usefixtures("index_agrees")


async def found(tx: Tx, words: str) -> list[str]:
    result = await PostgresIndex(tx).search(SearchRequest(text=words))
    return [hit.number for hit in result.hits]


async def test_from_draft_to_found(tx: Tx, world: World) -> None:
    org = await world.organisation("示范水务有限公司")
    draft = await world.demand(org.head, state="draft")
    assert draft.number.startswith("XQ-")
    assert await found(tx, "高盐废水") == []
    submitted = await tx.run(service.submit_demand, actor=org.head, number=draft.number, version=1)
    assert submitted.state is DemandState.submitted
    operator = await world.operator()
    published = await tx.run(service.publish_demand, actor=operator, number=draft.number, version=2)
    assert published.published_at is not None
    assert published.expires_at is not None
    assert published.expires_at - published.published_at > timedelta(days=364)
    assert await found(tx, "高盐废水 脱氮") == [draft.number]
    assert await world.count("fact", topic="demands.demand_published.v1") == 1
    for action in ("create_demand", "submit_demand", "publish_demand"):
        assert await world.count("audit_entry", action=f"demands.{action}") == 1

    page = await tx.run(service.list_demands, actor=world.stranger)
    assert [item.number for item in page.items] == [draft.number]
    view, actions = await tx.run(service.show_demand, actor=world.stranger, number=draft.number)
    assert view.holder == "示范水务有限公司"
    assert actions == type(actions)()


async def test_the_same_form_twice_makes_one_draft(tx: Tx, world: World) -> None:
    org = await world.organisation()

    async def create(content: DemandContent) -> DemandView:
        return await tx.run(service.create_demand, actor=org.head, content=content, key="form-0001")

    first = await create(COMPLETE)
    assert (await create(COMPLETE)).number == first.number
    with pytest.raises(KeyReused):
        await create(replace(COMPLETE, title="别的"))
    assert await world.count("demand") == 1


async def test_who_may_write(tx: Tx, world: World) -> None:
    org = await world.organisation()
    inventor = await world.member(org, ["inventor"])
    supervisor = await world.person(platform=["supervisor"])
    for actor, refusal in (
        (world.stranger, Unauthenticated),
        (inventor, Forbidden),
        (supervisor, Forbidden),
        (await world.person(), Forbidden),
    ):
        with pytest.raises(refusal):
            await tx.run(service.create_demand, actor=actor, content=COMPLETE, key="form-0001")
    assert await world.count("demand") == 0
    assert await world.count("case_counter", prefix="XQ") == 0


async def test_a_strangers_draft_is_not_yours_to_know(tx: Tx, world: World) -> None:
    org, other = await world.organisation(), await world.organisation()
    draft = await world.demand(org.head, state="draft")
    for actor in (world.stranger, other.head):
        with pytest.raises(NotFound):
            await tx.run(service.show_demand, actor=actor, number=draft.number)
        for verb, extra in (
            (service.edit_demand, {"content": COMPLETE}),
            (service.submit_demand, {}),
            (service.publish_demand, {}),
            (service.return_demand, {"reason": "不行不行"}),
            (service.close_demand, {}),
        ):
            with pytest.raises(NotFound):
                await tx.run(verb, actor=actor, number=draft.number, version=1, **extra)  # type: ignore[arg-type]
    assert await world.count("demand", version=1, state="draft") == 1


async def test_only_a_verified_organisation_submits(tx: Tx, world: World) -> None:
    org = await world.organisation(verified=False)
    draft = await world.demand(org.head, state="draft")
    with pytest.raises(Forbidden):
        await tx.run(service.submit_demand, actor=org.head, number=draft.number, version=1)
    assert await world.count("demand", state="draft") == 1


async def test_an_edit_of_an_old_version_is_refused(tx: Tx, world: World) -> None:
    org = await world.organisation()
    draft = await world.demand(org.head, state="draft")

    async def edit(version: int, **change: Any) -> DemandView:
        return await tx.run(
            service.edit_demand,
            actor=org.head,
            number=draft.number,
            version=version,
            content=replace(COMPLETE, **change),
        )

    assert (await edit(1, title="新名称")).version == 2
    with pytest.raises(StaleVersion):
        await edit(1, title="旧页面")
    with pytest.raises(Invalid):
        await edit(2, title="")
    assert await world.count("demand", title="新名称", version=2) == 1


async def test_a_return_has_a_reason_and_can_be_mended(tx: Tx, world: World) -> None:
    org, operator = await world.organisation(), await world.operator()
    waiting = await world.demand(org.head, state="submitted")
    with pytest.raises(Invalid):
        await tx.run(
            service.return_demand, actor=operator, number=waiting.number, version=2, reason=""
        )
    with pytest.raises(Forbidden):
        await tx.run(service.publish_demand, actor=org.head, number=waiting.number, version=2)
    with pytest.raises(DemandNotEditable):
        await tx.run(
            service.edit_demand,
            actor=org.head,
            number=waiting.number,
            version=2,
            content=COMPLETE,
        )
    assert await world.count("demand", state="submitted", version=2) == 1
    queue = await tx.run(service.list_waiting, actor=operator)
    assert [item.number for item in queue.items] == [waiting.number]

    returned = await tx.run(
        service.return_demand, actor=operator, number=waiting.number, version=2, reason="请补充设备"
    )
    assert returned.return_reason == "请补充设备"
    again = await tx.run(service.submit_demand, actor=org.head, number=waiting.number, version=3)
    assert (again.state, again.return_reason) == (DemandState.submitted, "")
    with pytest.raises(DemandNotSubmittable):
        await tx.run(service.submit_demand, actor=org.head, number=waiting.number, version=4)


async def test_a_masked_name_is_nowhere(tx: Tx, world: World) -> None:
    org = await world.organisation("不愿具名有限公司")
    demand = await world.demand(org.head, confidentiality=Confidentiality.masked)
    view, _ = await tx.run(service.show_demand, actor=world.stranger, number=demand.number)
    assert (view.holder, view.owner_id) == (MASKED_HOLDER, None)
    assert await found(tx, "不愿具名有限公司") == []
    own, _ = await tx.run(service.show_demand, actor=org.head, number=demand.number)
    assert own.holder == "不愿具名有限公司"


async def test_holders_are_named_as_their_pages_name_them(tx: Tx, world: World) -> None:
    org = await world.organisation("示范水务有限公司")
    open_one = await world.demand(org.head)
    masked = await world.demand(org.head, confidentiality=Confidentiality.masked)
    hidden = [await world.demand(org.head, state=state) for state in ("draft", "closed")]
    numbers = [demand.number for demand in (open_one, masked, *hidden)]
    named = await tx.run(service.find_holders, numbers=[*numbers, "XQ-2026-999999"])
    assert named == {open_one.number: "示范水务有限公司", masked.number: MASKED_HOLDER}


@pytest.mark.parametrize(
    ("who", "solved", "reason"),
    [
        ("owner", True, CloseReason.solved),
        ("owner", False, CloseReason.withdrawn),
        ("operator", False, CloseReason.removed),
    ],
)
async def test_a_closed_demand_leaves_the_index(
    tx: Tx, world: World, who: str, solved: bool, reason: CloseReason
) -> None:
    org = await world.organisation()
    demand = await world.demand(org.head)
    actor = org.head if who == "owner" else await world.operator()
    closed = await tx.run(
        service.close_demand,
        actor=actor,
        number=demand.number,
        version=demand.version,
        solved=solved,
    )
    assert (closed.state, closed.close_reason) == (DemandState.closed, reason)
    assert await found(tx, "高盐废水") == []
    with pytest.raises(NotFound):
        await tx.run(service.show_demand, actor=world.stranger, number=demand.number)
    with pytest.raises(DemandNotUnderReview):
        await tx.run(
            service.publish_demand,
            actor=await world.operator(),
            number=demand.number,
            version=closed.version,
        )


async def test_a_year_later_it_is_over(tx: Tx, world: World, clock: Clock) -> None:
    org = await world.organisation()
    demand = await world.demand(org.head)
    await clock.advance(days=364)
    assert await tx.run(sweep_expired) == 0
    await clock.advance(days=2)
    assert await tx.run(sweep_expired) == 1
    assert await tx.run(sweep_expired) == 0
    view, _ = await tx.run(service.show_demand, actor=org.head, number=demand.number)
    assert view.close_reason is CloseReason.expired
    assert await found(tx, "高盐废水") == []


async def test_lists_page_by_keyset(tx: Tx, world: World) -> None:
    org = await world.organisation()
    numbers = [(await world.demand(org.head, title=f"需求 {n}")).number for n in range(5)]
    for verb in (service.list_demands, service.list_own):
        seen: list[str] = []
        after = None
        while True:
            page = await tx.run(verb, actor=org.head, after=after, limit=2)
            seen += [item.number for item in page.items]
            after = page.next
            if after is None:
                break
        assert seen == numbers[::-1]
    for broken in ("x", "WyJ4IiwieSJd"):
        with pytest.raises(Invalid):
            await tx.run(service.list_demands, actor=org.head, after=broken)
