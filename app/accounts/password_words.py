"""Words that make no password: those tried first everywhere, and those tried first here."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

# What anybody would try first at this place, beside the names of the one who chooses.
PLACE_WORDS: Final = (
    "科技大市场",
    "科技市场",
    "技术市场",
    "kejidashichang",
    "kejishichang",
    "jishushichang",
    "keji",
    "market",
    "admin",
    "password",
    "密码",
)


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that are tried first: 11,600, about a megabyte, read on first use."""
    text = resources.files("app.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
