"""What a certificate says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says, every text finished; ``made_at`` is in the zone it is dated in."""

    heading: str
    number: str
    market: str
    lines: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]
    made_at: datetime
    verify_url: str
    record_sha256: str
