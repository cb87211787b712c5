"""Codes that go to an address and come back: sign-up, forgotten passwords, other ways in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.accounts import proof_queries, proof_rules, proofs, service
from app.accounts.errors import (
    CodeSpent,
    IdentifierTaken,
    LastLogin,
    LoginMissing,
    ProofMissing,
    TooManyAttempts,
    TooManyLogins,
    WrongCredentials,
)
from app.accounts.jobs import sweep_proofs
from app.accounts.types import ProofPurpose
from app.core.actor import Actor
from app.core.errors import Invalid, InvalidToken, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.inbox.types import Contact
from tests.conftest import Clock
from tests.integration.accounts.test_people import read_all
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of, password_hash
from tests.worlds.letters import last_code, last_link, read_letters

ASKING = service.Asking("192.0.2.1", "zh-CN", "http://market.test")
NEW = "新密码-2026-安全"


async def sign_up(tx: Tx, identifier: str = "new@example.com", **changed: Any) -> str:
    typed: dict[str, Any] = {"name": "陈新", "password": PASSWORD, "consent": True}
    typed |= {"asking": ASKING} | changed
    return await service.register(tx, identifier=identifier, **typed)


async def confirm(tx: Tx, handle: str, code: str) -> str:
    return await service.confirm_sign_up(tx, handle=handle, code=code, address="192.0.2.1")


def other_than(code: str) -> str:
    return "000000" if code != "000000" else "111111"


async def enter(tx: Tx, identifier: str, password: str = PASSWORD) -> str:
    return await service.enter(tx, identifier=identifier, password=password, address="192.0.2.1")


E = TypeVar("E", bound=Exception)


async def refused(verb: Callable[[], Awaitable[object]], error: type[E]) -> E:
    with pytest.raises(error) as caught:
        await verb()
    return caught.value


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


async def _reset(
    tx: Tx, *, handle: str = "", code: str = "", link: str = "", password: str = NEW
) -> None:
    await service.reset_password(
        tx, handle=handle, code=code, link=link, password=password, address="192.0.2.1"
    )


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


async def test_a_code_sent_again_lives_as_long_as_the_first(
    tx: Tx, world: World, clock: Clock
) -> None:
    handle = await sign_up(tx)
    await clock.advance(minutes=9)
    await tx.run(service.send_again, handle=handle, purpose=ProofPurpose.sign_up, asking=ASKING)
    await clock.advance(minutes=9)
    await confirm(tx, handle, await last_code(tx))
    assert await world.count("person") == 1


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


async def _add(tx: Tx, actor: Actor, identifier: str, replaces: UUID | None = None) -> str:
    return await service.ask_login(
        tx,
        actor=actor,
        identifier=identifier,
        password=PASSWORD,
        asking=ASKING,
        replaces_id=replaces,
    )


async def _finish_adding(tx: Tx, actor: Actor, handle: str, code: str) -> None:
    await service.confirm_login(tx, actor=actor, handle=handle, code=code, address="192.0.2.1")


async def _own_logins(tx: Tx, actor: Actor) -> dict[str, UUID]:
    account = await tx.run(service.show_account, actor=actor, token="")
    return {one.value: one.id for one in account.logins}


async def test_a_mobile_number_becomes_a_second_way_in(tx: Tx, world: World) -> None:
    person = await world.person(identifier="who@example.com")
    handle = await _add(tx, person, "138 0000 0000")
    assert list(await _own_logins(tx, person)) == ["who@example.com"]
    code = await last_code(tx)
    stranger = await world.person("别人")
    await refused(lambda: _finish_adding(tx, stranger, handle, code), Invalid)
    await _finish_adding(tx, person, handle, code)
    assert list(await _own_logins(tx, person)) == ["who@example.com", "13800000000"]
    await enter(tx, "13800000000")
    assert "138****0000" in (await read_letters(tx))[-1]
    assert await world.count("login", person_id=id_of(stranger)) == 1


async def test_another_persons_address_is_not_added_and_not_told(tx: Tx, world: World) -> None:
    owner = await world.person(identifier="owner@example.com")
    person = await world.person(identifier="who@example.com")
    handle = await _add(tx, person, "owner@example.com")
    assert "没有成功" in (await read_letters(tx))[-1]
    await refused(lambda: _finish_adding(tx, person, handle, "123456"), Invalid)
    assert await world.count("login", person_id=id_of(owner), value="owner@example.com") == 1


async def test_a_replaced_address_lets_nobody_in_and_is_told(tx: Tx, world: World) -> None:
    person = await world.person(identifier="old@example.com")
    old = (await _own_logins(tx, person))["old@example.com"]
    handle = await _add(tx, person, "new@example.com", old)
    await _finish_adding(tx, person, handle, await last_code(tx))
    assert list(await _own_logins(tx, person)) == ["new@example.com"]
    await refused(lambda: enter(tx, "old@example.com"), WrongCredentials)
    assert "不再是" in (await read_letters(tx))[-1]

    async def read_last_address(uow: UnitOfWork) -> Any:
        contact = (
            await uow.session.execute(
                text(
                    "SELECT contact_kind, contact_id FROM dispatch"
                    " ORDER BY created_at DESC, id DESC LIMIT 1"
                )
            )
        ).one()
        book = service.AccountsAddressBook()
        return await book.find(uow, Contact(contact.contact_kind, contact.contact_id))

    assert (await tx.run(read_last_address)).email == "old@example.com"


async def test_the_last_way_in_stays(tx: Tx, world: World) -> None:
    person, other = await world.person(identifier="who@example.com"), await world.person("别人")
    only = (await _own_logins(tx, person))["who@example.com"]
    drop: dict[str, Any] = {"password": PASSWORD, "locale": "zh-CN"}
    with pytest.raises(LastLogin):
        await service.drop_login(tx, actor=person, login_id=only, **drop)
    with pytest.raises(LoginMissing):
        await service.drop_login(tx, actor=other, login_id=only, **drop)
    with pytest.raises(LoginMissing):
        await _add(tx, other, "x@example.com", only)
    handle = await _add(tx, person, "13800000000")
    await _finish_adding(tx, person, handle, await last_code(tx))
    with pytest.raises(Invalid):
        await service.drop_login(tx, actor=person, login_id=only, password="wrong", locale="zh-CN")
    assert len(await _own_logins(tx, person)) == 2
    await service.drop_login(tx, actor=person, login_id=only, **drop)
    assert list(await _own_logins(tx, person)) == ["13800000000"]
    with pytest.raises(Unauthenticated):
        await service.drop_login(tx, actor=world.stranger, login_id=uuid4(), **drop)


async def test_ways_in_are_limited(tx: Tx, world: World) -> None:
    person = await world.person()
    for number in range(1, proof_rules.LOGINS_MAX):
        handle = await _add(tx, person, f"1380000000{number}")
        await _finish_adding(tx, person, handle, await last_code(tx))
    with pytest.raises(TooManyLogins):
        await _add(tx, person, "13800000009")
    assert await world.count("login", person_id=id_of(person)) == proof_rules.LOGINS_MAX


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


async def test_the_address_book_prefers_a_proved_address(tx: Tx, world: World) -> None:
    person = await world.person(identifier="typed@example.com")
    handle = await _add(tx, person, "proved@example.com")
    await _finish_adding(tx, person, handle, await last_code(tx))
    handle = await _add(tx, person, "13800000000")
    await _finish_adding(tx, person, handle, await last_code(tx))
    book = service.AccountsAddressBook()
    address = await tx.run(book.find, Contact("person", id_of(person)))
    assert address is not None
    assert (address.email, address.mobile) == ("proved@example.com", "13800000000")
    assert await tx.run(book.find, Contact("person", uuid4())) is None
    assert await tx.run(book.find, Contact("login", uuid4())) is None
    logins = await tx.run(proof_queries.list_logins, id_of(person))
    only = await tx.run(book.find, Contact("login", logins[-1].id))
    assert only is not None
    assert (only.email, only.mobile) == ("", "13800000000")


async def test_a_stranger_adds_nothing(tx: Tx, world: World) -> None:
    with pytest.raises(Unauthenticated):
        await _add(tx, world.stranger, "x@example.com")
    with pytest.raises(Unauthenticated):
        await tx.run(
            proofs.open_login,
            actor=world.stranger,
            identifier=service.parse_identifier("x@example.com"),
            asking=ASKING,
        )
    assert await world.count("address_proof") == 0
