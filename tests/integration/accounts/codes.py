"""Asking for a code, and typing it in, as the tests of this folder do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from app.accounts import service
from app.core.tx import Tx
from tests.worlds.accounts import PASSWORD

ASKING = service.Asking("192.0.2.1", "zh-CN", "http://market.test")

E = TypeVar("E", bound=Exception)


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


async def refused(verb: Callable[[], Awaitable[object]], error: type[E]) -> E:
    with pytest.raises(error) as caught:
        await verb()
    return caught.value
