"""Measures the search on your own machine: ``make bench-search``.

Grows documents from the real patents, writes them the way importers do, asks a fixed mix of
questions in all ways, and leaves a table with charts.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import TypeAdapter

from app.embedded import EmbeddedError, EmbeddedPostgres
from bench import building, growing, meaning
from bench.asking import Load, Way, ask
from bench.building import Built
from bench.charting import draw_charts
from bench.mixing import Group, Question, WrongMix, check_words, mix, read_questions
from bench.naive import ask_naively, condition
from bench.reporting import (
    Asked,
    Figures,
    Meaning,
    Run,
    describe_machine,
    list_targets,
    write_table,
)
from bench.timing import Times
from search.encoders.bundled import BundledEncoder
from search.query import make_plan
from search.types import Vector

ROOT: Final = Path(__file__).parents[1]
REPORT: Final = ROOT / "bench" / "report"
BEGAN: Final = time.monotonic()

_FIGURES: Final = TypeAdapter(Run)

# How each size is asked: callers, processes, and how often as a share of --count.
_WAYS: Final = (
    (Way.words, 1, 1, 1.0),
    (Way.words, 16, 1, 2.0),
    (Way.words, 16, 2, 2.0),
    (Way.hybrid, 1, 1, 1.0),
    (Way.hybrid, 16, 1, 2.0),
    (Way.newest, 1, 1, 0.4),
    (Way.deep, 1, 1, 0.4),
    (Way.deep_newest, 1, 1, 0.4),
    (Way.suggest, 1, 1, 0.4),
    (Way.similar, 1, 1, 0.4),
)
_MEANT: Final = (Way.hybrid, Way.similar)
# What decides the rows of a grown database, beside the migrations.
_MAKERS: Final = (
    "bench/growing.py", "bench/meaning.py", "search/analysis.py", "search/documents.py",
    "search/embedding.py", "search/store.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bench:
    """What one run has at hand."""

    server: EmbeddedPostgres
    folder: Path
    questions: Sequence[Question]
    vectors: Mapping[str, Vector]
    encoder: BundledEncoder
    patents: Path  # their vectors
    count: int
    keep: bool


def measure(
    sizes: Annotated[
        str, typer.Option(envvar="SIZES", help="How many documents; several with commas.")
    ] = "10000,100000",
    count: Annotated[int, typer.Option(help="Questions of one caller.", min=120)] = 1_200,
    folder: Annotated[
        Path, typer.Option(help="Where the databases grow: 1.5 GB, with a million 12 GB.")
    ] = ROOT / ".cache" / "bench",
    report: Annotated[Path, typer.Option(help="Where table and charts go.")] = REPORT,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the databases, and take those that were left.")
    ] = False,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Measure nothing: table and charts of the last run.")
    ] = False,
) -> None:
    """Measure the search; the report replaces the one before."""
    try:
        if redraw:
            run = _FIGURES.validate_json((report / "search.json").read_bytes())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            wanted = sorted({int(size) for size in sizes.split(",")})
            run = asyncio.run(_measure(wanted, count, folder, report, keep))
    except growing.NoPatents as missing:
        say(f"Skipped: {missing}.")
        return
    except (EmbeddedError, WrongMix, ValueError, FileNotFoundError) as error:
        say(str(error))
        raise typer.Exit(1) from None
    _report(run, report)
    for target in list_targets(run):
        got = "–" if target.got is None else f"{target.got:.1f} {target.unit}"
        say(f"{target.verdict:>12}  {target.what}: {got}, at most {target.most:g} {target.unit}")
    say(f"table and charts are in {report}")


def _report(run: Run, folder: Path) -> None:
    """Leave what was measured so far: as a table, as charts, and for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "search.md").write_text(write_table(run), "utf-8")
    (folder / "search.json").write_bytes(_FIGURES.dump_json(run, indent=1, round_trip=True) + b"\n")
    draw_charts(run, folder)


def say(line: str) -> None:
    """A line for the person at the terminal, with the minutes since the start."""
    seconds = int(time.monotonic() - BEGAN)
    typer.echo(f"{seconds // 60:3}:{seconds % 60:02} {line}")


