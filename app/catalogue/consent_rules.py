"""Pure decisions on co-owners' consents: is one needed, to what is it pinned, who is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from app.catalogue.consent_types import (
    ConsentBreadth,
    ConsentFacts,
    ConsentNeed,
    ConsentState,
)
from app.catalogue.errors import ConsentStateForbids
from app.catalogue.types import CoOwner, Disposal, OfferContent, compute_hash


def find_need(rules: Iterable[ConsentNeed], disposal: Disposal, on: date) -> ConsentNeed | None:
    """The rule of a disposal in force on a day; None when there is none."""
    live = [
        rule
        for rule in rules
        if rule.disposal is disposal and rule.in_force_from <= on <= (rule.in_force_to or date.max)
    ]
    assert len(live) <= 1, f"two rules of consent for {disposal} on {on}"
    return live[0] if live else None


def needs_all(need: ConsentNeed | None) -> bool:
    """Whether every co-owner has to agree. Silence of the rules gives nothing away alone."""
    return need is None or need.needs_all


def compute_co_owners_hash(co_owners: Sequence[CoOwner]) -> str:
    """What a consent is pinned to: the list of co-owners, in order, with parties and shares."""
    return _digest(
        [[row.name, str(row.party_id) if row.party_id else None, row.share_bp] for row in co_owners]
    )


def compute_scope_hash(breadth: ConsentBreadth, achievement_id: UUID, content: OfferContent) -> str:
    """What was consented to: this disposal of this achievement, or just these terms of it.

    The day on which an offer begins is no part of it: publishing moves it.
    """
    scope: list[object] = [str(achievement_id), content.disposal.value]
    if breadth is ConsentBreadth.terms:
        scope += [
            compute_hash(content.terms) if content.terms else None,
            content.conditions,
            sorted(content.fields),
            content.use_note,
            sorted(content.territory),
            content.period_years,
        ]
    return _digest(scope)


def holds(consent: ConsentFacts, place: int, co_owners_hash: str, scopes: Collection[str]) -> bool:
    """Whether a consent is given, living, and about this very list and scope."""
    return (
        consent.state is ConsentState.given
        and consent.ordinal == place
        and consent.co_owners_hash == co_owners_hash
        and consent.scope_hash in scopes
    )


def find_missing(
    co_owners: Sequence[CoOwner], consents: Iterable[ConsentFacts], scopes: Collection[str]
) -> list[tuple[int, CoOwner]]:
    """The co-owners (place from 1) whose consent does not stand."""
    known, pinned = list(consents), compute_co_owners_hash(co_owners)
    return [
        (place, row)
        for place, row in enumerate(co_owners, 1)
        if not any(holds(consent, place, pinned, scopes) for consent in known)
    ]


def check_answerable(consent: ConsentFacts, co_owners_hash: str, scopes: Collection[str]) -> None:
    """A word is given only on what still stands as it was asked. Raises ConsentStateForbids."""
    if consent.co_owners_hash != co_owners_hash or consent.scope_hash not in scopes:
        raise ConsentStateForbids("共有人名单或条款在征询后有变化，须由权利单位重新征询")


def check_state(consent: ConsentFacts, *allowed: ConsentState) -> None:
    """Raises ConsentStateForbids unless the consent stands in one of these states."""
    if consent.state not in allowed:
        raise ConsentStateForbids(state=consent.state)


def _digest(value: object) -> str:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
