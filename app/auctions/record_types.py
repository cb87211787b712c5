"""Words of the proof of a sale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from app.core.i18n import _n

CERTIFICATE_JOB: Final = "certificates"


class RecordKind(StrEnum):
    """A file that is kept about a finished sale."""

    public = "public"  # 竞价记录
    notice = "notice"  # 竞价结果通知书
    confirmation = "confirmation"  # 成交确认书


RECORD_LABELS: Final = {
    RecordKind.public: _n("竞价记录"),
    RecordKind.notice: _n("竞价结果通知书"),
    RecordKind.confirmation: _n("成交确认书"),
}


@dataclass(frozen=True, slots=True)
class RecordView:
    """A kept file without its content. ``outcome`` is what the sale was when it was made."""

    kind: RecordKind
    revision: int
    number: str | None
    outcome: str
    sha256: str
    size: int
    made_at: datetime

    @property
    def label(self) -> str:
        """What the file is called, in the source language."""
        return RECORD_LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class RecordsView:
    """What may be had of a sale's proof: records for everybody, certificates for who is concerned.

    ``may_open``: the reader may ask for the openings.
    """

    records: tuple[RecordView, ...]
    certificates: tuple[RecordView, ...]
    may_open: bool

    @property
    def newest(self) -> RecordView | None:
        """The record as of now."""
        return self.records[-1] if self.records else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the market knows of a file that somebody holds, or of a certificate's number.

    ``current`` is the sale's outcome now: a certificate of a sale that was annulled says nothing
    any more. No party is named.
    """

    record: RecordView
    lot_number: str
    title: str
    current: str
    price_minor: int | None
    closed_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether the sale is still what the file says."""
        return self.record.outcome == self.current


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One's own score in a weighted sale beside the best, in points of a hundred, exact.

    ``best_minor``: the highest amount that counted, of which the price's share is a fraction.
    """

    own: Fraction
    best: Fraction
    own_minor: int
    best_minor: int
