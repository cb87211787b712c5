"""Which rights exclude one another: every ordered pair of the seeded matrix, and its edges."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import rules
from app.catalogue.types import Disposal, ExclusionEntry, Grant, NationalField, Region, Trust

MIGRATION = Path(__file__).parents[3] / "migrations/versions/20261122_0006_catalogue.py"
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
YEAR = timedelta(days=365)

T, X, S, N, E, J = (
    Disposal.transfer,
    Disposal.exclusive,
    Disposal.sole,
    Disposal.ordinary,
    Disposal.equity,
    Disposal.joint_development,
)
# earlier → which later ones it leaves possible in the same field, territory and time
LEAVES_POSSIBLE: dict[Disposal, set[Disposal]] = {
    T: set(),
    E: set(),
    X: set(),
    S: set(),
    N: {T, E, N, J},
    J: {T, E, N, J},
}
# earlier → which later ones become possible where field, territory or time differ
POSSIBLE_APART: dict[Disposal, set[Disposal]] = {
    T: set(),
    E: set(),
    X: {X, S, N, J},
    S: {X, S, N, J},
    N: {*Disposal},
    J: {*Disposal},
}


def seeded_matrix() -> list[ExclusionEntry]:
    """The rows that the migration writes, without a database."""
    spec = importlib.util.spec_from_file_location("catalogue_migration", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows: list[dict[str, Any]] = module._matrix()
    return [
        ExclusionEntry(
            earlier=Disposal(row["earlier"]),
            later=Disposal(row["later"]),
            excludes=row["excludes"],
            scope_matters=row["scope_matters"],
            in_force_from=date(2021, 1, 1),
            in_force_to=None,
            reason=row["reason"],
            source=row["source"],
            trust=Trust(row["trust"]),
        )
        for row in rows
    ]


MATRIX = seeded_matrix()


def grant(disposal: Disposal, **given: Any) -> Grant:
    return replace(Grant(disposal, NOW, NOW + YEAR), **given)


def excludes(earlier: Grant, later: Grant) -> bool:
    return rules.find_exclusion(earlier, later, MATRIX, DAY).excludes


def test_every_ordered_pair_has_one_row_with_a_source() -> None:
    pairs = [(row.earlier, row.later) for row in MATRIX]
    assert sorted(pairs) == sorted(product(Disposal, Disposal))
    assert all(row.reason and row.source for row in MATRIX)


@pytest.mark.parametrize(("earlier", "later"), list(product(Disposal, Disposal)))
def test_a_pair_in_the_same_scope(earlier: Disposal, later: Disposal) -> None:
    answer = rules.find_exclusion(grant(earlier), grant(later), MATRIX, DAY)
    assert answer.excludes is (later not in LEAVES_POSSIBLE[earlier])
    assert bool(answer.reason) is answer.excludes


@pytest.mark.parametrize(("earlier", "later"), list(product(Disposal, Disposal)))
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"fields": frozenset({NationalField.modern_energy})},
            {"fields": frozenset({NationalField.smart_city})},
        ),
        (
            {"territory": frozenset({Region.beijing})},
            {"territory": frozenset({Region.tianjin, Region.hebei})},
        ),
        ({}, {"starts_at": NOW - YEAR, "ends_at": NOW}),
    ],
    ids=["field", "territory", "time"],
)
def test_a_pair_in_scopes_apart(
    earlier: Disposal, later: Disposal, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert excludes(grant(earlier, **one), grant(later, **other)) is (
        later not in POSSIBLE_APART[earlier]
    )


@pytest.mark.parametrize(
    ("case", "one", "other", "meets"),
    [
        ("everything meets everything", {}, {}, True),
        ("one field of all", {}, {"fields": frozenset({NationalField.smart_city})}, True),
        (
            "one field in common",
            {"fields": frozenset({NationalField.smart_city, NationalField.modern_energy})},
            {"fields": frozenset({NationalField.modern_energy, NationalField.ocean_space})},
            True,
        ),
        ("from the very end on", {}, {"starts_at": NOW + YEAR, "ends_at": None}, False),
        (
            "one microsecond before the end",
            {},
            {"starts_at": NOW + YEAR - timedelta(microseconds=1), "ends_at": None},
            True,
        ),
        ("without end", {"ends_at": None}, {"starts_at": NOW + 50 * YEAR, "ends_at": None}, True),
    ],
)
def test_scopes_meet(case: str, one: dict[str, Any], other: dict[str, Any], meets: bool) -> None:
    first, second = grant(X, **one), grant(X, **other)
    assert rules.overlaps(first, second) is rules.overlaps(second, first) is meets


def test_a_right_that_ended_forbids_nothing() -> None:
    ended = grant(X, ends_at=NOW)
    assert not excludes(ended, grant(T))
    assert excludes(replace(ended, ends_at=NOW + timedelta(microseconds=1)), grant(T))


def test_a_pair_without_a_rule_in_force_is_forbidden() -> None:
    before = date(2020, 12, 31)
    assert rules.find_exclusion(grant(N), grant(N), MATRIX, before).excludes
    assert not rules.find_exclusion(grant(N), grant(N), MATRIX, date(2021, 1, 1)).excludes


def test_the_rule_of_the_day_decides() -> None:
    old = next(row for row in MATRIX if (row.earlier, row.later) == (N, N))
    ended = replace(old, in_force_to=DAY)
    new = replace(old, in_force_from=DAY + timedelta(days=1), excludes=True, reason="新规")
    changed = [row for row in MATRIX if row is not old] + [ended, new]
    assert not rules.find_exclusion(grant(N), grant(N), changed, DAY).excludes
    answer = rules.find_exclusion(grant(N), grant(N), changed, DAY + timedelta(days=1))
    assert (answer.excludes, answer.reason) == (True, "新规")


def test_two_rules_for_one_day_are_our_fault() -> None:
    with pytest.raises(AssertionError, match="two rules"):
        rules.rule_for([*MATRIX, MATRIX[0]], MATRIX[0].earlier, MATRIX[0].later, DAY)


def test_the_first_right_that_forbids_is_named() -> None:
    found = rules.find_first_exclusion([grant(N), grant(S)], grant(X), MATRIX, DAY)
    assert found is not None
    assert found[0].disposal is N
    assert rules.find_first_exclusion([grant(N), grant(J)], grant(N), MATRIX, DAY) is None
    assert rules.find_first_exclusion([], grant(T), MATRIX, DAY) is None
