"""Numbers of Chinese patents: application numbers (申请号) and publication numbers (公布/公告号).

The rule of the check digit is that of 《专利申请号标准》 ZC 0006-2003, which was not read in full
(待核实); it holds for all of more than a thousand published numbers it was tried on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.core.plaintext import clean_code

_APPLICATION = re.compile(r"(?:CN|ZL)?(\d{12}|\d{8})\.?([0-9X])")
_UNCHECKED = re.compile(r"(?:CN|ZL)?(\d{12}|\d{8})")
_PUBLICATION = re.compile(r"CN(\d{7,9})([ABCUYSD])(\d?)")
_SEVERAL = re.compile(r"[;；,，|、/\s]+")
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_FIRST_YEAR = 1985  # the first Chinese patent law came into force on 1985-04-01
_LAST_UNCHECKED_YEAR = 88  # why: numbers of 1985–1988 were given without a check digit (G)


class PatentKind(StrEnum):
    """What is protected (专利类型)."""

    invention = "invention"
    utility_model = "utility_model"
    design = "design"


# The digit after the year; 8 and 9 are international applications that entered China.
_KIND_DIGITS = {
    "1": PatentKind.invention,
    "2": PatentKind.utility_model,
    "3": PatentKind.design,
    "8": PatentKind.invention,
    "9": PatentKind.utility_model,
}
_KIND_LETTERS = {
    "A": PatentKind.invention,
    "B": PatentKind.invention,
    "C": PatentKind.invention,
    "U": PatentKind.utility_model,
    "Y": PatentKind.utility_model,
    "S": PatentKind.design,
    "D": PatentKind.design,
}
_GRANTED_LETTERS = frozenset("BCUYSD")


class MalformedNumberError(ValueError):
    """Not a patent number; the message is a Chinese sentence that says why."""


@dataclass(frozen=True, slots=True)
class PublicationNumber:
    """A checked publication number: its canonical text, what it protects, whether granted."""

    text: str
    kind: PatentKind
    granted: bool


def compute_check_digit(digits: str) -> str:
    """The check digit of the 8 or 12 digits of an application number; ten is written X."""
    total = sum(int(d) * w for d, w in zip(digits, _WEIGHTS[: len(digits)], strict=True)) % 11
    return "X" if total == 10 else str(total)


def check_application_number(number: str) -> str:
    """Return the canonical form ``CN201220249767.4`` of a Chinese application number.

    Full-width forms, spaces, a missing dot or prefix, and ZL (the same number on a granted patent)
    are understood. Raises MalformedNumberError for another form, an impossible year or kind, and a
    wrong or missing check digit.
    """
    code = clean_code(number).upper()
    match = _APPLICATION.fullmatch(code)
    if match is None:
        return _check_early_number(code)
    digits, check = match.groups()
    _check_year_and_kind(digits)
    if check != compute_check_digit(digits):
        raise MalformedNumberError("申请号的校验位不对，请核对是否有错字")
    return f"CN{digits}.{check}"


def find_application_kind(number: str) -> PatentKind:
    """What a canonical application number asks protection for."""
    digits = number.removeprefix("CN").partition(".")[0]
    return _KIND_DIGITS[digits[4] if len(digits) == 12 else digits[2]]


def check_publication_number(number: str) -> PublicationNumber:
    """Return the canonical form ``CN202644312U`` of a Chinese publication number.

    There is no check digit in it. Raises MalformedNumberError for another form, and for a letter
    that contradicts the kind digit, which leads a number of seven or nine digits.
    """
    match = _PUBLICATION.fullmatch(clean_code(number).upper())
    if match is None:
        raise MalformedNumberError("公开（公告）号应为 CN 加 7 至 9 位数字和一个字母")
    digits, letter, _ = match.groups()
    kind = _KIND_LETTERS[letter]
    if len(digits) != 8 and _KIND_DIGITS.get(digits[0]) != kind:
        raise MalformedNumberError("公开（公告）号的字母与号码表示的专利类型不符")
    return PublicationNumber(match.group(), kind, letter in _GRANTED_LETTERS)


def split_numbers(cell: str) -> list[str]:
    """The numbers in one cell, in order, each once."""
    return list(dict.fromkeys(filter(None, _SEVERAL.split(cell.strip()))))


def _check_early_number(code: str) -> str:
    match = _UNCHECKED.fullmatch(code)
    if match is None:
        raise MalformedNumberError("申请号应为 CN 加 12 位（2003 年 10 月前 8 位）数字、点和校验位")
    digits = match.group(1)
    if len(digits) == 12 or int(digits[:2]) > _LAST_UNCHECKED_YEAR:
        raise MalformedNumberError("申请号缺少校验位")
    _check_year_and_kind(digits)
    return f"CN{digits}"


def _check_year_and_kind(digits: str) -> None:
    if len(digits) == 12:
        year, kind = int(digits[:4]), digits[4]
    else:
        century = 1900 if int(digits[:2]) >= _FIRST_YEAR % 100 else 2000
        year, kind = century + int(digits[:2]), digits[2]
    # why: eight digits were given until September 2003, twelve since October 2003
    if not (2003 <= year <= 2099 if len(digits) == 12 else _FIRST_YEAR <= year <= 2003):
        raise MalformedNumberError("申请号中的年份不可能")
    if kind not in _KIND_DIGITS:
        raise MalformedNumberError("申请号中的专利类型位应为 1、2、3、8 或 9")
