from __future__ import annotations

from app.accounts import service
from app.accounts.types import OrganisationKind, Role
from app.core.tx import Tx
from tests.world import World


async def test_a_session_knows_the_person_his_organisation_and_his_roles(
    tx: Tx, world: World
) -> None:
    org = await world.organisation("北京示范大学", OrganisationKind.university)
    member = await world.member(org, {Role.inventor})
    actor = await tx.run(service.resolve_actor, await world.token(member))
    assert actor == member
    assert actor.verified
    assert actor.organisation_name == "北京示范大学"
