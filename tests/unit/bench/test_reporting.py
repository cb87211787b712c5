"""Figures: percentiles, verdicts, the table, and charts that are the same every time."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bench.asking import Answers
from bench.building import Built
from bench.charting import draw_charts
from bench.mixing import Group
from bench.reporting import (
    MAIN,
    Asked,
    Figures,
    Meaning,
    Run,
    list_targets,
    write_table,
)
from bench.timing import Times, percentile


@pytest.mark.parametrize(
    ("share", "value"), [(0.01, 1), (0.5, 50), (0.501, 51), (0.95, 95), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_of_one_value_every_percentile_is_that_value() -> None:
    times = Times.of([0.002])
    assert (times.count, times.p50, times.p99, times.most, times.mean) == (1, 2, 2, 2, 2)


def test_times_are_milliseconds_in_any_order() -> None:
    times = Times.of([0.003, 0.001, 0.002])
    assert (times.p50, times.most) == (2, 3)
    assert times.mean == pytest.approx(2)


def asked(way: str, milliseconds: float, callers: int = 1) -> Asked:
    seconds = {group: [milliseconds / 1000] * 4 for group in Group}
    return Asked.of(way, callers, 1, Answers(seconds, wall_s=0.5))


def figures(size: int, milliseconds: float) -> Figures:
    return Figures(
        size=size,
        built=Built(size, 2.0, 4.0, 0.5, 5.0, 2**20, 2**21, 2**22),
        shares={"rare": (0.001, 0.004)},
        meaning=Meaning(size, 3.0, 7.0, 2**20, 2**21),
        asked=[asked("words", milliseconds), asked("words", 40, 16), asked("hybrid", 61)],
        naive={group.value: Times.of([0.5]) for group in Group},
    )


@pytest.fixture
def run() -> Run:
    sizes = [figures(MAIN // 10, 2), figures(MAIN, 10), figures(10 * MAIN, 25)]
    return Run("2 cores", {0: 2000.0, 1: 1500.0}, Times.of([0.004]), sizes)


def test_each_target_has_its_verdict(run: Run) -> None:
    told = {f"{one.what}: {one.got} {one.verdict}" for one in list_targets(run)}
    assert told >= {
        "rare, p99 at 100,000: 10.0 met",
        "all words, p99 at 100,000: 10.0 met",
        "hybrid, p99 at 100,000: 61.0 missed",
        "growth of rare, p99, 100,000 to 1,000,000: 2.5 missed",
    }


def test_a_limit_itself_is_met(run: Run) -> None:
    run.sizes[1] = figures(MAIN, 20)
    rare = next(one for one in list_targets(run) if one.what.startswith("rare"))
    assert (rare.got, rare.verdict) == (20, "met")


def test_what_was_not_measured_is_said(run: Run) -> None:
    run.sizes = run.sizes[:1]
    assert {one.verdict for one in list_targets(run)} == {"not measured"}


def test_the_table_tells_everything(run: Run) -> None:
    table = write_table(run)
    for part in (
        "on 2 cores",
        "grown from 4,097 real patents",
        "| rare, p99 at 100,000 | 20 ms | 10.0 ms | met |",
        "## 1,000,000 documents",
        "| words, 1 caller | rare | 4 | 10.0 | 10.0 | 10.0 | 10.0 | naive × 50.0 |",
        "| hybrid, 1 caller | all | 16 | 61.0 | 61.0 | 61.0 | 61.0 | 32 answers/s |",
        "rare 0.10%–0.40%",
        "| 100,000 | 50,000 | 25,000 | 20,000 | 0.5 s | 1 MiB | 2 MiB | 4 MiB |",
        "2,000 with no follower, 1,500 with one follower",
    ):
        assert part in table
    for line in table.splitlines():
        assert not line.startswith("|") or line.endswith("|")


def test_charts_are_the_same_for_the_same_figures(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        draw_charts(run, folder)
    names = sorted(path.name for path in one.iterdir())
    assert names == ["search-groups.svg", "search-growth.svg", "search-naive.svg"]
    for name in names:
        drawn = (one / name).read_bytes()
        assert drawn == (two / name).read_bytes()
        assert b"<dc:date>" not in drawn
        assert f"({name})" in write_table(run)
        assert b"10,000" in drawn or b"100,000" in drawn


def test_figures_come_back_from_their_file(run: Run) -> None:
    figures = TypeAdapter(Run)
    assert figures.validate_json(figures.dump_json(run)) == run
