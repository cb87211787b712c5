"""What accounts promises when two do it at once, on real connections with real commits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from app.accounts import people, rules, service
from app.accounts.errors import (
    CodeTaken,
    InvitationMissing,
    LastHead,
    NotUnderReview,
    TooManyAttempts,
)
from app.accounts.types import OrganisationKind, Role
from app.core.tx import Tx, UnitOfWork
from tests.races.rivals import wait_for_waiters
from tests.world import World
from tests.worlds.accounts import credit_code, id_of, password_hash

MOBILE = service.parse_identifier("13800000000")


def together(verb: Callable[..., Awaitable[Any]], rivals: int) -> Callable[..., Awaitable[Any]]:
    """The verb, but its first ``rivals`` runs have all begun before any of them goes on."""
    met, runs = asyncio.Barrier(rivals), 0

    async def run(uow: UnitOfWork, **kwargs: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs <= rivals:
            await uow.session.execute(text("SELECT 1"))  # its snapshot's transaction is open
            await met.wait()
        return await verb(uow, **kwargs)

    return run


async def results_of(*rivals: Awaitable[Any]) -> list[Any]:
    """What each rival got: a value, or the class of its refusal."""
    found = await asyncio.gather(*rivals, return_exceptions=True)
    return [type(one) if isinstance(one, BaseException) else one for one in found]


async def in_turn(tx: Tx, database: str, first: Any, second: Any) -> list[Any]:
    """What two parts of verbs give when the first keeps its locks until the second waits."""
    began, go_on = asyncio.Event(), asyncio.Event()

    async def lead(uow: UnitOfWork) -> Any:
        result = await first(uow)
        began.set()
        await go_on.wait()
        return result

    leading = asyncio.create_task(tx.run(lead))
    await began.wait()
    following = asyncio.create_task(tx.run(second))
    try:
        await wait_for_waiters(database, 1)
    finally:
        go_on.set()
        found = await results_of(leading, following)
    return found


async def test_two_sign_ups_with_one_identifier_make_one_account(
    real_tx: Tx, real_world: World
) -> None:
    verb = together(service.sign_up, 6)
    found = await results_of(
        *(
            real_tx.run(verb, name="抢注", identifier=MOBILE, password_hash=password_hash())
            for _ in range(6)
        )
    )
    assert sum(one is not None for one in found) == 1
    assert [await real_world.count(table) for table in ("party", "person", "login")] == [1, 1, 1]
    assert await real_world.count("audit_entry", action="accounts.sign_up_again") == 5


async def test_rivals_share_one_limit_of_login_attempts(real_tx: Tx, real_world: World) -> None:
    limit = rules.LOGIN_BY_IDENTIFIER.hits
    verb = together(service.begin_login, limit + 6)
    found = await results_of(
        *(
            real_tx.run(verb, identifier=MOBILE, address=f"192.0.2.{number}")
            for number in range(limit + 6)
        )
    )
    assert found.count(TooManyAttempts) == 6
    assert await real_world.count("attempt_counter", kind="login:identifier", hits=limit) == 1


async def test_two_operators_decide_once(real_tx: Tx, real_world: World) -> None:
    org = await real_world.organisation(verified=False)
    await real_tx.run(service.submit_verification, actor=org.head, organisation_id=org.id)
    first, second = await real_world.operator(), await real_world.operator()
    met = asyncio.Barrier(2)

    async def decide(uow: UnitOfWork, *, verify: bool) -> Any:
        await uow.session.execute(text("SELECT 1"))
        await met.wait()
        if verify:
            return await service.verify_organisation(uow, actor=first, organisation_id=org.id)
        return await service.return_organisation(
            uow, actor=second, organisation_id=org.id, reason="名称不符"
        )

    found = await results_of(real_tx.run(decide, verify=True), real_tx.run(decide, verify=False))
    assert found.count(NotUnderReview) == 1
    verified = await real_world.count("organisation", state="verified")
    returned = await real_world.count("organisation", state="returned")
    assert verified + returned == 1
    assert await real_world.count("fact", topic="accounts.organisation_verified.v1") == verified


async def test_two_claims_to_one_code_are_verified_at_once_and_one_wins(
    real_tx: Tx, real_world: World
) -> None:
    code, claims = credit_code(), []
    for name in ("甲申请", "乙申请"):
        founder = await real_world.person(name)
        view = await real_tx.run(
            service.found_organisation,
            actor=founder,
            name=name,
            kind=OrganisationKind.enterprise,
            credit_code=code,
            region="北京市",
            key="claim-0001",
        )
        head = replace(founder, organisation_id=view.id, roles=frozenset({"head"}))
        await real_tx.run(service.submit_verification, actor=head, organisation_id=view.id)
        claims.append(view.id)
    operator = await real_world.operator()
    verb = together(service.verify_organisation, 2)
    found = await results_of(
        *(real_tx.run(verb, actor=operator, organisation_id=claim) for claim in claims)
    )
    assert found.count(CodeTaken) == 1
    assert await real_world.count("organisation", credit_code=code, state="verified") == 1


async def test_one_code_lets_one_of_two_in(real_tx: Tx, real_world: World) -> None:
    org = await real_world.organisation()
    invitation = await real_tx.run(
        service.invite_member,
        actor=org.head,
        organisation_id=org.id,
        roles={Role.agent},
        key="invite-0001",
    )
    rivals = [await real_world.person("甲"), await real_world.person("乙")]
    verb = together(service.join_organisation, 2)
    found = await results_of(
        *(real_tx.run(verb, actor=rival, code=invitation.code) for rival in rivals)
    )
    assert found.count(InvitationMissing) == 1
    assert await real_world.count("membership", organisation_id=org.id) == 2


async def test_two_heads_cannot_remove_each_other_at_once(real_tx: Tx, real_world: World) -> None:
    org = await real_world.organisation()
    other = await real_world.member(org, {Role.head})
    verb = together(service.remove_member, 2)
    found = await results_of(
        *(
            real_tx.run(verb, actor=actor, organisation_id=org.id, person_id=id_of(victim))
            for actor, victim in ((org.head, other), (other, org.head))
        )
    )
    assert found.count(LastHead) == 1
    assert await real_world.count("membership", organisation_id=org.id, state="active") == 1


async def test_one_key_founds_one_organisation(real_tx: Tx, real_world: World) -> None:
    founder = await real_world.person()
    verb = together(service.found_organisation, 4)
    found = await results_of(
        *(
            real_tx.run(
                verb,
                actor=founder,
                name="同一单位",
                kind=OrganisationKind.institute,
                credit_code="91110000600037341L",
                region="北京市",
                key="same-key-01",
            )
            for _ in range(4)
        )
    )
    assert len({view.id for view in found}) == 1
    assert await real_world.count("organisation") == 1
    assert await real_world.count("membership") == 1


async def test_requests_of_one_session_do_not_hold_each_other_up(
    real_tx: Tx, real_world: World
) -> None:
    """The last use is written by whoever comes first; the others still see the session."""
    token = await real_world.token(await real_world.person())

    async def make_stale(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("UPDATE login_session SET last_seen_at = market_now() - interval '1 hour'")
        )

    await real_tx.run(make_stale)
    verb = together(resolve, 8)
    found = await results_of(*(real_tx.run(verb, token=token) for _ in range(8)))
    assert all(actor.signed_in for actor in found)


async def resolve(uow: UnitOfWork, *, token: str) -> Any:
    return await people.resolve_actor(uow, token)
