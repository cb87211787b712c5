"""Charts: none, one or many bids give a sound picture with a name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from frontend import charts

START = datetime(2026, 11, 22, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bid:
    at: datetime
    amount_minor: int
    outcome: str = "accepted"


def draw(bids: list[Bid], start: int = 100_000_000) -> ET.Element:
    data = charts.curve_data(
        bids, start_minor=start, starts_at=START, ends_at=START + timedelta(hours=1)
    )
    return ET.fromstring(charts.bid_curve(data, label="报价曲线", text="<共 3 次>"))  # noqa: S314


@pytest.mark.parametrize("count", [0, 1, 2, 60, 61, 500])
def test_any_number_of_bids(count: int) -> None:
    bids = [Bid(START + timedelta(seconds=7 * i), 100_000_000 + i * 500_000) for i in range(count)]
    svg = draw(bids)
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == "报价曲线：<共 3 次>"
    dots = [part for part in svg if part.tag == "circle"]
    assert len(dots) == (count if count <= 60 else 1)
    for part in svg:
        for name in ("cx", "cy", "x1", "y1"):
            if name in part.attrib:
                assert 0 <= float(part.attrib[name]) <= 520


def test_refused_bids_are_not_drawn() -> None:
    svg = draw([Bid(START, 200_000_000, "refused"), Bid(START, 110_000_000)])
    assert len([part for part in svg if part.tag == "circle"]) == 1


def test_a_bid_outside_the_span_widens_it() -> None:
    svg = draw([Bid(START - timedelta(hours=1), 110_000_000), Bid(START + timedelta(hours=3), 1)])
    for dot in (part for part in svg if part.tag == "circle"):
        assert 62 <= float(dot.attrib["cx"]) <= 506


@pytest.mark.parametrize("start", [0, 1, 99, 10**15])
def test_odd_prices(start: int) -> None:
    draw([], start=start)
    draw([Bid(START, start + 1)], start=start)


def test_sparkline_escapes_names_and_needs_two_figures() -> None:
    assert "<b>" not in charts.sparkline([1, 2], label="<b>", text="<b>")
    assert charts.sparkline([1], label="x", text="y") == ""
    assert "polyline" in charts.sparkline([5, 5, 5], label="x", text="y")
