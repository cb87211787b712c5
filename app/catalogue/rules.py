"""Pure decisions: when a state allows a verb, when an offer ends, which rights exclude others."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final

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
    Answer,
    ClaimState,
    Disposal,
    ExclusionEntry,
    Grant,
    OfferFacts,
    OfferState,
    Origin,
)
from app.core.clock import SHANGHAI
from app.core.errors import KeyReused, StaleVersion
from app.core.i18n import Message

AchievementCheck = Callable[[AchievementFacts], None]

OFFER_MONTHS: Final = 6  # an offer lasts six calendar months unless renewed (own_default)

_EDITABLE = frozenset(
    {AchievementState.draft, AchievementState.returned, AchievementState.withdrawn}
)
_SUBMITTABLE = _EDITABLE
_WITHDRAWABLE = frozenset(
    {AchievementState.submitted, AchievementState.published, AchievementState.returned}
)


# ---------------------------------------------------------------- achievements


def check_version(seen: int, current: int) -> None:
    """Raises StaleVersion unless the editor saw the current version."""
    if seen != current:
        raise StaleVersion(current_version=current)


def check_edit(facts: AchievementFacts) -> None:
    """A record under review is not edited; withdraw it first. Raises AchievementStateForbids."""
    if facts.state is AchievementState.submitted:
        raise AchievementStateForbids("成果正在审核，撤回后才能修改", state=facts.state)


def check_submit(facts: AchievementFacts) -> None:
    """Raises AchievementStateForbids unless draft, returned or withdrawn."""
    if facts.state not in _SUBMITTABLE:
        raise AchievementStateForbids(state=facts.state)


def check_review(facts: AchievementFacts) -> None:
    """Only what was submitted is published or returned. Raises AchievementStateForbids."""
    if facts.state is not AchievementState.submitted:
        raise AchievementStateForbids("该成果不在待审核状态，可能已被处理", state=facts.state)


def check_withdraw(facts: AchievementFacts) -> None:
    """Raises AchievementStateForbids unless submitted, published or returned."""
    if facts.state not in _WITHDRAWABLE:
        raise AchievementStateForbids(state=facts.state)


def check_claimable(facts: AchievementFacts) -> None:
    """Only a published import without an owner is claimed. Raises NotClaimable."""
    if (
        facts.origin is not Origin.imported
        or facts.owner_id is not None
        or facts.state is not AchievementState.published
    ):
        raise NotClaimable()


def check_undecided(state: ClaimState) -> None:
    """Raises ClaimDecided."""
    if state is not ClaimState.pending:
        raise ClaimDecided(state=state)


def check_same_request(seen: tuple[object, ...], asked: tuple[object, ...]) -> None:
    """A repeated key must ask for the same. Raises KeyReused."""
    if seen != asked:
        raise KeyReused()


# ---------------------------------------------------------------- offers


def check_offerable(facts: AchievementFacts) -> None:
    """Raises NotClaimedYet for an unclaimed import, NotPublishedYet for a hidden record."""
    if facts.owner_id is None:
        raise NotClaimedYet(number=facts.number)
    if facts.state is not AchievementState.published:
        raise NotPublishedYet(number=facts.number)


def check_offer_state(facts: OfferFacts, *allowed: OfferState) -> None:
    """Raises OfferStateForbids unless the offer stands in one of these states."""
    if facts.state not in allowed:
        raise OfferStateForbids(
            Message("供给信息目前为“%(state)s”", state=facts.state.label), state=facts.state
        )


def check_reservable(facts: OfferFacts, now: datetime) -> None:
    """Only a published offer whose time runs is reserved. Raises OfferStateForbids."""
    check_offer_state(facts, OfferState.published)
    assert facts.expires_at is not None, "published offers expire (constraint)"
    if now >= facts.expires_at:
        raise OfferStateForbids("供给信息已到期，续期后才能办理", state=OfferState.expired)
    if facts.valid_from is not None and now < facts.valid_from:
        raise OfferStateForbids("供给信息尚未生效", state=facts.state)


def check_unreserved(reserved: bool) -> None:
    """Raises OfferStateForbids while a lot or a deal holds the offer."""
    if reserved:
        raise OfferStateForbids("有竞价或交易正在使用该供给信息，结束后才能撤回")


def stays_on_offer(disposal: Disposal) -> bool:
    """Whether any number of deals may be made of one offer (ordinary licences, cooperation)."""
    return disposal in (Disposal.ordinary, Disposal.joint_development)


def next_state_after_release(facts: OfferFacts, now: datetime) -> OfferState:
    """A released offer is offered again, unless it ran out in the meantime."""
    assert facts.expires_at is not None, "reserved offers were published"
    return OfferState.published if now < facts.expires_at else OfferState.expired


def add_months(instant: datetime, months: int) -> datetime:
    """The same day of a later month in Shanghai; its last day when there is none (31 Aug → 28 Feb).

    民法典 202 has the last day of the month in that case.
    """
    local = instant.astimezone(SHANGHAI)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(instant.tzinfo)


def compute_expiry(start: datetime) -> datetime:
    """When an offer that starts now runs out (exclusive)."""
    return add_months(start, OFFER_MONTHS)


def compute_grant(facts: OfferFacts, starts_at: datetime) -> Grant:
    """The right that a deal on this offer gives from an instant on.

    Ownership (transfer, equity) has no end, no field and no territory.
    """
    if facts.disposal in (Disposal.transfer, Disposal.equity):
        return Grant(facts.disposal, starts_at, reference=facts.number)
    return Grant(
        disposal=facts.disposal,
        starts_at=starts_at,
        ends_at=add_months(starts_at, 12 * facts.period_years) if facts.period_years else None,
        fields=facts.fields,
        territory=facts.territory,
        reference=facts.number,
    )


# ---------------------------------------------------------------- exclusion


def rule_for(
    matrix: Iterable[ExclusionEntry], earlier: Disposal, later: Disposal, on: date
) -> ExclusionEntry | None:
    """The one row of a pair in force on a day; None when the matrix has none."""
    live = [
        row
        for row in matrix
        if (row.earlier, row.later) == (earlier, later)
        and row.in_force_from <= on <= (row.in_force_to or date.max)
    ]
    assert len(live) <= 1, f"two rules for {earlier} then {later} on {on}"
    return live[0] if live else None


def overlaps(one: Grant, other: Grant) -> bool:
    """Whether two rights meet in field, territory and time (ends are exclusive)."""
    in_time = (other.ends_at is None or one.starts_at < other.ends_at) and (
        one.ends_at is None or other.starts_at < one.ends_at
    )
    return in_time and _meets(one.fields, other.fields) and _meets(one.territory, other.territory)


def _meets(one: frozenset[str], other: frozenset[str]) -> bool:
    """An empty set is everything."""
    return not one or not other or bool(one & other)


def find_exclusion(
    earlier: Grant, later: Grant, matrix: Iterable[ExclusionEntry], on: date
) -> Answer:
    """Whether ``earlier``, which lives, forbids giving ``later``; the one place that decides.

    A pair without a row in force is forbidden: silence of the rules sells nothing. A right that
    ended before the later one begins forbids nothing.
    """
    if earlier.ends_at is not None and earlier.ends_at <= later.starts_at:
        return Answer(excludes=False)
    row = rule_for(matrix, earlier.disposal, later.disposal, on)
    if row is None:
        return Answer(excludes=True, reason="没有现行规则允许这两种处置并存")
    if not row.excludes or (row.scope_matters and not overlaps(earlier, later)):
        return Answer(excludes=False)
    return Answer(excludes=True, reason=row.reason, source=row.source)


def find_first_exclusion(
    earlier: Sequence[Grant], later: Grant, matrix: Sequence[ExclusionEntry], on: date
) -> tuple[Grant, Answer] | None:
    """The first living right that forbids ``later``, with the reason; None when it may be given."""
    for grant in earlier:
        answer = find_exclusion(grant, later, matrix, on)
        if answer.excludes:
            return grant, answer
    return None
