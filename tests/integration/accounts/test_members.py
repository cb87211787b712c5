"""Members: invitations, roles, removal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.accounts import service
from app.accounts.errors import (
    AlreadyMember,
    InvitationMissing,
    LastHead,
    MemberMissing,
    OrganisationMissing,
)
from app.accounts.types import InvitationView, Role
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org, id_of


async def invite(tx: Tx, org: Org, *roles: Role, key: str = "invite-0001") -> InvitationView:
    return await tx.run(
        service.invite_member,
        actor=org.head,
        organisation_id=org.id,
        roles=roles or (Role.agent,),
        key=key,
    )


async def test_a_code_lets_one_person_in_once(tx: Tx, world: World) -> None:
    org = await world.organisation()
    invitation = await invite(tx, org, Role.inventor, Role.agent)
    assert await invite(tx, org, Role.agent, Role.inventor) == invitation
    with pytest.raises(KeyReused):
        await invite(tx, org, Role.head)
    first, second = await world.person("先来"), await world.person("后到")
    for _ in range(2):
        joined = await tx.run(service.join_organisation, actor=first, code=invitation.code)
        assert joined.id == org.id
    with pytest.raises(InvitationMissing):
        await tx.run(service.join_organisation, actor=second, code=invitation.code)
    members = await tx.run(service.list_members, actor=org.head, organisation_id=org.id)
    assert [(one.name, set(one.roles)) for one in members] == [
        (org.head.name, {Role.head, Role.manager, Role.agent}),
        ("先来", {Role.inventor, Role.agent}),
    ]
    assert await world.count("audit_entry", action="accounts.join_organisation") == 1
    assert await tx.run(service.list_invitations, actor=org.head, organisation_id=org.id) == []


async def test_who_is_a_member_already_keeps_the_code_for_another(tx: Tx, world: World) -> None:
    org = await world.organisation()
    invitation = await invite(tx, org)
    with pytest.raises(AlreadyMember):
        await tx.run(service.join_organisation, actor=org.head, code=invitation.code)
    colleague = await world.person()
    await tx.run(service.join_organisation, actor=colleague, code=invitation.code)


async def test_codes_end_by_time_and_by_withdrawal(tx: Tx, world: World, clock: Clock) -> None:
    org, foreign = await world.organisation(), await world.organisation()
    person = await world.person()
    kept, gone = await invite(tx, org), await invite(tx, org, key="invite-0002")
    own: dict[str, Any] = {"organisation_id": org.id, "invitation_id": gone.id}
    with pytest.raises(Forbidden):
        await tx.run(service.withdraw_invitation, actor=foreign.head, **own)
    with pytest.raises(InvitationMissing):
        await tx.run(
            service.withdraw_invitation,
            actor=foreign.head,
            organisation_id=foreign.id,
            invitation_id=gone.id,
        )
    await tx.run(service.withdraw_invitation, actor=org.head, **own)
    await clock.advance(days=7)
    for invitation in (kept, gone):
        with pytest.raises(InvitationMissing):
            await tx.run(service.join_organisation, actor=person, code=invitation.code)
    with pytest.raises(InvitationMissing):
        await tx.run(service.join_organisation, actor=person, code="")
    with pytest.raises(Unauthenticated):
        await tx.run(service.join_organisation, actor=world.stranger, code=kept.code)
    assert await world.count("membership", person_id=id_of(person)) == 0


async def test_only_heads_manage_members(tx: Tx, world: World) -> None:
    org = await world.organisation()
    hidden = await world.organisation(verified=False)
    agent = await world.member(org, {Role.agent})
    operator = await world.operator()
    refused: list[tuple[Actor, Org, type[Exception]]] = [
        (world.stranger, org, Unauthenticated),
        (agent, org, Forbidden),
        (operator, org, Forbidden),
        (hidden.head, org, Forbidden),
        (org.head, hidden, OrganisationMissing),
        (operator, hidden, Forbidden),
    ]
    for actor, of, refusal in refused:
        own: dict[str, Any] = {"actor": actor, "organisation_id": of.id}
        with pytest.raises(refusal):
            await tx.run(service.invite_member, **own, roles={Role.agent}, key="refused-01")
        with pytest.raises(refusal):
            await tx.run(service.set_member_roles, **own, person_id=id_of(agent), roles={Role.head})
        with pytest.raises(refusal):
            await tx.run(service.remove_member, **own, person_id=id_of(agent))
    assert await world.count("membership", state="removed") == 0
    [me] = await tx.run(service.list_memberships, actor=agent)
    assert me.roles == {Role.agent}


async def test_members_are_named_to_colleagues_and_the_platform_only(tx: Tx, world: World) -> None:
    org, foreign = await world.organisation(), await world.organisation()
    inventor = await world.member(org, {Role.inventor}, name="李发明")
    for actor in (inventor, await world.operator()):
        members = await tx.run(service.list_members, actor=actor, organisation_id=org.id)
        assert [one.name for one in members] == [org.head.name, "李发明"]
        assert all("***" in one.identifier for one in members)
    with pytest.raises(Forbidden):
        await tx.run(service.list_members, actor=foreign.head, organisation_id=org.id)
    with pytest.raises(Unauthenticated):
        await tx.run(service.list_members, actor=world.stranger, organisation_id=org.id)
    desk = await tx.run(service.show_desk, actor=inventor)
    assert desk is not None
    assert (desk.may_manage, desk.may_edit, desk.invitations) == (False, False, ())
    assert await tx.run(service.show_desk, actor=await world.person()) is None


async def test_roles_change_but_the_last_head_stays(tx: Tx, world: World) -> None:
    org = await world.organisation()
    own: dict[str, Any] = {"actor": org.head, "organisation_id": org.id}
    colleague = await world.member(org, {Role.inventor})
    with pytest.raises(LastHead):
        await tx.run(
            service.set_member_roles, **own, person_id=id_of(org.head), roles={Role.manager}
        )
    with pytest.raises(LastHead):
        await tx.run(service.remove_member, **own, person_id=id_of(org.head))
    for roles in (set(), {Role.operator}):
        with pytest.raises(Invalid):
            await tx.run(service.set_member_roles, **own, person_id=id_of(colleague), roles=roles)
    with pytest.raises(MemberMissing):
        await tx.run(service.set_member_roles, **own, person_id=uuid4(), roles={Role.agent})
    assert await world.count("audit_entry", action="accounts.set_member_roles") == 0
    await tx.run(
        service.set_member_roles,
        **own,
        person_id=id_of(colleague),
        roles={Role.head, Role.inventor},
    )
    await tx.run(service.set_member_roles, **own, person_id=id_of(org.head), roles={Role.manager})
    assert await world.count("audit_entry", action="accounts.set_member_roles") == 2


async def test_a_removed_member_stops_acting_at_once_and_may_come_back(
    tx: Tx, world: World
) -> None:
    org = await world.organisation()
    colleague = await world.member(org, {Role.manager})
    token = await world.token(colleague)
    await tx.run(
        service.remove_member,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(colleague),
    )
    after = await tx.run(service.resolve_actor, token)
    assert (after.organisation_id, after.roles) == (None, frozenset())
    with pytest.raises(MemberMissing):
        await tx.run(
            service.remove_member,
            actor=org.head,
            organisation_id=org.id,
            person_id=id_of(colleague),
        )
    invitation = await invite(tx, org, Role.agent)
    person = replace(colleague, organisation_id=None, roles=frozenset())
    await tx.run(service.join_organisation, actor=person, code=invitation.code)
    [membership] = await tx.run(service.list_memberships, actor=person)
    assert membership.roles == {Role.agent}


async def test_a_session_that_still_names_the_organisation_gives_no_roles(
    tx: Tx, world: World
) -> None:
    """A switch of organisation may cross with the removal; the membership decides."""
    org = await world.organisation()
    colleague = await world.member(org, {Role.manager})
    token = await world.token(colleague)
    await tx.run(
        service.remove_member,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(colleague),
    )

    async def point_again(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("UPDATE login_session SET organisation_id = :id"), {"id": org.id}
        )

    await tx.run(point_again)
    after = await tx.run(service.resolve_actor, token)
    assert (after.organisation_id, after.roles) == (None, frozenset())
