"""The daily comparison with the bank's statement (对账): differences are told, never mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.audit import service as audit
from app.core.access import require
from app.core.actor import SYSTEM, Actor
from app.core.clock import SHANGHAI, read_offset
from app.core.errors import Faults, FieldError, Invalid
from app.core.ids import new_id
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.payments import access, notices, payout_rules, queries, receipt_rules, statement_rules
from app.payments.errors import DifferenceSettled
from app.payments.events import StatementDiffers
from app.payments.models import StatementLine
from app.payments.ports import DayStatement, StatementRow
from app.payments.statement_rules import Difference, Row
from app.payments.types import NOTE_MAX, DifferenceKind, OrderState, StatementState

STATEMENT_JOB: Final = "payments.statement"
# The bank's day is over when its last bookings have been written.
SETTLES_AFTER: Final = timedelta(minutes=10)
MOST_DAYS: Final = 31  # of a market that did not run for long; older days are asked for by hand
_ROW_MAX: Final = 64
_DAYS: Final = UUID("6d5d7f7e-6f1c-4c0e-9a5b-0d6a8f1b2c3d")


async def sweep_statements(uow: UnitOfWork, *, limit: int = 10) -> int:
    """Let the worker read the days that are over and not yet compared; answers how many.

    The days are the bank's, which lives in real time whatever a demonstration's clock says.
    """
    await _expect_days(uow)
    due = await queries.lock_due_statements(uow, limit)
    for statement in due:
        statement.tries += 1
        statement.look_at = uow.now + payout_rules.LEASE
        await uow.enqueue(STATEMENT_JOB, {"day": statement.day.isoformat()})
    return len(due)


async def ask_statement(uow: UnitOfWork, *, actor: Actor, day: date) -> None:
    """Compare one day again, now. Raises Unauthenticated, Forbidden, Invalid (not over yet)."""
    require(actor, access.RECONCILE)
    if day > await _last_over(uow):
        raise Invalid([FieldError("day", "该日尚未结束，次日凌晨后才能对账")])
    await queries.insert_statements(uow, [day], uow.now)
    statement = await queries.lock_statement(uow, day)
    assert statement is not None, "it was just made"
    statement.look_at, statement.tries = uow.now, 0
    await audit.note(
        uow,
        actor=actor,
        action="payments.ask_statement",
        subject_kind="bank_statement",
        subject_id=_day_id(day),
        facts={"day": day.isoformat()},
    )


async def postpone_statement(uow: UnitOfWork, *, day: date) -> None:
    """The day could not be read: later, with growing pauses; after five tries people hear of it."""
    statement = await queries.lock_statement(uow, day)
    if statement is None:
        return
    statement.look_at = uow.now + payout_rules.compute_pause(statement.tries)
    if statement.tries >= payout_rules.STUCK_TRIES:
        await notices.tell_unread(uow, day.isoformat())


async def reconcile_day(uow: UnitOfWork, *, statement: DayStatement) -> int:
    """Compare one day of the bank with ours, row by row; answers how many differences are new.

    What the bank has and we do not is not booked: it is told, and the order that it names is
    asked about, since a message may have been lost. A difference that was settled stays settled.
    """
    day = statement.day
    await queries.insert_statements(uow, [day], uow.now)
    kept = await queries.lock_statement(uow, day)
    assert kept is not None, "it was just made"
    bank = [_as_row(row) for row in statement.rows]
    found = statement_rules.compare(bank, *await _own_rows(uow, day, bank))
    balance = statement_rules.check_balance(
        bank,
        statement.opening_minor,
        statement.closing_minor,
        await queries.find_closing(uow, day - timedelta(days=1)),
    )
    if balance is not None:
        found.append(balance)
    lines = [_as_line(day, no, row) for no, row in enumerate(statement.rows, 1)]
    await queries.replace_lines(uow, day, lines)
    new = await queries.insert_differences(uow, [_difference(uow, day, one) for one in found])
    kept.rows = len(bank)
    kept.in_minor = sum(row.amount_minor for row in bank if row.incoming)
    kept.out_minor = sum(row.amount_minor for row in bank if not row.incoming)
    kept.closing_minor = statement.closing_minor
    kept.state = (StatementState.differs if found else StatementState.even).value
    kept.read_at, kept.look_at, kept.tries = uow.now, None, 0
    if new:
        uow.record(StatementDiffers(day.isoformat(), new))
        await notices.tell_differs(uow, day.isoformat(), new)
    await _look_for_lost(uow, statement.rows, found)
    await audit.note(
        uow,
        actor=SYSTEM,
        action="payments.reconcile_day",
        subject_kind="bank_statement",
        subject_id=_day_id(day),
        facts={
            "day": day.isoformat(),
            "rows": kept.rows,
            "in_minor": kept.in_minor,
            "out_minor": kept.out_minor,
            "differences": len(found),
            "new": new,
        },
    )
    return new


async def settle_difference(
    uow: UnitOfWork, *, actor: Actor, difference_id: UUID, note: str
) -> None:
    """Write down what became of a difference (对账差异); nothing is booked by it.

    Raises Unauthenticated, Forbidden, DifferenceMissing, DifferenceSettled, Invalid.
    """
    require(actor, access.RECONCILE)
    faults = Faults()
    words = faults.limit("note", clean_text(note), NOTE_MAX)
    if not words:
        faults.add("note", "请写明核对结果")
    faults.check()
    difference = await queries.lock_difference(uow, difference_id)
    if difference.settled_at is not None:
        raise DifferenceSettled()
    now = await uow.stamp()
    difference.settled_at, difference.settled_by = now, actor.person_id
    difference.note = words
    await audit.note(
        uow,
        actor=actor,
        action="payments.settle_difference",
        subject_kind="bank_difference",
        subject_id=difference.id,
        facts={
            "day": difference.day.isoformat(),
            "kind": difference.kind,
            "reference": difference.reference,
        },
    )


def _day_id(day: date) -> UUID:
    """What audit lines name a day by."""
    return uuid5(_DAYS, day.isoformat())


async def _last_over(uow: UnitOfWork) -> date:
    """The last day of the bank that is over."""
    real = uow.now - await read_offset(uow.session) - SETTLES_AFTER
    return real.astimezone(SHANGHAI).date() - timedelta(days=1)


async def _expect_days(uow: UnitOfWork) -> None:
    """Expect every day since the last one, or since the first order."""
    last = await _last_over(uow)
    known = await queries.find_last_day(uow)
    if known is None:
        first_at = await queries.find_first_order_at(uow)
        if first_at is None:
            return
        opened = (first_at - await read_offset(uow.session)).astimezone(SHANGHAI).date()
        first = max(opened, last - timedelta(days=MOST_DAYS - 1))
    else:
        first = known + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if days:
        await queries.insert_statements(uow, days[-MOST_DAYS:], uow.now)


async def _own_rows(
    uow: UnitOfWork, day: date, bank: Sequence[Row]
) -> tuple[dict[str, Row], list[Row]]:
    """What we have of the bank's references, and what of ours falls on the day."""
    incoming = [row.reference for row in bank if row.incoming]
    outgoing = [row.reference for row in bank if not row.incoming]
    known = {
        one.reference: Row(one.reference, one.amount_minor, incoming=True)
        for one in await queries.list_by_references(uow, incoming)
    } | {
        one.bank_number: Row(one.bank_number, one.amount_minor, incoming=False)
        for one in await queries.list_by_bank_numbers(uow, outgoing)
    }
    start, end = statement_rules.day_bounds(day)
    expected = [
        Row(one.reference, one.amount_minor, incoming=True)
        for one in await queries.list_arrived(uow, start, end)
    ] + [
        Row(one.bank_number, one.amount_minor, incoming=False)
        for one in await queries.list_gone(uow, start, end)
    ]
    return known, expected


