"""What the program must ask the machine it runs on: its disk and its clock."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.settings import Settings
from app.operations.types import Disk
from search.embedding import EncoderMissing
from search.encoders.making import make_encoder


def find_disk(folder: Path) -> Disk | None:
    """Room on the disk of a folder, or of the nearest one above it that exists."""
    for place in (folder.absolute(), *folder.absolute().parents):
        try:
            usage = shutil.disk_usage(place)
        except OSError:
            continue
        return Disk(free=usage.free, total=usage.total)
    return None


def is_encoder_missing(settings: Settings) -> bool:
    """Whether the program of the encoder that the settings choose is not there."""
    try:
        make_encoder(settings)
    except EncoderMissing:
        return True
    return False


def compute_skew(database_clock: datetime) -> timedelta:
    """How far the database's clock runs ahead of this machine's."""
    return database_clock - datetime.now(UTC)
