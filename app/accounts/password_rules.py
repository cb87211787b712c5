"""Which passwords are refused: by length, by a list of those tried first, by words of the place.

Nothing is asked of its composition, and nothing expires (NIST SP 800-63B-4; OWASP ASVS 5.0.0,
V6.2): a long sentence is a good password.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from app.accounts.password_words import PLACE_WORDS, common_passwords
from app.accounts.types import Identifier
from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n

PASSWORD_MIN: Final = 8
PASSWORD_MAX: Final = 128

_TOO_PLAIN: Final = _n("密码过于简单，请勿使用重复字符或登录账号本身")
_COMMON: Final = _n("这个密码很常见，容易被猜到，请换一个")
_NAMED: Final = _n("密码中除姓名、单位、账号和本站名称外至少还要有 %(minimum)s 个字符")


def check_password(password: str, identifier: Identifier | None, words: Iterable[str] = ()) -> None:
    """Refuse a password that is short, long, of two characters, common, or made of known names.

    ``words`` are names that the one who guesses may know: the person's, his organisations', the
    market's. They and the login may stand in it, beside enough else. Raises Invalid on the field
    ``password``. The password is never part of the refusal.
    """
    plain = unicodedata.normalize("NFKC", password)
    lower = plain.lower()
    logins = [identifier.value, identifier.value.partition("@")[0]] if identifier else []
    message: str
    if len(plain) < PASSWORD_MIN:
        message = Message("密码至少 %(minimum)s 个字符", minimum=PASSWORD_MIN)
    elif len(plain) > PASSWORD_MAX:
        message = Message("密码最多 %(maximum)s 个字符", maximum=PASSWORD_MAX)
    elif len(set(plain)) < 3 or lower in logins:
        message = _TOO_PLAIN
    elif lower in common_passwords():
        message = _COMMON
    elif not _has_enough_else(lower, (*PLACE_WORDS, *logins, *words)):
        message = Message(_NAMED, minimum=PASSWORD_MIN)
    else:
        return
    raise Invalid([FieldError("password", message)])


def _has_enough_else(lower: str, words: Iterable[str]) -> bool:
    """Whether what remains without the words would do for a password; longest words first."""
    known = sorted({_fold(word) for word in words} - {""}, key=len, reverse=True)
    named = [word for word in known if len(word) >= (2 if ord(word[0]) > 0x2E7F else 3)]
    if not any(word in lower for word in named):
        return True
    rest = re.sub("|".join(map(re.escape, named)), "", lower)
    return len(rest) >= PASSWORD_MIN and rest not in common_passwords()


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().lower()
