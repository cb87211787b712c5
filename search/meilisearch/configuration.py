"""How the index of the server is set up: as code, and with a version that its documents carry.

The version is a hash of all that decides how a document is found. An index of another version
still answers, but is to be built anew; ``MARK`` in its dictionary says which one it has.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from meilisearch_python_sdk.models.settings import (
    Faceting,
    LocalizedAttributes,
    MeilisearchSettings,
    MinWordSizeForTypos,
    Pagination,
    ProximityPrecision,
    TypoTolerance,
    UserProvidedEmbedder,
)

from search import analysis
from search.documents import Facet
from search.types import COUNT_CAP

MARK: Final = "settings-of-"
"""A word of the dictionary that nobody types: the version of the settings follows it."""

WORDS: Final = ("words_title", "words_labels", "words_summary", "numbers")
"""What is searched, the most telling first: analysed words, and numbers as people type them."""

HEADS: Final = ("words_title", "words_labels")

SHOWN: Final = ("kind", "uuid", "number", "title", "holder", "summary", "facets",
                "published_us", "price_minor")  # fmt: skip
"""What comes back of a document that is found."""

FACET_VALUES: Final = 1_000
"""Values of one facet that the server counts; those that are filtered by are counted besides."""

_FORMAT: Final = 1
"""Raise it when documents are shaped otherwise, so that every index is built anew."""

_SHORTEST_TYPO: Final = 8  # letters of a Latin word in which one may be wrong
_NEVER: Final = 255  # the largest number of letters that the server takes here
_CUTOFF_MS: Final = 400  # the server answers with what it has; a page does not wait for 500


EMPTY: Final = MeilisearchSettings(searchable_attributes=["nothing"], displayed_attributes=["id"])
"""Of an index that only holds the place of one that is being built: it has no version and takes no
question of ours, so that nobody is told that nothing is found."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """The model whose vectors the index holds; without a name it holds none.

    Its name is in every question, so vectors of two models are never compared.
    """

    model: str = ""
    dimensions: int = 0

    @property
    def name(self) -> str:
        """The model as the server takes names: letters, digits and dashes."""
        return re.sub(r"[^a-z0-9]+", "-", self.model.lower()).strip("-")

    def __bool__(self) -> bool:
        return bool(self.name and self.dimensions)


def facet_attribute(facet: Facet) -> str:
    """Where a document has the values of a facet."""
    return f"facet_{facet}"


@cache
def make_settings(embedder: Embedder) -> MeilisearchSettings:
    """The settings of an index, its version among them. Made once; nobody changes them."""
    settings = MeilisearchSettings(
        searchable_attributes=list(WORDS),
        displayed_attributes=["id", *SHOWN],
        filterable_attributes=[
            "id",
            "price_minor",
            "published_us",
            "title_key",
            *(facet_attribute(facet) for facet in Facet),
        ],
        sortable_attributes=["published_us", "price_minor", "uuid", "kind", "title_key"],
        # why sort first: a list by price is by price, and not only among equally good finds
        ranking_rules=["sort", "words", "typo", "attribute", "proximity", "exactness"],
        synonyms=_synonyms(),
        stop_words=[],  # what says nothing is left out by the analysis already
        dictionary=list(analysis.dictionary()),
        localized_attributes=[LocalizedAttributes(attribute_patterns=["*"], locales=["cmn"])],
        typo_tolerance=TypoTolerance(
            enabled=True,
            disable_on_attributes=["numbers"],
            disable_on_numbers=True,
            # why so long: a Chinese word with one other character is another word
            min_word_size_for_typos=MinWordSizeForTypos(one_typo=_SHORTEST_TYPO, two_typos=_NEVER),
        ),
        faceting=Faceting(max_values_per_facet=FACET_VALUES, sort_facet_values_by={"*": "count"}),
        # why one more: so that 10,000 are told from more
        pagination=Pagination(max_total_hits=COUNT_CAP + 1),
        proximity_precision=ProximityPrecision.BY_WORD,
        search_cutoff_ms=_CUTOFF_MS,
        facet_search=False,
        prefix_search="indexingTime",
        embedders={embedder.name: UserProvidedEmbedder(dimensions=embedder.dimensions)}
        if embedder
        else {},
    )
    assert settings.dictionary is not None
    settings.dictionary.append(MARK + version_of(settings))
    return settings


def version_of(settings: MeilisearchSettings) -> str:
    """Ten hexadecimal digits that change with the settings and with the shape of documents."""
    written = settings.model_dump(mode="json", by_alias=True)
    text = json.dumps([_FORMAT, written], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


def version_in(dictionary: list[str]) -> str:
    """The version that an index says it has; "" when it says none."""
    marks = [word.removeprefix(MARK) for word in dictionary if word.startswith(MARK)]
    return marks[0] if len(marks) == 1 else ""


def _synonyms() -> dict[str, list[str]]:
    """For each word the others of its groups: the same lists that widen PostgreSQL's questions."""
    found: dict[str, dict[str, None]] = {}
    for group in analysis.synonym_groups():
        for word in group:
            found.setdefault(word, {}).update(dict.fromkeys(o for o in group if o != word))
    return {word: list(others) for word, others in found.items()}
