"""The International Patent Classification (IPC, 国际专利分类): names of its sections, classes and
subclasses, and one form for symbols that people write in many.

A symbol is ``H01M 10/0525``: section H, class H01, subclass H01M, main group 10, subgroup 0525.
Pure: everything is in ``ipc.tsv`` beside this file.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from search.knowledge import entries

# A blank may stand before the group where a slash follows; without one it may be another number.
_SYMBOL: Final = re.compile(
    r"(?<![0-9a-z])([a-h]\d\d)(?:([a-z])(?:\s*(\d{1,4})\s?/\s?(\d{2,6})|(\d{1,4})(?![\d/]))?)?"
    r"(?![0-9a-z])",
    re.IGNORECASE,
)
_GROUP: Final = re.compile(
    r"(?<![0-9a-z])([a-h]\d\d[a-z])(?:\s?(\d{1,4})\s?/\s?(\d{2,6})|(\d{1,4}))(?![0-9a-z/])"
)
_KEY: Final = re.compile(r"([a-h]\d\d[a-z])(\d{4})(\d{0,6})")
_LEVELS: Final = (1, 3, 4)  # characters of section, class and subclass


@cache
def _names() -> dict[str, str]:
    return dict(line.split("\t", 1) for line in entries("ipc.tsv"))


def ipc_name(code: str) -> str:
    """What a section (H), class (H01) or subclass (H01M) is about; "" when it is not known."""
    return _names().get(code, "")


def ipc_path(code: str) -> tuple[tuple[str, str], ...]:
    """Code and name of each level down to this one: H, H01, H01M. Unknown levels are left out."""
    levels = dict.fromkeys(code[:length] for length in _LEVELS if length <= len(code))
    return tuple((level, name) for level in levels if (name := ipc_name(level)))


def ipc_codes(text: str) -> tuple[str, ...]:
    """All sections, classes and subclasses of the symbols in a cell such as
    ``H01M10/0525(2010.01)I；C08L 67/02``, each once, a section before its classes."""
    codes: dict[str, None] = {}
    for symbol in _SYMBOL.finditer(text):
        code = f"{symbol[1]}{symbol[2] or ''}".upper()
        codes.update(dict.fromkeys(level for level, _ in ipc_path(code)))
    return tuple(codes)


def ipc_keys(texts: Iterable[str]) -> tuple[str, ...]:
    """The symbols of some cells as a document is found by them: ``h01m00100525``.

    The main group has four digits, so that H01M 1/02 does not begin like H01M 10/2; a key begins
    with the keys of everything above it, and searching by beginning finds all below.
    """
    keys: dict[str, None] = {}
    for text in texts:
        for symbol in _SYMBOL.finditer(text):
            of_class, letter, group, subgroup, alone = symbol.groups()
            if letter and ipc_name(f"{of_class}{letter}".upper()):
                keys[_key(f"{of_class}{letter}", group or alone, subgroup)] = None
    return tuple(keys)


def mark_symbols(normalised: str) -> str:
    """A normalised question with each symbol that has a group replaced by its key."""
    return _GROUP.sub(
        lambda found: (
            _key(found[1], found[2] or found[4], found[3])
            if ipc_name(found[1].upper())
            else found[0]
        ),
        normalised,
    )


def symbol_of(key: str) -> str:
    """The symbol that a key stands for, as it is written: ``H01M10/0525``; "" when it is none."""
    found = _KEY.fullmatch(key)
    if not found or not ipc_name(found[1].upper()):
        return ""
    return f"{found[1].upper()}{int(found[2])}/{found[3] or '00'}"


def _key(subclass: str, group: str | None, subgroup: str | None) -> str:
    tail = "" if subgroup is None or not subgroup.strip("0") else subgroup
    return subclass.lower() + (f"{int(group):04}" if group else "") + tail
