"""One's own account: password, sessions, the copy of one's data, and the end of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.accounts import erasing, own, rules, service
from app.accounts.errors import (
    OrganisationMissing,
    PersonMissing,
    SessionMissing,
    StillObliged,
    TooManyAttempts,
    WrongCredentials,
)
from app.accounts.jobs import sweep_proofs
from app.accounts.types import Role
from app.core.actor import SYSTEM, Actor
from app.core.errors import Invalid, Unauthenticated
from app.core.sealing import Sealer
from app.core.tx import Tx, UnitOfWork
from app.files.types import FileKind, Staged
from app.inbox import service as inbox
from app.inbox.types import Notice
from app.personal import PERSONAL
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import PASSWORD, id_of
from tests.worlds.letters import read_letters

NEW = "新密码-2026-安全"


async def delete(tx: Tx, actor: Actor, password: str = PASSWORD) -> None:
    await service.delete_own_account(
        tx, actor=actor, password=password, rooms=PERSONAL, locale="zh-CN"
    )


async def obligations(tx: Tx, actor: Actor) -> list[str]:
    return [
        str(one) for one in await tx.run(service.list_own_obligations, actor=actor, rooms=PERSONAL)
    ]


async def test_a_changed_password_ends_the_other_sessions_only(tx: Tx, world: World) -> None:
    person = await world.person(identifier="who@example.com")
    here, there = await world.token(person), await world.token(person)
    change: dict[str, Any] = {"actor": person, "token": here}
    with pytest.raises(Invalid) as wrong:
        await service.change_password(tx, **change, password="wrong-one-1", new_password=NEW)
    assert [fault.field for fault in wrong.value.errors] == ["password"]
    with pytest.raises(Invalid) as weak:
        await service.change_password(tx, **change, password=PASSWORD, new_password="short")
    assert [fault.field for fault in weak.value.errors] == ["new_password"]
    assert (await tx.run(service.resolve_actor, there)).signed_in
    await service.change_password(tx, **change, password=PASSWORD, new_password=NEW)
    assert (await tx.run(service.resolve_actor, here)).signed_in
    assert not (await tx.run(service.resolve_actor, there)).signed_in
    assert "密码刚刚更改" in (await read_letters(tx))[-1]
    enter: dict[str, Any] = {"identifier": "who@example.com", "address": "192.0.2.1"}
    with pytest.raises(WrongCredentials):
        await service.enter(tx, **enter, password=PASSWORD)
    await service.enter(tx, **enter, password=NEW)


async def test_guesses_at_a_signed_in_browser_are_limited(tx: Tx, world: World) -> None:
    person = await world.person()
    for _ in range(rules.PASSWORD_BY_PERSON.hits):
        await tx.run(own.begin_confirmation, actor=person)
    with pytest.raises(TooManyAttempts):
        await service.confirm_password(tx, actor=person, password=PASSWORD)


async def test_a_name_is_corrected(tx: Tx, world: World) -> None:
    person = await world.person("陈心")
    with pytest.raises(Invalid):
        await tx.run(service.rename, actor=person, name=" ")
    with pytest.raises(Unauthenticated):
        await tx.run(service.rename, actor=world.stranger, name="陈新")
    await tx.run(service.rename, actor=person, name=" 陈  新 ")
    await tx.run(service.rename, actor=person, name="陈 新")
    assert await tx.run(service.get_person_names, ids=[id_of(person)]) == {id_of(person): "陈 新"}
    assert await world.count("audit_entry", action="accounts.rename") == 1


async def _sessions(tx: Tx, actor: Actor, token: str = "") -> list[tuple[UUID, str, str, bool]]:
    account = await tx.run(service.show_account, actor=actor, token=token)
    return [(one.id, one.browser, one.address, one.current) for one in account.sessions]


async def test_a_person_sees_and_ends_his_own_sessions(tx: Tx, world: World, clock: Clock) -> None:
    person, other = await world.person(identifier="who@example.com"), await world.person("别人")
    await world.token(other)
    here = await service.enter(
        tx,
        identifier="who@example.com",
        password=PASSWORD,
        address="192.0.2.77",
        browser="Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    )
    await clock.advance(minutes=1)
    there = await world.token(person)
    shown = await _sessions(tx, person, here)
    assert [one[1:] for one in shown] == [
        ("Firefox 132 · Linux", "192.0.*.*", True),
        ("", "", False),
    ]
    foreign = (await _sessions(tx, other))[0][0]
    for missing in (foreign, uuid4()):
        with pytest.raises(SessionMissing):
            await tx.run(service.end_session, actor=person, session_id=missing)
    await tx.run(service.end_session, actor=person, session_id=shown[1][0])
    assert not (await tx.run(service.resolve_actor, there)).signed_in
    assert await world.count("login_session", person_id=id_of(other)) == 1
    more = [await world.token(person) for _ in range(3)]
    with pytest.raises(SessionMissing):  # a token that is no session of his ends nothing
        await tx.run(service.end_other_sessions, actor=person, token="unknown")
    assert await tx.run(service.end_other_sessions, actor=person, token=here) == 3
    assert not (await tx.run(service.resolve_actor, more[0])).signed_in
    assert (await tx.run(service.resolve_actor, here)).signed_in
    await clock.advance(hours=12)
    assert await _sessions(tx, person, here) == []  # what lets nobody in is not shown


async def test_a_copy_holds_ones_own_things_and_nobody_elses(tx: Tx, world: World) -> None:
    org = await world.organisation("北京示范大学", "university")
    colleague = await world.member(org, {Role.manager}, name="同事甲")
    person = await world.member(org, {Role.agent}, name="陈新")
    await world.token(person)
    notice = Notice("test.told", "给您的消息", "内容", "/desk")
    await tx.run(inbox.post, person_ids=[id_of(person)], notice=notice, key="a")
    await tx.run(inbox.post, person_ids=[id_of(colleague)], notice=notice, key="b")
    copy = await tx.run(service.export_own, actor=person, rooms=PERSONAL)
    written = json.dumps(copy, ensure_ascii=False)
    assert copy["accounts"]["person"]["name"] == "陈新"
    assert copy["accounts"]["memberships"][0]["name"] == "北京示范大学"
    assert copy["accounts"]["memberships"][0]["roles"] == ["agent"]
    assert len(copy["accounts"]["sessions"]) == 1
    assert [one["subject"] for one in copy["inbox"]["messages"]] == ["给您的消息"]
    assert "accounts.join_organisation" in {one["action"] for one in copy["audit"]["done_by_you"]}
    assert "argon2" not in written
    assert "同事甲" not in written
    assert await world.count("audit_entry", action="accounts.export_own_data") == 1
    with pytest.raises(Unauthenticated):
        await tx.run(service.export_own, actor=world.stranger, rooms=PERSONAL)


async def _everything(uow: UnitOfWork) -> str:
    """Every row of every table of the market but the index and the queue."""
    tables = await uow.session.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
            " AND relname NOT IN ('alembic_version')"
        )
    )
    lines = []
    for table in tables:
        rows = await uow.session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t"))
        lines += list(rows)
    return "\n".join(lines)


async def _show_who_he_is(tx: Tx, world: World, person: Actor) -> None:
    """All that has a person's name in it, or that he may have written it into."""
    paper = Staged("0" * 64, 1, FileKind.png, "即将离开的证件.png", Path(__file__))
    await tx.run(
        service.submit_person_verification, actor=person, staged=[paper], key="papers-0001"
    )
    account = await tx.run(
        service.enter_bank_account,
        actor=person,
        organisation_id=None,
        holder="即将离开",
        bank="示范银行",
        branch="科技支行",
        number="12345678901234",
        sealer=Sealer("test-secret-" * 4),
        key="bank-0001",
    )
    await tx.run(
        service.order_bank_trial,
        actor=person,
        organisation_id=None,
        account_id=account.id,
        sealer=Sealer("test-secret-" * 4),
        available=True,
    )
    await tx.run(
        service.create_token,
        actor=person,
        name="即将离开的程序",
        organisation_id=None,
        scopes=["accounts:read"],
        days=30,
        key="token-0001",
    )
    elsewhere = await world.organisation()
    await tx.run(
        service.ask_to_join,
        actor=person,
        organisation_id=elsewhere.id,
        roles={Role.agent},
        note_text="我是即将离开",
    )


