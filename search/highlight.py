"""Marks what was found in the text that is shown. Pure; never builds HTML.

The text is folded character by character as the index folds it, so full-width, upper-case and
traditional forms are marked too, and shown as they were written.
"""

from collections.abc import Sequence
from typing import Final

from search import analysis
from search.types import Piece

SNIPPET: Final = 120  # characters of a snippet
_LEAD: Final = 24  # of them before the first hit


def highlight(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    """The whole text in pieces, hits and the rest in turn; nothing is lost or added."""
    hits = _hits(text, marks)
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or hits[at] != hits[start]:
            pieces.append(Piece(text[start:at], hits[start]))
            start = at
    return tuple(pieces)


def snippet(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    """About ``SNIPPET`` characters around the first hit, or the beginning; … where text is cut."""
    text = " ".join(text[: analysis.BODY_LIMIT].split())
    pieces = highlight(text, marks)
    first = 0
    for piece in pieces:
        if piece.hit:
            break
        first += len(piece.text)
    else:
        first = 0
    start = max(0, min(first - _LEAD, len(text) - SNIPPET))
    shown: list[Piece] = [Piece("…")] if start else []
    shown += _between(pieces, start, start + SNIPPET)
    if start + SNIPPET < len(text):
        shown.append(Piece("…"))
    return tuple(shown)


def _between(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    """The part of the pieces that lies in ``[start, end)``."""
    found: list[Piece] = []
    at = 0
    for piece in pieces:
        inside = piece.text[max(0, start - at) : max(0, end - at)]
        if inside:
            found.append(Piece(inside, piece.hit))
        at += len(piece.text)
    return found


def _hits(text: str, marks: Sequence[str]) -> list[bool]:
    """For each character whether it belongs to a hit."""
    folded, origins = [], []
    for at, character in enumerate(text):
        for part in analysis.fold(character):
            folded.append(part)
            origins.append(at)
    haystack = "".join(folded)
    hits = [False] * len(text)
    for mark in marks:
        for at in _places(haystack, mark):
            for place in range(at, at + len(mark)):
                hits[origins[place]] = True
    return hits


def _places(haystack: str, mark: str) -> list[int]:
    """Where a mark stands; a Latin word or number only at its beginning, so ``ai`` is not in
    ``chain``."""
    found = []
    at = haystack.find(mark) if mark else -1
    while at >= 0:
        before = haystack[at - 1] if at else " "
        if not (mark[0].isascii() and before.isascii() and before.isalnum()):
            found.append(at)
        at = haystack.find(mark, at + 1)
    return found
