"""Forgotten passwords: set anew by a code or by a mailed link."""

from __future__ import annotations

import pytest

from app.accounts import proof_rules, service
from app.accounts.errors import (
    ProofMissing,
    TooManyAttempts,
    WrongCredentials,
)
from app.accounts.types import ProofPurpose
from app.core.errors import Invalid, InvalidToken
from app.core.tx import Tx
from tests.conftest import Clock
from tests.integration.accounts.codes import ASKING, enter, other_than, refused, sign_up
from tests.world import World
from tests.worlds.accounts import password_hash
from tests.worlds.letters import last_code, last_link, read_letters

NEW = "新密码-2026-安全"


async def _reset(
    tx: Tx, *, handle: str = "", code: str = "", link: str = "", password: str = NEW
) -> None:
    await service.reset_password(
        tx, handle=handle, code=code, link=link, password=password, address="192.0.2.1"
    )


async def test_letters_are_limited_per_address_of_a_letter(tx: Tx, world: World) -> None:
    for number in range(proof_rules.LETTERS_BY_IDENTIFIER.hits):
        asking = service.Asking(f"192.0.2.{number}", "zh-CN", "http://market.test")
        await service.forget_password(tx, identifier="13800000000", asking=asking)
    with pytest.raises(TooManyAttempts):
        await service.forget_password(tx, identifier="13800000000", asking=ASKING)
    with pytest.raises(TooManyAttempts):
        await sign_up(tx, "138 0000 0000")
    assert len(await read_letters(tx)) == proof_rules.LETTERS_BY_IDENTIFIER.hits
    assert await world.count("address_proof") == proof_rules.LETTERS_BY_IDENTIFIER.hits


async def test_guesses_at_one_address_are_limited_over_all_its_codes(tx: Tx, world: World) -> None:
    await world.person(identifier="13800000000")
    letters = proof_rules.CODES_BY_IDENTIFIER.hits // proof_rules.ATTEMPTS
    for _ in range(letters):
        handle = await service.forget_password(tx, identifier="13800000000", asking=ASKING)
        wrong = other_than(await last_code(tx))
        for _ in range(proof_rules.ATTEMPTS):
            with pytest.raises(Invalid):
                await _reset(tx, handle=handle, code=wrong)
    handle = await service.forget_password(tx, identifier="13800000000", asking=ASKING)
    code = await last_code(tx)
    with pytest.raises(TooManyAttempts):
        await _reset(tx, handle=handle, code=code)
    assert await world.count("login", password_hash=password_hash()) == 1


async def test_a_forgotten_password_is_set_by_code_and_ends_every_session(
    tx: Tx, world: World
) -> None:
    person = await world.person(identifier="13800000000")
    tokens = [await world.token(person) for _ in range(2)]
    program = await tx.run(
        service.create_token,
        actor=person,
        name="科研系统",
        scopes=["accounts:read"],
        organisation_id=None,
        days=30,
        key="token-0001",
    )
    secret = program.secret
    assert secret is not None
    handle = await service.forget_password(tx, identifier="13800000000", asking=ASKING)
    code = await last_code(tx)
    await refused(lambda: _reset(tx, handle=handle, code=other_than(code)), Invalid)
    await refused(lambda: _reset(tx, handle=handle, code=code, password="short"), Invalid)
    assert (await tx.run(service.resolve_actor, tokens[0])).signed_in
    await _reset(tx, handle=handle, code=code)
    for token in tokens:
        assert not (await tx.run(service.resolve_actor, token)).signed_in
    await refused(lambda: tx.run(service.resolve_token, secret), InvalidToken)
    assert "访问令牌已全部撤销" in (await read_letters(tx))[-1]
    await refused(lambda: enter(tx, "13800000000"), WrongCredentials)
    await enter(tx, "13800000000", NEW)
    await refused(lambda: _reset(tx, handle=handle, code=code), ProofMissing)
    assert await world.count("audit_entry", action="accounts.reset_password") == 1


async def test_a_mailed_link_sets_a_password_once_and_from_any_browser(
    tx: Tx, world: World, clock: Clock
) -> None:
    await world.person(identifier="who@example.com")
    for _ in range(2):
        await service.forget_password(tx, identifier="who@example.com", asking=ASKING)
    link = (await last_link(tx)).partition("token=")[2]
    await refused(lambda: _reset(tx, link="guessed"), ProofMissing)
    await _reset(tx, link=link)
    await enter(tx, "who@example.com", NEW)
    await refused(lambda: _reset(tx, link=link, password="another-secret-2"), ProofMissing)
    assert await world.count("address_proof") == 0  # the other request is worthless as well
    await service.forget_password(tx, identifier="who@example.com", asking=ASKING)
    link = (await last_link(tx)).partition("token=")[2]
    await clock.advance(minutes=10)
    await refused(lambda: _reset(tx, link=link), ProofMissing)
    await enter(tx, "who@example.com", NEW)


async def test_a_new_password_is_not_made_of_ones_names(tx: Tx, world: World) -> None:
    """Asked after the code has come back, or the refusal would tell a stranger the names."""
    person = await world.person("欧阳建国", identifier="who@example.com")
    handle = await service.forget_password(tx, identifier="who@example.com", asking=ASKING)
    code = await last_code(tx)
    telling = "欧阳建国2026"
    guessed = await refused(
        lambda: _reset(tx, handle=handle, code=other_than(code), password=telling), Invalid
    )
    assert [fault.field for fault in guessed.errors] == ["code"]
    named = await refused(lambda: _reset(tx, handle=handle, code=code, password=telling), Invalid)
    assert [fault.field for fault in named.errors] == ["password"]
    await _reset(tx, handle=handle, code=code)
    token = await world.token(person)
    with pytest.raises(Invalid) as own:
        await service.change_password(
            tx, actor=person, token=token, password=NEW, new_password="who-" + telling
        )
    assert [fault.field for fault in own.value.errors] == ["new_password"]


async def test_a_reset_lets_in_whoever_was_locked_out_by_guesses(tx: Tx, world: World) -> None:
    await world.person(identifier="who@example.com")
    identifier = service.parse_identifier("who@example.com")
    for number in range(10):
        await tx.run(service.begin_login, identifier=identifier, address=f"192.0.2.{number}")
    await refused(lambda: enter(tx, "who@example.com"), TooManyAttempts)
    handle = await service.forget_password(tx, identifier="who@example.com", asking=ASKING)
    await _reset(tx, handle=handle, code=await last_code(tx))
    await enter(tx, "who@example.com", NEW)


async def test_an_unknown_address_is_answered_like_a_known_one(tx: Tx, world: World) -> None:
    await world.person(identifier="known@example.com")
    shown = []
    for identifier in ("known@example.com", "knows@example.com"):
        handle = await service.forget_password(tx, identifier=identifier, asking=ASKING)
        shown.append(await tx.run(service.show_proof, handle=handle, purpose=ProofPurpose.reset))
        with pytest.raises(Invalid):
            await _reset(tx, handle=handle, code=other_than("123456"))
    first, second = shown
    assert first is not None
    assert second is not None
    assert (first.identifier, first.may_resend) == (second.identifier, second.may_resend)
    assert "还没有账号" in (await read_letters(tx))[-1]
    assert await world.count("address_proof", attempts=1) == 2
