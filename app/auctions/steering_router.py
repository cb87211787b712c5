"""JSON API of a lot's life around the bidding: what its seller and the operator announce of it.

Each step is numbered among the bids and published with its reason and statement; the same
Idempotency-Key takes it once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.auctions import service
from app.auctions.admission_errors import DeciderBarred
from app.auctions.errors import LotMissing, LotStateForbids, ReasonNotYours
from app.auctions.life_types import (
    Amendment,
    AnnouncementKind,
    AnnouncementView,
    AnnulGround,
    FailReason,
    SuspendReason,
    TerminateReason,
)
from app.auctions.schemas import Minor
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.money import MAX_MINOR
from app.core.web import ActorDep, KeyDep, TxDep, problems

router = APIRouter()

_SELLERS: Final = (
    Unauthenticated,
    Forbidden,
    LotMissing,
    LotStateForbids,
    KeyReused,
    Invalid,
)
_OWN: Final[dict[int | str, dict[str, Any]]] = problems(*_SELLERS)
_STEERED: Final[dict[int | str, dict[str, Any]]] = problems(
    *_SELLERS, ReasonNotYours, DeciderBarred
)


class StatementIn(BaseModel):
    """Why, in words that are published: 4 to 2000 characters."""

    model_config = ConfigDict(extra="forbid")
    statement: str = Field(max_length=2000)


class SuspensionIn(StatementIn):
    """A suspension (中止): the operator's reasons and the seller's are not the same."""

    reason: SuspendReason


class TerminationIn(StatementIn):
    """An end before the end (终止); ``withdrawn`` is the seller's."""

    reason: TerminateReason


class FailureIn(StatementIn):
    """How the winner defaulted."""

    reason: FailReason


class AnnulmentIn(StatementIn):
    """On what ground a result is voided (L-网拍31)."""

    ground: AnnulGround


class AmendmentIn(StatementIn):
    """A change announcement (变更公告): what is left out stays as it is. Money in 分."""

    free_starts_at: AwareDatetime | None = None
    free_ends_at: AwareDatetime | None = None
    registration_ends_at: AwareDatetime | None = None
    start_minor: Minor | None = None
    step_minor: Minor | None = None
    reserve_minor: Minor | None = None
    deposit_minor: Annotated[int, Field(ge=0, le=MAX_MINOR, strict=True)] | None = None
    deposit_due_at: AwareDatetime | None = None
    conditions: str | None = Field(default=None, max_length=4000)
    documents: list[str] | None = Field(default=None, max_length=20)
    viewing: str | None = Field(default=None, max_length=2000)
    viewing_starts_at: AwareDatetime | None = None
    viewing_ends_at: AwareDatetime | None = None

    def changes(self) -> Amendment:
        given = self.model_dump(exclude={"statement", "documents"})
        documents = None if self.documents is None else tuple(self.documents)
        return Amendment(**given, documents=documents)


class AnnouncementOut(BaseModel):
    """One announcement of a lot; ``facts`` are public."""

    kind: AnnouncementKind
    statement: str
    facts: dict[str, Any]
    at: datetime

    @classmethod
    def of(cls, said: AnnouncementView) -> Self:
        return cls(kind=said.kind, statement=said.statement, facts=dict(said.facts), at=said.at)


class AnnouncementsOut(BaseModel):
    """What was announced of a lot, newest first."""

    items: list[AnnouncementOut]


class ResumeByOut(BaseModel):
    """Until when, exclusively, the lot must go on (L-网拍28)."""

    resume_by: datetime


@router.get("/lots/{number}/announcements", responses=problems(LotMissing))
async def list_announcements(number: str, tx: TxDep) -> AnnouncementsOut:
    """What was announced of a lot (公告), newest first, at most 200."""
    lot = await tx.run(service.show_lot, number=number)
    said = await tx.run(service.list_announcements, lot_id=lot.id)
    return AnnouncementsOut(items=[AnnouncementOut.of(one) for one in said])


@router.post("/lots/{number}/amendment", status_code=204, responses=_OWN)
async def amend(number: str, body: AmendmentIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> None:
    """Announce a change of your own lot (变更公告)."""
    await tx.run(
        service.amend_lot,
        actor=actor,
        number=number,
        changes=body.changes(),
        statement=body.statement,
        key=key,
    )


@router.post("/lots/{number}/suspension", status_code=204, responses=_STEERED)
async def suspend(number: str, body: SuspensionIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> None:
    """Stop a lot (中止)."""
    await tx.run(
        service.suspend_lot,
        actor=actor,
        number=number,
        reason=body.reason,
        statement=body.statement,
        key=key,
    )


@router.post("/lots/{number}/cause-ended", responses=_STEERED)
async def end_cause(
    number: str, body: StatementIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> ResumeByOut:
    """Write down that the cause of a suspension has ended."""
    by = await tx.run(
        service.end_cause, actor=actor, number=number, statement=body.statement, key=key
    )
    return ResumeByOut(resume_by=by)


@router.post("/lots/{number}/resumption", status_code=204, responses=_STEERED)
async def resume(number: str, body: StatementIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> None:
    """Let a suspended lot go on (恢复)."""
    await tx.run(service.resume_lot, actor=actor, number=number, statement=body.statement, key=key)


@router.post("/lots/{number}/termination", status_code=204, responses=_STEERED)
async def terminate(
    number: str, body: TerminationIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> None:
    """End a lot before its end (终止)."""
    await tx.run(
        service.terminate_lot,
        actor=actor,
        number=number,
        reason=body.reason,
        statement=body.statement,
        key=key,
    )


@router.post("/lots/{number}/failure", status_code=204, responses=_STEERED)
async def fail(number: str, body: FailureIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> None:
    """Say that the winner defaulted (未能成交)."""
    await tx.run(
        service.fail_lot,
        actor=actor,
        number=number,
        reason=body.reason,
        statement=body.statement,
        key=key,
    )


@router.post("/lots/{number}/annulment", status_code=204, responses=_STEERED)
async def annul(number: str, body: AnnulmentIn, actor: ActorDep, key: KeyDep, tx: TxDep) -> None:
    """Void the result of a lot (撤销)."""
    await tx.run(
        service.annul_lot,
        actor=actor,
        number=number,
        ground=body.ground,
        statement=body.statement,
        key=key,
    )


@router.post("/lots/{number}/negotiation-end", status_code=204, responses=_OWN)
async def end_negotiation(
    number: str, body: StatementIn, actor: ActorDep, key: KeyDep, tx: TxDep
) -> None:
    """End the window after a reserve that was not met (协商期) before its time."""
    await tx.run(
        service.end_negotiation, actor=actor, number=number, statement=body.statement, key=key
    )