def _as_row(row: StatementRow) -> Row:
    named = row.reference if row.incoming else row.payout_number or row.reference
    return Row(named[:_ROW_MAX], row.amount_minor, row.incoming)


def _as_line(day: date, no: int, row: StatementRow) -> StatementLine:
    return StatementLine(
        day=day,
        no=no,
        reference=_as_row(row).reference,
        kind="in" if row.incoming else "out",
        amount_minor=row.amount_minor,
        at=row.at,
        order_number=row.order_number[:_ROW_MAX] if row.order_number else None,
    )


def _difference(uow: UnitOfWork, day: date, one: Difference) -> dict[str, object]:
    return {
        "id": new_id(),
        "day": day,
        "kind": one.kind.value,
        "reference": one.reference,
        "bank_minor": one.bank_minor,
        "our_minor": one.our_minor,
        "found_at": uow.now,
        "note": "",
    }


async def _look_for_lost(
    uow: UnitOfWork, rows: Sequence[StatementRow], found: Sequence[Difference]
) -> None:
    """Ask the bank about the orders that unknown arrivals name."""
    unknown = {one.reference for one in found if one.kind is DifferenceKind.unknown_row}
    for row in rows:
        number = receipt_rules.find_order_number(row.order_number)
        if not row.incoming or number is None or _as_row(row).reference not in unknown:
            continue
        order = await queries.lock_order_by_number(uow, number)
        if order is not None and order.state != OrderState.opening.value:
            order.look_at = uow.now
