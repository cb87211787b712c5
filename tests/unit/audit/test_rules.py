from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.audit.rules import (
    GENESIS,
    EntryFacts,
    SealFacts,
    compute_chain_hash,
    compute_entry_hash,
    find_fault,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def entry(n: int) -> EntryFacts:
    return EntryFacts(UUID(int=n), NOON, UUID(int=9), None, "t.act", "thing", UUID(int=n), {"n": n})


def chain(*entries: EntryFacts) -> list[SealFacts]:
    seals, previous = [], GENESIS
    for position, one in enumerate(entries, 1):
        hashed = compute_entry_hash(one)
        previous = compute_chain_hash(previous, hashed)
        seals.append(SealFacts(position, one.id, hashed, previous, one))
    return seals


def test_an_untouched_chain_has_no_fault() -> None:
    assert find_fault(chain(entry(1), entry(2), entry(3)), GENESIS, 0) is None


def test_the_time_zone_of_an_instant_does_not_matter() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=8)))
    assert compute_entry_hash(replace(entry(1), at=east)) == compute_entry_hash(entry(1))


def test_each_kind_of_tampering_is_named_where_it_happened() -> None:
    one, two, three = chain(entry(1), entry(2), entry(3))
    changed = replace(two, entry=replace(entry(2), facts={"n": 20}))
    for seals, position, words in [
        ([one, changed, three], 2, "被改动"),
        ([one, replace(two, entry=None), three], 2, "缺失"),
        ([one, three], 2, "缺少存证"),
        ([replace(two, position=1), replace(one, position=2), three], 1, "次序"),
        ([one, replace(two, entry_hash=compute_entry_hash(entry(7)), entry=entry(7))], 2, "次序"),
    ]:
        fault = find_fault(seals, GENESIS, 0)
        assert fault is not None
        assert fault.position == position
        assert words in fault.what


@pytest.mark.parametrize(
    "field", ["action", "subject_kind", "subject_id", "person_id", "organisation_id", "at"]
)
def test_every_field_is_sealed(field: str) -> None:
    other: dict[str, Any] = {
        "action": "t.other",
        "subject_kind": "other",
        "subject_id": UUID(int=5),
        "person_id": None,
        "organisation_id": UUID(int=5),
        "at": NOON + timedelta(microseconds=1),
    }
    changed = replace(entry(1), **{field: other[field]})
    assert compute_entry_hash(changed) != compute_entry_hash(entry(1))
