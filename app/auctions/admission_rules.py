"""Pure decisions on admission: who may never bid, what an application lacks, who may decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.auctions.admission_errors import (
    ApplicationStateForbids,
    DeciderBarred,
    LotNotYetOpenForJoining,
)
from app.auctions.admission_types import (
    CHOSEN,
    MAX_NOTE,
    MAX_STATEMENT,
    ApplicationFacts,
    ApplicationState,
    RefusalReason,
    Requirements,
)
from app.auctions.engine.schedule import joins_from, joins_until, opens_at
from app.auctions.engine.types import Criterion, Head, LotState, Terms
from app.auctions.errors import LotNotOpenForJoining
from app.core.errors import Faults
from app.core.i18n import Message, _n
from app.core.money import MAX_MINOR

# How long the names may be read after the second person has approved: our own default.
LOOK_AGAIN: Final = timedelta(minutes=1)  # at a lot that stands still
LOOK_LASTS: Final = timedelta(hours=1)
MIN_REASON: Final = 10  # characters of a reason to look behind codes
_WAITING: Final = (ApplicationState.submitted, ApplicationState.accepted)


def compute_requirements(
    terms: Terms,
    head: Head,
    *,
    reviewed: bool,
    conditions: str,
    documents: tuple[str, ...],
    deposit_minor: int,
    deposit_due_at: datetime | None = None,
) -> Requirements:
    """What a lot asks of its applicants. Registration may end before the sale opens: whoever
    applied in time can be decided on until then."""
    until = joins_until(terms, head)
    decides_until = until
    if terms.registration_ends_at is not None:
        decides_until = max(until, opens_at(terms, head))
    return Requirements(
        reviewed=reviewed or bool(conditions or documents or terms.criteria),
        conditions=conditions,
        documents=documents,
        criteria=terms.criteria,
        deposit_minor=deposit_minor,
        joins_from=joins_from(terms, head),
        joins_until=until,
        decides_until=decides_until,
        deposit_due_at=deposit_due_at if deposit_minor else None,
    )


def check_span(needs: Requirements, state: LotState, now: datetime) -> None:
    """Raises LotNotYetOpenForJoining, LotNotOpenForJoining."""
    if state is LotState.closed or now >= needs.joins_until:
        raise LotNotOpenForJoining()
    if needs.joins_from is not None and now < needs.joins_from:
        raise LotNotYetOpenForJoining()


def find_bar(*, related: bool, staff: bool, defaulted: bool) -> RefusalReason | None:
    """Why a party can take no part whatever it brings, or None; ``staff``: one of its members
    works for the platform, ``related``: one of them belongs to the seller too."""
    if staff:
        return RefusalReason.staff
    if related:
        return RefusalReason.related_party
    return RefusalReason.defaulted_before if defaulted else None


def check_application(
    needs: Requirements,
    *,
    statement: str,
    confirmed: bool,
    brought: frozenset[int],
    values: Mapping[str, int],
) -> None:
    """What is handed in is whole; ``brought`` are the places of the documents that came.

    Raises Invalid with a sentence for each thing that lacks (fields ``statement``, ``confirmed``,
    ``document-N``, ``value-KEY``).
    """
    faults = Faults()
    faults.limit("statement", statement, MAX_STATEMENT)
    if needs.conditions and not statement:
        faults.add("statement", _n("请逐项说明如何符合受让方资格条件。"))
    if needs.reviewed and not confirmed:
        faults.add("confirmed", _n("请确认与转让方不存在关联关系，所提交的材料真实。"))
    for place, name in enumerate(needs.documents):
        if place not in brought:
            faults.add(f"document-{place}", Message(_n("请上传：%(name)s"), name=name))
    check_values(needs.criteria, values, faults)
    faults.check()


def check_values(
    criteria: tuple[Criterion, ...], values: Mapping[str, int], faults: Faults
) -> None:
    """Every criterion has a value within what a row holds; adds to ``faults``."""
    for criterion in criteria:
        value = values.get(criterion.key)
        if value is None:
            faults.add(
                f"value-{criterion.key}", Message(_n("请填写：%(name)s"), name=criterion.name)
            )
        elif not 0 <= value <= MAX_MINOR:
            faults.add(f"value-{criterion.key}", _n("数值须为不小于零的整数。"))


def check_decision(
    facts: ApplicationFacts, *, accept: bool, reason: RefusalReason | None, note: str
) -> None:
    """A refusal needs one of the reasons an operator may find, in words the applicant can use.

    Raises Invalid, ApplicationStateForbids.
    """
    faults = Faults()
    faults.limit("note", note, MAX_NOTE)
    if not accept:
        if reason not in CHOSEN:
            faults.add("reason", _n("请选择未通过的理由。"))
        if not note:
            faults.add("note", _n("请写明事实和理由，申请人会看到。"))
    faults.check()
    check_state(facts, ApplicationState.submitted)


def check_state(facts: ApplicationFacts, *allowed: ApplicationState) -> None:
    """Raises ApplicationStateForbids unless the application stands in one of these states."""
    if facts.state not in allowed:
        raise ApplicationStateForbids(state=facts.state)


def check_answerer(facts: ApplicationFacts, person_id: UUID | None) -> None:
    """Who refused does not answer the complaint about it. Raises DeciderBarred."""
    if facts.decided_by is not None and facts.decided_by == person_id:
        raise DeciderBarred(_n("异议须由作出决定的人以外的工作人员答复"))


def is_waiting(facts: ApplicationFacts) -> bool:
    """Whether it can still become an admission."""
    return facts.state in _WAITING


def find_lapse(
    facts: ApplicationFacts, needs: Requirements, state: LotState, now: datetime
) -> RefusalReason | None:
    """Why an application that waits cannot be admitted any more at ``now``, or None."""
    if not is_waiting(facts):
        return None
    if state is LotState.closed:
        return RefusalReason.lot_ended
    if now < needs.decides_until:
        return None
    if facts.state is ApplicationState.submitted:
        return RefusalReason.not_decided
    return RefusalReason.deposit_missing
