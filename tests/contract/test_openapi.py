"""The API's file is a promise: it changes only on purpose, and names every refusal that comes.

    MARKET_SNAPSHOT=1 python3 dev.py test tests/contract/test_openapi.py

writes tests/contract/openapi.json anew; its diff is what a program elsewhere will notice.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from fastapi import FastAPI

from app.accounts.types import SESSION_COOKIE
from app.core.bodies import ORDINARY_BYTES
from app.openapi import PROBLEM
from tests.fuzz.hooks import MEMBERS
from tests.world import World

SNAPSHOT: Final = Path(__file__).with_name("openapi.json")
JSON: Final = {"Content-Type": "application/json"}
KEY: Final = {"Idempotency-Key": "contract-key-1"}
FOREIGN: Final = {"Origin": "https://elsewhere.test"}


@pytest.fixture(scope="module")
def schema(application: FastAPI) -> dict[str, Any]:
    return application.openapi()


def calls(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of everything the API does."""
    for path, item in schema["paths"].items():
        for method, call in item.items():
            yield method.upper(), path, call


def documented(call: dict[str, Any]) -> set[tuple[int, str]]:
    """(status, code) of every refusal that an operation names."""
    return {
        (int(status), line.partition(":")[0])
        for status, entry in call["responses"].items()
        if PROBLEM in entry.get("content", {})
        for line in entry["description"].split("; ")
    }


def test_the_file_is_the_one_that_was_agreed_on(schema: dict[str, Any]) -> None:
    now = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("MARKET_SNAPSHOT"):
        SNAPSHOT.write_text(now, "utf-8")
    agreed = SNAPSHOT.read_text("utf-8")
    changes = difflib.unified_diff(agreed.splitlines(), now.splitlines(), "agreed", "now", n=2)
    assert list(changes) == [], "agree on it with the command above"


def test_each_call_names_the_refusals_that_may_meet_it(schema: dict[str, Any]) -> None:
    """By its shape: who is asked for, what is named in its path, what is written."""
    for method, path, call in calls(schema):
        where, named = f"{method} {path}", documented(call)
        statuses = {status for status, _ in named}
        assert {(401, "invalid-token"), (429, "too-many"), (503, "unavailable")} <= named, where
        if "{" in path:
            assert 404 in statuses, where
        if call.get("parameters") or "requestBody" in call:
            assert (422, "invalid") in named, where
        if method != "GET":
            assert {(401, "unauthenticated"), (403, "forbidden"), (403, "scope-missing")} <= named
            assert {(413, "too-large"), (422, "invalid")} <= named, where
            assert 409 in statuses, where
        if any(one["name"] == "Idempotency-Key" for one in call.get("parameters", ())):
            assert (409, "key-reused") in named or path.endswith("/join"), where


def test_every_refusal_has_the_one_shape(schema: dict[str, Any]) -> None:
    shape = schema["components"]["schemas"]["Problem"]
    assert set(shape["required"]) == MEMBERS
    for method, path, call in calls(schema):
        for status, entry in call["responses"].items():
            if int(status) >= 400:
                [(kind, content)] = entry["content"].items()
                assert kind == PROBLEM, f"{method} {path} {status}"
                assert content["schema"]["$ref"].endswith("/Problem"), f"{method} {path} {status}"
    assert "ValidationError" not in json.dumps(schema)


async def test_a_hostile_client_meets_documented_refusals_only(
    schema: dict[str, Any], client: httpx2.AsyncClient, world: World
) -> None:
    """Each call, asked wrongly in many ways by three askers; and most ways do refuse."""
    tokens = {
        "stranger": "",
        "person": await world.token(await world.person()),
        "member": await world.token(
            await world.member(await world.organisation(), {"manager", "agent", "inventor"})
        ),
    }
    unknown, met = set(), set()
    for method, path, call in calls(schema):
        known = documented(call)
        for who, token in tokens.items():
            client.cookies.clear()
            if token:
                client.cookies.set(SESSION_COOKIE, token)
            for request in attacks(method, path):
                answer = await client.request(method, **request)
                if answer.status_code >= 400:
                    refusal = (answer.status_code, answer.json()["code"])
                    met.add(refusal)
                    if refusal not in known:
                        unknown.add((method, path, who, refusal))
    assert unknown == set()
    assert {401, 403, 404, 413, 422} <= {status for status, _ in met}


def attacks(method: str, path: str) -> Iterator[dict[str, Any]]:
    """Requests that no honest program sends."""
    unknown = fill(path, "11111111-1111-7111-8111-111111111111")
    if method == "GET":
        for query in ("", "limit=0&after=x", "after=%00"):
            yield {"url": f"{unknown}?{query}"}
        yield {"url": unknown, "headers": {"Authorization": "Bearer kjm_none"}}
    else:
        for body in (b"[]", b'{"title": "\\u0000"}', b'{"amount_minor": 1}'):
            yield {"url": unknown, "content": body, "headers": JSON | KEY}
        yield {"url": unknown, "content": b"{}", "headers": JSON | KEY | FOREIGN}
        yield {"url": unknown, "content": b"{}", "headers": JSON}
        large = b"x" * (ORDINARY_BYTES + 1)
        yield {"url": unknown, "content": large, "headers": JSON | KEY}
    if unknown != path:
        for name in ("%00", "x" * 300):
            yield {"url": fill(path, name)}


def fill(path: str, name: str) -> str:
    """The path with a name for what it asks for."""
    return re.sub(r"\{\w+\}", name, path)