async def test_a_deletion_leaves_an_id_and_nothing_personal(tx: Tx, world: World) -> None:
    org = await world.organisation()
    person = await world.member(org, {Role.manager}, name="即将离开")
    await tx.run(
        service.grant_platform_role, actor=SYSTEM, person_id=id_of(person), role=Role.broker
    )
    token = await world.token(person)
    notice = Notice("test.told", "给您的消息", "内容", "/desk", urgent=True)
    await tx.run(inbox.post, person_ids=[id_of(person)], notice=notice, key="a")
    await _show_who_he_is(tx, world, person)
    with pytest.raises(Invalid):
        await delete(tx, person, "wrong-password")
    assert await world.count("person", name="即将离开") == 1
    assert await obligations(tx, person) == []
    await delete(tx, person)
    person_id = id_of(person)
    assert await tx.run(service.get_person_names, ids=[person_id]) == {
        person_id: rules.DELETED_NAME
    }
    of_his = ("login", "login_session", "platform_role", "inbox_message", "api_token")
    for table in (*of_his, "join_request", "person_verification"):
        assert await world.count(table, person_id=person_id) == 0, table
    assert [await world.count(table) for table in ("bank_account", "bank_trial")] == [0, 0]
    assert await world.count("membership", person_id=person_id, state="active") == 0
    assert not (await tx.run(service.resolve_actor, token)).signed_in
    assert "即将离开" not in await tx.run(_everything)
    lines = {"action": "accounts.delete_account", "subject_id": person_id}
    assert await world.count("audit_entry", **lines) == 1
    with pytest.raises(Unauthenticated):  # by a request that was already under way
        await tx.run(erasing.delete_account, actor=person, rooms=PERSONAL, locale="zh-CN")
    with pytest.raises(PersonMissing):
        await tx.run(
            service.grant_platform_role, actor=SYSTEM, person_id=person_id, role=Role.operator
        )
    with pytest.raises(PersonMissing):
        await tx.run(service.log_in, person_id=person_id)


