"""What a change announcement (变更公告) may change, and when: pure.

Before the opening prices, times, deposit and conditions may change; times only later, and after a
change of content the rulebook's periods are counted anew (P-120 19). Once bids may come in, the
end of the free period, or of the span for bids, may be put off and nothing else. What is sold, how
it is bid and how holders take part never change: such a lot is terminated and put up again
(ADR 0018).
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from app.auctions.engine.amending import BEFORE_OPENING
from app.auctions.engine.codec import to_json
from app.auctions.engine.types import BidMode, LotState, ReserveKind, Tier
from app.auctions.errors import LotStateForbids
from app.auctions.life_types import Amendment
from app.auctions.lot_terms import LotTerms
from app.auctions.terms_rules import Bounds
from app.core.errors import Faults

# What somebody who looked at the first announcement may have decided by: it is announced anew.
CONTENT: Final = frozenset(
    {"start_minor", "tiers", "reserve_minor", "deposit_minor", "conditions", "documents"}
)
# A hidden reserve lies on the grid that these make, and nobody can look whether it still would.
GRID: Final = frozenset({"start_minor", "step_minor", "tiers"})
TIMES: Final = ("free_starts_at", "free_ends_at", "registration_ends_at", "deposit_due_at")


def list_changed(before: LotTerms, after: LotTerms) -> list[str]:
    """Names of what differs."""
    return [
        one.name
        for one in fields(LotTerms)
        if getattr(before, one.name) != getattr(after, one.name)
    ]


def apply_changes(before: LotTerms, changes: Amendment) -> LotTerms:
    """The terms as they would be. What stood at an instant that moves, moves with it: the end of a
    registration at the opening, a deposit due at the end of joining."""
    given = {
        one.name: value
        for one in fields(Amendment)
        if (value := getattr(changes, one.name)) is not None
    }
    start = given.get("start_minor", before.start_minor)
    if "step_minor" in given:
        given["tiers"] = (Tier(start, given["step_minor"]),)
    elif len(before.tiers) == 1:
        given["tiers"] = (Tier(start, before.tiers[0].step_minor),)
    after = replace(before, **given)
    at_opening = before.registration_ends_at == before.free_starts_at
    if at_opening and "registration_ends_at" not in given:
        after = replace(after, registration_ends_at=after.free_starts_at)
    at_end = before.deposit_due_at == _joining_end(before)
    if at_end and "deposit_due_at" not in given:
        after = replace(after, deposit_due_at=_joining_end(after))
    return after


def _joining_end(terms: LotTerms) -> datetime:
    return terms.registration_ends_at or terms.free_ends_at


def check_amendment(before: LotTerms, after: LotTerms, state: LotState) -> None:
    """Refuse what may not change any more. Raises Invalid, LotStateForbids."""
    changed = list_changed(before, after)
    faults = Faults()
    if not changed:
        faults.add("", "没有需要变更的内容")
    for name in TIMES:
        old, new = getattr(before, name), getattr(after, name)
        if old is not None and new is not None and new < old:
            faults.add(name, "变更公告只能把时间推后")
    if "reserve_minor" in changed and before.reserve_kind is not ReserveKind.open:
        faults.add("reserve", "不公开的保留价已经加密封存，不能变更；没有保留价的也不能增设")
    if before.reserve_kind is ReserveKind.hidden and before.tiers and GRID & set(changed):
        faults.add("start", "不公开的保留价已经按原起始价和加价幅度封存，起始价和加价幅度不能变更")
    faults.check()
    if state in BEFORE_OPENING:
        return
    if state is not LotState.free:
        raise LotStateForbids("报价时间结束后不能再变更；确有必要的，请中止或者终止")
    followed = {"free_ends_at", "deposit_due_at"}
    if set(changed) - followed or before.mode is BidMode.dutch:
        raise LotStateForbids("开始报价之后只能推后报价结束时间")


def prepare_check(before: LotTerms, after: LotTerms, bounds: Bounds) -> tuple[LotTerms, Bounds]:
    """What of an amendment is held against the rulebook, and with which bounds.

    Content is announced anew: every period counts from now on. Other changes leave the periods of
    the first announcement, and instants that have passed unchanged are not asked about again.
    """
    if CONTENT & set(list_changed(before, after)):
        start = after.registration_starts_at
        begun = start is not None and start <= bounds.now
        return (replace(after, registration_starts_at=None) if begun else after), bounds
    passed: dict[str, Any] = {
        name: None
        for name in ("registration_starts_at", "registration_ends_at", "deposit_due_at")
        if (at := getattr(after, name)) is not None
        and at == getattr(before, name)
        and at <= bounds.now
    }
    return replace(after, **passed), Bounds(bounds.now)


def describe_change(before: LotTerms, after: LotTerms) -> dict[str, list[Any]]:
    """Old and new of everything that differs, as plain JSON. A hidden reserve is in neither."""
    return {
        name: [to_json(getattr(before, name)), to_json(getattr(after, name))]
        for name in list_changed(before, after)
    }
