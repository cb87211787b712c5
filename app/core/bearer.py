"""API tokens on the wire: ``Authorization: Bearer kjm_…`` (RFC 6750), below ``/api/`` only.

A request with a token is the token's: its cookies are not looked at, and because no other site can
make a browser send the header, the check of its origin does not apply. On pages the header means
nothing. ``Basic`` is left alone, since a proxy in front of an intranet may ask for it.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers

from app.core.errors import DomainError, InvalidToken, ScopeMissing, Unauthenticated

API_PREFIX: Final = "/api/"
TOKEN_PREFIX: Final = "kjm_"  # noqa: S105 - what every token begins with
TOKEN_SHAPE: Final = re.compile(TOKEN_PREFIX + r"[A-Za-z0-9_-]{43}")  # 32 random bytes, base64url
_CHALLENGE: Final = 'Bearer realm="market"'


def carries_token(path: str, headers: Headers) -> bool:
    """Whether a request speaks for itself by a header instead of a cookie, rightly or wrongly."""
    if not path.startswith(API_PREFIX):
        return False
    return any(not value.lower().startswith("basic ") for value in headers.getlist("authorization"))


def read_token(path: str, headers: Headers) -> str | None:
    """The token that a request carries; None when it carries none.

    Raises InvalidToken for whatever else stands in the header, also for two headers.
    """
    if not carries_token(path, headers):
        return None
    values = headers.getlist("authorization")
    scheme, _, token = values[0].strip().partition(" ")
    token = token.strip()
    if len(values) > 1 or scheme.lower() != "bearer" or not TOKEN_SHAPE.fullmatch(token):
        raise InvalidToken()
    return token


def compute_challenge(error: DomainError) -> str | None:
    """What ``WWW-Authenticate`` says with a refusal; None where it does not belong."""
    if isinstance(error, InvalidToken):
        return f'{_CHALLENGE}, error="invalid_token"'
    if isinstance(error, ScopeMissing):
        return f'{_CHALLENGE}, error="insufficient_scope", scope="{error.facts["scope"]}"'
    return _CHALLENGE if isinstance(error, Unauthenticated) else None
