"""States, expiry and grants at their edges."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.catalogue import rules
from app.catalogue.errors import (
    AchievementStateForbids,
    ClaimDecided,
    NotClaimable,
    NotClaimedYet,
    NotPublishedYet,
    OfferStateForbids,
)
from app.catalogue.types import (
    AchievementFacts,
    AchievementState,
    ClaimState,
    Disposal,
    NationalField,
    OfferFacts,
    OfferState,
    Origin,
    Region,
)
from app.core.clock import SHANGHAI
from app.core.errors import DomainError, KeyReused, StaleVersion
from app.core.ids import new_id

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TICK = timedelta(microseconds=1)
RECORD = AchievementFacts(
    new_id(), "CG-2026-000001", new_id(), new_id(), "某大学", Origin.entered, "名称",
    AchievementState.draft, 1,
)  # fmt: skip
OFFER = OfferFacts(
    id=new_id(),
    number="GX-2026-000001",
    achievement_id=RECORD.id,
    owner_id=new_id(),
    disposal=Disposal.exclusive,
    state=OfferState.published,
    price_terms_hash=None,
    asking_minor=None,
    fields=frozenset({NationalField.modern_energy}),
    territory=frozenset({Region.beijing}),
    period_years=3,
    valid_from=NOW,
    expires_at=NOW + timedelta(days=181),
    version=1,
)
DRAFT, SUBMITTED, PUBLISHED, RETURNED, WITHDRAWN = AchievementState


@pytest.mark.parametrize(
    ("check", "allowed"),
    [
        (rules.check_edit, {DRAFT, PUBLISHED, RETURNED, WITHDRAWN}),
        (rules.check_submit, {DRAFT, RETURNED, WITHDRAWN}),
        (rules.check_review, {SUBMITTED}),
        (rules.check_withdraw, {SUBMITTED, PUBLISHED, RETURNED}),
    ],
)
@pytest.mark.parametrize("state", list(AchievementState))
def test_states_allow(
    check: Callable[[AchievementFacts], None],
    allowed: set[AchievementState],
    state: AchievementState,
) -> None:
    with nullcontext() if state in allowed else pytest.raises(AchievementStateForbids):
        check(replace(RECORD, state=state))


IMPORT = replace(RECORD, origin=Origin.imported, owner_id=None, state=PUBLISHED)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (IMPORT, None),
        (replace(IMPORT, owner_id=new_id()), NotClaimable),
        (replace(IMPORT, state=WITHDRAWN), NotClaimable),
        (replace(RECORD, state=PUBLISHED), NotClaimable),
    ],
)
def test_what_can_be_claimed(facts: AchievementFacts, refusal: type[DomainError] | None) -> None:
    with pytest.raises(refusal) if refusal else nullcontext():
        rules.check_claimable(facts)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        (replace(RECORD, state=PUBLISHED), None),
        (replace(IMPORT, owner_id=new_id()), None),
        (IMPORT, NotClaimedYet),
        (RECORD, NotPublishedYet),
    ],
)
def test_what_can_be_offered(facts: AchievementFacts, refusal: type[DomainError] | None) -> None:
    with pytest.raises(refusal) if refusal else nullcontext():
        rules.check_offerable(facts)


@pytest.mark.parametrize(
    ("case", "facts", "now", "refusal"),
    [
        ("open", OFFER, NOW, None),
        ("the last instant", OFFER, NOW + timedelta(days=181) - TICK, None),
        ("the end itself", OFFER, NOW + timedelta(days=181), OfferStateForbids),
        ("before its start", OFFER, NOW - TICK, OfferStateForbids),
        ("held", replace(OFFER, state=OfferState.reserved), NOW, OfferStateForbids),
        ("a draft", replace(OFFER, state=OfferState.draft), NOW, OfferStateForbids),
    ],
)
def test_what_can_be_reserved(
    case: str, facts: OfferFacts, now: datetime, refusal: type[DomainError] | None
) -> None:
    with pytest.raises(refusal) if refusal else nullcontext():
        rules.check_reservable(facts, now)


def test_a_released_offer_is_open_again_unless_it_ran_out() -> None:
    end = NOW + timedelta(days=181)
    assert rules.next_state_after_release(OFFER, end - TICK) is OfferState.published
    assert rules.next_state_after_release(OFFER, end) is OfferState.expired


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (shanghai(2026, 11, 22, 12), shanghai(2027, 5, 22, 12)),
        (shanghai(2026, 8, 31, 9), shanghai(2027, 2, 28, 9)),
        (shanghai(2027, 8, 31, 9), shanghai(2028, 2, 29, 9)),
        # already the 1st in Shanghai, still the 31st in UTC
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), datetime(2027, 6, 30, 16, 30, tzinfo=UTC)),
    ],
)
def test_an_offer_lasts_six_calendar_months(start: datetime, end: datetime) -> None:
    assert rules.compute_expiry(start) == end


def test_a_licence_is_given_in_its_scope_and_ownership_whole() -> None:
    licence = rules.compute_grant(OFFER, shanghai(2026, 11, 22))
    assert (licence.fields, licence.territory) == (OFFER.fields, OFFER.territory)
    assert licence.ends_at == shanghai(2029, 11, 22)
    for disposal in (Disposal.transfer, Disposal.equity):
        whole = rules.compute_grant(replace(OFFER, disposal=disposal), NOW)
        assert (whole.fields, whole.territory, whole.ends_at) == (frozenset(), frozenset(), None)
    endless = rules.compute_grant(replace(OFFER, period_years=None), NOW)
    assert endless.ends_at is None


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        (lambda: rules.check_version(2, 2), None),
        (lambda: rules.check_version(1, 2), StaleVersion),
        (lambda: rules.check_version(3, 2), StaleVersion),
        (lambda: rules.check_undecided(ClaimState.pending), None),
        (lambda: rules.check_undecided(ClaimState.accepted), ClaimDecided),
        (lambda: rules.check_same_request((1,), (1,)), None),
        (lambda: rules.check_same_request((1,), (2,)), KeyReused),
        (lambda: rules.check_unreserved(False), None),
        (lambda: rules.check_unreserved(True), OfferStateForbids),
    ],
)
def test_small_checks(call: Callable[[], Any], refusal: type[DomainError] | None) -> None:
    with pytest.raises(refusal) if refusal else nullcontext():
        call()
