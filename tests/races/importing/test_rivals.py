"""One file brought in by several at once."""

from __future__ import annotations

import asyncio

from app.core.settings import Settings
from app.core.tx import Tx
from tests.world import World
from tests.worlds.imports import GOOD


async def test_two_at_once_make_one_upload(real_tx: Tx, settings: Settings) -> None:
    world = World(real_tx, settings.files_dir)
    org = await world.organisation()
    made = await asyncio.gather(
        *(world.upload(org, GOOD) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["UUID", *["UploadUnderWay"] * 3]
