from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import rules
from app.accounts.errors import CodeTaken, LastHead, NotEditable, NotUnderReview, TooManyAttempts
from app.accounts.rules import Limit
from app.accounts.types import (
    MEMBER_ROLES,
    PERSON_ROLES,
    PLATFORM_ROLES,
    REGIONS,
    Identifier,
    IdentifierKind,
    Role,
    VerificationState,
)
from app.core.errors import Invalid

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUARTER = Limit("test", 3, timedelta(minutes=15))
ME = Identifier(IdentifierKind.email, "zhang.san@example.com")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("13800000000", "13800000000"),
        (" １３８００００００００ ", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 138 0000 0000", "13800000000"),
        ("Zhang.San@Example.COM", "zhang.san@example.com"),
        ("ｚｈａｎｇ＠example.com", "zhang@example.com"),
    ],
)
def test_identifiers_are_normalised(raw: str, value: str) -> None:
    assert rules.parse_identifier(raw).value == value


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "@",
        "12345",
        "12800000000",
        "138000000000",
        "a@b",
        "a..b@example.com",
        "a b@example.com",
        "x" * 255 + "@example.com",
        "张三",
        "a@example.com\x00",
        "+1 555 0100",
    ],
)
def test_what_is_no_identifier_is_refused(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.parse_identifier(raw)
    assert [error.field for error in refused.value.errors] == ["identifier"]


def test_identifiers_are_masked() -> None:
    assert rules.mask_identifier(rules.parse_identifier("13812340000")) == "138****0000"
    assert rules.mask_identifier(ME) == "z***@example.com"


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ("91110000600037341L", True),
        ("91110000600037341l", True),
        ("９１１１００００６０００３７３４１Ｌ", True),
        (" 9111 0000 6000 3734 1L ", True),
        ("911100006000373411", False),
        ("91110000600037341", False),
        ("91110000600037341I", False),
        ("", False),
    ],
)
def test_credit_codes_have_a_right_check_digit(raw: str, good: bool) -> None:
    with nullcontext() if good else pytest.raises(Invalid):
        assert rules.parse_credit_code(raw) == "91110000600037341L"


def test_a_window_ends_exclusively() -> None:
    assert rules.compute_window_end(QUARTER, NOON) == NOON + timedelta(minutes=15)
    just_before = NOON - timedelta(microseconds=1)
    assert rules.compute_window_end(QUARTER, just_before) == NOON


@pytest.mark.parametrize(("hits", "stopped"), [(3, False), (4, True)])
def test_the_attempt_over_the_limit_is_stopped(hits: int, stopped: bool) -> None:
    with pytest.raises(TooManyAttempts) if stopped else nullcontext() as refused:
        rules.check_hits(QUARTER, hits, NOON + timedelta(minutes=14, seconds=59, milliseconds=900))
    if refused is not None:
        assert refused.value.facts == {"retry_after_s": 1}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_neighbourhood_counts_as_one_address(address: str, key: str) -> None:
    assert rules.compute_address_key(address) == key


@pytest.mark.parametrize("state", list(VerificationState))
def test_states_allow_editing_or_deciding_never_both(state: VerificationState) -> None:
    editable = state in {VerificationState.unverified, VerificationState.returned}
    with nullcontext() if editable else pytest.raises(NotEditable):
        rules.check_editable(state)
    with nullcontext() if state == "submitted" else pytest.raises(NotUnderReview):
        rules.check_under_review(state)


@pytest.mark.parametrize(
    ("other_heads", "roles", "refused"),
    [
        (0, {Role.head, Role.agent}, False),
        (0, {Role.agent}, True),
        (0, set(), True),
        (1, set(), False),
    ],
)
def test_the_last_head_stays(other_heads: int, roles: set[Role], refused: bool) -> None:
    with pytest.raises(LastHead) if refused else nullcontext():
        rules.check_keeps_head(other_heads, roles)


def test_one_verified_organisation_a_code() -> None:
    rules.check_code_free(0)
    with pytest.raises(CodeTaken):
        rules.check_code_free(1)


@pytest.mark.parametrize("roles", [set(), {Role.operator}, {Role.agent, Role.broker}])
def test_members_have_roles_of_members(roles: set[Role]) -> None:
    with pytest.raises(Invalid):
        rules.check_member_roles(roles)


def test_every_role_has_one_kind_of_holder() -> None:
    kinds = [PLATFORM_ROLES, PERSON_ROLES, MEMBER_ROLES]
    assert frozenset().union(*kinds) == set(Role)
    assert sum(map(len, kinds)) == len(Role)


def test_a_supervisor_is_only_that() -> None:
    assert rules.choose_roles(["supervisor", "operator"], ["head"]) == {"supervisor"}
    assert rules.choose_roles(["broker"], ["head"]) == {"broker", "head"}


def test_codes_survive_being_read_aloud_and_typed() -> None:
    code = rules.make_code(bytes(range(10)))
    assert len(code) == 19
    assert rules.parse_code(f"  {code.lower().replace('-', ' ')} ") == code
    assert rules.parse_code(code.replace("0", "o").replace("1", "l")) == code
    assert rules.make_code(b"\xff" * 10) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert rules.parse_code("\x00'; DROP") == "DR0P"


def test_one_line_fields() -> None:
    assert rules.parse_line("  西部 \n 大学 ", "name", 20) == "西部 大学"
    for raw in ("", "   ", "长" * 21, "a\x00b", "\ud800"):
        with pytest.raises(Invalid):
            rules.parse_line(raw, "name", 20)


def test_regions_are_the_34_divisions() -> None:
    assert len(set(REGIONS)) == 34
    rules.check_region("内蒙古自治区")
    with pytest.raises(Invalid):
        rules.check_region("内蒙古")
