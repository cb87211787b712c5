"""Ways in of one person: added, replaced, removed, and where he is reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.accounts import proof_queries, proof_rules, proofs, service
from app.accounts.errors import (
    LastLogin,
    LoginMissing,
    TooManyLogins,
    WrongCredentials,
)
from app.core.actor import Actor
from app.core.errors import Invalid, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.inbox.types import Contact
from tests.integration.accounts.codes import ASKING, enter, refused
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of
from tests.worlds.letters import last_code, read_letters


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
