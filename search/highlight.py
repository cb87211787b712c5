"""Marks what was found in the text that is shown. Pure; never builds HTML.

The text is folded character by character as the index folds it, so full-width, upper-case and
traditional forms are marked too, and shown as they were written.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from search import analysis
from search.types import Piece

SNIPPET: Final = 120  # characters of a snippet
_LEAD: Final = 24  # of them before the first hit
_SAME: Final[set[str]] = set()  # characters, of those seen, that fold to themselves


def highlight(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    """The whole text in pieces, hits and the rest in turn; nothing is lost or added."""
    return tuple(_pieces(text, _spans(text, marks), 0, len(text)))


def snippet(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    """About ``SNIPPET`` characters around the first hit, or the beginning; … where text is cut."""
    text = " ".join(text[: analysis.BODY_LIMIT].split())
    spans = _spans(text, marks)
    first = spans[0][0] if spans else 0
    start = max(0, min(first - _LEAD, len(text) - SNIPPET))
    end = min(start + SNIPPET, len(text))
    shown: list[Piece] = [Piece("…")] if start else []
    shown += _pieces(text, spans, start, end)
    if end < len(text):
        shown.append(Piece("…"))
    return tuple(shown)


def _pieces(text: str, spans: Sequence[tuple[int, int]], at: int, stop: int) -> list[Piece]:
    """The part of the text that lies in ``[at, stop)``."""
    pieces: list[Piece] = []
    for start, end in spans:
        if end > at and start < stop:
            if at < start:
                pieces.append(Piece(text[at:start]))
            pieces.append(Piece(text[max(start, at) : min(end, stop)], True))
            at = min(end, stop)
    if at < stop:
        pieces.append(Piece(text[at:stop]))
    return pieces


def _spans(text: str, marks: Sequence[str]) -> list[tuple[int, int]]:
    """Where hits begin and end, in order; those that touch are one."""
    haystack, origins = _fold(text)
    found = [(at, at + len(mark)) for mark in marks for at in _places(haystack, mark)]
    spans: list[tuple[int, int]] = []
    for start, end in sorted((origins[at], origins[end - 1] + 1) for at, end in found):
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
    for character in () if _SAME.issuperset(text) else set(text) - _SAME:
        part = _fold_one(character)
        if part == character:
            _SAME.add(character)
        elif len(part) == 1:
            haystack = haystack.replace(character, part)
        else:
            break
    else:
        return haystack, range(len(text))
    parts = [_fold_one(character) for character in text]
    return "".join(parts), [at for at, part in enumerate(parts) for _ in part]


@lru_cache(10_000)
def _fold_one(character: str) -> str:
    return analysis.fold(character)


def _places(haystack: str, mark: str) -> list[int]:
    """Where a mark stands; a Latin word or number only at its beginning, so ``ai`` is not in
    ``chain``."""
    found: list[int] = []
    at = haystack.find(mark) if mark else -1
    while at >= 0:
        before = haystack[at - 1] if at else " "
        if not (mark[0].isascii() and before.isascii() and before.isalnum()):
            found.append(at)
        at = haystack.find(mark, at + 1)
    return found
