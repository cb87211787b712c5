"""Refusals as security events: one line each, without what was typed."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest

from app.accounts.types import SESSION_COOKIE
from tests.unit.files.samples import SVG
from tests.world import World
from tests.worlds.accounts import PASSWORD


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Any:
    """The events so far, as mappings."""
    caplog.set_level(logging.INFO, "market.security")

    def read() -> list[dict[str, Any]]:
        lines = [vars(line) for line in caplog.records if line.name == "market.security"]
        for line in lines:
            assert line["security"]
            assert {"route", "person_id", "address"} <= line.keys()
        caplog.clear()
        return lines

    return read


async def test_a_login_is_noted_without_the_identifier(
    client: httpx2.AsyncClient, world: World, events: Any
) -> None:
    person = await world.person(identifier="who@example.com")
    typed = {"identifier": "who@example.com", "password": "not-this-one"}
    await client.post("/login", data=typed)
    await client.post("/login", data=typed | {"identifier": "nobody@example.com"})
    await client.post("/login", data=typed | {"password": PASSWORD})
    noted = events()
    assert [(line["msg"], line["person_id"]) for line in noted] == [
        ("login.refused", str(person.person_id)),
        ("login.refused", ""),
        ("login.accepted", str(person.person_id)),
    ]
    assert {line["route"] for line in noted} == {"/login"}
    assert noted[0]["address"] == "127.0.*.*"
    assert "example.com" not in str(noted)
    assert "not-this-one" not in str(noted)


async def test_too_many_attempts_are_noted(
    client: httpx2.AsyncClient, world: World, events: Any
) -> None:
    await world.person(identifier="who@example.com")
    for _ in range(11):
        await client.post("/login", data={"identifier": "who@example.com", "password": "wrong-1"})
    last = events()[-1]
    assert (last["msg"], last["limit"]) == ("attempts.refused", "login:identifier")


async def test_what_somebody_may_not_is_noted(
    client: httpx2.AsyncClient, world: World, events: Any
) -> None:
    owner, other = await world.organisation(), await world.organisation()
    hidden = await world.achievement(owner, state="draft")
    client.cookies.set(SESSION_COOKIE, await world.token(other.head))
    hiding = f"/desk/achievements/{hidden.number}/edit"
    assert (await client.get(hiding)).status_code == 404
    assert (await client.get("/desk/roles")).status_code == 403
    client.cookies.clear()
    assert (await client.get("/desk/account")).status_code == 401
    noted = [(line["msg"], line["permission"], line["person_id"]) for line in events()]
    assert noted[-2:] == [
        ("access.refused", "accounts.grant_role", str(other.head.person_id)),
        ("access.refused", "accounts.see_own_account", ""),
    ]
    assert noted[0][0] == "access.refused"
    assert noted[0][2] == str(other.head.person_id)


async def test_attempts_to_get_round_a_control_are_noted(
    client: httpx2.AsyncClient, world: World, events: Any
) -> None:
    await client.post("/login", headers={"Sec-Fetch-Site": "cross-site"})
    await client.get("/api/v1/me", headers={"Authorization": f"Bearer kjm_{'x' * 43}"})
    await client.post("/signup/code", data={"code": "123456"})
    owner = await world.organisation()
    client.cookies.set(SESSION_COOKIE, await world.token(owner.head))
    record = await world.achievement(owner)
    await client.post(
        f"/desk/achievements/{record.number}/files",
        files=[("files", ("x.svg", SVG, "image/svg+xml"))],
    )
    assert [line["msg"] for line in events()] == [
        "origin.refused",
        "token.refused",
        "upload.refused",
    ]
