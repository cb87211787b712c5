"""Which values of a facet are shown."""

import pytest

from search.documents import Facet
from search.faceting import list_values
from search.types import COUNT_CAP, Count, FacetValue

COUNTED = {"北京": 3, "上海": 3, "天津": 1, "重庆": 2}


def shown(facet: Facet, counted: dict[str, int], chosen: list[str], most: int) -> list[str]:
    return [v.value for v in list_values(facet, counted, {c: c for c in chosen}, most)]


def test_the_most_frequent_come_first_and_equal_ones_by_their_word() -> None:
    assert shown(Facet.region, COUNTED, [], 3) == ["上海", "北京", "重庆"]


@pytest.mark.parametrize("chosen", ["天津", "西藏"])
def test_what_is_chosen_is_there_however_rare(chosen: str) -> None:
    values = list_values(Facet.region, COUNTED, {chosen: chosen}, 2)
    assert [v.value for v in values] == ["上海", "北京", chosen]
    assert values[-1] == FacetValue(chosen, Count(COUNTED.get(chosen, 0)), chosen=True)


def test_a_chosen_value_is_shown_as_it_was_asked() -> None:
    [value] = list_values(Facet.region, {"北京": 3}, {"北京": "北京 "}, 2)
    assert value == FacetValue("北京 ", Count(3), chosen=True)


@pytest.mark.parametrize(
    ("number", "beyond", "count"),
    [
        (COUNT_CAP, False, Count(COUNT_CAP)),
        (COUNT_CAP + 1, False, Count(COUNT_CAP, capped=True)),
        (5, True, Count(5, capped=True)),
    ],
)
def test_counts_end_at_the_cap(number: int, beyond: bool, count: Count) -> None:
    [value] = list_values(Facet.region, {"北京": number}, {}, 2, beyond=beyond)
    assert value.count == count


def test_the_classification_opens_below_what_is_chosen() -> None:
    counted = {"H": 9, "H01": 5, "H02": 4, "H03": 3, "H01M": 5, "B": 2, "B01": 2, "C": 1}
    assert shown(Facet.ipc, counted, [], 2) == ["H", "B"]
    assert shown(Facet.ipc, counted, ["H"], 2) == ["H", "H01", "H02", "B"]
    assert shown(Facet.ipc, counted, ["H01M"], 2) == ["H", "H01", "H01M", "H02", "B"]
