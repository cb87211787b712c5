"""Decisions about bank accounts. Pure: no database, no clock, no framework.

Our defaults: a code of six digits, five tries, three days, three transfers a day for one party.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from app.accounts.errors import TrialMissing
from app.accounts.rules import Limit, parse_line
from app.accounts.types import TrialState
from app.core.errors import FieldError, Invalid

MOST_TRIES: Final = 5
TRIAL_LIMIT: Final = timedelta(days=3)
TRIALS_BY_PARTY: Final = Limit("bank:trial", 3, timedelta(days=1))
AMOUNT_MINOR: Final = 1  # 分
BANK_MAX: Final = 60
BRANCH_MAX: Final = 80
REASON_MAX: Final = 200

_BRACKETS = str.maketrans("[]{}【】〔〕〈〉《》「」", "()()()()()()()")
_DOTS = str.maketrans("•‧・∙･．", "······")
_CARD_DIGITS: Final = range(16, 20)


def normalise_holder(name: str) -> str:
    """A name as banks compare it: width, blanks, kinds of brackets and of middle dots and capitals
    do not matter."""
    plain = unicodedata.normalize("NFKC", name.translate(_DOTS)).translate(_BRACKETS)
    return re.sub(r"\s+", "", plain).casefold()


def is_same_name(holder: str, party_name: str) -> bool:
    """Whether a bank would take the one for the other."""
    return normalise_holder(holder) == normalise_holder(party_name)


def read_digits(number: str) -> str:
    """The digits of an account number, however it is written."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", number))


def check_holder(holder: str, party_name: str) -> None:
    """The account must be the party's own. Raises Invalid."""
    if not is_same_name(holder, party_name):
        message = "户名须与已登记的名称一致；名称有误的，请先更正名称"
        raise Invalid([FieldError("holder", message)])


def parse_number(raw: str, *, personal: bool) -> str:
    """An account number as typed: 8 to 32 digits without the blanks and dashes between them.

    A person's number of 16 to 19 digits is a card's, whose last digit proves the others
    (ISO/IEC 7812-1, Luhn). Raises Invalid; the number is never part of the refusal.
    """
    typed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw))
    if not re.fullmatch(r"[0-9]{8,32}", typed):
        raise Invalid([FieldError("number", "账号应为 8 至 32 位数字")])
    if personal and len(typed) in _CARD_DIGITS and not has_luhn(typed):
        raise Invalid([FieldError("number", "银行卡号有误，请核对后重新填写")])
    return typed


def has_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        worth = int(digit) * (1 + place % 2)
        total += worth - 9 if worth > 9 else worth
    return total % 10 == 0


def parse_account(
    *, holder: str, bank: str, branch: str, number: str, party_name: str, personal: bool
) -> tuple[str, str, str, str]:
    """(holder, bank, branch, number), or every fault at once. Raises Invalid."""
    faults: list[FieldError] = []
    kept = {"holder": "", "bank": "", "branch": "", "number": ""}
    for field, raw, maximum, missing in (
        ("holder", holder, 120, "请填写户名"),
        ("bank", bank, BANK_MAX, "请填写开户银行"),
        ("branch", branch, BRANCH_MAX, "请填写开户网点"),
    ):
        try:
            kept[field] = parse_line(raw, field, maximum, missing)
        except Invalid as error:
            faults += error.errors
    try:
        if kept["holder"]:
            check_holder(kept["holder"], party_name)
    except Invalid as error:
        faults += error.errors
    try:
        kept["number"] = parse_number(number, personal=personal)
    except Invalid as error:
        faults += error.errors
    if faults:
        raise Invalid(faults)
    return kept["holder"], kept["bank"], kept["branch"], kept["number"]


def parse_code(raw: str) -> str:
    """The code as typed from the statement. Raises Invalid."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw))
    if not re.fullmatch(r"[0-9]{6}", typed):
        raise Invalid([FieldError("code", "验证码为转账附言中的 6 位数字")])
    return typed


def check_trial(state: TrialState, tries: int, expires_at: datetime, now: datetime) -> None:
    """Only a transfer that was sent, is not too old and has tries left can be confirmed."""
    if state is not TrialState.sent or tries >= MOST_TRIES or now >= expires_at:
        raise TrialMissing()
