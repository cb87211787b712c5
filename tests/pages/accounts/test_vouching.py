"""The pages of who a person is, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from tests.unit.files.samples import PDF, SVG
from tests.world import World

OWN = "/desk/account/verification"
KEY = {"key": "papers-page-0001"}


@pytest.fixture(autouse=True)
def _kept_elsewhere(application: FastAPI, tmp_path: Path) -> Iterator[None]:
    """What is uploaded lands in this test's own folder."""
    settings = application.state.settings
    was, settings.data_dir = settings.data_dir, tmp_path
    yield
    settings.data_dir = was


async def test_papers_are_shown_decided_on_and_gone(
    client: httpx2.AsyncClient, world: World
) -> None:
    person = await world.person("李研")
    await world.logged_in_client(client, person)
    assert OWN in (await client.get("/desk/account")).text
    for files in ({}, {"files": ("画.svg", SVG)}):
        refused = await client.post(OWN, data=KEY, files=files)
        assert refused.status_code in (415, 422)
    assert await world.count("person_verification") == 0
    sent = await client.post(OWN, data=KEY, files={"files": ("护照.pdf", PDF)})
    assert sent.status_code == 303
    shown = (await client.get(OWN)).text
    assert "护照.pdf" in shown
    (file,) = set(re.findall(r"/files/[\w-]+", shown))
    await world.logged_in_client(client, await world.operator())
    assert (await client.get(file)).content == PDF
    queue = (await client.get("/review/people")).text
    (verify,) = re.findall(r"/review/people/[\w-]+/verify", queue)
    empty = await client.post(verify.replace("verify", "return"), data={"reason": ""})
    assert empty.status_code == 422
    long = await client.post(verify.replace("verify", "return"), data={"reason": "不清" * 300})
    assert long.status_code == 422
    assert "不清不清" in long.text, "what was typed is kept"
    assert (await client.post(verify)).status_code == 303
    assert (await client.post(verify)).status_code == 409
    assert (await client.get(file)).status_code == 404
    await world.logged_in_client(client, person)
    assert "已通过实名认证" in (await client.get(OWN)).text


async def test_a_head_confirms_a_member(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    await world.member(org, {"inventor"})
    await world.logged_in_client(client, org.head)
    desk = (await client.get("/desk/organisation")).text
    (confirm,) = re.findall(r"/desk/organisation/members/[\w-]+/confirm", desk)
    assert (await client.post(confirm)).status_code == 303
    desk = (await client.get("/desk/organisation")).text
    assert "已实名" in desk
    assert confirm not in desk
    assert (await client.post(confirm)).status_code == 409
