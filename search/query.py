"""A person's words to a search plan: any text whatever gives one, and none can do harm.

Pure. A plan holds PostgreSQL ``tsquery`` texts; every lexeme in them is quoted here, so
operators, quotes and backslashes in the input are only characters.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, groupby
from typing import Final

from search import analysis
from search.knowledge.ipc import mark_symbols, symbol_of

LONGEST: Final = 200
"""Characters of a query that count, after normalising; the rest is left out."""

MOST_TERMS: Final = 12
HEAD_MARK: Final = analysis.HEAD_MARK

_LOOKED_AT = 2_000  # characters looked at for these: markup and blanks may fill a part
_DIGIT = re.compile(r"\d")
_WHOLE_NUMBER = re.compile(r"[a-z]{0,3}\d{6,}[a-z]?\d?")
_NUMBER_BLANKS = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that was asked for.

    ``words``: any of these lexemes satisfies it (itself first, then synonyms). ``groups``: or all
    lexemes of one of these. ``prefix``: the words match by their beginning. ``optional``: it only
    lifts what has it (装置, 系统).
    """

    text: str
    words: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    optional: bool = False

    def strict(self) -> str:
        """What a document must match, as a tsquery."""
        return _any([*self._quoted(self.words), *(_all(map(_quote, g)) for g in self.groups)])

    def head(self) -> str:
        """The same for title and labels alone, by whole words."""
        return _any(self._quoted(HEAD_MARK + word for word in self.words))

    def loose(self) -> str:
        """Its words or any part of it."""
        return _any(
            dict.fromkeys(
                [*self._quoted(self.words), *(_quote(part) for g in self.groups for part in g)]
            )
        )

    def near(self) -> str:
        """Its words alone, which have positions, for ranking by nearness."""
        return _any(self._quoted(self.words))

    def marks(self) -> tuple[str, ...]:
        """What to highlight. Of a character beside others (不) only the pair: alone it is
        everywhere."""
        words = () if len(self.text) == 1 and self.groups else self.words
        return tuple(dict.fromkeys([*words, *(part for g in self.groups for part in g)]))

    def _quoted(self, words: Iterable[str]) -> list[str]:
        return [_quote(word) + (":*" if self.prefix else "") for word in words]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a text asks for; no terms when nothing in it can be searched.

    ``blank``: nothing was asked (show everything). ``cut``: the text was longer than we read.
    """

    terms: tuple[Term, ...] = ()
    blank: bool = False
    cut: bool = False

    def strict(self) -> str:
        """All terms but optional ones, as a tsquery."""
        return _all(term.strict() for term in self.required())

    def head(self) -> str:
        """The same in title and labels."""
        return _all(term.head() for term in self.required())

    def all_but(self, missing: int) -> str:
        """All required terms but so many, whichever; empty when nothing would remain."""
        kept = len(self.required()) - missing
        if kept < 1:
            return ""
        return _any(_all(t.strict() for t in some) for some in combinations(self.required(), kept))

    def loose(self) -> str:
        """Any term or part of one: for when all of them are nowhere together."""
        return _any(term.loose() for term in self.terms)

    def near(self) -> str:
        """The required terms by words with positions."""
        return _all(term.near() for term in self.required())

    def required(self) -> tuple[Term, ...]:
        """The terms that are not optional; all of them where each is."""
        return tuple(term for term in self.terms if not term.optional) or self.terms

    def marks(self) -> tuple[str, ...]:
        """All that is to be highlighted, the longest first."""
        return tuple(
            sorted({m for term in self.terms for m in term.marks()}, key=lambda m: (-len(m), m))
        )


def make_plan(text: str) -> Plan:
    """Read a query. Terms are joined by AND; each is a word, its synonyms, or its pairs."""
    normalised = " ".join(analysis.normalise(text[:_LOOKED_AT]).split())
    cut = len(text) > _LOOKED_AT or len(normalised) > LONGEST
    if len(normalised) > LONGEST:  # not in the middle of a word, where there are blanks
        normalised = normalised[:LONGEST].rpartition(" ")[0] or normalised[:LONGEST]
    if not normalised:
        return Plan(blank=not text.strip(), cut=cut)
    number = _NUMBER_BLANKS.sub("", normalised)
    if _WHOLE_NUMBER.fullmatch(number):
        return Plan((_number_term(normalised, *analysis.number_keys(number)),), cut=cut)
    chunks = analysis.query_words(mark_symbols(normalised))
    terms = _terms(chunks, analysis.stop_words() | analysis.asking_words())
    terms = terms or _terms(chunks, analysis.stop_words())
    return Plan(tuple(terms.values())[:MOST_TERMS], cut=cut or len(terms) > MOST_TERMS)


def suggestion_query(plan: Plan) -> str:
    """The plan for titles while the last word is still being typed: it matches by its beginning."""
    *whole, last = plan.terms
    begun = _any(_quote(HEAD_MARK + word) + ":*" for word in last.words)
    grouped = [_all(_quote(part) for part in group) for group in last.groups]
    return _all([*(term.strict() for term in whole), _any([begun, *grouped])])


def _terms(chunks: list[list[str]], stop: frozenset[str]) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for words in chunks:
        for term in _chunk_terms(words, stop):
            terms.setdefault(term.text, term)
    return terms


def _chunk_terms(words: list[str], stop: frozenset[str]) -> list[Term]:
    """The terms of text without blanks. Neighbouring single characters are one unknown word."""
    if len(words) == 1 and len(words[0]) == 1 and not stop.issuperset(words):
        return [Term(words[0], (words[0],), prefix=True)]  # one character typed: words with it
    terms: list[Term] = []
    before = ""
    for single, members in groupby(words, key=lambda word: len(word) == 1 and word not in stop):
        run = list(members)
        if single and all(map(analysis.is_han, run)):
            terms.append(_unknown_term("".join(run), before))
        else:
            terms += [_word_term(word) for word in run if word not in stop]
        before = run[-1][-1]
    return terms


def _word_term(word: str) -> Term:
    if symbol := symbol_of(word):
        return Term(symbol, (word,), prefix=True)
    alike = synonyms().get(word, ())
    if _DIGIT.search(word) and len(word) >= 4 and word.isascii() and not alike:
        return _number_term(word, *analysis.number_keys(word))
    groups: list[tuple[str, ...]] = [  # 污水处理 is also 污水 … 处理
        (word[:at], word[at:])
        for at in range(2, len(word) - 1)
        if analysis.is_word(word[:at]) and analysis.is_word(word[at:])
    ]
    if len(word) > 4 or (len(word) > 2 and not groups):
        groups.append(tuple(analysis.word_pairs(word)))
    return Term(
        word,
        (word, *alike),
        tuple(group for group in groups if group),
        optional=word in analysis.generic_words(),
    )


def _unknown_term(run: str, before: str) -> Term:
    """Characters that no dictionary joins: together by their pairs, one alone with its left
    neighbour or as a word of its own."""
    if len(run) > 1:
        return Term(run, (run,), (tuple(analysis.word_pairs(run)),) if len(run) > 2 else ())
    pair = before + run
    return Term(run, (run,), ((pair,),) if analysis.word_pairs(pair) else ())


def _number_term(text: str, *keys: str) -> Term:
    return Term(text, tuple(dict.fromkeys([text.replace(" ", ""), *keys])), prefix=True)


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each word the others of its group."""
    groups: dict[str, tuple[str, ...]] = {}
    for group in analysis.synonym_groups():
        for word in group:
            others = (*groups.get(word, ()), *(other for other in group if other != word))
            groups[word] = tuple(dict.fromkeys(others))
    return groups


def _quote(lexeme: str) -> str:
    """A lexeme that PostgreSQL takes literally, whatever stands in it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _joined(parts: Iterable[str], operator: str) -> str:
    found: Sequence[str] = [part for part in parts if part]
    return f"({operator.join(found)})" if len(found) > 1 else "".join(found)


def _any(parts: Iterable[str]) -> str:
    return _joined(parts, "|")


def _all(parts: Iterable[str]) -> str:
    return _joined(parts, "&")
