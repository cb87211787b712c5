"""Cookies that only the server reads: one way to keep, read and drop them.

Where people reach the market by https they carry the ``__Host-`` prefix, so that no neighbouring
host and no plain connection can plant one; intranets on plain http get the same without it.
"""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

_PREFIX = "__Host-"


def is_secure(request: Request) -> bool:
    """Whether people reach this market by https."""
    return str(request.app.state.settings.public_url).startswith("https://")


def compute_name(request: Request, name: str) -> str:
    """The name a cookie has in the browser."""
    return f"{_PREFIX}{name}" if is_secure(request) else name


def keep_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a cookie for so many seconds; no script and no other site sends it."""
    response.set_cookie(
        compute_name(request, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def read_cookie(request: Request, name: str) -> str:
    """What the browser sent; empty when it sent none."""
    return request.cookies.get(compute_name(request, name), "")


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie away from the browser."""
    response.delete_cookie(
        compute_name(request, name), httponly=True, samesite="lax", secure=is_secure(request)
    )
