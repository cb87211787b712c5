"""The column beside the results: facets with their counts, long ones folded, IPC as a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from frontend import show
from search.documents import Facet
from search.knowledge.ipc import ipc_name
from search.types import Count, FacetValue, SearchRequest, SearchResult

# Facets that can be chosen, in the order of the column.
SHOWN: Final = (
    Facet.field,
    Facet.disposal,
    Facet.trl,
    Facet.state,
    Facet.region,
    Facet.ipc,
    Facet.origin,
    Facet.holder,
)
NARROW: Final = 40
"""Values of a facet that are asked for: more than are shown, so that the page knows of more."""

WIDE: Final = 200
"""The same when all of one facet are to be seen."""

_OPEN: Final = 8  # values that stand there at once
_FOLDED: Final = 24  # values that are sent at all; the rest is a page of its own
_CODE: Final = re.compile(r"[A-H](\d\d[A-Z]?)?", re.ASCII)
_LEVELS: Final = {1: 0, 3: 1, 4: 2}  # length of an IPC code → its depth


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that can be ticked; ``level`` is its depth in a tree, ``whole`` its full name where
    the label is short for it."""

    value: str
    label: str
    count: Count
    chosen: bool = False
    level: int = 0
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A facet with its values: those that stand there, and those that fold out.

    ``more_href`` is the page on which all of them stand, empty when they do.
    """

    name: str
    label: str
    open: Sequence[Choice]
    folded: Sequence[Choice] = ()
    more_href: str = ""


def view_facets(
    asked: SearchRequest, result: SearchResult, more: str, more_href: Callable[[str], str]
) -> list[Group]:
    """The groups of an answer; ``more`` names the facet of which all values are wanted."""
    groups = []
    for facet in SHOWN:
        values = result.facets.get(facet, ())
        if not values:
            continue
        if facet is Facet.ipc:
            choices = _tree(values, asked.filters.get(facet, ()))
        else:
            choices = [_choice(facet, value) for value in values]
        whole = facet.value == more
        shown, rest = (choices, []) if whole else _fold(choices)
        beyond = len(values) >= (WIDE if asked.facet_values == WIDE else NARROW)
        hidden = not whole and (len(rest) > _FOLDED - _OPEN or beyond) and facet is not Facet.ipc
        groups.append(
            Group(
                facet.value,
                show.FACETS[facet.value],
                shown,
                rest[: _FOLDED - _OPEN],
                more_href(facet.value) if hidden else "",
            )
        )
    return groups


def deepest(codes: Sequence[str]) -> list[str]:
    """IPC codes (others are left out) without those that hold another: H and H01 mean H01."""
    known = [code for code in codes if _CODE.fullmatch(code)]
    return [
        code
        for code in known
        if not any(other != code and other.startswith(code) for other in known)
    ]


def _fold(choices: list[Choice]) -> tuple[list[Choice], list[Choice]]:
    """What stands there and what folds; a chosen value always stands there."""
    if len(choices) <= _OPEN + 1 or any(choice.level for choice in choices):
        return choices, []
    shown = [choice for at, choice in enumerate(choices) if at < _OPEN or choice.chosen]
    return shown, [choice for choice in choices if choice not in shown]


def _choice(facet: Facet, value: FacetValue) -> Choice:
    return Choice(
        value.value, show.facet_label(facet.value, value.value), value.count, value.chosen
    )


def _tree(values: Sequence[FacetValue], chosen: Sequence[str]) -> list[Choice]:
    """Sections, and below what is chosen its parts; what holds a chosen code is ticked too, so
    that unticking the code leaves it."""
    counts = {value.value: value.count for value in values}
    for code in chosen:  # what holds nothing is still there to be taken back
        for end in _LEVELS:
            if end <= len(code):
                counts.setdefault(code[:end], Count(0))
    held = {code[:end] for code in chosen for end in _LEVELS if end <= len(code)}
    return [
        Choice(
            code,
            show.facet_label("ipc", code),
            counts[code],
            code in held,
            _LEVELS[len(code)],
            ipc_name(code),
        )
        for code in sorted(counts)
        if len(code) in _LEVELS and (len(code) == 1 or _above(code) in held)
    ]


def _above(code: str) -> str:
    return code[:1] if len(code) == 3 else code[:3]
