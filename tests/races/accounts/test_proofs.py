"""Rivals for one code, one address, and the end of an account, with real commits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from app.accounts import erasing, own, proofs, service
from app.accounts.errors import (
    AccountMoved,
    CodeSpent,
    IdentifierTaken,
    LastHead,
    LastLogin,
    PersonMissing,
    ProofMissing,
    StillObliged,
)
from app.accounts.proof_rules import ATTEMPTS
from app.accounts.types import Role
from app.core.actor import Actor
from app.core.errors import Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.personal import PERSONAL
from tests.races.accounts.test_rivals import in_turn, results_of, together
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of, password_hash
from tests.worlds.letters import last_code

ASKING = service.Asking("192.0.2.1", "zh-CN", "http://market.test")


async def begin(tx: Tx, identifier: str) -> tuple[str, str]:
    """The handle and the code of a sign-up."""
    handle = await service.register(
        tx, name="陈新", identifier=identifier, password=PASSWORD, consent=True, asking=ASKING
    )
    return handle, await last_code(tx)


async def test_two_proofs_of_one_code_make_one_account(real_tx: Tx, real_world: World) -> None:
    handle, code = await begin(real_tx, "one@example.com")
    verb = together(proofs.finish_sign_up, 4)
    found = await results_of(
        *(
            real_tx.run(verb, handle=handle, code=code, address=f"192.0.2.{number}")
            for number in range(4)
        )
    )
    assert found.count(ProofMissing) == 3
    assert [await real_world.count(table) for table in ("person", "login")] == [1, 1]


async def test_two_sign_ups_of_one_address_make_one_account(real_tx: Tx, real_world: World) -> None:
    first, second = [await begin(real_tx, "one@example.com") for _ in range(2)]
    verb = together(proofs.finish_sign_up, 2)
    found = await results_of(
        *(
            real_tx.run(verb, handle=handle, code=code, address=f"192.0.2.{number}")
            for number, (handle, code) in enumerate((first, second))
        )
    )
    assert found.count(IdentifierTaken) == 1
    assert [await real_world.count(table) for table in ("person", "login")] == [1, 1]


async def test_rivals_share_the_five_tries(real_tx: Tx, real_world: World) -> None:
    handle, code = await begin(real_tx, "one@example.com")
    wrong = "000000" if code != "000000" else "111111"
    verb = together(proofs.finish_sign_up, 9)
    found = await results_of(
        *(
            real_tx.run(verb, handle=handle, code=wrong, address=f"192.0.2.{number}")
            for number in range(9)
        )
    )
    assert (found.count(None), found.count(CodeSpent)) == (ATTEMPTS, 9 - ATTEMPTS)
    assert await real_world.count("address_proof", attempts=ATTEMPTS) == 1


async def test_two_removals_leave_one_way_in(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person(identifier="one@example.com")

    async def add_second(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text(
                "INSERT INTO login (id, person_id, kind, value, password_hash, created_at)"
                " VALUES (gen_random_uuid(), :person, 'mobile', '13800000000', :hash,"
                " market_now())"
            ),
            {"person": id_of(person), "hash": password_hash()},
        )

    await real_tx.run(add_second)
    account = await real_tx.run(service.show_account, actor=person, token="")
    verb = together(own.remove_login, 2)
    found = await results_of(
        *(
            real_tx.run(verb, actor=person, login_id=login.id, locale="zh-CN")
            for login in account.logins
        )
    )
    assert found.count(LastLogin) == 1
    assert await real_world.count("login", person_id=id_of(person)) == 1


async def test_a_head_who_leaves_and_one_who_is_removed_leave_a_head(
    real_tx: Tx, real_world: World
) -> None:
    org = await real_world.organisation()
    other = await real_world.member(org, {Role.head})
    await real_world.member(org, {Role.agent}, name="同事")
    met = asyncio.Barrier(2)

    async def leave(uow: UnitOfWork) -> None:
        await uow.session.execute(text("SELECT 1"))
        await met.wait()
        await erasing.delete_account(uow, actor=org.head, rooms=PERSONAL, locale="zh-CN")

    async def remove(uow: UnitOfWork) -> None:
        await uow.session.execute(text("SELECT 1"))
        await met.wait()
        await service.remove_member(
            uow, actor=org.head, organisation_id=org.id, person_id=id_of(other)
        )

    found = await results_of(real_tx.run(leave), real_tx.run(remove))
    assert found.count(None) == 1, found
    assert {StillObliged, LastHead} & set(found) or Unauthenticated in found
    heads = await real_tx.run(_count_heads, organisation_id=org.id)
    assert heads == 1


async def _count_heads(uow: UnitOfWork, *, organisation_id: object) -> int:
    found = await uow.session.execute(
        text(
            "SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id"
            " WHERE m.organisation_id = :id AND m.state = 'active' AND 'head' = ANY(m.roles)"
            " AND p.deleted_at IS NULL"
        ),
        {"id": organisation_id},
    )
    return int(found.scalar_one())


@pytest.mark.parametrize("first", ["join", "delete"])
async def test_nobody_joins_while_he_leaves(
    real_tx: Tx, real_database: str, real_world: World, first: str
) -> None:
    """Whoever holds the person's row first is done first; the other sees what he did."""
    org = await real_world.organisation()
    person = await real_world.person("两难")
    invitation = await real_tx.run(
        service.invite_member,
        actor=org.head,
        organisation_id=org.id,
        roles={Role.head},
        key="invite-0001",
    )

    async def act(uow: UnitOfWork, what: str) -> Any:
        if what == "join":
            return await service.join_organisation(uow, actor=person, code=invitation.code)
        return await erasing.delete_account(uow, actor=person, rooms=PERSONAL, locale="zh-CN")

    second = "delete" if first == "join" else "join"
    found = await in_turn(
        real_tx, real_database, partial(act, what=first), partial(act, what=second)
    )
    if first == "join":
        assert found[1] is AccountMoved
        assert await real_world.count("membership", person_id=id_of(person), state="active") == 1
    else:
        assert found[1] is PersonMissing
        assert await real_world.count("membership", person_id=id_of(person)) == 0


async def test_a_removed_persons_login_does_not_come_back(real_tx: Tx, real_world: World) -> None:
    """A login whose password was right a moment ago, and a deletion: no session is left."""
    person = await real_world.person()
    actor: Actor = replace(person)
    leaving = together(erasing.delete_account, 1)
    found = await results_of(
        real_tx.run(leaving, actor=actor, rooms=PERSONAL, locale="zh-CN"),
        real_tx.run(service.log_in, person_id=id_of(person)),
    )
    assert found[0] is None
    assert await real_world.count("login_session", person_id=id_of(person)) == 0
