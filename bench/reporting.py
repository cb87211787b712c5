"""What a run measured, as a table for people, with what was aimed at and whether it was met."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil

from bench.asking import Answers
from bench.building import Built
from bench.mixing import Group
from bench.timing import Times

MAIN: Final = 100_000
"""The size for which times are aimed at."""

SELECTIVE_MS: Final = 20.0
ALL_MS: Final = 60.0
GROWTH: Final = 2.0

IN_GROUPS: Final = frozenset({"words", "hybrid"})
"""Ways of asking that are told by group; the others only altogether."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of asking at one size: times by group and of all, and answers a second."""

    way: str
    callers: int
    processes: int
    groups: Mapping[str, Times]
    all: Times
    a_second: float

    @classmethod
    def of(cls, way: str, callers: int, processes: int, answers: Answers) -> "Asked":
        """Figures of what was answered."""
        return cls(
            way=way,
            callers=callers,
            processes=processes,
            groups={
                group.value: Times.of(answers.seconds[group])
                for group in Group
                if group in answers.seconds
            },
            all=Times.of(answers.all_seconds),
            a_second=answers.a_second,
        )


@dataclass(slots=True)
class Figures:
    """Everything that was measured at one size."""

    size: int
    built: Built
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    meaning: "Meaning | None" = None
    asked: list[Asked] = field(default_factory=list)
    naive: Mapping[str, Times] = field(default_factory=dict)

    def find(self, way: str, callers: int = 1, processes: int = 1) -> Asked | None:
        """What was asked in this way."""
        wanted = (way, callers, processes)
        return next(
            (one for one in self.asked if (one.way, one.callers, one.processes) == wanted), None
        )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What vectors took: seconds of writing and of building their index, and its bytes."""

    vectors: int
    write_s: float
    index_s: float
    table_bytes: int
    index_bytes: int


@dataclass(slots=True)
class Run:
    """One run: on what it ran, and the figures of each size."""

    machine: str
    documents_a_second: Mapping[int, float]  # by number of followers
    encoding: Times | None = None
    sizes: list[Figures] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that was aimed at: at most ``most``; None where it was not measured."""

    what: str
    most: float
    got: float | None
    unit: str = "ms"

    @property
    def verdict(self) -> str:
        if self.got is None:
            return "not measured"
        return "met" if self.got <= self.most else "missed"