async def test_the_address_of_a_deleted_account_goes_after_its_last_letter(
    tx: Tx, world: World, clock: Clock
) -> None:
    person = await world.person(identifier="leaving@example.com")
    await delete(tx, person)
    assert "已按您的要求注销" in (await read_letters(tx))[-1]
    assert await world.count("address_proof", value="leaving@example.com") == 1
    await clock.advance(days=2)
    await tx.run(sweep_proofs)
    assert "leaving@example.com" not in await tx.run(_everything)
    handle = await service.register(  # and the address is free again
        tx,
        name="新人",
        identifier="leaving@example.com",
        password=PASSWORD,
        consent=True,
        asking=service.Asking("192.0.2.1", "zh-CN", "http://market.test"),
    )
    assert handle


async def test_the_only_head_stays_while_there_are_colleagues(tx: Tx, world: World) -> None:
    org = await world.organisation("北京示范大学")
    await world.member(org, {Role.agent})
    assert await obligations(tx, org.head) == ["您是北京示范大学唯一的负责人，请先指定新的负责人"]
    with pytest.raises(StillObliged) as refused:
        await delete(tx, org.head)
    assert len(refused.value.obligations) == 1
    assert await world.count("login", person_id=id_of(org.head)) == 1
    await world.member(org, {Role.head}, name="新负责人")
    await delete(tx, org.head)
    assert await world.count("membership", organisation_id=org.id, state="active") == 2


async def test_the_last_member_stays_while_something_is_open(tx: Tx, world: World) -> None:
    waiting = await world.organisation("待审公司", verified=False)
    await tx.run(service.submit_verification, actor=waiting.head, organisation_id=waiting.id)
    assert await obligations(tx, waiting.head) == ["待审公司的认证申请正在审核"]
    with pytest.raises(StillObliged):
        await delete(tx, waiting.head)
    alone = await world.organisation("一人公司")
    assert await obligations(tx, alone.head) == []
    await delete(tx, alone.head)
    shown = await tx.run(service.show_organisation, actor=world.stranger, organisation_id=alone.id)
    assert shown.verified  # what the organisation did stays its own
    with pytest.raises(OrganisationMissing):
        await tx.run(service.show_organisation, actor=world.stranger, organisation_id=waiting.id)


async def test_the_last_administrator_stays(tx: Tx, world: World) -> None:
    first = await world.person("管理甲", platform={Role.administrator})
    with pytest.raises(StillObliged):
        await delete(tx, first)
    second = await world.person("管理乙", platform={Role.administrator})
    await delete(tx, first)
    assert await obligations(tx, second) == ["您是唯一的系统管理员，请先授予另一人该角色"]


async def test_open_business_keeps_people(tx: Tx, world: World) -> None:
    sale = await world.lot()
    buyer = await world.bidder(sale)
    assert await obligations(tx, sale.seller.head) == [
        "您的单位还有 1 条供给信息在供给中，请先撤回",
        "您的单位还有 1 个竞价未结束",
    ]
    assert await obligations(tx, buyer.head) == ["您的单位还有 1 个竞价未结束"]
    second = await world.member(buyer, {Role.head}, name="另一负责人")
    assert await obligations(tx, buyer.head) == []  # a colleague can go on
    await world.bid(sale, buyer, 100_000)
    leading = f"标的 {sale.number} 正在竞价，目前由您的报价领先，请在竞价结束后再注销"
    assert await obligations(tx, buyer.head) == [leading]
    assert await obligations(tx, second) == []
    with pytest.raises(StillObliged):
        await delete(tx, buyer.head)
    copy = await tx.run(service.export_own, actor=buyer.head, rooms=PERSONAL)
    assert [one["amount_minor"] for one in copy["auctions"]["bids"]] == [100_000_00]
    assert await world.count("person", name=rules.DELETED_NAME) == 0
    seller, other = await world.organisation(kind="university"), await world.organisation()
    await world.deal(seller, other)
    assert "您的单位还有 1 笔交易未完成" in await obligations(tx, other.head)
