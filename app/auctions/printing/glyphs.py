"""Text that a font can show: export to PDF/A fails at the first character it has no glyph for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

# 〓 has stood for a sort that is not in the case since printing with movable type.
GETA: Final = "〓"
_RUN: Final = re.compile(r"[!-~]{25,}")
_BREAK: Final = "\u200b"
_PIECE: Final = 24


@dataclass(slots=True)
class Setter:
    """Makes texts settable, and remembers what was missing, in the order of appearance."""

    coverage: Container[int]
    missing: list[str] = field(default_factory=list)

    def set(self, text: str) -> str:
        """The text with 〓 for what has no glyph, without what cannot be seen, and with places to
        break in a run of letters that no line could hold."""
        shown = "".join(self._show(one) for one in unicodedata.normalize("NFC", text))
        return _RUN.sub(_breakable, shown)

    def _show(self, character: str) -> str:
        if character.isspace():
            return " "
        if unicodedata.category(character) in ("Cf", "Cc", "Cs") or _is_selector(character):
            return ""
        if ord(character) in self.coverage:
            return character
        if character not in self.missing:
            self.missing.append(character)
        return GETA

    @property
    def note(self) -> str:
        """What the 〓 stand for; empty when there are none."""
        if not self.missing:
            return ""
        points = "、".join(f"U+{ord(one):04X}" for one in self.missing)
        return f"注：字库缺字以{GETA}代替，依次为 {points}（Unicode 码位），以平台登记的文字为准。"


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _breakable(run: re.Match[str]) -> str:
    text = run.group()
    return _BREAK.join(text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