async def _measure(sizes: Sequence[int], count: int, folder: Path, report: Path, keep: bool) -> Run:
    questions = read_questions()
    patents = growing.read_patents()
    encoder = BundledEncoder()
    known, rate = meaning.encode_patents(encoder, patents, folder, say)
    vectors, encoding = meaning.encode_questions(encoder, questions)
    if rate:
        say(f"  {rate:,.0f} documents encoded a second")
    with building.server_in(folder, say) as server:
        async with building.administering(server, "postgres") as connection:
            machine = describe_machine(await connection.fetchval("SHOW server_version"))
        with building.analysing() as pool:
            say("writing with and without followers")
            run = Run(machine, await building.write_followed(server, pool), encoding)
        bench = Bench(server, folder, questions, vectors, encoder, known, count, keep)
        for size in sizes:
            run.sizes.append(await _measure_size(bench, size))
            await asyncio.to_thread(_report, run, report)
    return run


async def _measure_size(bench: Bench, size: int) -> Figures:
    name = f"bench_{size}"
    figures = await _grow(bench, name, size)
    say(f"asking {size:,} documents")
    async with building.administering(bench.server, name) as connection:
        figures.shares = await _check_mix(connection, bench.questions)
    for way, callers, processes, times in _WAYS:
        if way in _MEANT and figures.meaning is None:
            continue
        load = Load(
            bench.server.app_dsn(name), way, tuple(mix(bench.questions, int(times * bench.count))),
            callers, processes, bench.vectors if way in _MEANT else {},
        )  # fmt: skip
        asked = Asked.of(way.value, callers, processes, await asyncio.to_thread(ask, load))
        figures.asked.append(asked)
        say(f"  {way}, {callers} callers, {processes} processes: p50 {asked.all.p50:.1f},"
            f" p99 {asked.all.p99:.1f} ms, {asked.a_second:.0f}/s")  # fmt: skip
    async with building.administering(bench.server, name) as connection:
        seconds = await ask_naively(connection, bench.questions)
    figures.naive = {group.value: Times.of(seconds[group]) for group in Group}
    say(f"  naive: {', '.join(f'{g} {t.p50:.0f}' for g, t in figures.naive.items())} ms")
    if not bench.keep:
        await building.drop_database(bench.server, name)
    return figures


async def _grow(bench: Bench, name: str, size: int) -> Figures:
    """A grown database with its figures: one that an earlier run left, or a new one."""
    note = bench.folder / f"{name}.json"
    key = _key()
    if bench.keep and note.is_file():
        noted: dict[str, Any] = json.loads(note.read_text("utf-8"))
        if noted["key"] == key:
            say(f"{size:,} documents are there")
            meant = noted["meaning"]
            return Figures(size, Built(**noted["built"]), meaning=meant and Meaning(**meant))
    note.unlink(missing_ok=True)
    say(f"growing {size:,} documents")
    await building.make_database(bench.server, name)
    with building.analysing() as pool:
        built = await building.build(bench.server, name, size, pool, say)
        say(f"  {size / built.wall_s:,.0f} documents a second")
        meant = None
        if size <= meaning.MOST:
            meant = await meaning.write_meaning(
                bench.server, name, size, bench.encoder, bench.patents, pool, say
            )
            say(f"  index of the vectors built in {meant.index_s:.0f} s")
    facts = {"key": key, "built": asdict(built), "meaning": meant and asdict(meant)}
    note.write_text(json.dumps(facts), "utf-8")
    return Figures(size, built, meaning=meant)


async def _check_mix(
    connection: Any, questions: Sequence[Question]
) -> dict[str, tuple[float, float]]:
    """The least and the largest share of the documents that hold a word of each group. WrongMix
    when a question is not what its group says."""
    total = await connection.fetchval("SELECT count(*) FROM search_document")
    shares: dict[Question, list[float]] = {}
    found: dict[Question, int] = {}
    for question in questions:
        counts = [
            await connection.fetchval(
                "SELECT count(*) FROM search_document WHERE terms @@ $1::text::tsquery",
                term.strict(),
            )
            for term in make_plan(question.text).terms
        ]
        shares[question] = [one / total for one in counts]
        where, values = condition(question)
        found[question] = await connection.fetchval(
            f"SELECT count(*) FROM search_document WHERE {where}",  # noqa: S608 - values are bound
            *values,
        )
    if wrong := list(check_words(questions, shares, found)):
        raise WrongMix("; ".join(wrong))
    by_group: dict[str, list[float]] = {}
    for question, its in shares.items():
        by_group.setdefault(question.group.value, []).extend(its)
    return {group: (min(its), max(its)) for group, its in by_group.items()}


def _key() -> str:
    """A hash of what decides the rows of a grown database."""
    digest = hashlib.blake2b(digest_size=8)
    knowledge = sorted((ROOT / "search" / "knowledge").rglob("*.t*"))
    for path in (
        *(ROOT / name for name in _MAKERS),
        *knowledge,
        *sorted((ROOT / "migrations" / "versions").glob("*.py")),
    ):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    typer.run(measure)
