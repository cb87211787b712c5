"""Charts as SVG made by the server: no script, a name for screen readers, colours from the theme.

Coordinates are in the picture's own units; styles are classes of `components.css`, since the
content security policy forbids inline style.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol, TypedDict

from markupsafe import Markup, escape

from app.core.clock import SHANGHAI
from app.core.i18n import SOURCE
from frontend.show import yuan_short

__all__ = ["CurveData", "bid_curve", "curve_data", "sparkline"]

_WIDTH: Final = 520
_HEIGHT: Final = 260
_LEFT: Final = 62
_RIGHT: Final = 14
_TOP: Final = 14
_BOTTOM: Final = 30
_DOTS_UP_TO: Final = 60
# Units of the price axis, in 分, the greatest first.
_UNITS: Final = ((10**10, "亿"), (10**6, "万"))
_UNITS_EN: Final = ((10**8, "M"),)


class BidPoint(Protocol):
    """What the curve needs of a bid: its instant (aware), its price in 分, how it was answered."""

    @property
    def at(self) -> datetime: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def outcome(self) -> object: ...


# `from` is a keyword of Python, so the shape is written as a call.
CurveData = TypedDict(
    "CurveData", {"start": int, "from": int, "to": int, "bids": list[tuple[int, int]]}
)


class _Scale(Protocol):
    def __call__(self, value: float, /) -> float: ...


def curve_data(
    bids: Sequence[BidPoint], *, start_minor: int, starts_at: datetime, ends_at: datetime
) -> CurveData:
    """The accepted bids of a lot (in order of time) as data for `bid_curve` and the script."""
    return {
        "start": start_minor,
        "from": _ms(starts_at),
        "to": _ms(ends_at),
        "bids": [(_ms(bid.at), bid.amount_minor) for bid in bids if str(bid.outcome) == "accepted"],
    }


def bid_curve(data: CurveData, *, label: str, text: str, locale: str = SOURCE) -> Markup:
    """Step line of the price over time, from the start price to the latest accepted bid.

    `label` names the picture, `text` tells what it shows; `locale` chooses the units of the axis.
    With no bid only the start price is drawn. Bids outside the span widen it.
    `frontend/src/curve.ts` draws the same after each bid.
    """
    bids, start = data["bids"], data["start"]
    first = min([data["from"], *(at for at, _ in bids)])
    last = max([data["to"], first + 1000, *(at for at, _ in bids)])
    prices = [start, *(minor for _, minor in bids)]
    ticks = _ticks(min(prices), max(prices))

    def x(at: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (at - first) / (last - first)

    def y(minor: float) -> float:
        span = (ticks[-1] - ticks[0]) or 1
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (ticks[-1] - minor) / span

    line = f"M{x(first):.1f} {y(start):.1f}" + "".join(
        f"H{x(at):.1f}V{y(minor):.1f}" for at, minor in bids
    )
    line += f"H{x(last):.1f}"  # a price stands until the next one, or until the end
    parts = [_grid(ticks, y, locale), _hours(first, last, x)]
    if bids:
        floor = _HEIGHT - _BOTTOM
        parts.append(f'<path class="chart-area" d="{line}V{floor}H{x(first):.1f}Z"/>')
    parts.append(f'<path class="chart-line" d="{line}"/>')
    parts += _dots(bids, x, y)
    return _picture("bid-curve", label, text, _WIDTH, _HEIGHT, "".join(parts))


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _dots(bids: Sequence[tuple[int, int]], x: _Scale, y: _Scale) -> list[str]:
    """A dot a bid while they can be told apart, then only the last one."""
    shown = bids if len(bids) <= _DOTS_UP_TO else bids[-1:]
    out = []
    for i, (at, minor) in enumerate(shown):
        last = i == len(shown) - 1
        out.append(
            f'<circle class="chart-dot{" is-last" if last else ""}" cx="{x(at):.1f}"'
            f' cy="{y(minor):.1f}" r="{4.5 if last else 3.2}">'
            f"<title>{yuan_short(minor)}</title></circle>"
        )
    return out


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


def _grid(ticks: Sequence[int], y: _Scale, locale: str) -> str:
    return "".join(
        f'<line class="chart-grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}"'
        f' y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="chart-text" x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">'
        f"{_axis(tick, locale)}</text>"
        for tick in ticks
    )


def _hours(first: int, last: int, x: _Scale) -> str:
    """Five instants below the picture: the clock, or the day for a span beyond two days."""
    span = last - first
    form = "%m-%d" if span > 172_800_000 else "%H:%M" if span > 300_000 else "%H:%M:%S"
    out = []
    for i in range(5):
        at = first + span * i / 4
        anchor = "start" if i == 0 else "end" if i == 4 else "middle"
        shown = datetime.fromtimestamp(at / 1000, SHANGHAI).strftime(form)
        out.append(
            f'<text class="chart-text{" chart-between" if i % 2 else ""}" x="{x(at):.1f}"'
            f' y="{_HEIGHT - 9}" text-anchor="{anchor}">'
            f"{shown}</text>"
        )
    return "".join(out)


def _axis(minor: int, locale: str) -> str:
    """386.5万 / 1.2亿 / ¥9,800, in English 3.865M — short enough for an axis."""
    if minor == 0:
        return "0"
    for size, unit in _UNITS if locale == SOURCE else _UNITS_EN:
        if minor >= size and minor % (size // 10_000) == 0:
            return f"{minor / size:,.4f}".rstrip("0").rstrip(".") + unit
    return yuan_short(minor)


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
