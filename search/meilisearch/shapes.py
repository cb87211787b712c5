"""Our documents as the server keeps them, its hits as ours, and filters nobody breaks out of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from search import analysis
from search.documents import SEPARATOR, Facet, Kind, facet_word
from search.highlight import highlight, snippet
from search.index import Entry
from search.meilisearch.configuration import Embedder, facet_attribute
from search.models import NO_PRICE
from search.store import BETWEEN
from search.types import Hit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_VALUE: Final = 468  # bytes of a facet value that the server compares


def document_id(kind: str, row_id: UUID) -> str:
    """The id of a document on the server: letters, digits and dashes are all it may have."""
    return f"{kind}-{row_id}"


def make_document(entry: Entry, embedder: Embedder) -> dict[str, Any]:
    """One document as the server takes it.

    Words are analysed here, parts of long words besides, as they are for PostgreSQL: the server's
    own cutter would find 电池 nowhere in 锂电池, and meets 鋰 and 锂 only by chance.
    """
    row = entry.row
    document: dict[str, Any] = {
        "id": document_id(row.kind, row.id),
        "kind": row.kind,
        "uuid": str(row.id),
        "version": row.version,
        "number": row.number,
        "title": row.title,
        "title_key": _bounded(row.title_key),
        "holder": row.holder,
        "summary": row.summary,
        "words_title": _words(row.title),
        "words_labels": _words(f"{row.holder} \n {row.keywords}"),
        "words_summary": _words(row.summary[: analysis.BODY_LIMIT]),
        "numbers": _numbers(f"{row.number} {row.numbers}"),
        "facets": [word for word in row.facets.split(BETWEEN) if word],
        "published_us": (row.published_at - _EPOCH) // _MICROSECOND,
    }
    if row.price_minor != NO_PRICE:
        document["price_minor"] = row.price_minor
    for facet, value in _pairs(document["facets"]):
        document.setdefault(facet_attribute(facet), []).append(_bounded(value))
    if embedder:
        vector = entry.vector and {"embeddings": list(entry.vector), "regenerate": False}
        document["_vectors"] = {embedder.name: vector or None}
    return document


def make_hit(document: Mapping[str, Any], marks: Sequence[str], *, by_meaning: bool) -> Hit:
    """One result. Its pieces are cut from plain text here; the server's own marks are not asked
    for, because they would have to be trusted as markup."""
    title, holder = document["title"], document["holder"]
    facets: dict[Facet, list[str]] = {}
    for facet, value in _pairs(document["facets"]):
        facets.setdefault(facet, []).append(value)
    return Hit(
        kind=Kind(document["kind"]),
        id=UUID(document["uuid"]),
        number=document["number"],
        title=title,
        holder=holder,
        title_pieces=highlight(title, marks),
        holder_pieces=highlight(holder, marks),
        snippet=snippet(document["summary"], marks),
        facets=facets,
        published_at=_EPOCH + document["published_us"] * _MICROSECOND,
        price_minor=document.get("price_minor"),
        by_meaning=by_meaning,
    )


def facet_filter(facet: Facet, values: Iterable[str]) -> str:
    """Documents that have any of these values of a facet."""
    return any_of(facet_attribute(facet), [stored_value(facet, value) for value in values])


def any_of(attribute: str, values: Iterable[str]) -> str:
    """A filter of our own attribute and anybody's values; each value is quoted."""
    return f"{attribute} IN [{', '.join(map(quote, values))}]"


def begun_by(key: str) -> str:
    """Documents whose title begins with what was typed, in the form of ``analysis.title_key``."""
    return f"title_key STARTS WITH {quote(_bounded(key))}"


def quote(value: str) -> str:
    """A value as the server's filter language takes any text literally."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stored_value(facet: Facet, value: str) -> str:
    """A facet value as it is compared: the same as in PostgreSQL, and no longer than what the
    server looks at."""
    return _bounded(facet_word(facet, value).partition(SEPARATOR)[2])


def _pairs(words: Iterable[str]) -> Iterator[tuple[Facet, str]]:
    for word in words:
        name, _, value = word.partition(SEPARATOR)
        yield Facet(name), value


def _bounded(value: str) -> str:
    return value.encode()[:_LONGEST_VALUE].decode("utf-8", "ignore")


def _numbers(numbers: str) -> list[str]:
    """As they are written, and as people type them: without dots and dashes, without the office."""
    written = analysis.normalise(numbers).split()
    return list(dict.fromkeys([*written, *analysis.number_keys(numbers)]))


def _words(text: str) -> str:
    return " ".join(analysis.words(analysis.normalise(text)))
