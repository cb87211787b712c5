"""How many match, and how they spread over facets; looks at no more than the cap.

Facets are counted as numbers; the words of the few that are shown are read from one row each.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from search.documents import SEPARATOR, Facet
from search.postgres.asking import Asked
from search.types import COUNT_CAP, Count, FacetValue

Facets = dict[Facet, list[FacetValue]]

CAP: Final = COUNT_CAP + 1
"""So many matches are looked at: enough to tell that there are more than the cap."""

_HELD: Final = """
    held_{part} AS MATERIALIZED (
        SELECT d.ctid AS place, d.facet_ids FROM search_document AS d WHERE {where} LIMIT {cap}
    )"""

_SPREAD: Final = """
    SELECT {part} AS part, value, count(*) AS times, any_value(place) AS place
      FROM (SELECT unnest(facet_ids) AS value, place FROM {held}) AS each
     WHERE {own} GROUP BY value"""

# why by ctid: within one statement a row stays where it was seen
_COUNTED: Final = """
    spread AS ({spread}),
    placed AS (
        SELECT *, row_number() OVER (PARTITION BY part, value >> 52 ORDER BY times DESC, value)
            AS rank FROM spread
    ),
    named AS MATERIALIZED (
        SELECT jsonb_build_array(part, d.facets[array_position(d.facet_ids, value)], times) AS one
          FROM placed JOIN search_document AS d ON d.ctid = placed.place
         WHERE rank <= :most OR value = ANY(search_facet_ids(CAST(:chosen AS text[])))
    )"""

_KEYS: Final = (
    "(ARRAY(SELECT id >> 52 FROM unnest(search_facet_ids(CAST(:{names} AS text[]))) AS id))"
)
_TOTAL: Final = "(SELECT count(*) FROM {held})"
_COLUMN: Final = """
    jsonb_build_object('totals', jsonb_build_array({totals}),
                       'values', (SELECT jsonb_agg(one) FROM named))"""


def spread(asked: Asked, most: int) -> tuple[list[str], str, dict[str, Any]]:
    """What to add to a statement that has ``hits``: its CTEs, the column that ``read`` reads, and
    values. A facet that is filtered by is counted without its own filter. Nothing with ``most`` 0.
    """
    if most < 1:
        return [], "NULL", {}
    names = list(asked.filters or {})
    parts = [
        _HELD.format(part=part, where=asked.without(name).where(), cap=CAP)
        for part, name in enumerate(names, 1)
    ]
    own = f"value >> 52 <> ALL {_KEYS.format(names='own')}" if names else "true"
    counted = [_SPREAD.format(part=0, held="hits", own=own)]
    values: dict[str, Any] = {"own": [f"{name}{SEPARATOR}" for name in names]} if names else {}
    for part, name in enumerate(names, 1):
        its = f"value >> 52 = ANY {_KEYS.format(names=f'own_{part}')}"
        counted.append(_SPREAD.format(part=part, held=f"held_{part}", own=its))
        values[f"own_{part}"] = [f"{name}{SEPARATOR}"]
    totals = [
        _TOTAL.format(held=held)
        for held in ["hits", *(f"held_{part}" for part in range(1, len(names) + 1))]
    ]
    chosen = [word for words in asked.facet_words().values() for word in words]
    ctes = [*parts, _COUNTED.format(spread=" UNION ALL ".join(counted))]
    column = _COLUMN.format(totals=", ".join(totals))
    return ctes, column, values | {"most": most, "chosen": chosen}


def capped(number: int, *, beyond: bool | None = None) -> Count:
    """A number counted up to ``CAP``; ``beyond`` when it is a part of one that went there."""
    return Count(min(number, COUNT_CAP), number > COUNT_CAP if beyond is None else beyond)


def read(found: Mapping[str, Any] | None) -> Facets:
    """The column of ``spread``: values of each facet, the most frequent first."""
    facets: Facets = {}
    beyond = [total > COUNT_CAP for total in found["totals"]] if found else []
    values: Iterable[tuple[int, str, int]] = (found and found["values"]) or ()
    for part, word, number in sorted(values, key=lambda one: (-one[2], one[1])):
        name, _, value = word.partition(SEPARATOR)
        count = capped(number, beyond=beyond[part])
        facets.setdefault(Facet(name), []).append(FacetValue(value, count))
    return facets


def with_chosen(facets: Facets, filters: Mapping[Facet, Sequence[str]]) -> Facets:
    """Facets with the chosen values marked, also those that nothing has any more."""
    for name, chosen in filters.items():
        found = [replace(v, chosen=v.value in chosen) for v in facets.get(name, [])]
        missing = dict.fromkeys(v for v in chosen if v not in {f.value for f in found})
        facets[name] = found + [FacetValue(v, Count(0), chosen=True) for v in missing]
    return facets
