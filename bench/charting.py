"""The figures of a run as charts: SVG on no ground, in greys and two hues that hold on light and on
dark pages; the same figures give the same bytes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.mixing import Group
from bench.reporting import ALL_MS, IN_GROUPS, MAIN, SELECTIVE_MS, Figures, Run

_INK: Final = "#7a7f87"  # 4:1 on white, 4.7:1 on GitHub's dark
_OURS: Final = "#2f81c7"
_THEIRS: Final = "#c9762b"
_SHADES: Final = ("#2f81c7", "#4d9a6a", "#c9762b", "#8d6fc0")
_STYLE: Final = {
    "svg.hashsalt": "search",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
_SIZE: Final = (8.0, 3.6)  # inches


def draw_charts(run: Run, folder: Path) -> list[Path]:
    """Write all charts for which there are figures; their paths."""
    drawn = []
    main = next((one for one in run.sizes if one.size == MAIN), run.sizes[-1])
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        with _chart(folder / "search-groups.svg") as axes:
            _draw_groups(axes, main)
            drawn.append(folder / "search-groups.svg")
        with _chart(folder / "search-naive.svg") as axes:
            _draw_naive(axes, main)
            drawn.append(folder / "search-naive.svg")
        with _chart(folder / "search-growth.svg") as axes:
            _draw_growth(axes, run)
            drawn.append(folder / "search-growth.svg")
    return drawn


@contextmanager
def _chart(path: Path) -> Iterator[Axes]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    yield figure.subplots()
    figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})


def _draw_groups(axes: Axes, figures: Figures) -> None:
    """p50, p95 and p99 of each way of asking, against what was aimed at."""
    rows = [
        (f"{asked.way}, {asked.callers} caller{'s' * (asked.callers > 1)}: {name}", times)
        for asked in figures.asked
        if asked.way in IN_GROUPS and asked.processes == 1
        for name, times in asked.groups.items()
    ][::-1]
    for at, (_, times) in enumerate(rows):
        axes.plot([times.p50, times.p99], [at, at], color=_INK, linewidth=1, zorder=1)
        for value, shape in ((times.p50, "o"), (times.p95, "|"), (times.p99, "D")):
            axes.plot(value, at, shape, color=_OURS, markersize=6, zorder=2)
    for most in (SELECTIVE_MS, ALL_MS):
        axes.axvline(most, color=_THEIRS, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(f"{most:g} ms", (most, 1.0), xycoords=("data", "axes fraction"),
                      ha="center", va="bottom", color=_THEIRS)  # fmt: skip
    _log_ms(axes, "ms: p50 ●, p95 |, p99 ◆")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_title(f"{figures.size:,} documents", loc="left", pad=16)
    assert axes.figure is not None
    axes.figure.set_size_inches(_SIZE[0], 1.2 + 0.27 * len(rows))  # type: ignore[union-attr]


def _draw_naive(axes: Axes, figures: Figures) -> None:
    """Medians of both, one beside the other."""
    words = figures.find("words")
    groups = [one.value for one in Group if one.value in figures.naive and words]
    for shift, color, label, times in (
        (0.2, _OURS, "this search", words.groups if words else {}),
        (-0.2, _THEIRS, "naive: GIN, ts_rank and counts over all matches", figures.naive),
    ):
        values = [times[name].p50 for name in groups]
        places = [len(groups) - 1 - at + shift for at in range(len(groups))]
        axes.barh(places, values, 0.38, color=color, label=label)
        for place, value in zip(places, values, strict=True):
            axes.annotate(f"{value:.1f}", (value, place), (4, 0), textcoords="offset points",
                          va="center")  # fmt: skip
    axes.set_xlabel("ms, median of one caller")
    axes.set_yticks(range(len(groups)), groups[::-1])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    axes.set_title(f"{figures.size:,} documents", loc="left")


def _draw_growth(axes: Axes, run: Run) -> None:
    """p50 (line) and p99 (dashes) of each group over the sizes."""
    found: list[tuple[int, Sequence[tuple[str, float, float]]]] = []
    for figures in run.sizes:
        words = figures.find("words")
        if words:
            times = [(name, one.p50, one.p99) for name, one in words.groups.items()]
            found.append((figures.size, times))
    for at, group in enumerate(Group):
        mine = [(size, p50, p99) for size, all_of in found for name, p50, p99 in all_of
                if name == group.value]  # fmt: skip
        sizes = [size for size, _, _ in mine]
        color = _SHADES[at]
        axes.plot(sizes, [p50 for _, p50, _ in mine], "o-", color=color, label=group.value)
        axes.plot(sizes, [p99 for _, _, p99 in mine], "D--", color=color, markersize=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([size for size, _ in found], [f"{size:,}" for size, _ in found])
    axes.minorticks_off()
    axes.set_xlabel("documents")
    axes.set_ylabel("ms: p50 —, p99 - -")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(ncols=4, loc="upper left", bbox_to_anchor=(0, 1.15))


def _log_ms(axes: Axes, label: str) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel(label)
