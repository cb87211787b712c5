"""Decisions about bank accounts, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import bank_rules
from app.accounts.errors import TrialMissing
from app.accounts.types import TrialState
from app.core.errors import Invalid


def with_check_digit(digits: str) -> str:
    """The digits and the one that makes them a card's number."""
    return next(f"{digits}{last}" for last in range(10) if bank_rules.has_luhn(f"{digits}{last}"))


@pytest.mark.parametrize(
    ("typed", "registered"),
    [
        ("示范(北京)科技有限公司", "示范（北京）科技有限公司"),
        ("示范【北京】科技 有限公司", "示范（北京）科技有限公司"),
        ("ＫＪ材料研究院", "kj材料研究院"),
        ("买买提•艾力", "买买提·艾力"),
        (" 李 研 ", "李研"),
    ],
)
def test_a_holder_is_compared_as_banks_do(typed: str, registered: str) -> None:
    bank_rules.check_holder(typed, registered)


@pytest.mark.parametrize(
    "typed", ["示范科技有限公司", "示范（北京）科技公司", "北京（示范）科技有限公司"]
)
def test_another_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        bank_rules.check_holder(typed, "示范（北京）科技有限公司")
    assert refused.value.errors[0].field == "holder"


@pytest.mark.parametrize("typed", ["12345678", "1" * 32, " 1100 0600-7018 ", "１２３４５６７８９"])
def test_an_account_number_is_digits(typed: str) -> None:
    assert bank_rules.parse_number(typed, personal=False).isascii()


@pytest.mark.parametrize(
    "typed", ["", "1234567", "1" * 33, "12345678a", "12.345.678", "一二三四五六七八"]
)
def test_what_is_no_number_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        bank_rules.parse_number(typed, personal=False)
    assert not typed or typed not in str(refused.value)


@pytest.mark.parametrize("length", [16, 17, 18, 19])
def test_a_cards_check_digit_counts_for_people_only(length: int) -> None:
    right = with_check_digit("622202020011223012"[: length - 1])
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert bank_rules.parse_number(right, personal=True) == right
    assert bank_rules.parse_number(wrong, personal=False) == wrong
    with pytest.raises(Invalid):
        bank_rules.parse_number(wrong, personal=True)


def test_a_persons_passbook_has_no_check_digit() -> None:
    for length in (15, 20):
        assert bank_rules.parse_number("1" * length, personal=True)


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        bank_rules.parse_account(
            holder="别人", bank="", branch=" ", number="12", party_name="李研", personal=True
        )
    assert [fault.field for fault in refused.value.errors] == ["bank", "branch", "holder", "number"]


def test_a_code_is_six_digits_as_typed() -> None:
    assert bank_rules.parse_code(" ０００ 007") == "000007"
    for typed in ("", "12345", "1234567", "12345a"):
        with pytest.raises(Invalid):
            bank_rules.parse_code(typed)


NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TINY = timedelta(microseconds=1)


def test_a_transfer_can_be_confirmed_until_the_instant_it_expires() -> None:
    bank_rules.check_trial(TrialState.sent, bank_rules.MOST_TRIES - 1, NOW + TINY, NOW)
    for state, tries, expires in (
        (TrialState.sent, 0, NOW),
        (TrialState.sent, bank_rules.MOST_TRIES, NOW + TINY),
        (TrialState.ordered, 0, NOW + TINY),
        (TrialState.failed, 0, NOW + TINY),
        (TrialState.matched, 0, NOW + TINY),
        (TrialState.spent, 0, NOW + TINY),
    ):
        with pytest.raises(TrialMissing):
            bank_rules.check_trial(state, tries, expires, NOW)
