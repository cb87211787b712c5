"""Which documents a text finds, and in which order: words, synonyms, phrases, beginnings.

Chinese is cut as the real one cuts it: the plain dictionary without guessing, and the index's own
words kept whole. Of its many rules for ranking there are two: how many words, in which attribute.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import rjieba

_PIECES = re.compile(r'-?"[^"]*"?|\S+')
_RUNS = re.compile(r"[⺀-鿿豈-﫿]+|[^\W_⺀-鿿豈-﫿]+")
_MOST_WORDS = 10
_KEPT: set[str] = set()
_HAN = re.compile(r"[⺀-鿿豈-﫿]")


@cache
def _cutter() -> Any:
    return rjieba.Jieba()


def keep_whole(words: Iterable[str]) -> None:
    """Words of an index's own dictionary."""
    for word in words:
        if _HAN.search(word) and word not in _KEPT:
            _KEPT.add(word)
            _cutter().add_word(word, _cutter().suggest_freq(word), "n")


@lru_cache(maxsize=1 << 14)  # why not emptied for new words: every index of ours has the same
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in order."""
    plain = unicodedata.normalize("NFKD", text).lower()
    found: list[str] = []
    for run in _RUNS.findall(plain):
        found += _cutter().cut(run, False) if _HAN.match(run) else [run]
    return tuple(found)


@dataclass
class Text:
    """One document's words, attribute by attribute, in the order of their weight."""

    attributes: dict[str, tuple[str, ...]]

    def first(self, phrase: Sequence[str], among: Sequence[str], *, begun: bool) -> int | None:
        """The place of the first attribute in which these words stand side by side."""
        for place, name in enumerate(among):
            if _within(phrase, self.attributes.get(name, ()), begun=begun):
                return place
        return None


def _within(phrase: Sequence[str], words: Sequence[str], *, begun: bool) -> bool:
    *whole, last = phrase
    for at in range(len(words) - len(whole)):
        if list(words[at : at + len(whole)]) == whole:
            word = words[at + len(whole)]
            if word == last or (begun and word.startswith(last)):
                return True
    return False


def make_text(document: Mapping[str, Any], searchable: Sequence[str]) -> Text:
    """A document as it is searched."""
    found: dict[str, tuple[str, ...]] = {}
    for name in searchable:
        value = document.get(name)
        parts = value if isinstance(value, list) else [] if value is None else [value]
        found[name] = tuple(word for part in parts for word in (*tokens(str(part)), "\n"))
    return Text(found)


@dataclass
class Query:
    """A text as it is asked: words and phrases that are wanted, and those that are not."""

    wanted: list[tuple[str, ...]] = field(default_factory=list)  # phrases; a word is one of one
    unwanted: list[tuple[str, ...]] = field(default_factory=list)
    begun: bool = False
    synonyms: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]] = field(default_factory=dict)

    def places(self, text: Text, among: Sequence[str]) -> list[int] | None:
        """In which attributes the wanted stand, from the first on; None where they do not all.

        Several neighbouring words may be one in the document, one may be two, and any may be one
        of its synonyms.
        """
        if any(text.first(phrase, among, begun=False) is not None for phrase in self.unwanted):
            return None
        best: list[list[int] | None] = [[]] + [None] * len(self.wanted)
        for end in range(1, len(self.wanted) + 1):
            for start in range(max(0, end - 3), end):
                before = best[start]
                place = self._edge(start, end, text, among) if before is not None else None
                if before is not None and place is not None:
                    path = [*before, place]
                    old = best[end]
                    best[end] = path if old is None or sum(path) < sum(old) else old
        return best[-1]

    def _edge(self, start: int, end: int, text: Text, among: Sequence[str]) -> int | None:
        phrases = self.wanted[start:end]
        begun = self.begun and end == len(self.wanted)
        ways: list[tuple[Sequence[str], bool]] = []
        if len(phrases) == 1:
            (phrase,) = phrases
            ways.append((phrase, begun and len(phrase) == 1))
            if len(phrase) == 1:
                word = phrase[0]
                ways += [((word[:at], word[at:]), False) for at in range(1, len(word))]
        elif all(len(phrase) == 1 for phrase in phrases):
            ways.append((("".join(p[0] for p in phrases),), begun))
        joined = tuple(word for phrase in phrases for word in phrase)
        ways += [(other, False) for other in self.synonyms.get(joined, ())]
        found = [place for way, b in ways if (place := text.first(way, among, begun=b)) is not None]
        return min(found, default=None)

    def first(self, number: int) -> "Query":
        """The same without the words after the first so many."""
        cut = number < len(self.wanted)
        return Query(self.wanted[:number], self.unwanted, self.begun and not cut, self.synonyms)


def make_query(text: str, synonyms: Mapping[str, Sequence[str]]) -> Query:
    """Read a text; only its first ten words count."""
    query = Query(
        synonyms={
            tokens(word): [tokens(other) for other in others] for word, others in synonyms.items()
        }
    )
    last = ""
    for piece in _PIECES.findall(text):
        negative, bare = piece.startswith("-") and len(piece) > 1, piece.lstrip("-")
        words = tokens(bare)
        last = piece
        if not words:
            continue
        target = query.unwanted if negative else query.wanted
        target += [words] if bare.startswith('"') else [(word,) for word in words]
    del query.wanted[_MOST_WORDS:]
    query.begun = bool(last) and text[-1:].isalnum()
    return query
