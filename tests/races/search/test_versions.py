"""Rivals write the same document: the newer version stays, whoever commits last."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Kind
from search.postgres import PostgresIndex
from search.types import SearchRequest

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def make(version: int, at: int = 1) -> Document:
    return Document(Kind.demand, UUID(int=at), version, f"需求第{version}版", NOW)


async def title(tx: Tx) -> str:
    result = await PostgresIndex(tx).search(SearchRequest())
    return result.hits[0].title


@pytest.mark.parametrize("already", [False, True])
async def test_a_late_older_version_waits_and_changes_nothing(real_tx: Tx, already: bool) -> None:
    if already:
        await real_tx.run(service.index_documents, [make(1)])
    written, release = asyncio.Event(), asyncio.Event()

    async def hold(uow: UnitOfWork) -> None:
        await service.index_documents(uow, [make(3)])
        written.set()
        await release.wait()

    newer = asyncio.create_task(real_tx.run(hold))
    await written.wait()
    older = asyncio.create_task(real_tx.run(service.index_documents, [make(2)]))
    done, _ = await asyncio.wait({older}, timeout=0.1)
    assert not done  # it waits for the other's lock
    release.set()
    await asyncio.gather(newer, older)
    assert await title(real_tx) == "需求第3版"


async def test_writers_of_the_same_documents_do_not_deadlock(real_tx: Tx) -> None:
    attempts = 0

    async def write(uow: UnitOfWork, numbers: list[int]) -> None:
        nonlocal attempts
        attempts += 1
        await service.index_documents(uow, [make(1, at) for at in numbers])

    numbers = list(range(1, 200))
    rivals = [numbers, numbers[::-1]] * 4
    await asyncio.gather(*(real_tx.run(write, rival) for rival in rivals))
    assert attempts == len(rivals)  # none was repeated after a deadlock
