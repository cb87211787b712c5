"""Codes sent to an address, and the labels of sessions, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import browsers, letters, proof_rules
from app.accounts.errors import CodeSpent, TooManyAttempts
from app.accounts.types import IdentifierKind, ProofPurpose
from app.core.watch import mask_address

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123456", "123456"), (" １２３ ４５６ ", "123456"), ("123-456", "123456"), ("", "")],
)
def test_a_code_may_be_typed_in_many_ways(typed: str, code: str) -> None:
    assert proof_rules.parse_code(typed) == code


def test_a_code_has_six_digits_even_when_they_are_few() -> None:
    assert proof_rules.make_code(0) == "000000"
    assert proof_rules.make_code(7) == "000007"
    assert proof_rules.make_code(999_999) == "999999"


def test_a_code_fits_with_its_own_handle_only() -> None:
    stored = proof_rules.compute_code_hash("handle", "123456")
    assert proof_rules.is_same(proof_rules.compute_code_hash("handle", "123456"), stored)
    assert not proof_rules.is_same(proof_rules.compute_code_hash("other", "123456"), stored)
    assert not proof_rules.is_same(proof_rules.compute_code_hash("handle", "123457"), stored)


def test_the_sixth_try_is_refused() -> None:
    proof_rules.check_attempts(proof_rules.ATTEMPTS - 1)
    with pytest.raises(CodeSpent):
        proof_rules.check_attempts(proof_rules.ATTEMPTS)


def test_another_letter_waits_a_minute_and_ends_after_five() -> None:
    proof_rules.check_resend(NOW, 1, NOW + timedelta(seconds=60))
    with pytest.raises(TooManyAttempts) as early:
        proof_rules.check_resend(NOW, 1, NOW + timedelta(seconds=59, milliseconds=500))
    assert early.value.facts["retry_after_s"] == 1
    with pytest.raises(CodeSpent):
        proof_rules.check_resend(NOW, proof_rules.SENDS, NOW + timedelta(hours=1))


@pytest.mark.parametrize("kind", list(IdentifierKind))
@pytest.mark.parametrize(
    "purpose", [ProofPurpose.sign_up, ProofPurpose.reset, ProofPurpose.add_login]
)
def test_no_subject_and_no_decoy_holds_a_code(purpose: ProofPurpose, kind: IdentifierKind) -> None:
    letter = letters.code_letter(purpose, kind, code="123456", link="/x?token=t", site="http://m")
    assert "123456" in letter.body
    assert "123456" not in letter.subject
    decoy = letters.decoy_letter(purpose, kind, site="http://m")
    assert "验证码" not in decoy.body
    assert decoy.subject == letter.subject  # a glance at the inbox tells nothing either


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.77", "192.0.*.*"),
        ("::ffff:192.0.2.77", "192.0.*.*"),
        ("2001:db8:1:2::9", "2001:db8:*"),
        ("fe80::1%eth0", "fe80:0:*"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_half_an_address_is_kept(address: str, shown: str) -> None:
    assert mask_address(address) == shown


_EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
_WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; V2) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49"
)
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (_EDGE, "Edge 130 · Windows"),
        (_IPHONE, "Safari 17 · iPhone"),
        (_WECHAT, "WeChat 8 · Android"),
        (_FIREFOX, "Firefox 132 · Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("Chrome/" + "9" * 100_000, "Chrome 9999"),
    ],
)
def test_a_browser_has_a_short_name(user_agent: str, label: str) -> None:
    assert browsers.name_browser(user_agent) == label
    assert len(label) <= 60
