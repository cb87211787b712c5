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
_SAME: Final[set[str]] = set()  # characters, of those seen, that fold to themselves


def highlight(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    """The whole text in pieces, hits and the rest in turn; nothing is lost or added."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _spans(text, marks):
        if at < start:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:]))
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


def _spans(text: str, marks: Sequence[str]) -> list[tuple[int, int]]:
    """Where hits begin and end, in order; those that touch are one."""
    haystack, origins = _fold(text)
    found = sorted(
        (origins[at], origins[at + len(mark) - 1] + 1)
        for mark in marks
        for at in _places(haystack, mark)
    )
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters which one of the text it comes from.

    why not always one by one: nearly every character folds to itself, and a page has thousands
    """
    haystack = text
    for character in set(text) - _SAME:
        part = analysis.fold(character)
        if part == character:
            _SAME.add(character)
        elif len(part) == 1:
            haystack = haystack.replace(character, part)
        else:
            break
    else:
        return haystack, range(len(text))
    parts = [analysis.fold(character) for character in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part]


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
