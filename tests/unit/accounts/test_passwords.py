from __future__ import annotations

import asyncio
import threading

import pytest

from app.accounts import passwords
from app.core.errors import Unavailable
from tests.conftest import REAL_HASHER
from tests.worlds.accounts import PASSWORD, password_hash


async def test_a_hash_belongs_to_its_password_only() -> None:
    assert password_hash().startswith("$argon2id$")
    assert await passwords.matches(password_hash(), PASSWORD)
    assert await passwords.matches(password_hash(), PASSWORD.replace("2", "２"))
    assert not await passwords.matches(password_hash(), PASSWORD + "x")


async def test_without_a_hash_nothing_matches_but_the_work_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verified: list[str] = []

    class Watched:
        def hash(self, password: str) -> str:
            return f"hash of {password}"

        def verify(self, password_hash: str, _password: str) -> bool:
            verified.append(password_hash)
            return True

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    passwords._decoy.cache_clear()
    assert not await passwords.matches(None, PASSWORD)
    assert await passwords.matches("hash of somebody", PASSWORD)
    assert len(verified) == 2
    passwords._decoy.cache_clear()


async def test_a_password_longer_than_allowed_never_matches() -> None:
    long = "长密码一二三四五六七八九十" * 20
    assert not await passwords.matches(passwords.hash_password(long), long)


async def test_a_flood_of_logins_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MOST_WAITING", 3)
    held = threading.Event()
    waiting = [asyncio.create_task(passwords._queue.run(held.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.matches(None, PASSWORD)
    held.set()
    assert all(await asyncio.gather(*waiting))
    assert passwords._queue.waiting == 0


def test_a_hash_costs_what_rfc_9106_recommends() -> None:
    assert (REAL_HASHER.time_cost, REAL_HASHER.memory_cost) == (3, 65536)
