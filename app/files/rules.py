"""What a file may be called. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from app.files.types import FileKind

MAX_NAME: Final = 120  # characters
MAX_NAME_BYTES: Final = 240  # UTF-8; file systems take 255, and a download may add a number
UNNAMED: Final = "文件"

# controls, soft hyphen, zero-width, direction marks and overrides, line separators, lone surrogates
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_RESERVED_CHARACTERS = re.compile(r'[<>:"|?*]')  # by Windows; ours need no quoting in headers
_RESERVED_NAMES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_SPACES = re.compile(r"\s+")

EXTENSIONS: Final[Mapping[str, FileKind]] = {
    **{kind.value: kind for kind in FileKind},
    "jpg": FileKind.jpeg,
    "text": FileKind.txt,
    "ndjson": FileKind.jsonl,
}


def clean_name(raw: str) -> str:
    """A name that is only a name: no folder, nothing invisible, at most 120 characters.

    Chinese stays as it is (NFC). The extension is kept when the rest is cut. Idempotent.
    """
    name = unicodedata.normalize("NFC", raw)
    name = _INVISIBLE.sub("", name.replace("\\", "/"))
    name = name.rpartition("/")[2]
    name = _SPACES.sub(" ", _RESERVED_CHARACTERS.sub("_", name)).rstrip(". ")
    stem, extension = split_name(name)
    stem = stem.strip(". ")
    if _RESERVED_NAMES.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    tail = f".{extension}" if extension else ""
    return _cut(stem or UNNAMED, tail) + tail


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension; an "extension" longer than eight characters is part of the stem."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not re.fullmatch(r"[0-9A-Za-z]{1,8}", extension):
        return name, ""
    return stem, extension


def find_kind(name: str) -> FileKind | None:
    """The type that a name claims."""
    return EXTENSIONS.get(split_name(name)[1].lower())


def _cut(stem: str, tail: str) -> str:
    stem = stem[: MAX_NAME - len(tail)]
    while len((stem + tail).encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") or UNNAMED
