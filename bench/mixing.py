"""The fixed mix of questions in ``queries.tsv``, and whether the documents make it what it says."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from search.documents import Facet
from search.types import SearchRequest

QUERIES: Final = Path(__file__).with_name("queries.tsv")


class Group(StrEnum):
    """What kind of question it is."""

    rare = "rare"  # two rare words
    middling = "middling"  # one word, neither rare nor common
    common = "common"  # nothing but words that a fifth of all documents have
    filtered = "filtered"  # two filters, with or without a word


SHARES: Final = MappingProxyType(
    {Group.rare: 0.40, Group.middling: 0.30, Group.common: 0.20, Group.filtered: 0.10}
)
"""How much of the mix each group is."""

BOUNDS: Final = MappingProxyType(
    {Group.rare: (0.0, 0.01), Group.middling: (0.01, 0.05), Group.common: (0.20, 1.0)}
)
"""In what share of all documents each word of a group's questions stands, both ends included."""

WORDS: Final = MappingProxyType({Group.rare: (2, 2), Group.middling: (1, 1), Group.common: (1, 2)})
"""How many words a group's questions have, at least and at most."""

_FILTERS: Final = 2


class WrongMix(Exception):
    """A question is not what its group says."""


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the mix. ``filters``: one value for each of some facets."""

    group: Group
    text: str
    filters: tuple[tuple[Facet, str], ...] = ()

    def request(self) -> SearchRequest:
        """The question as a page asks it: twenty results with facets."""
        return SearchRequest(
            text=self.text, filters={facet: (value,) for facet, value in self.filters}
        )

    def __str__(self) -> str:
        return " ".join([self.text, *(f"{facet}={value}" for facet, value in self.filters)]).strip()


def read_questions(path: Path = QUERIES) -> tuple[Question, ...]:
    """All questions, in the order of the file. WrongMix when the groups have not their shares."""
    found = tuple(
        _read(line) for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"
    )
    for group, share in SHARES.items():
        of_group = sum(question.group is group for question in found)
        if of_group != round(share * len(found)):
            raise WrongMix(f"{of_group} of {len(found)} questions are {group}, not {share:.0%}")
    return found


def mix(questions: Sequence[Question], count: int, seed: int = 1) -> list[Question]:
    """So many questions, each as often as any other or once more, in an order of chance that is
    the same every time."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    mixed: list[Question] = []
    while len(mixed) < count:
        mixed += draw.sample(questions, len(questions))
    return mixed[:count]


def check_words(
    questions: Sequence[Question],
    words: Mapping[Question, Sequence[float]],
    found: Mapping[Question, int],
) -> Iterator[str]:
    """What is wrong with the mix, in sentences.

    ``words``: the share of documents that has each word of a question; ``found``: how many
    documents answer it.
    """
    for question in questions:
        if not found[question]:
            yield f"{question} ({question.group}) finds nothing"
        if question.group is Group.filtered:
            if len(question.filters) != _FILTERS:
                yield f"{question} has {len(question.filters)} filters, not {_FILTERS}"
            continue
        least, most = WORDS[question.group]
        if not least <= len(words[question]) <= most:
            yield f"{question} is {len(words[question])} words"
        low, high = BOUNDS[question.group]
        for share in words[question]:
            if not low <= share <= high:
                yield f"{question} ({question.group}) has a word in {share:.2%} of the documents"


def _read(line: str) -> Question:
    group, text, filters = (*line.split("\t"), "", "")[:3]
    pairs = (one.split("=", 1) for one in filters.split(";") if one)
    return Question(Group(group), text, tuple((Facet(name), value) for name, value in pairs))
