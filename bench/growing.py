"""As many search documents as are wanted, grown from the real patents; pure but for reading them.

The first documents are the patents themselves. Each further one has two of them for parents: the
front half of one's title and the back half of the other's, half of the sentences of each, and the
holder of either. Field, classification and region go with the parents, and are spread unevenly, as
in real holdings; prices, states and dates are drawn. So words occur together and as often as in
real texts, but nothing new is ever said: ten times the documents have the same vocabulary.

A document depends on the seed and its number alone, so 10,000 are the beginning of a million, and
processes can share the work.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import rjieba

from app.catalogue.offer_types import Disposal, OfferState
from app.catalogue.types import Origin
from app.core.official import NationalField, Region
from search.documents import Document, Facet, Kind
from search.knowledge import entries
from search.knowledge.ipc import ipc_codes

SEED: Final = 20_260
PATENTS: Final = Path(__file__).parents[2] / "shared" / "data" / "patents" / "abstracts.jsonl"
"""Where the real patents are; they are no part of the project."""

_BEGAN: Final = datetime(2023, 1, 3, tzinfo=UTC)
_BETWEEN: Final = timedelta(seconds=90)
"""Between one publication and the next; a million take less than three years."""

_SENTENCE: Final = re.compile(r"(?<=[。；！？])")
_TRL: Final = {"1-3": 30, "4-6": 45, "7-9": 25}
_KINDS: Final = {
    Kind.achievement: 68,
    Kind.offer: 20,
    Kind.demand: 8,
    Kind.lot: 2,
    Kind.package: 1,
    Kind.notice: 1,
}
_SHOWN: Final = (OfferState.published, OfferState.reserved, OfferState.sold)
_CODE_OF_SUBCLASS: Final = 4  # characters

T = TypeVar("T")


class NoPatents(Exception):
    """The real patents are not on this machine."""


@dataclass(frozen=True, slots=True)
class Patent:
    """One real patent: its title in two halves, cut between words, and its text in sentences."""

    front: str
    back: str
    sentences: tuple[str, ...]
    holder: str
    field: str
    codes: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.front + self.back

    @property
    def summary(self) -> str:
        return "".join(self.sentences)


def read_patents(path: Path = PATENTS) -> tuple[Patent, ...]:
    """All real patents in the order of the file. NoPatents, with a sentence, where it is not."""
    if not path.is_file():
        raise NoPatents(
            "the documents are grown from real patents, which are kept beside the project and"
            " are not there; nothing was measured"
        )
    with path.open(encoding="utf-8") as lines:
        return tuple(_read(json.loads(line), at) for at, line in enumerate(lines))


def parents(number: int, patents: int, seed: int = SEED) -> tuple[int, int]:
    """Which patents a document is grown from: itself twice, for the first of them."""
    if number < patents:
        return number, number
    draw = _draw(number, seed)
    return draw.randrange(patents), draw.randrange(patents)


def grow(patents: Sequence[Patent], numbers: Sequence[int], seed: int = SEED) -> Iterator[Document]:
    """The documents of these numbers."""
    for number in numbers:
        yield _grow(patents, number, seed)


def _read(record: dict[str, str], at: int) -> Patent:
    title = record["title"]
    cut = _middle(title)
    draw = _draw(at, -1)
    return Patent(
        front=title[:cut],
        back=title[cut:],
        sentences=tuple(part for part in _SENTENCE.split(record["abstract"]) if part),
        holder=record["assignee"],
        field=_unevenly(draw, [field.label for field in NationalField]),
        codes=ipc_codes(_unevenly(draw, _subclasses())),
    )


def _middle(title: str) -> int:
    """The end of the word that is nearest to the middle."""
    ends = list(accumulate(len(word) for word in rjieba.cut(title, False)))
    return min(ends[:-1] or [len(title)], key=lambda end: abs(2 * end - len(title)))


def _grow(patents: Sequence[Patent], number: int, seed: int) -> Document:
    draw = _draw(number, seed)
    one, two = (patents[draw.randrange(len(patents))] for _ in range(2))
    if number < len(patents):
        one = two = patents[number]
    title, summary = one.title, one.summary
    if one is not two:
        title = one.front + two.back
        summary = "".join(_half(draw, one.sentences) + _half(draw, two.sentences))
    kind = _weighted(draw, _KINDS)
    published = _BEGAN + number * _BETWEEN + timedelta(milliseconds=draw.randrange(80_000))
    return Document(
        kind=kind,
        id=_id_at(published, draw),
        version=1,
        title=title,
        published_at=published,
        number=f"CG-{published.year}-{number:07}",
        holder=one.holder,
        summary=summary,
        facets=_facets(draw, kind, one, two),
        price_minor=_price(draw, kind),
    )


def _half(draw: random.Random, sentences: Sequence[str]) -> list[str]:
    """Half of them, one at least, in their order."""
    if not sentences:
        return []
    chosen = draw.sample(range(len(sentences)), (len(sentences) + 1) // 2)
    return [sentences[at] for at in sorted(chosen)]


def _facets(
    draw: random.Random, kind: Kind, one: Patent, two: Patent
) -> dict[Facet, Sequence[str]]:
    known: dict[Facet, Sequence[str]] = {
        Facet.field: [one.field],
        Facet.region: [_region(one.holder)],
        Facet.origin: [(Origin.imported if draw.random() < 0.8 else Origin.entered).label],
        Facet.holder: [one.holder],
    }
    if kind is not Kind.demand:
        known[Facet.trl] = [_weighted(draw, _TRL)]
    if kind is Kind.achievement:
        known[Facet.ipc] = list(dict.fromkeys((*one.codes, *two.codes)))
    if kind is Kind.offer:
        known[Facet.disposal] = [_unevenly(draw, [way.label for way in Disposal])]
        known[Facet.state] = [_unevenly(draw, _SHOWN).label]
    return known


def _price(draw: random.Random, kind: Kind) -> int | None:
    """分, in round 万元; most achievements have none."""
    priced = {Kind.offer: 0.7, Kind.demand: 0.5, Kind.lot: 1.0}.get(kind, 0.0)
    if draw.random() >= priced:
        return None
    return max(1, round(draw.lognormvariate(3.2, 1.2))) * 1_000_000


def _id_at(moment: datetime, draw: random.Random) -> UUID:
    """A UUIDv7 of this moment, as the market makes them: they grow with time."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | draw.getrandbits(12) << 64 | 1 << 63
                | draw.getrandbits(62))  # fmt: skip


@cache
def _region(holder: str) -> str:
    """Each holder is in one region for ever."""
    labels = [region.label for region in Region]
    return _unevenly(random.Random(f"region of {holder}"), labels)  # noqa: S311 - no secret


@cache
def _subclasses() -> list[str]:
    codes = [line.partition("\t")[0] for line in entries("ipc.tsv")]
    return [code for code in codes if len(code) == _CODE_OF_SUBCLASS]


def _unevenly(draw: random.Random, values: Sequence[T]) -> T:
    """One of them: the second half as often as the first, the third a third as often, and so on."""
    return draw.choices(values, cum_weights=_shares(len(values)))[0]


@cache
def _shares(count: int) -> list[float]:
    return list(accumulate(1 / place for place in range(1, count + 1)))


def _weighted(draw: random.Random, weights: dict[T, int]) -> T:
    return draw.choices(list(weights), list(weights.values()))[0]


def _draw(number: int, seed: int) -> random.Random:
    return random.Random(seed * 2**32 + number)  # noqa: S311 - to be drawn again, not to be secret
