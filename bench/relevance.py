"""How well search finds, on real texts: ``make bench-relevance``. Prints tables; minutes.

Three trials, each through the product's own engine on a PostgreSQL of its own. Demands whose
achievements were graded by people of the trade; patents asked for by words of their own title and
by sentences of their own abstract; ten questions in everyday words, whose results were judged by
hand (``bench/judged.tsv``: question, document, 2 relevant, 1 partly, 0 not). The texts are no part
of the project; a trial whose texts are not there is left out and says so. What came out, and what
was decided by it, is in ``docs/relevance.md``.
"""

import argparse
import asyncio
import csv
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from app.core.tx import Tx
from app.embedded import EmbeddedPostgres
from bench.building import administering, make_database, server_in, transactions
from bench.relevance_texts import Graded, Text, known_items, read_graded, read_patents
from search.documents import Document, Kind
from search.embedding import Encoder, encode_meanings, meaning_text, question_text
from search.encoders.bundled import BundledEncoder
from search.evaluation import Interval, auc, interval, ndcg, recall, reciprocal_rank
from search.index import Entry
from search.postgres import PostgresIndex
from search.store import prepare
from search.types import SearchRequest, Vector
from search.words import renew_word_shares

TEXTS: Final = Path(__file__).parents[2] / "shared" / "data"
"""Where the real patents and demands may be, beside the checkout."""

JUDGED: Final = Path(__file__).parent / "judged.tsv"
WEIGHTS: Final = (0.0, 0.3, 0.5, 0.7, 1.0)
DEEPEST: Final = 300
"""Results that are read of a graded question; what comes later counts as not found."""

_CHUNK: Final = 500
_PAGE: Final = 100
_BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Market:
    """An index full of texts, each under its place among them."""

    index: PostgresIndex
    encoder: Encoder

    async def ask(self, text: str, weight: float, most: int = _PAGE) -> list[int]:
        """The places of the first results."""
        vector = self._meaning(text) if weight else None
        found: list[int] = []
        after: str | None = None
        while len(found) < most:
            request = SearchRequest(text, limit=_PAGE, after=after, semantic=weight, facet_values=0)
            result = await self.index.search(request, vector)
            found += [hit.id.int - 1 for hit in result.hits]
            if (after := result.next) is None:
                break
        return found[:most]

    def _meaning(self, text: str) -> Vector:
        return self.encoder.encode_questions([question_text(text)])[0]


@asynccontextmanager
async def market(
    server: EmbeddedPostgres, texts: Sequence[Text], floor: float | None
) -> AsyncIterator[Market]:
    """All texts in an index with their vectors, for the length of the block."""
    name, encoder = "bench_relevance", BundledEncoder()
    await make_database(server, name)
    async with transactions(server, name) as tx:
        for start in range(0, len(texts), _CHUNK):
            await _write(tx, encoder, start, texts[start : start + _CHUNK])
        async with administering(server, name) as connection:
            await connection.execute("VACUUM ANALYZE")
        await tx.run(renew_word_shares)
        yield Market(PostgresIndex(tx, floor=floor), encoder)


async def _write(tx: Tx, encoder: Encoder, start: int, texts: Sequence[Text]) -> None:
    documents = [
        Document(
            Kind.achievement,
            UUID(int=at),
            1,
            text.title,
            _BEGAN + timedelta(hours=at),
            holder=text.holder,
            summary=text.summary,
        )
        for at, text in enumerate(texts, start + 1)
    ]
    rows = await asyncio.to_thread(prepare, documents)
    meanings = [meaning_text(row.title, row.keywords, row.summary) for row in rows]
    vectors = await asyncio.to_thread(encode_meanings, encoder, meanings)
    await PostgresIndex(tx).upsert(
        [Entry(row, vector) for row, vector in zip(rows, vectors, strict=True)]
    )


# ---------------------------------------------------------------- graded demands


async def graded(server: EmbeddedPostgres, folder: Path, floor: float | None) -> None:
    """Demands against achievements, at each weight of meaning."""
    texts, questions = read_graded(folder)
    tell(f"\n{len(questions)} graded demands, {len(texts):,} achievements, first {DEEPEST}\n")
    head("question", "weight of meaning", "nDCG@10", "AUC", "R@10", "R@50", "R@100")
    async with market(server, texts, floor) as place:
        for kind, ask in (("title", "title"), ("title and content", "whole")):
            for weight in WEIGHTS if kind == "title" else (0.0, 0.5):
                found = {
                    at: await place.ask(getattr(one, ask), weight, DEEPEST)
                    for at, one in enumerate(questions)
                }
                row(kind, f"{weight:g}", *map(str, figures(questions, found)))


