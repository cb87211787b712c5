"""What the tests of uploads share."""

from __future__ import annotations

import pytest

from tests.world import World
from tests.worlds.accounts import Org


@pytest.fixture
async def org(world: World) -> Org:
    """The organisation that brings files in."""
    return await world.organisation("示范大学", "university")
