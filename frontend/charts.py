"""Charts as SVG made by the server: no script, a name for screen readers, colours from the theme.

Coordinates are in the picture's own units; styles are classes of `components.css`, since the
content security policy forbids inline style.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from markupsafe import Markup, escape

from app.core.clock import SHANGHAI
from frontend.show import yuan_short

__all__ = ["bars", "bid_curve", "sparkline"]

_WIDTH: Final = 720
_HEIGHT: Final = 260
_LEFT: Final = 76
_RIGHT: Final = 14
_TOP: Final = 14
_BOTTOM: Final = 30
_DOTS_UP_TO: Final = 60


class BidPoint(Protocol):
    """What the curve needs of a bid: its instant (aware) and its price in 分."""

    @property
    def at(self) -> datetime: ...
    @property
    def amount_minor(self) -> int: ...


def bid_curve(
    bids: Sequence[BidPoint],
    *,
    start_minor: int,
    starts_at: datetime,
    ends_at: datetime,
    label: str,
    text: str,
) -> Markup:
    """Step line of the price over time, from the start price to the latest accepted bid.

    `bids` in order of time; `label` names the picture, `text` tells what it shows. With no bid
    only the start price is drawn. Bids outside the span widen it.
    """
    instants = [bid.at.timestamp() for bid in bids]
    first = min([starts_at.timestamp(), *instants])
    last = max([ends_at.timestamp(), *instants, first + 1])
    prices = [start_minor, *(bid.amount_minor for bid in bids)]
    low, high = min(prices), max(prices)
    ticks = _ticks(low, high)

    def x(instant: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (instant - first) / (last - first)

    def y(minor: float) -> float:
        span = (ticks[-1] - ticks[0]) or 1
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (ticks[-1] - minor) / span

    line = f"M{x(first):.1f} {y(start_minor):.1f}" + "".join(
        f"H{x(at):.1f}V{y(bid.amount_minor):.1f}" for at, bid in zip(instants, bids, strict=True)
    )
    # The price stands until now, but is drawn no further than the latest bid: the rest is open.
    floor = _HEIGHT - _BOTTOM
    parts = [_grid(ticks, y), _hours(first, last, x)]
    if bids:
        parts.append(f'<path class="chart-area" d="{line}V{floor}H{x(first):.1f}Z"/>')
    else:
        line += f"H{_WIDTH - _RIGHT}"
    parts.append(f'<path class="chart-line" d="{line}"/>')
    parts += _dots(bids, instants, x, y)
    return _picture("bid-curve", label, text, _WIDTH, _HEIGHT, "".join(parts))


def _dots(bids: Sequence[BidPoint], instants: Sequence[float], x: _Scale, y: _Scale) -> list[str]:
    """A dot a bid while they can be told apart, then only the last one."""
    shown = list(zip(instants, bids, strict=True))
    if len(shown) > _DOTS_UP_TO:
        shown = shown[-1:]
    return [
        f'<circle class="chart-dot{" is-last" if bid is bids[-1] else ""}"'
        f' cx="{x(at):.1f}" cy="{y(bid.amount_minor):.1f}" r="{4.5 if bid is bids[-1] else 3.2}">'
        f"<title>{escape(yuan_short(bid.amount_minor))}</title></circle>"
        for at, bid in shown
    ]


class _Scale(Protocol):
    def __call__(self, value: float, /) -> float: ...


def _ticks(low: int, high: int) -> list[int]:
    """Three to six round prices (分) that hold `low` and `high` between them."""
    if low == high:
        step = max(100, 10 ** max(0, len(str(low)) - 2))
        return [max(0, low - step), low, low + step]
    rough = (high - low) / 4
    power = 10 ** (len(str(int(rough))) - 1)
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = low // step * step
    ticks = [first]
    while ticks[-1] < high:
        ticks.append(ticks[-1] + step)
    return ticks


def _grid(ticks: Sequence[int], y: _Scale) -> str:
    return "".join(
        f'<line class="chart-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}"'
        f' y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="chart-text" x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">'
        f"{_axis(tick)}</text>"
        for tick in ticks
    )


def _hours(first: float, last: float, x: _Scale) -> str:
    """Five instants below the picture: the clock, or the day for a span beyond two days."""
    form = "%m-%d" if last - first > 172_800 else "%H:%M" if last - first > 300 else "%H:%M:%S"
    out = []
    for i in range(5):
        at = first + (last - first) * i / 4
        anchor = "start" if i == 0 else "end" if i == 4 else "middle"
        shown = datetime.fromtimestamp(at, SHANGHAI).strftime(form)
        out.append(
            f'<text class="chart-text" x="{x(at):.1f}" y="{_HEIGHT - 9}" text-anchor="{anchor}">'
            f"{shown}</text>"
        )
    return "".join(out)


def _axis(minor: int) -> str:
    """386.5万 / 1.2亿 / ¥9,800 — short enough for an axis."""
    for size, unit in ((10**10, "亿"), (10**6, "万")):
        if minor >= size and minor % (size // 10_000) == 0:
            return f"{minor / size:,.4f}".rstrip("0").rstrip(".") + unit
    return yuan_short(minor)


def bars(rows: Sequence[tuple[str, int]], *, label: str, text: str) -> Markup:
    """Lying bars with their numbers, longest = the greatest value; empty rows give no picture."""
    if not rows:
        return Markup("")
    greatest = max(1, *(value for _, value in rows))
    height = 30 * len(rows)
    parts = [
        f'<text class="chart-text" x="0" y="{30 * i + 19}">{escape(name)}</text>'
        f'<rect class="chart-bar" x="150" y="{30 * i + 6}" height="18" rx="2"'
        f' width="{max(2.0, 460 * value / greatest):.1f}"/>'
        f'<text class="chart-text" x="{156 + max(2.0, 460 * value / greatest):.1f}"'
        f' y="{30 * i + 19}">{value:,}</text>'
        for i, (name, value) in enumerate(rows)
    ]
    return _picture("bars", label, text, 680, height, "".join(parts))


def sparkline(values: Sequence[int], *, label: str, text: str) -> Markup:
    """A small line of figures over time; nothing for fewer than two."""
    if len(values) < 2:
        return Markup("")
    low, span = min(values), (max(values) - min(values)) or 1
    points = " ".join(
        f"{2 + 116 * i / (len(values) - 1):.1f},{30 - 26 * (value - low) / span:.1f}"
        for i, value in enumerate(values)
    )
    return _picture(
        "spark", label, text, 120, 34, f'<polyline class="chart-line" points="{points}"/>'
    )


def _picture(kind: str, label: str, text: str, width: int, height: int, inside: str) -> Markup:
    """The frame: named and described, and passed over as one picture by screen readers."""
    return Markup(  # noqa: S704 - every text in it was escaped where it was put in
        f'<svg class="chart chart-{kind}" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(label)}：{escape(text)}">'
        f"<title>{escape(label)}</title><desc>{escape(text)}</desc>{inside}</svg>"
    )
