"""What standing promises when two do it at once, on real connections with real commits."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import erasing, service, tokens, transfers
from app.accounts.errors import JoinRequestDecided, TooManyTokens, TrialMissing
from app.accounts.types import Role
from app.core.errors import InvalidToken, Unauthenticated
from app.core.sealing import Sealer
from app.core.tx import Tx, UnitOfWork
from app.inbox.service import Folder
from app.personal import PERSONAL
from tests.races.accounts.test_rivals import in_turn, results_of, together
from tests.world import World
from tests.worlds.accounts import Org, id_of

BANK: dict[str, Any] = {"bank": "示范银行", "branch": "科技支行", "number": "1100060070180123"}
SEALER = Sealer("race-secret-" * 4)


async def test_two_heads_decide_one_request_once(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    second = await real_world.member(org, {"head"})
    request_id = await real_tx.run(
        service.ask_to_join, actor=person, organisation_id=org.id, roles={Role.agent}
    )
    asked: dict[str, Any] = {"organisation_id": org.id, "request_id": request_id}
    met = asyncio.Barrier(2)

    async def decide(uow: UnitOfWork, *, approve: bool) -> Any:
        await uow.session.execute(text("SELECT 1"))
        await met.wait()
        if approve:
            return await service.approve_join_request(
                uow, actor=org.head, roles={Role.agent}, **asked
            )
        return await service.refuse_join_request(uow, actor=second, reason="不认识", **asked)

    found = await results_of(real_tx.run(decide, approve=True), real_tx.run(decide, approve=False))
    assert found.count(JoinRequestDecided) == 1
    approved = await real_world.count("join_request", state="approved")
    assert approved == await real_world.count("membership", person_id=person.person_id)
    assert await real_world.count("inbox_message", person_id=person.person_id) == 1


async def test_two_approvals_make_one_member(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    request_id = await real_tx.run(
        service.ask_to_join, actor=person, organisation_id=org.id, roles={Role.agent}
    )
    verb = together(service.approve_join_request, 4)
    found = await results_of(
        *(
            real_tx.run(
                verb,
                actor=org.head,
                organisation_id=org.id,
                request_id=request_id,
                roles={Role.agent},
            )
            for _ in range(4)
        )
    )
    assert found.count(JoinRequestDecided) == 3
    assert await real_world.count("membership", person_id=person.person_id) == 1


async def test_one_form_sent_twice_asks_once(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    verb = together(service.ask_to_join, 4)
    found = await results_of(
        *(
            real_tx.run(verb, actor=person, organisation_id=org.id, roles={Role.agent})
            for _ in range(4)
        )
    )
    assert len(set(found)) == 1
    assert await real_world.count("join_request") == 1


def new_token(key: str) -> dict[str, Any]:
    return {
        "name": "对接程序",
        "organisation_id": None,
        "scopes": ["accounts:read"],
        "days": 30,
        "key": key,
    }


async def test_rivals_never_make_more_tokens_than_allowed(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person()
    verb = together(service.create_token, 14)
    found = await results_of(
        *(real_tx.run(verb, actor=person, **new_token(f"token-{n:04d}")) for n in range(14))
    )
    assert found.count(TooManyTokens) == 14 - tokens.MOST_TOKENS
    assert await real_world.count("api_token") == tokens.MOST_TOKENS


async def test_one_form_makes_one_token_and_one_secret(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person()
    verb = together(service.create_token, 5)
    found = await results_of(
        *(real_tx.run(verb, actor=person, **new_token("token-0001")) for _ in range(5))
    )
    assert len([made for made in found if made.secret]) == 1
    assert len({made.token.id for made in found}) == 1


async def test_a_token_revoked_while_it_is_used_is_known_no_more(
    real_tx: Tx, real_world: World
) -> None:
    person = await real_world.person()
    made = await real_tx.run(service.create_token, actor=person, **new_token("token-0001"))
    assert made.secret is not None
    secret, revoked = made.secret, asyncio.Event()

    async def use() -> int:
        used = 0
        while True:
            ended = revoked.is_set()  # why: read before asking, so that the order is certain
            try:
                await real_tx.run(service.resolve_token, secret)
            except InvalidToken:
                return used
            assert not ended, "a revoked token let somebody in"
            used += 1

    async def revoke() -> None:
        await asyncio.sleep(0.05)
        await real_tx.run(service.revoke_token, actor=person, token_id=made.token.id)
        revoked.set()

    *uses, _ = await asyncio.gather(*(use() for _ in range(4)), revoke())
    assert any(uses)


async def sent_trial(tx: Tx, world: World, folder: Path) -> tuple[Org, UUID, str]:
    """An organisation whose transfer has been sent, and the code on its statement."""
    org = await world.organisation()
    account = await tx.run(
        service.enter_bank_account,
        actor=org.head,
        organisation_id=org.id,
        holder=org.name,
        sealer=SEALER,
        key="bank-0001",
        **BANK,
    )
    asked: dict[str, Any] = {
        "actor": org.head,
        "organisation_id": org.id,
        "account_id": account.id,
        "sealer": SEALER,
    }
    verb = together(service.order_bank_trial, 3)
    await asyncio.gather(*(tx.run(verb, available=True, **asked) for _ in range(3)))
    assert await world.count("bank_trial") == 1, "one transfer, however often it is asked for"

    async def newest(uow: UnitOfWork) -> UUID:
        return UUID(str((await uow.session.execute(text("SELECT id FROM bank_trial"))).scalar()))

    payload = json.dumps({"trial_id": str(await tx.run(newest))}).encode()
    await transfers.send_trial(tx, transfers.FolderTransfer(Folder(folder)), SEALER, payload)
    (shown,) = folder.glob("*.txt")
    return org, account.id, re.findall(r"\b[0-9]{6}\b", shown.read_text("utf-8"))[-1]


async def test_codes_tried_in_parallel_share_their_five_tries(
    real_tx: Tx, real_world: World, tmp_path: Path
) -> None:
    org, account_id, code = await sent_trial(real_tx, real_world, tmp_path)
    guesses = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, 13)]
    verb = together(service.try_bank_code, len(guesses))
    found = await results_of(
        *(
            real_tx.run(
                verb,
                actor=org.head,
                organisation_id=org.id,
                account_id=account_id,
                code=guess,
                sealer=SEALER,
            )
            for guess in guesses
        )
    )
    assert sorted(left for left in found if isinstance(left, int)) == [0, 1, 2, 3, 4]
    assert found.count(TrialMissing) == len(guesses) - 5
    assert await real_world.count("bank_trial", state="spent", attempts=5) == 1
    assert await real_world.count("bank_account", state="entered") == 1


async def test_two_new_accounts_leave_one_in_force(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person("李研")  # no organisation's lock helps
    verb = together(service.enter_bank_account, 4)
    found = await results_of(
        *(
            real_tx.run(
                verb,
                actor=person,
                organisation_id=None,
                holder="李研",
                sealer=SEALER,
                key=f"bank-{number:04d}",
                **BANK | {"number": "12345678901234"},
            )
            for number in range(4)
        )
    )
    assert not any(isinstance(one, type) for one in found), found
    assert await real_world.count("bank_account", state="entered") == 1
    assert await real_world.count("bank_account", state="retired") == 3


@pytest.mark.parametrize("first", ["enter", "delete"])
async def test_an_account_entered_while_its_person_leaves_does_not_stay(
    real_tx: Tx, real_database: str, real_world: World, first: str
) -> None:
    person = await real_world.person("李研")

    async def act(uow: UnitOfWork, *, what: str) -> Any:
        if what == "delete":
            return await erasing.delete_account(uow, actor=person, rooms=PERSONAL, locale="zh-CN")
        typed = BANK | {"number": "12345678901234", "holder": "李研", "key": "bank-0001"}
        return await service.enter_bank_account(
            uow, actor=person, organisation_id=None, sealer=SEALER, **typed
        )

    second = "delete" if first == "enter" else "enter"
    found = await in_turn(
        real_tx, real_database, partial(act, what=first), partial(act, what=second)
    )
    assert found[1] is (None if first == "enter" else Unauthenticated)
    assert await real_world.count("bank_account", party_id=id_of(person)) == 0