def describe_machine(postgresql: str) -> str:
    """The machine in neutral words."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory,"
        f" PostgreSQL {postgresql} with the market's own settings,"
        f" Python {platform.python_version()}"
    )


def list_targets(run: Run) -> list[Target]:
    """What was aimed at, with what came out."""
    main = next((one for one in run.sizes if one.size == MAIN), None)
    words = main.find("words") if main else None
    hybrid = main.find("hybrid") if main else None
    found = [
        Target(
            f"{group.value}, p99 at {MAIN:,}",
            SELECTIVE_MS,
            words.groups[group].p99 if words else None,
        )
        for group in (Group.rare, Group.middling)
    ]
    found.append(Target(f"all words, p99 at {MAIN:,}", ALL_MS, words.all.p99 if words else None))
    for group in (Group.common, Group.filtered):
        got = words.groups[group].p99 if words else None
        found.append(Target(f"{group.value}, p99 at {MAIN:,}", ALL_MS, got))
    found.append(Target(f"hybrid, p99 at {MAIN:,}", ALL_MS, hybrid.all.p99 if hybrid else None))
    for name in ("p50", "p99"):
        what = f"growth of rare, {name}, {MAIN:,} to {10 * MAIN:,}"
        found.append(Target(what, GROWTH, _growth(run, name), "×"))
    return found


def _growth(run: Run, name: str) -> float | None:
    ends = []
    for size in (MAIN, 10 * MAIN):
        figures = next((one for one in run.sizes if one.size == size), None)
        words = figures.find("words") if figures else None
        if words is None:
            return None
        ends.append(float(getattr(words.groups[Group.rare], name)))
    return ends[1] / ends[0]


def write_table(run: Run) -> str:
    """The whole report as Markdown."""
    return "\n".join(_parts(run)) + "\n"


def _parts(run: Run) -> Iterator[str]:
    yield _OPENING.format(machine=run.machine)
    yield "## Aimed at, with one caller\n"
    yield from _table(
        ("what", "at most", "measured", ""),
        [
            (one.what, f"{one.most:g} {one.unit}", _figure(one.got, one.unit), one.verdict)
            for one in list_targets(run)
        ],
    )
    for figures in run.sizes:
        yield from _size_parts(figures)
    yield "\n## Writing\n"
    yield from _table(_BUILT, [_built_row(one.built) for one in run.sizes])
    rates = ", ".join(
        f"{rate:,.0f} with {_followers(count)}" for count, rate in run.documents_a_second.items()
    )
    yield f"\nPostgreSQL writes, documents a second: {rates}."
    vectors = [_meaning_row(one) for one in run.sizes if one.meaning]
    if vectors:
        yield "\n"
        yield from _table(_MEANING, vectors)
    if run.encoding:
        yield (
            f"\nTurning a question into a vector, which the times of hybrid do not hold: p50"
            f" {run.encoding.p50:.1f}, p99 {run.encoding.p99:.1f} ms; a question that was asked"
            " before has its vector in memory."
        )
    yield _CHARTS


def _size_parts(figures: Figures) -> Iterator[str]:
    yield f"\n## {figures.size:,} documents\n"
    rows = []
    for asked in figures.asked:
        groups = asked.groups.items() if asked.way in IN_GROUPS else ()
        for name, times in (*groups, ("all", asked.all)):
            rows.append((_asked(asked), name, *_times(times), _ratio(figures, asked, name)))
        rows[-1] = (*rows[-1][:-1], f"{asked.a_second:,.0f} answers/s")
    for name, times in figures.naive.items():
        rows.append(("naive, 1 caller", name, *_times(times), ""))
    yield from _table(("asked", "group", "times", "p50", "p95", "p99", "most", ""), rows)
    shares = "; ".join(
        f"{group} {low:.2%}–{high:.2%}" for group, (low, high) in figures.shares.items()
    )
    yield f"\nShare of documents that hold a word of the group: {shares}."


def _asked(asked: Asked) -> str:
    callers = f"{asked.callers} caller{'s' if asked.callers > 1 else ''}"
    return f"{asked.way}, {callers}" + (
        f" in {asked.processes} processes" if asked.processes > 1 else ""
    )


def _ratio(figures: Figures, asked: Asked, name: str) -> str:
    """How many times as long the naive way takes for the same."""
    if asked.way != "words" or asked.callers > 1 or name not in figures.naive:
        return ""
    ours = asked.groups[name]
    return f"naive × {figures.naive[name].p50 / ours.p50:.1f}"


def _times(times: Times) -> Row:
    shown = (times.p50, times.p95, times.p99, times.most)
    return (f"{times.count:,}", *(f"{one:.1f}" for one in shown))


_BUILT: Final = (
    "documents", "analysed/s", "written/s", "altogether/s", "setting in order",
    "table", "word index", "all indexes and table",
)  # fmt: skip
_MEANING: Final = ("vectors", "written/s", "building the index", "table", "index")


def _built_row(built: Built) -> Row:
    return (
        f"{built.documents:,}",
        f"{built.documents / built.analysis_s:,.0f}",
        f"{built.documents / built.write_s:,.0f}",
        f"{built.documents / built.wall_s:,.0f}",
        f"{built.settle_s:.1f} s",
        *(_megabytes(one) for one in (built.table_bytes, built.word_index_bytes, built.all_bytes)),
    )


def _meaning_row(figures: Figures) -> Row:
    meaning = figures.meaning
    assert meaning is not None
    return (
        f"{meaning.vectors:,}",
        f"{meaning.vectors / meaning.write_s:,.0f}",
        f"{meaning.index_s:.1f} s",
        _megabytes(meaning.table_bytes),
        _megabytes(meaning.index_bytes),
    )


def _followers(count: int) -> str:
    return {0: "no follower", 1: "one follower"}.get(count, f"{count} followers")


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _figure(got: float | None, unit: str) -> str:
    return "" if got is None else f"{got:.1f} {unit}"


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


_OPENING: Final = """# How fast the search is

The last full run of `make bench-search`, on {machine}. All times are milliseconds.

The documents are **grown from 4,097 real patents**: recombined halves of titles, sampled sentences,
real holders, and classes, regions, prices and dates that are drawn, unevenly, for a fixed seed
(`bench/growing.py`). Words occur together as in real texts, but a larger size has no new words, so
a rare word's documents grow with the size. Vectors are those of the bundled encoder for the real
patents; a recombined one has the mean of its parents' with a little noise.

Asked is the fixed mix of `bench/queries.tsv`: 40 % two rare words, 30 % one middling, 20 % words of
which each stands in a fifth of all documents or more, 10 % two filters. An answer is twenty results
with marked words, counts and all facets through the market's own engine, Python's part included:
what a page does between request and template. Callers ask again as soon as they have their answer,
and share the cores with PostgreSQL. *Naive* is a GIN index with `ts_rank` over all that matches and
counts of all, asked in the same tables of the same run without Python's part; *naive × n* is how
many times as long its median takes.
"""
_CHARTS: Final = """
![Times by group](search-groups.svg)

![Against the naive way](search-naive.svg)

![Times by size](search-growth.svg)
"""
