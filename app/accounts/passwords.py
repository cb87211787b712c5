"""Password hashes (argon2id): one set of parameters, worked out beside the event loop.

Hashing takes about a tenth of a second and 64 MiB, so it happens outside any transaction, in at
most two threads at a time.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.accounts.password_rules import PASSWORD_MAX
from app.core.errors import Unavailable

# RFC 9106's second recommended option, on one lane: two cores serve many logins.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_MOST_WAITING = 40  # about two seconds of work; whoever comes then is asked to come again

R = TypeVar("R")


class _Queue:
    """Work for the threads; bounded, so that a flood of logins cannot pile up."""

    def __init__(self) -> None:
        self.waiting = 0

    async def run(self, work: Callable[[], R]) -> R:
        if self.waiting >= _MOST_WAITING:
            raise Unavailable()
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
        finally:
            self.waiting -= 1


_queue = _Queue()


def hash_password(password: str) -> str:
    """Hash a password; blocks for a tenth of a second. Full-width input equals half-width."""
    return _HASHER.hash(_plain(password))


async def hash_in_thread(password: str) -> str:
    """Hash a password without holding up other requests. Raises Unavailable in a rush."""
    return await _queue.run(partial(hash_password, password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password belongs to a hash; without one, the same work and then False.

    Raises Unavailable in a rush.
    """
    return await _queue.run(partial(_verify, password_hash, password))


def _verify(password_hash: str | None, password: str) -> bool:
    decoy = _decoy()  # why: made on first use, whether the account exists or not
    try:
        right = _HASHER.verify(password_hash or decoy, _plain(password))
    except VerifyMismatchError:
        return False
    return right and password_hash is not None and len(password) <= PASSWORD_MAX


@cache
def _decoy() -> str:
    """A hash that nobody's password has."""
    return hash_password(secrets.token_urlsafe(32))


def _plain(password: str) -> str:
    # why: input methods type full-width letters; a longer password than allowed never matches
    return unicodedata.normalize("NFKC", password[: PASSWORD_MAX + 1])
