"""Which values of a facet are shown; the same for every engine. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from search.documents import Facet
from search.types import COUNT_CAP, Count, FacetValue

_PARENT: Final = {3: 1, 4: 3}  # length of a class and of a subclass, and of what holds it


def list_values(
    facet: Facet,
    counted: Mapping[str, int],
    chosen: Mapping[str, str],
    most: int,
    *,
    beyond: bool = False,
) -> list[FacetValue]:
    """``most`` values, the most frequent first, with those ``chosen`` (as they are stored, and
    as they were asked) that are not among them, also when nothing has them any more. ``beyond``:
    what was counted is only a part.

    Of the classification the sections, and below a chosen section or class ``most`` of its parts:
    among all codes together the large sections would leave no room for them.
    """
    opened = {"", *(code[:end] for code in chosen for end in (1, 3) if facet is Facet.ipc)}
    if facet is Facet.ipc:
        counted = {v: n for v, n in counted.items() if v in chosen or _parent(v) in opened}
    room = Counter(dict.fromkeys(opened, most))
    shown = []
    for value, number in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        parent = _parent(value) if facet is Facet.ipc else ""
        if value in chosen or room[parent] > 0:
            room[parent] -= 1
            count = Count(min(number, COUNT_CAP), beyond or number > COUNT_CAP)
            shown.append(FacetValue(chosen.get(value, value), count, chosen=value in chosen))
    missing = [asked for value, asked in chosen.items() if value not in counted]
    return shown + [FacetValue(value, Count(0), chosen=True) for value in missing]


def _parent(code: str) -> str:
    """What holds a class or subclass; nothing holds a section."""
    return code[: _PARENT.get(len(code), 0)]
