"""Bank accounts: entered by the party, proved by a transfer or by an operator."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import bank_rules, service, transfers
from app.accounts.errors import (
    BankAccountDecided,
    BankAccountMissing,
    NotVerified,
    TooManyAttempts,
    TrialMissing,
    TrialsUnavailable,
)
from app.accounts.types import BankAccountState, BankAccountView, BankMethod, TrialState
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.sealing import Sealer
from app.core.tx import Tx, UnitOfWork
from app.inbox.service import Folder
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org

SEALER = Sealer("test-secret-" * 4)
NUMBER = "11000600701801234567"
TYPED = {"bank": "示范银行", "branch": "科技支行", "number": NUMBER}


async def enter(tx: Tx, org: Org, *, key: str = "bank-0001", **other: Any) -> BankAccountView:
    asked: dict[str, Any] = {
        "actor": org.head,
        "organisation_id": org.id,
        "holder": org.name,
        "sealer": SEALER,
        "key": key,
    }
    return await tx.run(service.enter_bank_account, **asked | TYPED | other)


async def order(tx: Tx, org: Org, account_id: UUID, **other: Any) -> None:
    asked: dict[str, Any] = {
        "actor": org.head,
        "organisation_id": org.id,
        "account_id": account_id,
        "sealer": SEALER,
        "available": True,
    }
    await tx.run(service.order_bank_trial, **asked | other)


async def enter_code(tx: Tx, org: Org, account_id: UUID, code: str) -> int | None:
    return await tx.run(
        service.try_bank_code,
        actor=org.head,
        organisation_id=org.id,
        account_id=account_id,
        code=code,
        sealer=SEALER,
    )


async def find_proved(tx: Tx, actor: Actor, organisation_id: UUID | None) -> BankAccountView | None:
    """The account in force, if it has been proved."""
    account = await tx.run(service.show_bank_account, actor=actor, organisation_id=organisation_id)
    return account if account and account.state is BankAccountState.verified else None


async def send(tx: Tx, folder: Path) -> str:
    """Run the worker's job for the newest transfer; the code that the bank's statement shows."""
    trial_id = await tx.run(_newest_trial)
    payload = json.dumps({"trial_id": str(trial_id)}).encode()
    transfer = transfers.FolderTransfer(Folder(folder))
    assert await transfers.send_trial(tx, transfer, SEALER, payload) is TrialState.sent
    shown = max(folder.glob("*.txt")).read_text("utf-8")
    assert NUMBER not in shown
    return str(re.findall(r"\b[0-9]{6}\b", shown)[-1])


async def _newest_trial(uow: UnitOfWork) -> UUID:
    found = await uow.session.execute(text("SELECT id FROM bank_trial ORDER BY id DESC LIMIT 1"))
    return UUID(str(found.scalar_one()))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_transfer_proves_an_account(tx: Tx, world: World, tmp_path: Path) -> None:
    org = await world.organisation("示范（北京）科技有限公司")
    account = await enter(tx, org, holder="示范(北京)科技有限公司")
    assert (account.state, account.last_digits) == (BankAccountState.entered, "4567")
    assert await enter(tx, org, holder="示范(北京)科技有限公司") == account
    assert await find_proved(tx, org.head, org.id) is None
    with pytest.raises(TrialMissing):
        await enter_code(tx, org, account.id, "000000")
    for _ in range(2):
        await order(tx, org, account.id)
    assert await world.count("bank_trial") == 1
    trial_id = await tx.run(_newest_trial)
    sending = await tx.run(transfers.take_trial, trial_id=trial_id, sealer=SEALER)
    assert sending is not None
    assert sending.number == NUMBER
    code = await send(tx, tmp_path)
    assert await enter_code(tx, org, account.id, wrong(code)) == bank_rules.MOST_TRIES - 1
    assert await enter_code(tx, org, account.id, code) is None
    proved = await find_proved(tx, org.head, org.id)
    assert proved is not None
    assert (proved.id, proved.method) == (account.id, BankMethod.transfer)
    with pytest.raises(BankAccountDecided):
        await enter_code(tx, org, account.id, code)


async def test_the_number_is_nowhere_to_be_read(tx: Tx, world: World, tmp_path: Path) -> None:
    org = await world.organisation()
    account = await enter(tx, org)
    await order(tx, org, account.id)
    code = await send(tx, tmp_path)
    for table in ("bank_account", "bank_trial", "audit_entry", "inbox_message", "fact"):
        rows = await tx.run(_dump, table=table)
        assert NUMBER not in rows, table
        assert table == "bank_account" or code not in rows, table
    assert "4567" not in await tx.run(_dump, table="audit_entry")
    assert NUMBER not in repr(account)


async def _dump(uow: UnitOfWork, *, table: str) -> str:
    rows = await uow.session.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))
    return "\n".join(str(row[0]) for row in rows)


async def test_five_wrong_codes_spend_a_transfer(tx: Tx, world: World, tmp_path: Path) -> None:
    org = await world.organisation()
    account = await enter(tx, org)
    await order(tx, org, account.id)
    code = await send(tx, tmp_path)
    left = [
        await enter_code(tx, org, account.id, wrong(code)) for _ in range(bank_rules.MOST_TRIES)
    ]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(TrialMissing):
        await enter_code(tx, org, account.id, code)
    assert await world.count("bank_account", state="verified") == 0
    await order(tx, org, account.id)
    assert await enter_code(tx, org, account.id, await send(tx, tmp_path)) is None


async def test_a_transfer_expires(tx: Tx, world: World, clock: Clock, tmp_path: Path) -> None:
    org = await world.organisation()
    account = await enter(tx, org)
    await order(tx, org, account.id)
    code = await send(tx, tmp_path)
    await clock.advance(days=3)
    with pytest.raises(TrialMissing):
        await enter_code(tx, org, account.id, code)
    assert await world.count("bank_trial", attempts=0) == 1


async def test_three_transfers_a_day(tx: Tx, world: World, tmp_path: Path) -> None:
    org = await world.organisation()
    for number in range(3):
        account = await enter(tx, org, key=f"bank-{number:04d}")
        await order(tx, org, account.id)
        await send(tx, tmp_path)
    last = await enter(tx, org, key="bank-last")
    with pytest.raises(TooManyAttempts):
        await order(tx, org, last.id)
    assert await world.count("bank_trial") == 3


async def test_what_the_bank_does_not_take_can_be_asked_again(tx: Tx, world: World) -> None:
    class Closed:
        async def send(self, order: transfers.TransferOrder) -> None:
            raise transfers.TransferRefused("closed")

    org = await world.organisation()
    account = await enter(tx, org)
    another_key = Sealer("other-secret-" * 4)
    for bank, sealer in ((Closed(), SEALER), (None, SEALER), (Closed(), another_key)):
        await order(tx, org, account.id)
        payload = json.dumps({"trial_id": str(await tx.run(_newest_trial))}).encode()
        got = await transfers.send_trial(tx, bank, sealer, payload)
        assert got is TrialState.failed
        assert await transfers.send_trial(tx, bank, SEALER, payload) is None, "no second try"
    shown = await tx.run(service.show_bank_account, actor=org.head, organisation_id=org.id)
    assert shown is not None
    assert shown.trial is not None
    assert shown.trial.state is TrialState.failed
    with pytest.raises(TrialsUnavailable):
        await order(tx, org, account.id, available=False)


async def test_a_replaced_account_gets_no_transfer(tx: Tx, world: World, tmp_path: Path) -> None:
    org = await world.organisation()
    account = await enter(tx, org)
    await order(tx, org, account.id)
    payload = json.dumps({"trial_id": str(await tx.run(_newest_trial))}).encode()
    newer = await enter(tx, org, key="bank-0002", number="6228480402564890018")
    transfer = transfers.FolderTransfer(Folder(tmp_path))
    assert await transfers.send_trial(tx, transfer, SEALER, payload) is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BankAccountDecided):
        await order(tx, org, account.id)
    assert await world.count("bank_account", state="retired") == 1
    shown = await tx.run(service.show_bank_account, actor=org.head, organisation_id=org.id)
    assert shown == newer
    with pytest.raises(KeyReused):
        await enter(tx, org, key="bank-0002")


async def test_a_new_name_ends_an_account(tx: Tx, world: World) -> None:
    person = await world.person("李研")
    asked: dict[str, Any] = {
        "actor": person, "organisation_id": None, "holder": "李研", "sealer": SEALER,
    }  # fmt: skip
    card = {"bank": "示范银行", "branch": "科技支行", "number": "6222020200112230"}
    digits = card["number"][:15]
    right = next(f"{digits}{d}" for d in range(10) if bank_rules.has_luhn(f"{digits}{d}"))
    account = await tx.run(
        service.enter_bank_account, **asked | card | {"number": right}, key="bank-0001"
    )
    operator = await world.operator()
    await tx.run(
        service.verify_bank_account, actor=operator, account_id=account.id, reason="存折复印件"
    )
    await tx.run(service.rename, actor=person, name="李 研")
    assert await find_proved(tx, person, None) is not None
    await tx.run(service.rename, actor=person, name="李妍")
    assert await find_proved(tx, person, None) is None
    assert await world.count("audit_entry", action="accounts.retire_bank_account") == 1


async def test_an_operator_vouches_or_sends_back_with_a_reason(tx: Tx, world: World) -> None:
    org, operator = await world.organisation(), await world.operator()
    account = await enter(tx, org)
    page = await tx.run(service.list_entered_bank_accounts, actor=operator)
    assert [one.id for one in page.items] == [account.id]
    with pytest.raises(Invalid):
        await tx.run(service.verify_bank_account, actor=operator, account_id=account.id, reason=" ")
    await tx.run(
        service.return_bank_account, actor=operator, account_id=account.id, reason="开户许可证不清"
    )
    again = await enter(tx, org, key="bank-0002")
    await tx.run(
        service.verify_bank_account, actor=operator, account_id=again.id, reason="开户许可证"
    )
    proved = await find_proved(tx, org.head, org.id)
    assert proved is not None
    assert (proved.method, proved.reason) == (BankMethod.operator, "开户许可证")
    with pytest.raises(BankAccountDecided):
        await tx.run(
            service.return_bank_account, actor=operator, account_id=again.id, reason="反悔"
        )
    assert await world.count("inbox_message", person_id=org.head.person_id) == 2
    assert (await tx.run(service.list_entered_bank_accounts, actor=operator)).items == []


async def test_nobody_vouches_for_his_own_account(tx: Tx, world: World) -> None:
    operator = await world.operator()
    org = await world.organisation(head=operator)
    account = await enter(tx, org)
    with pytest.raises(Forbidden):
        await tx.run(
            service.verify_bank_account, actor=org.head, account_id=account.id, reason="自己"
        )
    assert await world.count("bank_account", state="entered") == 1


async def test_only_heads_of_a_verified_organisation_enter_its_account(
    tx: Tx, world: World
) -> None:
    org, other = await world.organisation(), await world.organisation()
    hidden = await world.organisation(verified=False)
    manager = await world.member(org, {"manager"})
    for actor, refusal in (
        (manager, Forbidden),
        (other.head, Forbidden),
        (await world.operator(), Forbidden),
        (Actor.stranger(), Unauthenticated),
    ):
        with pytest.raises(refusal):
            await enter(tx, org, actor=actor)
        with pytest.raises(refusal):
            await tx.run(service.show_bank_account, actor=actor, organisation_id=org.id)
    with pytest.raises(NotVerified):
        await enter(tx, hidden)
    with pytest.raises(Invalid):
        await enter(tx, org, holder=other.name)
    assert await world.count("bank_account") == 0
    account = await enter(tx, org)
    with pytest.raises(BankAccountMissing):
        await order(tx, other, account.id)
