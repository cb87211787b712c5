"""Ids are UUIDv7 (RFC 9562), made in the application so that a retry carries the same id."""

import os
import time
from uuid import UUID

_VERSION_MASK, _VARIANT_MASK = 0xF << 76, 0x3 << 62


def new_id() -> UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, then random bits; sorts by time of making."""
    milliseconds = time.time_ns() // 1_000_000
    raw = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    return UUID(int=(raw & ~_VERSION_MASK & ~_VARIANT_MASK) | (7 << 76) | (0x2 << 62))
