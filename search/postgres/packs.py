"""What ``search_document.pack`` holds of a document, eight bytes each: the two halves of its id,
its date in microseconds, and its facets, the kind first.

A facet's number has 12 bits of the facet and 52 of the value. The words come back from documents
that have them: nobody keeps a table of words in which writers would meet.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import md5
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from search.documents import SEPARATOR, Facet, Kind, facet_word
from search.postgres.rows import Key

Numbers = NDArray[np.uint64]

SHIFT: Final = 52
"""A facet value's number without so many bits is its facet."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # from which PostgreSQL counts
_MICROSECOND: Final = timedelta(microseconds=1)
# The ends of the calendar are infinite where they are stored; the driver reads and writes them so.
_ENDS: Final = {
    -(2**63): datetime.min.replace(tzinfo=UTC),
    2**63 - 1: datetime.max.replace(tzinfo=UTC),
}

_REMEMBERED: Final = 50_000  # words of a process
_words: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Packed:
    """Documents one behind the other; ``kinds`` are the places of their kinds."""

    numbers: Numbers
    kinds: NDArray[np.intp]

    def facets(self) -> Numbers:
        """The facet values of all documents."""
        others = np.ones(self.numbers.size, bool)
        for before in (1, 2, 3):
            others[self.kinds - before] = False
        return self.numbers[others]

    def having(self, values: Collection[int]) -> "Packed":
        """Those of the documents that have one of these facet values."""
        found = np.isin(self.numbers, np.array(list(values), np.uint64))
        mine = np.zeros(self.kinds.size, bool)
        mine[np.searchsorted(self.kinds, np.flatnonzero(found), "right") - 1] = True
        sizes = np.diff(self.kinds, append=self.numbers.size + 3)
        kept = self.numbers[np.repeat(mine, sizes)]
        return Packed(kept, np.cumsum(sizes[mine]) - sizes[mine] + 3)

    def newest(self, until: datetime | None = None) -> Iterable[tuple[Key, datetime]]:
        """Documents with their dates from the newest on, none newer than ``until``; of one date,
        from the highest id."""
        dates = self.numbers[self.kinds - 1].view(np.int64)
        if until is not None:
            among = np.flatnonzero(dates <= _microseconds(until))
        else:
            among = np.arange(dates.size)
        kinds = self.kinds[among]
        ids = self.numbers[kinds - 3], self.numbers[kinds - 2]
        order = among[np.lexsort((ids[1], ids[0], dates[among]))[::-1]]
        return ((self._key(at), _instant(int(dates[at]))) for at in order)

    def count(self, number: int) -> int:
        """How many of the documents have a facet value."""
        return int(np.count_nonzero(self.numbers == number))

    def holding(self, keys: Collection[Key]) -> set[Key]:
        """Which of these documents are among them."""
        halves = np.array([row_id.int >> 64 for _, row_id in keys], np.uint64)
        near = np.flatnonzero(np.isin(self.numbers[self.kinds - 3], halves))
        return set(keys) & set(map(self._key, near))

    def first_with(self, number: int) -> Key:
        """The first document that has a facet value."""
        found = np.flatnonzero(self.numbers == number)
        return self._key(np.searchsorted(self.kinds, found[0], "right") - 1)

    def _key(self, document: np.intp) -> Key:
        at = self.kinds[document]
        high, low, kind = (int(self.numbers[at - before]) for before in (3, 2, 0))
        return kinds_by_number()[kind].value, UUID(int=high << 64 | low)


def read_pack(pack: bytes | None) -> Packed:
    """The documents of any number of packs one behind the other."""
    numbers = np.frombuffer(pack or b"", ">u8").astype(np.uint64)
    kinds = np.isin(numbers, np.array(list(kinds_by_number()), np.uint64))
    return Packed(numbers, np.flatnonzero(kinds))


def number_of(word: str) -> int:
    """The number of a stored facet word, as the database's ``search_pack`` makes it."""
    name, _, _ = word.partition(SEPARATOR)
    return int(_digest(name)[:3] + _digest(word)[:13], 16)


@lru_cache
def facets_by_number() -> dict[int, Facet]:
    """The facets by the first bits of their values."""
    return {number_of(facet_word(facet, "")) >> SHIFT: facet for facet in Facet}


@lru_cache
def kinds_by_number() -> dict[int, Kind]:
    """The kinds by their number."""
    return {number_of(facet_word(Facet.kind, kind)): kind for kind in Kind}


def recall(number: int) -> str | None:
    """The word of a number, if this process has met it."""
    return _words.get(number)


def remember(words: Iterable[str]) -> None:
    """Know these words from now on."""
    if len(_words) > _REMEMBERED:
        _words.clear()
    _words.update((number_of(word), word) for word in words)


def _microseconds(instant: datetime) -> int:
    ends = (number for number, end in _ENDS.items() if end == instant)
    return next(ends, (instant - _EPOCH) // _MICROSECOND)


def _instant(microseconds: int) -> datetime:
    return _ENDS.get(microseconds) or _EPOCH + microseconds * _MICROSECOND


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
