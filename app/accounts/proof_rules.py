"""Decisions about codes sent to an address (验证码). Pure: no database, no clock, no framework."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from app.accounts.errors import CodeSpent, TooManyAttempts
from app.accounts.rules import Limit

# Our defaults. Six digits, five tries a letter and fifteen in six hours an address: a guesser has
# six chances in a hundred thousand a day, whatever he opens.
PROOF_LIMIT: Final = timedelta(minutes=10)  # OWASP ASVS 5.0.0, V6.5.5
RESEND_AFTER: Final = timedelta(seconds=60)
ATTEMPTS: Final = 5
SENDS: Final = 5
NOTICE_LIMIT: Final = timedelta(days=2)  # how long the address of a last letter is kept

LETTERS_BY_IDENTIFIER: Final = Limit("proof:identifier", 6, timedelta(hours=1))
LETTERS_BY_ADDRESS: Final = Limit("proof:address", 30, timedelta(hours=1))
CODES_BY_IDENTIFIER: Final = Limit("code:identifier", 15, timedelta(hours=6))
CODES_BY_ADDRESS: Final = Limit("code:address", 100, timedelta(hours=1))

LOGINS_MAX: Final = 5  # ways in of one person


def make_code(random_number: int) -> str:
    """Six digits from a random number below a million."""
    return f"{random_number:06d}"


def parse_code(raw: str) -> str:
    """A code as typed: full-width digits, blanks and dashes do not matter."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw))[:20]


def compute_code_hash(handle: str, code: str) -> bytes:
    """What is stored of a code.

    Keyed with the browser's handle, of which the database knows the hash only: a million codes are
    soon tried by whoever reads a copy of the table, a million codes times 2**256 handles are not.
    """
    return hmac.digest(handle.encode(), code.encode(), "sha256")


def compute_secret_hash(secret: str) -> bytes:
    """What is stored of a handle or of a link's token: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


def is_same(one: bytes, other: bytes) -> bool:
    """Compare two hashes in a time that does not depend on them."""
    return hmac.compare_digest(one, other)


def check_attempts(attempts: int) -> None:
    """Refuse a code after five wrong ones."""
    if attempts >= ATTEMPTS:
        raise CodeSpent()


def check_resend(sent_at: datetime, sends: int, now: datetime) -> None:
    """A new code once a minute, and five letters in all; then the whole is begun anew."""
    if sends >= SENDS:
        raise CodeSpent("发送次数已达上限，请重新开始")
    left = sent_at + RESEND_AFTER - now
    if left > timedelta(0):
        raise TooManyAttempts(
            "刚刚已发送过验证码，请稍候再试", retry_after_s=max(1, math.ceil(left.total_seconds()))
        )
