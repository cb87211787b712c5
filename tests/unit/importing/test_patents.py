"""Chinese patent numbers at their edges."""

from __future__ import annotations

import pytest

from app.catalogue.patents import (
    MalformedNumberError,
    PatentKind,
    check_application_number,
    check_publication_number,
    compute_check_digit,
    find_application_kind,
    split_numbers,
)


@pytest.mark.parametrize(
    ("number", "canonical", "kind"),
    [
        ("CN201220249767.4", "CN201220249767.4", PatentKind.utility_model),
        ("201220249767.4", "CN201220249767.4", PatentKind.utility_model),
        ("2012202497674", "CN201220249767.4", PatentKind.utility_model),
        (" ＺＬ２０１７１０１０６４５２．１ ", "CN201710106452.1", PatentKind.invention),
        ("CN 201710068722.4", "CN201710068722.4", PatentKind.invention),
        ("200610011407.x", "CN200610011407.X", PatentKind.invention),
        ("CN85100001", "CN85100001", PatentKind.invention),
        (f"CN99101234.{compute_check_digit('99101234')}", "CN99101234.8", PatentKind.invention),
    ],
)
def test_application_numbers(number: str, canonical: str, kind: PatentKind) -> None:
    assert check_application_number(number) == canonical
    assert check_application_number(canonical) == canonical
    assert find_application_kind(canonical) is kind


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("CN201220249767.5", "校验位不对"),
        ("CN201220249776.4", "校验位不对"),  # two digits exchanged
        ("CN201220249767", "缺少校验位"),
        ("CN99101234", "缺少校验位"),
        ("CN20122024976.4", "应为 CN"),
        ("US201220249767.4", "应为 CN"),
        ("2.01220249767E+11", "应为 CN"),
        ("", "应为 CN"),
        ("CN198520249767.4", "年份"),
        ("CN201270249767.4", "类型位"),
        ("CN84100001", "年份"),
    ],
)
def test_malformed_application_numbers(number: str, reason: str) -> None:
    with pytest.raises(MalformedNumberError, match=reason):
        check_application_number(number)


@pytest.mark.parametrize(
    ("number", "text", "kind", "granted"),
    [
        ("CN202644312U", "CN202644312U", PatentKind.utility_model, True),
        ("cn114081026a", "CN114081026A", PatentKind.invention, False),
        ("CN111504366B", "CN111504366B", PatentKind.invention, True),
        ("CN1234567C", "CN1234567C", PatentKind.invention, True),
        ("CN85100001A", "CN85100001A", PatentKind.invention, False),
        ("CN301234567S", "CN301234567S", PatentKind.design, True),
    ],
)
def test_publication_numbers(number: str, text: str, kind: PatentKind, granted: bool) -> None:
    found = check_publication_number(number)
    assert (found.text, found.kind, found.granted) == (text, kind, granted)


@pytest.mark.parametrize("number", ["CN12345U", "CN202644312A", "202644312U", "CN202644312", ""])
def test_malformed_publication_numbers(number: str) -> None:
    with pytest.raises(MalformedNumberError):
        check_publication_number(number)


def test_several_numbers_in_one_cell() -> None:
    assert split_numbers(" CN1A; CN2A，CN1A|CN3A/CN4A ") == ["CN1A", "CN2A", "CN3A", "CN4A"]
