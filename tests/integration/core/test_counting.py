"""A verb's count belongs to its transaction."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter

from app.core.tx import Tx, UnitOfWork


@pytest.fixture
def counter() -> Counter:
    return Counter("tried", "Tried.", registry=CollectorRegistry())


def counted(counter: Counter) -> float:
    return next(s.value for m in counter.collect() for s in m.samples if s.name == "tried_total")


async def test_a_verb_that_commits_is_counted_once(tx: Tx, counter: Counter) -> None:
    async def verb(uow: UnitOfWork) -> None:
        uow.count(counter)

    await tx.run(verb)
    assert counted(counter) == 1


async def test_a_verb_that_fails_is_not_counted(tx: Tx, counter: Counter) -> None:
    async def verb(uow: UnitOfWork) -> None:
        uow.count(counter)
        raise LookupError

    with pytest.raises(LookupError):
        await tx.run(verb)
    assert counted(counter) == 0
