"""Codes that go to an address and come back: sign-up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.accounts import proof_rules, service
from app.accounts.errors import (
    CodeSpent,
    IdentifierTaken,
    ProofMissing,
    TooManyAttempts,
    WrongCredentials,
)
from app.accounts.jobs import sweep_proofs
from app.accounts.types import ProofPurpose
from app.core.errors import Invalid
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.integration.accounts.codes import ASKING, confirm, enter, other_than, refused, sign_up
from tests.integration.accounts.test_people import read_all
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of
from tests.worlds.letters import last_code, last_link, read_letters


async def test_an_account_exists_once_its_code_has_come_back(tx: Tx, world: World) -> None:
    handle = await sign_up(tx, " New@Example.com ")
    assert [await world.count(table) for table in ("person", "login", "login_session")] == [0] * 3
    await refused(lambda: enter(tx, "new@example.com"), WrongCredentials)
    token = await confirm(tx, handle, await last_code(tx))
    actor = await tx.run(service.resolve_actor, token)
    assert actor.name == "陈新"
    account = await tx.run(service.show_account, actor=actor, token=token)
    assert [(one.value, one.proved) for one in account.logins] == [("new@example.com", True)]
    assert account.consent_version == service.PRIVACY_VERSION
    assert account.consented_at is not None
    assert await world.count("address_proof") == 0
    await enter(tx, "new@example.com")


async def test_whoever_signs_up_in_english_is_written_to_in_english(tx: Tx, world: World) -> None:
    asking = service.Asking("192.0.2.1", "en", "http://market.test")
    handle = await sign_up(tx, asking=asking)
    await confirm(tx, handle, await last_code(tx))
    assert await world.count("inbox_preference", language="en", mail="daily") == 1
    await sign_up(tx, "another@example.com")
    assert await world.count("dispatch", language="en") == 1


async def test_wrong_codes_are_counted_and_the_sixth_is_not_looked_at(tx: Tx, world: World) -> None:
    handle = await sign_up(tx)
    code = await last_code(tx)
    for _ in range(proof_rules.ATTEMPTS):
        await refused(lambda: confirm(tx, handle, other_than(code)), Invalid)
    await refused(lambda: confirm(tx, handle, code), CodeSpent)
    assert await world.count("person") == 0
    assert await world.count("address_proof", attempts=proof_rules.ATTEMPTS) == 1


async def test_a_code_is_worth_nothing_in_another_browser_later_or_twice(
    tx: Tx, world: World, clock: Clock
) -> None:
    handle = await sign_up(tx)
    code = await last_code(tx)
    other = await sign_up(tx, "another@example.com")
    await refused(lambda: confirm(tx, other, code), Invalid)
    await refused(lambda: confirm(tx, "planted", code), ProofMissing)
    assert await world.count("person") == 0
    await confirm(tx, handle, code)
    await refused(lambda: confirm(tx, handle, code), ProofMissing)
    await clock.advance(minutes=10)
    await refused(lambda: confirm(tx, other, "000000"), ProofMissing)
    assert await world.count("person") == 1


async def test_whoever_types_a_stranger_address_in_gains_nothing_by_the_link(tx: Tx) -> None:
    """The letter's link holds the code, not the handle: the stranger's browser has none."""
    await sign_up(tx, "victim@example.com", password="attacker-knows-it")
    assert (await last_link(tx)).startswith("/signup/code?code=")
    code = await last_code(tx)
    await refused(lambda: confirm(tx, "", code), ProofMissing)


async def test_a_taken_address_gets_a_letter_and_keeps_its_account(tx: Tx, world: World) -> None:
    owner = await world.person("原主", identifier="owner@example.com")
    handle = await sign_up(tx, "owner@example.com", password="another-secret")
    assert "已有账号" in (await read_letters(tx))[-1]
    shown = await tx.run(service.show_proof, handle=handle, purpose=ProofPurpose.sign_up)
    assert shown is not None
    assert shown.identifier == "o***@example.com"
    for guess in ("000000", "123456"):
        await refused(lambda guess=guess: confirm(tx, handle, guess), Invalid)  # type: ignore[misc]
    lines = {"action": "accounts.sign_up_again", "subject_id": id_of(owner)}
    assert await world.count("audit_entry", **lines) == 1
    assert await world.count("person") == 1
    await enter(tx, "owner@example.com")


async def test_a_new_code_makes_the_old_one_worthless(tx: Tx, world: World, clock: Clock) -> None:
    handle = await sign_up(tx)
    first = await last_code(tx)
    again: dict[str, Any] = {"handle": handle, "purpose": ProofPurpose.sign_up, "asking": ASKING}
    with pytest.raises(TooManyAttempts):
        await tx.run(service.send_again, **again)
    assert len(await read_letters(tx)) == 1
    await clock.advance(seconds=60)
    await tx.run(service.send_again, **again)
    second = await last_code(tx)
    if first != second:
        await refused(lambda: confirm(tx, handle, first), Invalid)
    await confirm(tx, handle, second)
    assert await world.count("person") == 1


async def test_a_code_sent_again_lives_as_long_as_the_first(
    tx: Tx, world: World, clock: Clock
) -> None:
    handle = await sign_up(tx)
    await clock.advance(minutes=9)
    await tx.run(service.send_again, handle=handle, purpose=ProofPurpose.sign_up, asking=ASKING)
    await clock.advance(minutes=9)
    await confirm(tx, handle, await last_code(tx))
    assert await world.count("person") == 1


async def test_an_address_taken_meanwhile_is_told_to_whoever_proved_it(
    tx: Tx, world: World
) -> None:
    handle = await sign_up(tx, "same@example.com")
    code = await last_code(tx)
    await world.person(identifier="same@example.com")
    await refused(lambda: confirm(tx, handle, code), IdentifierTaken)
    assert await world.count("person") == 1


async def test_nothing_written_tells_a_code_a_handle_or_a_link(tx: Tx, world: World) -> None:
    handle = await sign_up(tx, "13800000000")
    code = await last_code(tx)
    await confirm(tx, handle, code)
    mail = await service.forget_password(tx, identifier="who@example.com", asking=ASKING)

    async def read_proofs(uow: UnitOfWork) -> str:
        found = await uow.session.execute(
            text("SELECT string_agg(to_jsonb(p)::text, ' ') FROM address_proof p")
        )
        return str(found.scalar_one())

    written = await tx.run(read_all) + await tx.run(read_proofs)
    for secret in (handle, mail, code.join("::"), PASSWORD, "13800000000", "192.0.2.1"):
        assert secret not in written
    assert f'"{code}"' not in written


async def test_codes_that_never_came_back_are_swept_with_their_addresses(
    tx: Tx, world: World, clock: Clock
) -> None:
    await sign_up(tx)
    assert await tx.run(sweep_proofs) == 0
    await clock.advance(minutes=10)
    assert await tx.run(sweep_proofs) == 1
    assert await world.count("address_proof") == 0