def figures(questions: Sequence[Graded], found: Mapping[int, Sequence[int]]) -> list[Interval]:
    """nDCG@10, AUC and recalls of what was found for each question."""
    columns: list[list[float]] = [[], [], [], [], []]
    for at, one in enumerate(questions):
        place = {key: -rank for rank, key in enumerate(found[at])}
        judged = sorted(one.grades, key=lambda key: place.get(key, -DEEPEST), reverse=True)
        columns[0].append(ndcg([one.grades[key] for key in judged], 10))
        wanted = [key for key, grade in one.grades.items() if grade >= 3]
        good = [place.get(key, -DEEPEST) for key in wanted]
        bad = [place.get(key, -DEEPEST) for key, grade in one.grades.items() if grade == 1]
        if bad:
            columns[1].append(auc(good, bad))
        for column, k in zip(columns[2:], (10, 50, 100), strict=True):
            column.append(recall(list(found[at]), wanted, k))
    return [interval(column) for column in columns]


# ---------------------------------------------------------------- patents


async def patents(server: EmbeddedPostgres, folder: Path, floor: float | None) -> None:
    """Patents by their own words."""
    texts = read_patents(folder)
    async with market(server, texts, floor) as place:
        tell(f"\n{len(texts):,} patents, each asked for by its own words\n")
        head("question", "weight of meaning", "reciprocal rank", "found among 10")
        for kind, items in known_items(texts).items():
            for weight in (0.0, 0.5):
                ranks, ten = [], []
                for at, question in items:
                    found = await place.ask(question, weight)
                    ranks.append(reciprocal_rank(found, at))
                    ten.append(recall(found, [at], 10))
                row(kind, f"{weight:g}", str(interval(ranks)), str(interval(ten)))


async def judged(server: EmbeddedPostgres, folder: Path, floor: float | None) -> None:
    """The questions of ``judged.tsv``: how many of the first ten are of use."""
    texts = read_patents(folder)
    async with market(server, texts, floor) as place:
        await _tell_judged(place, texts)


async def _tell_judged(place: Market, texts: Sequence[Text]) -> None:
    known = read_judged()
    tell("\nQuestions judged by hand: relevant + partly of the first ten\n")
    head("question", "by words alone", "with meaning", "not judged yet")
    for question, grades in known.items():
        counts, missing = [], dict[str, str]()
        for weight in (0.0, 0.5):
            first = [texts[at] for at in (await place.ask(question, weight))[:10]]
            counts.append(
                f"{sum(grades.get(one.key) == 2 for one in first)} + "
                f"{sum(grades.get(one.key) == 1 for one in first)} of {len(first)}"
            )
            missing |= {one.key: one.title for one in first if one.key not in grades}
        row(question, *counts, str(len(missing) or ""))
        for key, title in missing.items():
            _say(f"  {question}\t{key}\t?\t{title}")


def read_judged() -> dict[str, dict[str, int]]:
    """For each question the grades of documents by their keys."""
    grades: dict[str, dict[str, int]] = {}
    lines = [line for line in JUDGED.read_text("utf-8").splitlines() if not line.startswith("#")]
    for question, key, grade in csv.reader(lines, delimiter="\t"):
        grades.setdefault(question, {})
        if key:
            grades[question][key] = int(grade)
    return grades


# ---------------------------------------------------------------- telling


def head(*names: str) -> None:
    row(*names)
    row(*("---" for _ in names))


def row(*cells: str) -> None:
    tell("| " + " | ".join(cells) + " |")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: Iterable[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench-relevance", description=__doc__)
    parser.add_argument(
        "trials", nargs="*", choices=("graded", "patents", "judged"), help="by default all"
    )
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of the texts")
    parser.add_argument("--floor", type=float, help="least cosine of a neighbour")
    given = parser.parse_args(list(words))
    trials = {
        "graded": (graded, "tech-match"),
        "patents": (patents, "patents"),
        "judged": (judged, "patents"),
    }
    with tempfile.TemporaryDirectory() as folder, server_in(Path(folder), _say) as server:
        for name, (trial, where) in trials.items():
            if given.trials and name not in given.trials:
                continue
            if not (given.texts / where).is_dir():
                tell(f"{name}: left out, its texts are not here (--texts FOLDER)")
                continue
            asyncio.run(trial(server, given.texts / where, given.floor))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
