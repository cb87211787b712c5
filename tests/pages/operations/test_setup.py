"""开业检查 as its administrator uses it, and what everybody else gets."""

from __future__ import annotations

import httpx2
from sqlalchemy import text

from app.accounts.types import Role
from app.core.tx import Tx, UnitOfWork
from tests.world import World


async def count(tx: Tx, query: str) -> int:
    async def read(uow: UnitOfWork) -> int:
        return int((await uow.session.execute(text(query))).scalar_one())

    return await tx.run(read)


async def test_the_administrator_sees_every_open_point_and_how_many_at_home(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.logged_in_client(client, await world.person(platform={Role.administrator}))
    home = await client.get("/desk")
    assert "开业检查还有" in home.text
    page = await client.get("/desk/setup")
    assert page.status_code == 200
    for words in ("规则出处", "待核实", "从未出现", "怎样处理", "给自己发一封测试邮件"):
        assert words in page.text
    english = await client.get("/desk/setup", headers={"Accept-Language": "en"})
    assert english.status_code == 200


async def test_others_see_neither_the_page_nor_the_number(
    client: httpx2.AsyncClient, world: World
) -> None:
    await world.logged_in_client(client, await world.operator())
    assert "开业检查" not in (await client.get("/desk")).text
    assert (await client.get("/desk/setup")).status_code == 403


async def test_a_test_mail_goes_once_for_one_key(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    await world.logged_in_client(client, await world.person(platform={Role.administrator}))
    for _ in range(2):
        answer = await client.post("/desk/setup/test-mail", data={"key": "one-and-the-same"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/desk/setup?sent=true"
    assert await count(tx, "SELECT count(*) FROM dispatch") == 1
    page = await client.get("/desk/setup?sent=true")
    assert "测试邮件已交给后台进程" in page.text


async def test_an_operator_cannot_send_it(client: httpx2.AsyncClient, world: World, tx: Tx) -> None:
    await world.logged_in_client(client, await world.operator())
    answer = await client.post("/desk/setup/test-mail", data={"key": "one-and-the-same"})
    assert answer.status_code == 403
    assert await count(tx, "SELECT count(*) FROM dispatch") == 0
