"""What the races of accounts begin with."""

from __future__ import annotations

import pytest

from app.core.tx import Tx
from tests.world import World


@pytest.fixture
def real_world(real_tx: Tx) -> World:
    """Builders whose work is committed."""
    return World(real_tx)
