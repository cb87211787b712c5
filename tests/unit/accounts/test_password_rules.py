from __future__ import annotations

from contextlib import nullcontext

import pytest

from app.accounts import password_words
from app.accounts.password_rules import PASSWORD_MAX, PASSWORD_MIN, check_password
from app.accounts.types import Identifier, IdentifierKind
from app.core.errors import Invalid

ME = Identifier(IdentifierKind.email, "zhang.san@example.com")
NAMES = ("张三", "云岭大学", "云岭技术市场", "AI")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("x1y2z3w", False),
        ("x1y2z3w4", True),
        ("x1y" * 42 + "zz", True),
        ("x1y" * 43, False),
        ("p" * 61 + "xyz", True),  # 64 characters
        ("aaaaaaaaaa", False),
        ("x1x1x1x1x1", False),
        ("zhang.san@example.com", False),
        ("Zhang.San", False),
        ("正确的马电池订书钉", True),
        ("no digits no capitals", True),
        ("　　八个全角空格　　", True),
    ],
)
def test_length_and_variety_are_asked_for_and_no_composition(password: str, good: bool) -> None:
    with nullcontext() if good else pytest.raises(Invalid) as refused:
        check_password(password, ME)
    if refused is not None:
        assert password not in str(refused.value.errors)


@pytest.mark.parametrize(
    "password", ["12345678", "Password", "iloveyou1", "ＱＷＥＲＴＹＵＩ", "woaini1314", "admin@123"]
)
def test_what_is_tried_first_everywhere_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, None)
    assert "很常见" in str(refused.value.errors[0].message)


def test_the_list_of_common_passwords_is_long_and_fits_our_rule() -> None:
    known = password_words.common_passwords()
    assert len(known) > 3_000
    assert all(PASSWORD_MIN <= len(word) <= PASSWORD_MAX for word in known)
    assert all(word == word.lower() for word in known)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("科技大市场2026", False),
        ("kejishichang1", False),
        ("Market12345678", False),  # what remains is common
        ("market-tfk39xq2", True),
        ("zhang.san2026", False),
        ("张三张三云岭大学", False),
        ("云岭大学2026级", False),
        ("我在云岭大学门口等过一场雨", True),
        ("training-brains", True),  # two letters of a name are in many words
    ],
)
def test_names_of_the_person_and_the_place_are_not_enough(password: str, good: bool) -> None:
    with nullcontext() if good else pytest.raises(Invalid) as refused:
        check_password(password, ME, NAMES)
    if refused is not None:
        assert "本站名称" in str(refused.value.errors[0].message)
