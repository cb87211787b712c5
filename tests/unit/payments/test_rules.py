"""What an arrival is, when a payout is tried again, how two days differ: each rule at its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments import payout_rules, receipt_rules, statement_rules
from app.payments.statement_rules import Row
from app.payments.types import Arrival, DifferenceKind, OrderFacts, OrderState, ReceiptKind

DUE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
TICK = timedelta(microseconds=1)
ASKED = 5_000_000


def judge(
    amount: int = ASKED,
    *,
    at: datetime = DUE - TICK,
    own: bool = True,
    state: OrderState = OrderState.open,
) -> tuple[str, int, int]:
    verdict = receipt_rules.classify(OrderFacts(ASKED, DUE, state), Arrival(amount, at, own))
    return verdict.kind.value, verdict.counted_minor, verdict.back_minor


def test_the_right_amount_in_time_from_the_own_account_counts() -> None:
    assert judge() == ("matched", ASKED, 0)
    assert judge(state=OrderState.opening) == ("matched", ASKED, 0)


def test_the_due_instant_itself_is_late() -> None:
    assert judge(at=DUE) == ("late", 0, ASKED)
    assert judge(at=DUE - TICK)[0] == "matched"


def test_one_fen_less_is_short_and_one_more_goes_back_alone() -> None:
    assert judge(ASKED - 1) == ("short", 0, ASKED - 1)
    assert judge(ASKED + 1) == ("surplus", ASKED, 1)


def test_somebody_elses_money_never_counts_whatever_else_is_right() -> None:
    assert judge(own=False) == ("third_party", 0, ASKED)
    assert judge(own=False, at=DUE)[0] == "third_party"
    assert judge(ASKED + 1, own=False) == ("third_party", 0, ASKED + 1)


def test_what_comes_after_the_order_was_paid_or_closed_goes_back() -> None:
    assert judge(state=OrderState.paid) == ("doubled", 0, ASKED)
    assert judge(state=OrderState.paid, own=False)[0] == "doubled"
    assert judge(state=OrderState.closed) == ("late", 0, ASKED)


def test_without_an_order_it_is_unknown() -> None:
    verdict = receipt_rules.classify(None, Arrival(1, DUE, own=True))
    assert (verdict.kind, verdict.counted_minor, verdict.back_minor) == (ReceiptKind.unknown, 0, 1)


@given(
    amount=st.integers(1, 10**15),
    late=st.integers(-5, 5),
    own=st.booleans(),
    state=st.sampled_from(OrderState),
)
def test_nothing_is_ever_lost(amount: int, late: int, own: bool, state: OrderState) -> None:
    kind, counted, back = judge(amount, at=DUE + late * TICK, own=own, state=state)
    assert counted + back == amount
    assert counted in (0, ASKED)
    assert (counted > 0) == (kind in ("matched", "surplus"))
    if counted:
        assert own
        assert late < 0
        assert amount >= ASKED
        assert state in (OrderState.opening, OrderState.open)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("ZF-2026-000012", "ZF-2026-000012"),
        (" zf-2026-000012 保证金", "ZF-2026-000012"),
        ("ＺＦ－２０２６－０００１２３", "ZF-2026-000123"),
        ("保证金ZF-2026-1000001", "ZF-2026-1000001"),
        ("ZF—2026—000012", "ZF-2026-000012"),
        ("保证金", None),
        ("", None),
        (None, None),
    ],
)
def test_an_order_is_found_however_its_number_was_typed(
    written: str | None, found: str | None
) -> None:
    assert receipt_rules.find_order_number(written) == found


def test_pauses_grow_and_never_end() -> None:
    pauses = [payout_rules.compute_pause(tries) for tries in range(1, 20)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=10)
    assert pauses[-1] == timedelta(hours=1)
    assert payout_rules.compute_pause(0) == pauses[0]


def test_people_look_after_five_tries_or_half_a_day() -> None:
    assert not payout_rules.is_stuck(4, DUE, DUE + timedelta(hours=12) - TICK)
    assert payout_rules.is_stuck(5, DUE, DUE)
    assert payout_rules.is_stuck(1, DUE, DUE + timedelta(hours=12))


def test_an_open_order_is_asked_about_until_a_day_after_it_was_due() -> None:
    opened = DUE - timedelta(days=3)
    assert payout_rules.compute_look(opened, DUE, opened) == opened + timedelta(minutes=1)
    later = opened + timedelta(minutes=30)
    assert payout_rules.compute_look(opened, DUE, later) == later + timedelta(minutes=10)
    last = DUE + timedelta(days=1)
    assert payout_rules.compute_look(opened, DUE, last - TICK) is not None
    assert payout_rules.compute_look(opened, DUE, last) is None


def row(reference: str, amount: int = 100, *, incoming: bool = True) -> Row:
    return Row(reference, amount, incoming)


def kinds(bank: list[Row], known: list[Row], expected: list[Row]) -> list[tuple[str, str]]:
    found = statement_rules.compare(bank, {one.reference: one for one in known}, expected)
    return [(one.kind.value, one.reference) for one in found]


def test_equal_days_have_no_difference() -> None:
    rows = [row("a"), row("b", incoming=False)]
    assert kinds(rows, rows, rows) == []
    assert kinds([], [], []) == []


def test_every_kind_of_difference_is_named() -> None:
    assert kinds([row("a")], [], []) == [("unknown_row", "a")]
    assert kinds([], [row("a")], [row("a")]) == [("missing_row", "a")]
    assert kinds([row("a", 99)], [row("a")], [row("a")]) == [("amount", "a")]
    assert kinds([row("a"), row("a")], [row("a")], [row("a")]) == [("twice", "a")]
    # the same reference in the other direction is another movement
    assert kinds([row("a", incoming=False)], [row("a")], []) == [("unknown_row", "a")]


def test_what_was_ours_on_another_day_is_no_difference() -> None:
    assert kinds([row("a")], [row("a")], []) == []


def test_balances_are_added_up() -> None:
    rows = [row("a", 500), row("b", 200, incoming=False)]
    assert statement_rules.check_balance(rows, 100, 400, None) is None
    assert statement_rules.check_balance(rows, 100, 400, 100) is None
    assert statement_rules.check_balance(rows, None, 400, 100) is None
    wrong = statement_rules.check_balance(rows, 100, 399, None)
    assert wrong is not None
    assert (wrong.kind, wrong.bank_minor, wrong.our_minor) == (DifferenceKind.balance, 399, 400)
    # the day does not begin where the one before ended
    assert statement_rules.check_balance(rows, 100, 400, 99) is not None


def test_a_day_lies_between_two_midnights_in_shanghai() -> None:
    start, end = statement_rules.day_bounds(date(2026, 11, 25))
    assert start.astimezone(UTC) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert end - start == timedelta(days=1)
