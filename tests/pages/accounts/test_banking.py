"""The pages of bank accounts, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI

from tests.world import World

TYPED = {"bank": "示范银行", "branch": "科技支行", "number": "1100 0600 7018 0123"}
BANK = "/desk/organisation/bank"


@pytest.fixture(autouse=True)
def _connected(application: FastAPI) -> Iterator[None]:
    """As a market that can transfer, whatever the settings say."""
    was, application.state.transfers = application.state.transfers, True
    yield
    application.state.transfers = was


async def test_a_head_enters_an_account_and_asks_for_the_transfer(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("示范（北京）科技有限公司")
    await world.logged_in_client(client, org.head)
    assert f'href="{BANK}"' in (await client.get("/desk/organisation")).text
    refused = await client.post(BANK, data=TYPED | {"holder": "别的公司"})
    assert refused.status_code == 422
    assert "户名须与已登记的名称一致" in refused.text
    assert "示范银行" in refused.text
    assert "7018" not in refused.text, "a number is not sent back"
    assert await world.count("bank_account") == 0
    entered = await client.post(BANK, data=TYPED | {"holder": "示范(北京)科技有限公司"})
    assert entered.status_code == 303
    shown = (await client.get(BANK)).text
    assert "**** 0123" in shown
    assert "7018" not in shown
    (trial,) = re.findall(rf"{BANK}/[\w-]+/trial", shown)
    assert (await client.post(trial)).status_code == 303
    assert "转账正在办理" in (await client.get(BANK)).text
    early = await client.post(trial.replace("trial", "confirm"), data={"code": "123456"})
    assert early.status_code == 409
    assert "请重新发起" in early.text


async def test_an_operator_decides_in_the_queue(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    await world.logged_in_client(client, org.head)
    await client.post(BANK, data=TYPED | {"holder": org.name})
    await world.logged_in_client(client, await world.operator())
    queue = (await client.get("/review/bank-accounts")).text
    assert org.name in queue
    (verify,) = re.findall(r"/review/bank-accounts/[\w-]+/verify", queue)
    assert (await client.post(verify, data={"reason": ""})).status_code == 422
    for action in (verify, verify.replace("verify", "return")):
        long = await client.post(action, data={"reason": "许可证" * 100})
        assert long.status_code == 422
        assert long.text.count("许可证许可证</textarea>") == 1, "what was typed is kept, once"
    assert (await client.post(verify, data={"reason": "开户许可证"})).status_code == 303
    again = await client.post(verify, data={"reason": "开户许可证"})
    assert again.status_code == 409
    await world.logged_in_client(client, org.head)
    assert "平台核验" in (await client.get(BANK)).text


async def test_a_person_has_an_account_of_his_own(client: httpx2.AsyncClient, world: World) -> None:
    await world.logged_in_client(client, await world.person("李研"))
    own = "/desk/account/bank"
    assert "须与您的姓名一致" in (await client.get(own)).text
    wrong = await client.post(own, data=TYPED | {"holder": "李研", "number": "6222020200112231"})
    assert "银行卡号有误" in wrong.text
    assert (await client.get("/desk/elsewhere/bank")).status_code == 404
