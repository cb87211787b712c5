"""What the staff of a simulated market do to its sale, as the desk takes it."""

from __future__ import annotations

from datetime import datetime

from app.auctions.engine import staff
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import Change, Head, Terms


def suspend(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    """Stop it."""
    head, step = MODES[terms.mode].suspend(terms, head, now, reason="technical", statement="…")
    return head, (step,)


def resume(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    """Let it go on."""
    if head.suspended_at == now:  # by the clock, in this very transaction
        raise ValueError("it has only just been suspended")
    head, step = MODES[terms.mode].resume(terms, head, now)
    return head, (step,)


def terminate(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    """End it before its end."""
    assert terms.mode in MODES
    head, step = staff.terminated(head, now, reason="seller", statement="…")
    return head, (step,)


def fail(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    """Its winner defaulted."""
    assert terms.mode in MODES
    head, step = staff.failed(head, now, reason="refuses_to_pay", statement="…")
    return head, (step,)


def annul(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    """Void its result."""
    assert terms.mode in MODES
    head, step = staff.annulled(head, now, reason="collusion", statement="…")
    return head, (step,)
