"""Requests to join: asked by a person, decided by a head."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.accounts import joining, service
from app.accounts.errors import (
    AlreadyAsked,
    AlreadyMember,
    JoinRequestDecided,
    JoinRequestMissing,
    OrganisationMissing,
    TooManyAttempts,
)
from app.accounts.types import JoinRequestState, Role
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import Org, id_of


async def ask(tx: Tx, person: Actor, org: Org, *roles: Role, note: str = "") -> UUID:
    return await tx.run(
        service.ask_to_join,
        actor=person,
        organisation_id=org.id,
        roles=roles or (Role.agent,),
        note_text=note,
    )


async def approve(tx: Tx, actor: Actor, org: Org, request_id: UUID, *roles: Role) -> None:
    await tx.run(
        service.approve_join_request,
        actor=actor,
        organisation_id=org.id,
        request_id=request_id,
        roles=roles or (Role.inventor,),
    )


async def test_a_head_lets_a_person_in_in_the_roles_he_chooses(tx: Tx, world: World) -> None:
    org, person = await world.organisation(), await world.person("申请人")
    request_id = await ask(tx, person, org, Role.manager, note="科研处新同事")
    assert await ask(tx, person, org, Role.manager, note="科研处新同事") == request_id
    page = await tx.run(service.list_join_requests, actor=org.head, organisation_id=org.id)
    (seen,) = page.items
    assert (seen.name, seen.note, seen.roles) == (
        "申请人",
        "科研处新同事",
        frozenset({Role.manager}),
    )
    assert "***" in seen.identifier
    assert await world.count("inbox_message", person_id=org.head.person_id) == 1
    await approve(tx, org.head, org, request_id, Role.inventor, Role.agent)
    members = await tx.run(service.list_members, actor=org.head, organisation_id=org.id)
    assert members[-1].roles == {Role.inventor, Role.agent}
    (own,) = await tx.run(service.list_own_join_requests, actor=person)
    assert (own.state, own.organisation_name) == (JoinRequestState.approved, org.name)
    assert await world.count("inbox_message", person_id=person.person_id) == 1
    for again in (approve(tx, org.head, org, request_id), withdraw(tx, person, request_id)):
        with pytest.raises(JoinRequestDecided):
            await again
    with pytest.raises(AlreadyMember):
        await ask(tx, person, org)


async def withdraw(tx: Tx, actor: Actor, request_id: UUID) -> None:
    await tx.run(service.withdraw_join_request, actor=actor, request_id=request_id)


async def test_a_refusal_has_a_reason_and_leaves_the_way_open(tx: Tx, world: World) -> None:
    org, person = await world.organisation(), await world.person()
    request_id = await ask(tx, person, org)
    refuse: dict[str, Any] = {
        "actor": org.head, "organisation_id": org.id, "request_id": request_id,
    }  # fmt: skip
    with pytest.raises(Invalid):
        await tx.run(service.refuse_join_request, reason=" ", **refuse)
    assert await world.count("join_request", state="pending") == 1
    await tx.run(service.refuse_join_request, reason="请用单位邮箱注册", **refuse)
    (own,) = await tx.run(service.list_own_join_requests, actor=person)
    assert (own.state, own.reason) == (JoinRequestState.refused, "请用单位邮箱注册")
    assert await world.count("membership", person_id=person.person_id) == 0
    assert await ask(tx, person, org) != request_id


async def test_a_withdrawn_request_is_decided_no_more(tx: Tx, world: World) -> None:
    org, person, other = await world.organisation(), await world.person(), await world.person()
    request_id = await ask(tx, person, org)
    with pytest.raises(JoinRequestMissing):
        await withdraw(tx, other, request_id)
    for _ in range(2):
        await withdraw(tx, person, request_id)
    assert await world.count("audit_entry", action="accounts.withdraw_join_request") == 1
    with pytest.raises(JoinRequestDecided):
        await approve(tx, org.head, org, request_id)
    assert await world.count("membership", organisation_id=org.id) == 1


async def test_who_came_in_by_a_code_asks_no_longer(tx: Tx, world: World) -> None:
    org, person = await world.organisation(), await world.person()
    request_id = await ask(tx, person, org)
    invitation = await tx.run(
        service.invite_member,
        actor=org.head,
        organisation_id=org.id,
        roles={Role.agent},
        key="invite-0001",
    )
    await tx.run(service.join_organisation, actor=person, code=invitation.code)
    page = await tx.run(service.list_join_requests, actor=org.head, organisation_id=org.id)
    assert page.items == []
    with pytest.raises(JoinRequestDecided):
        await approve(tx, org.head, org, request_id)


async def test_a_removed_member_may_ask_again(tx: Tx, world: World) -> None:
    org = await world.organisation()
    person = await world.member(org, {"agent"})
    await tx.run(
        service.remove_member, actor=org.head, organisation_id=org.id, person_id=id_of(person)
    )
    await approve(tx, org.head, org, await ask(tx, person, org))
    assert await world.count("membership", person_id=person.person_id, state="active") == 1


async def test_what_cannot_be_asked_changes_nothing(tx: Tx, world: World) -> None:
    org, hidden = await world.organisation(), await world.organisation(verified=False)
    person, supervisor = await world.person(), await world.person(platform={Role.supervisor})
    for actor, asked, roles, refusal in (
        (person, hidden, {Role.agent}, OrganisationMissing),
        (person, org, set(), Invalid),
        (person, org, {Role.operator}, Invalid),
        (supervisor, org, {Role.agent}, Forbidden),
        (world.stranger, org, {Role.agent}, Unauthenticated),
        (org.head, org, {Role.agent}, AlreadyMember),
    ):
        with pytest.raises(refusal):
            await tx.run(service.ask_to_join, actor=actor, organisation_id=asked.id, roles=roles)
    with pytest.raises(OrganisationMissing):
        await tx.run(service.ask_to_join, actor=person, organisation_id=uuid4(), roles={Role.agent})
    assert await world.count("join_request") == 0
    await ask(tx, person, org, Role.agent)
    with pytest.raises(AlreadyAsked):
        await ask(tx, person, org, Role.head)
    assert await world.count("join_request") == 1


async def test_only_a_head_of_the_organisation_decides(tx: Tx, world: World) -> None:
    org, elsewhere = await world.organisation(), await world.organisation()
    manager = await world.member(org, {"manager"})
    request_id = await ask(tx, await world.person(), org)
    for actor in (manager, elsewhere.head, await world.operator()):
        with pytest.raises(Forbidden):
            await approve(tx, actor, org, request_id)
        with pytest.raises(Forbidden):
            await tx.run(service.list_join_requests, actor=actor, organisation_id=org.id)
    with pytest.raises(JoinRequestMissing):
        await approve(tx, elsewhere.head, elsewhere, request_id)
    assert await world.count("join_request", state="pending") == 1


async def test_a_person_asks_ten_times_a_day(
    tx: Tx, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "market.security")
    org, person = await world.organisation(), await world.person()
    for _ in range(joining.ASK_LIMIT.hits):
        await withdraw(tx, person, await ask(tx, person, org))
    with pytest.raises(TooManyAttempts):
        await ask(tx, person, org)
    assert [vars(line)["limit"] for line in caplog.records if line.msg == "attempts.refused"] == [
        joining.ASK_LIMIT.kind
    ]


async def test_organisations_are_found_by_code_or_by_a_part_of_the_name(
    tx: Tx, world: World
) -> None:
    org = await world.organisation("示范（北京）材料研究院")
    await world.organisation("示范（北京）材料所筹备组", verified=False)
    person = await world.person()

    async def find(word: str) -> list[str]:
        found = await tx.run(service.search_organisations, actor=person, word=word)
        return [one.name for one in found]

    for word in ("材料", "（北京）", " 示范 （北京）", org.view.credit_code.lower()):
        assert await find(word) == [org.name], word
    assert await find("%%") == []
    for word in ("", "示", "长" * 51, "a\x00b"):
        with pytest.raises(Invalid):
            await find(word)


async def test_the_heads_list_pages(tx: Tx, world: World) -> None:
    org = await world.organisation()
    asked = [await ask(tx, await world.person(), org) for _ in range(3)]
    first = await tx.run(
        service.list_join_requests, actor=org.head, organisation_id=org.id, limit=2
    )
    rest = await tx.run(
        service.list_join_requests, actor=SYSTEM, organisation_id=org.id, after=first.next, limit=2
    )
    assert [one.id for one in (*first.items, *rest.items)] == asked
    assert rest.next is None
