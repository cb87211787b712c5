"""People: sign-up, login, sessions, roles on the platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.accounts import passwords, rules, service
from app.accounts.errors import (
    IdentifierTaken,
    OrganisationMissing,
    PersonMissing,
    TooManyAttempts,
    WrongCredentials,
)
from app.accounts.jobs import sweep_attempt_counters, sweep_sessions
from app.accounts.types import OrganisationKind, Role
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of, password_hash

MOBILE = service.parse_identifier("13800000000")


async def read_all(uow: UnitOfWork) -> str:
    """Everything that is written down about logins, counters, sessions and decisions."""
    found = await uow.session.execute(
        text(
            "SELECT string_agg(line, ' ') FROM ("
            " SELECT to_jsonb(a)::text AS line FROM audit_entry a"
            " UNION ALL SELECT to_jsonb(c)::text FROM attempt_counter c"
            " UNION ALL SELECT to_jsonb(s)::text FROM login_session s"
            " UNION ALL SELECT to_jsonb(f)::text FROM fact f) AS lines"
        )
    )
    return str(found.scalar_one())


async def test_sign_up_makes_one_person_with_one_login_and_one_line(tx: Tx, world: World) -> None:
    person_id = await tx.run(
        service.sign_up, name=" 张  三 ", identifier=MOBILE, password_hash=password_hash()
    )
    assert person_id is not None
    assert await tx.run(service.get_person_names, ids=[person_id]) == {person_id: "张 三"}
    assert await world.count("login", person_id=person_id, kind="mobile", value="13800000000") == 1
    assert await world.count("audit_entry", action="accounts.sign_up", subject_id=person_id) == 1


async def test_a_taken_identifier_leaves_only_an_audit_line(tx: Tx, world: World) -> None:
    owner = await world.person(identifier="13800000000")
    again = await tx.run(service.sign_up, name="冒名", identifier=MOBILE, password_hash="$another")
    assert again is None
    assert [await world.count(table) for table in ("party", "person", "login")] == [1, 1, 1]
    assert await world.count("login", password_hash=password_hash()) == 1
    lines = {"action": "accounts.sign_up_again", "subject_id": id_of(owner)}
    assert await world.count("audit_entry", **lines) == 1


async def test_sign_ups_of_one_address_are_limited_before_they_cost_anything(
    tx: Tx, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(rules.SIGN_UP_BY_ADDRESS.hits):
        await tx.run(service.begin_sign_up, address=f"2001:db8::{number}")

    def hash_nothing(_: str) -> str:
        raise AssertionError("hashed before the limit was asked")

    monkeypatch.setattr(passwords, "hash_password", hash_nothing)
    with pytest.raises(TooManyAttempts):
        await service.register(
            tx,
            name="甲",
            identifier="13800000000",
            password=PASSWORD,
            consent=True,
            asking=service.Asking("2001:db8::ff", "zh-CN", "http://market.test"),
        )
    assert await world.count("person") == 0


async def test_an_administrator_is_made_at_the_command_line(tx: Tx, world: World) -> None:
    person_id = await tx.run(
        service.create_administrator,
        name="管理员",
        identifier="Admin@Example.com",
        password_hash=password_hash(),
    )
    assert await world.count("platform_role", person_id=person_id, role="administrator") == 1
    with pytest.raises(IdentifierTaken):
        await tx.run(
            service.create_administrator,
            name="另一人",
            identifier="admin@example.com",
            password_hash="$hash",
        )
    assert await world.count("person") == 1
    assert await world.count("platform_role") == 1


async def test_nothing_written_tells_a_password_a_token_or_an_identifier(
    tx: Tx, world: World
) -> None:
    await world.person(identifier="13800000000")
    token = await service.enter(
        tx, identifier="13800000000", password=PASSWORD, address="192.0.2.77"
    )
    for password in ("wrong-password-1", PASSWORD + "2"):
        with pytest.raises(WrongCredentials):
            await service.enter(
                tx, identifier="13800000000", password=password, address="192.0.2.77"
            )
    written = await tx.run(read_all)
    for secret in (token, PASSWORD, "wrong-password-1", "13800000000", "192.0.2.77", "argon2"):
        assert secret not in written


async def test_success_forgives_its_own_attempts_only(tx: Tx, world: World) -> None:
    person = await world.person(identifier="13800000000")
    other = service.parse_identifier("other@example.com")
    for identifier in (MOBILE, MOBILE, other):
        await tx.run(service.begin_login, identifier=identifier, address="192.0.2.1")
    await tx.run(service.log_in, person_id=id_of(person), identifier=MOBILE, address="192.0.2.1")
    counters = "attempt_counter"
    assert await world.count(counters, kind="login:identifier", hits=0) == 1
    assert await world.count(counters, kind="login:identifier", hits=1) == 1
    assert await world.count(counters, kind="login:address", hits=2) == 1


async def test_attempts_at_unknown_accounts_are_limited_alike(
    tx: Tx, world: World, clock: Clock
) -> None:
    for number in range(rules.LOGIN_BY_IDENTIFIER.hits):
        known = await tx.run(service.begin_login, identifier=MOBILE, address=f"192.0.2.{number}")
        assert (known.person_id, known.password_hash) == (None, None)
    with pytest.raises(TooManyAttempts) as refused:
        await tx.run(service.begin_login, identifier=MOBILE, address="192.0.2.200")
    assert 0 < refused.value.facts["retry_after_s"] <= 900
    assert await world.count("attempt_counter", hits=rules.LOGIN_BY_IDENTIFIER.hits) == 1
    await clock.advance(minutes=15)
    await tx.run(service.begin_login, identifier=MOBILE, address="192.0.2.200")


async def test_a_session_knows_the_person_his_organisation_and_his_roles(
    tx: Tx, world: World
) -> None:
    org = await world.organisation("北京示范大学", OrganisationKind.university)
    member = await world.member(org, {Role.inventor})
    await tx.run(
        service.grant_platform_role, actor=SYSTEM, person_id=id_of(member), role=Role.broker
    )
    actor = await tx.run(service.resolve_actor, await world.token(member))
    assert actor == replace(member, roles=frozenset({"inventor", "broker"}))
    assert actor.verified
    assert actor.organisation_name == "北京示范大学"


async def test_a_login_acts_for_the_organisation_joined_first(tx: Tx, world: World) -> None:
    first = await world.organisation("先加入")
    await world.organisation("后加入", head=first.head)
    token = await tx.run(service.log_in, person_id=id_of(first.head))
    assert (await tx.run(service.resolve_actor, token)).organisation_name == "先加入"


async def test_unknown_and_ended_tokens_are_strangers(tx: Tx, world: World) -> None:
    token = await world.token(await world.person())
    assert (await tx.run(service.resolve_actor, "unknown")) == Actor.stranger()
    await tx.run(service.log_out, token=token)
    await tx.run(service.log_out, token=token)
    assert (await tx.run(service.resolve_actor, token)) == Actor.stranger()
    assert await world.count("audit_entry", action="accounts.log_out") == 1


async def test_a_session_ends_twelve_hours_after_its_last_use(
    tx: Tx, world: World, clock: Clock
) -> None:
    token = await world.token(await world.person())
    for _ in range(3):
        await clock.advance(hours=11, minutes=59)
        assert (await tx.run(service.resolve_actor, token)).signed_in
    await clock.advance(hours=12)
    assert not (await tx.run(service.resolve_actor, token)).signed_in


async def test_a_session_ends_after_seven_days_however_much_it_is_used(
    tx: Tx, world: World, clock: Clock
) -> None:
    token = await world.token(await world.person())
    for _ in range(16):
        await clock.advance(hours=10)
        assert (await tx.run(service.resolve_actor, token)).signed_in
    await clock.advance(hours=8)
    assert not (await tx.run(service.resolve_actor, token)).signed_in


async def test_the_last_use_is_written_every_five_minutes_only(
    tx: Tx, world: World, clock: Clock
) -> None:
    async def last_seen(uow: UnitOfWork) -> timedelta:
        found = await uow.session.execute(
            text("SELECT last_seen_at - created_at FROM login_session")
        )
        return found.scalar_one()  # type: ignore[no-any-return]

    token = await world.token(await world.person())
    await clock.advance(minutes=4)
    await tx.run(service.resolve_actor, token)
    assert await tx.run(last_seen) == timedelta(0)
    await clock.advance(minutes=2)
    await tx.run(service.resolve_actor, token)
    assert await tx.run(last_seen) >= timedelta(minutes=6)


async def test_acting_for_a_foreign_organisation_is_refused_and_changes_nothing(
    tx: Tx, world: World
) -> None:
    org, foreign = await world.organisation(), await world.organisation()
    token = await world.token(org.head)
    for wrong in (foreign.id, uuid4()):
        with pytest.raises(OrganisationMissing):
            await tx.run(service.act_for, actor=org.head, token=token, organisation_id=wrong)
    with pytest.raises(OrganisationMissing):  # a session of somebody else
        await tx.run(service.act_for, actor=foreign.head, token=token, organisation_id=foreign.id)
    with pytest.raises(Unauthenticated):
        await tx.run(service.act_for, actor=world.stranger, token=token, organisation_id=None)
    assert (await tx.run(service.resolve_actor, token)).organisation_id == org.id


async def test_a_supervisor_rests_from_his_other_roles(tx: Tx, world: World) -> None:
    org = await world.organisation()
    head = org.head
    grant: dict[str, Any] = {"actor": SYSTEM, "person_id": id_of(head), "role": Role.supervisor}
    token = await world.token(head)
    await tx.run(service.grant_platform_role, **grant)
    actor = await tx.run(service.resolve_actor, token)
    assert (actor.roles, actor.organisation_id, actor.verified) == (
        frozenset({"supervisor"}),
        None,
        False,
    )
    assert await tx.run(service.list_memberships, actor=actor) == []
    with pytest.raises(Forbidden):
        await tx.run(service.join_organisation, actor=actor, code="0000")
    await tx.run(service.revoke_platform_role, **grant)
    assert (await tx.run(service.resolve_actor, token)).organisation_id == org.id


async def test_roles_are_given_by_administrators_only(tx: Tx, world: World) -> None:
    someone = await world.person(identifier="13800000000")
    operator = await world.operator()
    roles = await world.count("platform_role")
    for actor, refusal in ((operator, Forbidden), (world.stranger, Unauthenticated)):
        for verb in (service.grant_platform_role, service.revoke_platform_role):
            with pytest.raises(refusal):
                await tx.run(verb, actor=actor, person_id=id_of(someone), role=Role.publisher)
        with pytest.raises(refusal):
            await tx.run(service.find_person, actor=actor, identifier="13800000000")
        with pytest.raises(refusal):
            await tx.run(service.list_role_holders, actor=actor)
    admin = await world.person("管理", platform={Role.administrator})
    with pytest.raises(Invalid):
        await tx.run(
            service.grant_platform_role, actor=admin, person_id=id_of(someone), role=Role.head
        )
    with pytest.raises(PersonMissing):
        await tx.run(
            service.grant_platform_role, actor=admin, person_id=uuid4(), role=Role.operator
        )
    assert await world.count("platform_role") == roles + 1
    found = await tx.run(service.find_person, actor=admin, identifier="138 0000 0000")
    for _ in range(2):
        await tx.run(service.grant_platform_role, actor=admin, person_id=found, role=Role.publisher)
    assert await world.count("audit_entry", action="accounts.grant_platform_role") == roles + 2
    holders = await tx.run(service.list_role_holders, actor=admin)
    assert {(one.identifier, *one.roles) for one in holders} >= {("138****0000", "publisher")}


async def test_ended_sessions_and_old_windows_are_swept(tx: Tx, world: World, clock: Clock) -> None:
    await world.token(await world.person())
    await tx.run(service.begin_login, identifier=MOBILE, address="192.0.2.1")
    assert await tx.run(sweep_sessions) == 0
    assert await tx.run(sweep_attempt_counters) == 0
    await clock.advance(days=7)
    assert await tx.run(sweep_attempt_counters, limit=1) == 1
    assert await tx.run(sweep_attempt_counters) == 1
    assert await tx.run(sweep_sessions) == 1
    assert await world.count("login_session") == 0
