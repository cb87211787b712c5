"""Attaching against the sweep, opening against revoking: each waits for the other to commit."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.catalogue import service
from app.catalogue.confidential_errors import LayerMissing
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from app.files import jobs, store
from app.files.errors import ContentGone
from app.files.service import attach, stage
from tests.unit.files.samples import PDF, stream
from tests.world import World

Verb = Callable[..., Awaitable[Any]]


class Held:
    """A verb that has done its work and has not committed."""

    def __init__(self, tx: Tx, verb: Verb, **given: Any) -> None:
        self.done, self.go = asyncio.Event(), asyncio.Event()

        async def run(uow: UnitOfWork) -> None:
            await verb(uow, **given)
            await uow.session.flush()
            self.done.set()
            await self.go.wait()

        self.task = asyncio.create_task(tx.run(run))

    async def reached(self) -> None:
        await asyncio.wait_for(self.done.wait(), 10)

    async def commit(self) -> None:
        self.go.set()
        await self.task


async def waits(task: asyncio.Task[Any]) -> None:
    """The rival stands still while the other has not committed."""
    await asyncio.sleep(0.3)
    assert not task.done()


async def due(uow: UnitOfWork, *, sha256: str) -> None:
    await uow.session.execute(
        text("UPDATE content_sweep SET folder = :folder, due_at = market_now()"),
        {"folder": int(sha256[:2], 16)},
    )


async def test_the_sweep_never_takes_what_is_being_attached(real_tx: Tx, tmp_path: Path) -> None:
    one = await stage(tmp_path, stream(PDF), name="a.pdf", limit=10_000)
    old = time.time() - 2 * store.DAY_S
    os.utime(one.path, (old, old))
    await real_tx.run(due, sha256=one.sha256)
    given: dict[str, Any] = {
        "actor": Actor(person_id=new_id()),
        "staged": one,
        "owner_kind": "test.thing",
        "owner_id": new_id(),
        "key": "race-attach",
    }
    attaching = Held(real_tx, attach, **given)
    await attaching.reached()
    sweeping = asyncio.create_task(real_tx.run(jobs.sweep_contents, root=tmp_path))
    await waits(sweeping)
    await attaching.commit()
    await sweeping
    assert one.path.is_file()


async def test_what_is_being_swept_is_not_attached(real_tx: Tx, tmp_path: Path) -> None:
    one = await stage(tmp_path, stream(PDF), name="a.pdf", limit=10_000)
    old = time.time() - 2 * store.DAY_S
    os.utime(one.path, (old, old))
    await real_tx.run(due, sha256=one.sha256)
    sweeping = Held(real_tx, jobs.sweep_contents, root=tmp_path)
    await sweeping.reached()
    attaching = asyncio.create_task(
        real_tx.run(
            attach,
            actor=Actor(person_id=new_id()),
            staged=one,
            owner_kind="test.thing",
            owner_id=new_id(),
            key="race-attach",
        )
    )
    await waits(attaching)
    await sweeping.commit()
    with pytest.raises(ContentGone):
        await attaching


async def test_nothing_opens_once_a_revocation_is_committed(real_tx: Tx, tmp_path: Path) -> None:
    world = World(real_tx, tmp_path)
    owner = await world.organisation("示范大学", "university")
    buyer = await world.organisation("受邀公司")
    record = await world.achievement(owner)
    await world.confidential(owner.head, record.number, guest=buyer.id, reader=buyer.head)
    revoking = Held(
        real_tx,
        service.revoke_guest,
        actor=owner.head,
        number=record.number,
        organisation_id=buyer.id,
    )
    await revoking.reached()
    opening = asyncio.create_task(
        real_tx.run(service.open_confidential, actor=buyer.head, number=record.number)
    )
    await waits(opening)
    await revoking.commit()
    with pytest.raises(LayerMissing):
        await opening
    assert await world.count("confidential_opening") == 0
