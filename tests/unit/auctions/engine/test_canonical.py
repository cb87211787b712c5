"""What is hashed has one form; what is stored comes back the same; what is secret stays out."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auctions.engine.canonical import canonical, chain, commit, genesis
from app.auctions.engine.codec import (
    commit_submission,
    from_json,
    is_secret,
    public_change,
    public_entry,
    to_json,
)
from app.auctions.engine.types import (
    Act,
    BidMode,
    Change,
    Criterion,
    Entry,
    Extension,
    Head,
    LotState,
    Note,
    Origin,
    Place,
    Reason,
    Step,
    Submission,
    Terms,
    Tier,
)

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
SALT = bytes(range(32))
INSTANTS = st.datetimes(NAIVE, NAIVE + timedelta(days=9999), timezones=st.just(UTC))
MINOR = st.integers(0, 10**15)


def test_the_canonical_form_is_sorted_without_spaces_in_utf8_and_utc() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert canonical({"b": [1, None, True], "a": "标的", "c": shanghai}) == (
        '{"a":"标的","b":[1,null,true],"c":"2026-11-02T01:00:00.000000+00:00"}'.encode()
    )


@pytest.mark.parametrize("value", [1.0, {1: 2}, {1}, b"x", NAIVE, float("nan")])
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"value": [value]} if not isinstance(value, dict) else value)


def test_each_link_follows_from_the_one_before() -> None:
    first = genesis(lot_number="JJ-1", terms={}, rulebook={})
    event = {"seq": 1}
    expected = hashlib.sha256(bytes.fromhex(first) + canonical(event)).hexdigest()
    assert chain(first, event) == expected
    assert chain(first, {"seq": 2}) != expected


def test_a_commitment_names_what_it_stands_for() -> None:
    whole = ("JJ-1", 3, "C07", "store", {"amount_minor": 5}, SALT)
    other = ("JJ-2", 4, "C08", "seal", {"amount_minor": 6}, bytes(32))
    commitments = {commit(*whole)}
    for place in range(6):
        changed: list[Any] = list(whole)
        changed[place] = other[place]
        commitments.add(commit(*changed))
    assert len(commitments) == 7
    with pytest.raises(ValueError, match="32 bytes"):
        commit("JJ-1", 3, "C07", "store", 5, b"short")


def test_an_amount_that_was_refused_or_sealed_is_published_as_a_commitment_alone() -> None:
    entry = Entry(
        Act.bid, Origin.manual, "C07", 700, Reason.off_grid, None, LotState.free, 500, "C01", AT
    )
    assert public_entry(1, entry, AT, "f00")["amount_minor"] is None
    assert is_secret(Submission(Act.bid, Place("C07"), 700), accepted=False)
    assert not is_secret(Submission(Act.bid, Place("C07"), 700), accepted=True)
    assert not is_secret(Submission(Act.confirm, Place("C07")), accepted=False)
    for act in (Act.store, Act.seal):
        assert is_secret(Submission(act, Place("C07"), 700), accepted=True)
    weighed = Submission(Act.seal, Place("C07", values={"jobs": 3}), 700)
    plain = Submission(Act.seal, Place("C07"), 700)
    assert commit_submission("JJ-1", 1, weighed, SALT) != commit_submission("JJ-1", 1, plain, SALT)


WORDS = st.text(max_size=5)
HEADS = st.builds(
    Head,
    state=st.sampled_from(LotState),
    cycle_starts_at=INSTANTS,
    cycle_ends_at=INSTANTS,
    shift=st.timedeltas(timedelta(), timedelta(days=9)),
    price_minor=st.none() | MINOR,
    exercised=st.lists(WORDS, max_size=2).map(tuple),
    suspended_at=st.none() | INSTANTS,
)
TERMS = st.builds(
    Terms,
    mode=st.sampled_from(BidMode),
    start_minor=MINOR,
    tiers=st.lists(st.builds(Tier, MINOR, MINOR), max_size=3).map(tuple),
    free_starts_at=INSTANTS,
    free_ends_at=INSTANTS,
    window_s=st.integers(1, 9999),
    registration_ends_at=st.none() | INSTANTS,
    extension=st.builds(Extension, st.none() | st.integers(0, 99)),
    criteria=st.lists(
        st.builds(Criterion, WORDS, WORDS, WORDS, MINOR, MINOR, st.booleans()), max_size=2
    ).map(tuple),
)
ENTRIES = st.builds(
    Entry,
    act=st.sampled_from(Act),
    origin=st.sampled_from(Origin),
    code=WORDS,
    amount_minor=st.none() | MINOR,
    reason=st.none() | st.sampled_from(Reason),
    note=st.none() | st.sampled_from(Note),
    state=st.sampled_from(LotState),
    price_minor=st.none() | MINOR,
    leader=st.none() | WORDS,
    ends_at=INSTANTS,
)
CHANGES = st.builds(
    Change, st.sampled_from(Step), INSTANTS, st.dictionaries(WORDS, st.none() | MINOR | WORDS)
)
PLACES = st.builds(Place, WORDS, st.none() | MINOR, values=st.dictionaries(WORDS, MINOR))


@given(st.one_of(HEADS, TERMS, ENTRIES, CHANGES, PLACES))
def test_what_is_stored_comes_back_the_same(value: object) -> None:
    stored = json.loads(canonical(to_json(value)))
    assert from_json(type(value), stored) == value
    assert to_json(from_json(type(value), stored)) == stored


def test_what_was_stored_before_a_field_existed_gets_its_default() -> None:
    stored = to_json(Head(LotState.free, AT, AT, waived=("C01",)))
    del stored["waived"]
    assert from_json(Head, stored).waived == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "unheard-of"),
        ("price_minor", "7"),
        ("price_minor", True),
        ("cycle_ends_at", "2026-11-02T01:00:00"),
        ("shift", 1.5),
        ("exercised", "C01"),
        ("unheard_of", 1),
    ],
)
def test_what_is_no_word_of_the_engine_is_refused(name: str, value: object) -> None:
    stored = to_json(Head(LotState.free, AT, AT))
    with pytest.raises(ValueError):  # noqa: PT011 - which sentence does not matter
        from_json(Head, stored | {name: value})
    del stored["cycle_ends_at"]
    with pytest.raises(ValueError, match="needs cycle_ends_at"):
        from_json(Head, stored)


def test_a_step_says_when_it_took_effect_and_when_it_was_written_down() -> None:
    later = AT + timedelta(seconds=3)
    public = public_change(4, Change(Step.closed, AT, {"outcome": "won"}), later, later)
    assert public["at"] < public["decided_at"] == public["beat_at"]
    assert public["kind"] == "change"
