"""The indexes of the server: documents, settings, and what a search over them gives."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.contract.meili import matching
from tests.contract.meili.errors import Wrong, known_fields, natural, texts, typed
from tests.contract.meili.filters import folded, make_filter, values_of

SEARCH_FIELDS = {
    "q", "vector", "hybrid", "offset", "limit", "page", "hitsPerPage", "attributesToRetrieve",
    "retrieveVectors", "attributesToCrop", "cropLength", "attributesToHighlight",
    "showMatchesPosition", "showRankingScore", "showRankingScoreDetails", "filter", "sort",
    "distinct", "facets", "highlightPreTag", "highlightPostTag", "cropMarker", "matchingStrategy",
    "attributesToSearchOn", "rankingScoreThreshold", "locales", "exhaustiveFacetCount",
}  # fmt: skip
SIMILAR_FIELDS = {
    "id", "offset", "limit", "filter", "embedder", "attributesToRetrieve", "retrieveVectors",
    "showRankingScore", "showRankingScoreDetails", "rankingScoreThreshold",
}  # fmt: skip

_ID = re.compile(r"[A-Za-z0-9_-]{1,511}")
_LOCALES = {"cmn", "zho", "zh", "jpn", "eng", "en", "fra", "deu", "kor"}
_SORTED = re.compile(r"(?P<name>[\w.]+):(?P<way>asc|desc)")
DEFAULTS: dict[str, Any] = {
    "displayedAttributes": ["*"], "searchableAttributes": ["*"], "filterableAttributes": [],
    "sortableAttributes": [], "stopWords": [], "nonSeparatorTokens": [], "separatorTokens": [],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "dictionary": [], "synonyms": {}, "distinctAttribute": None, "proximityPrecision": "byWord",
    "typoTolerance": {"enabled": True}, "faceting": {"maxValuesPerFacet": 100},
    "pagination": {"maxTotalHits": 1000}, "searchCutoffMs": None, "embedders": {},
    "localizedAttributes": None, "facetSearch": True, "prefixSearch": "indexingTime",
}  # fmt: skip


@dataclass
class Index:
    """One index."""

    primary_key: str | None = None
    made: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS))
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    vectors: dict[str, dict[str, list[float] | None]] = field(default_factory=dict)
    words: dict[str, matching.Text] = field(default_factory=dict)

    # ------------------------------------------------------------ tasks

    def configure(self, given: dict[str, Any]) -> None:
        """The task of a change of settings."""
        for name, embedder in given.get("embedders", {}).items():
            if embedder.get("source") != "userProvided" or not embedder.get("dimensions"):
                raise Wrong("invalid_settings_embedders", f"`.embedders.{name}`: not provided here")
        self.settings |= given
        matching.keep_whole(self.settings["dictionary"])
        self.words = {key: self._text(document) for key, document in self.documents.items()}

    def add(self, documents: list[Any], primary_key: str | None) -> None:
        """The task of documents: all of them, or none."""
        self.primary_key = self.primary_key or primary_key or "id"
        prepared = [self._prepared(document) for document in documents]
        for key, document, vectors in prepared:
            self.documents[key] = document
            self.vectors[key] = vectors
            self.words[key] = self._text(document)

    def remove(self, ids: Sequence[Any]) -> None:
        """The task of a deletion; what is not there is no error."""
        for row_id in ids:
            for kept in (self.documents, self.vectors, self.words):
                kept.pop(str(row_id), None)

    def _text(self, document: Mapping[str, Any]) -> matching.Text:
        searchable = self.settings["searchableAttributes"]
        return matching.make_text(document, list(document) if searchable == ["*"] else searchable)

    def _prepared(self, given: Any) -> tuple[str, dict[str, Any], dict[str, list[float] | None]]:
        document = dict(given)
        key = document.get(self.primary_key or "id")
        if key is None:
            raise Wrong("missing_document_id", f"Document doesn't have a `{self.primary_key}`")
        if not isinstance(key, int | str) or not _ID.fullmatch(str(key)):
            raise Wrong("invalid_document_id", f"Document identifier `{key}` is invalid.")
        offered = document.pop("_vectors", {})
        vectors: dict[str, list[float] | None] = {}
        for name, embedder in self.settings["embedders"].items():
            if name not in offered:
                raise Wrong(
                    "vector_embedding_error",
                    f"While embedding documents for embedder `{name}`: no vectors provided for"
                    f" document `{key}`\n- Hint: opt-out with `_vectors.{name}: null`",
                )
            vectors[name] = _vector(offered[name], embedder["dimensions"], str(key))
        return str(key), document, vectors

    # ------------------------------------------------------------ asking

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question, strictly read."""
        known_fields(body, SEARCH_FIELDS)
        self._check(body)
        limit = natural(body, "limit", 20, "invalid_search_limit")
        offset = natural(body, "offset", 0, "invalid_search_offset")
        passes = make_filter(
            body.get("filter"), set(self.settings["filterableAttributes"]), "invalid_search_filter"
        )
        among = {key for key, document in self.documents.items() if passes(document)}
        query = typed(body, "q", str, "invalid_search_q") or ""
        scores = self._scores(body, query, among)
        order = self._ordered(body, scores)
        most = self.settings["pagination"]["maxTotalHits"]
        page = order[:most][offset : offset + limit]
        answer: dict[str, Any] = {
            "hits": [self._shown(key, body, scores[key]) for key in page],
            "query": query,
            "processingTimeMs": 1,
            "limit": limit,
            "offset": offset,
            "estimatedTotalHits": min(len(order), most),
        }
        if (facets := texts(body, "facets", "invalid_search_facets")) is not None:
            answer["facetDistribution"] = self._distribution(facets, order)
            answer["facetStats"] = {}
        if body.get("vector"):
            answer["semanticHitCount"] = len(page)
        return answer

    def similar(self, body: dict[str, Any]) -> dict[str, Any]:
        """The documents nearest to one."""
        known_fields(body, SIMILAR_FIELDS)
        row_id = body.get("id")
        if not isinstance(row_id, int | str) or not _ID.fullmatch(str(row_id)):
            raise Wrong("invalid_similar_id", "Invalid value at `.id`")
        if "embedder" not in body:
            raise Wrong("missing_similar_embedder", "Missing field `embedder`")
        name = self._embedder(body["embedder"], "invalid_similar_embedder")
        allowed = set(self.settings["filterableAttributes"])
        passes = make_filter(body.get("filter"), allowed, "invalid_similar_filter")
        vector = self.vectors.get(str(row_id), {}).get(name)
        if vector is None:
            raise Wrong("not_found_similar_id", f"Document `{row_id}` not found.")
        scores = {
            key: _nearness(vector, its)
            for key, vectors in self.vectors.items()
            if (its := vectors.get(name)) and key != str(row_id) and passes(self.documents[key])
        }
        limit = natural(body, "limit", 20, "invalid_similar_limit")
        order = sorted(scores, key=lambda key: -scores[key])[:limit]
        return {
            "hits": [self._shown(key, body, scores[key]) for key in order],
            "id": str(row_id),
            "processingTimeMs": 1,
            "limit": limit,
            "offset": 0,
            "estimatedTotalHits": len(scores),
        }

    def _check(self, body: dict[str, Any]) -> None:
        for name in ("attributesToRetrieve", "attributesToSearchOn", "locales", "sort"):
            texts(
                body, name, "invalid_search_" + re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name)
            )
        if unknown := set(body.get("locales") or ()) - _LOCALES:
            raise Wrong("invalid_search_locales", f"Unknown value `{unknown.pop()}`")
        if body.get("matchingStrategy", "last") not in {"all", "last", "frequency"}:
            raise Wrong("invalid_search_matching_strategy", "Unknown value at `.matchingStrategy`")
        searchable = self.settings["searchableAttributes"]
        for name in body.get("attributesToSearchOn") or ():
            if searchable != ["*"] and name not in searchable:
                raise Wrong("invalid_search_attributes_to_search_on", f"`{name}` is not searchable")
        threshold = typed(
            body, "rankingScoreThreshold", (int, float), "invalid_search_ranking_score_threshold"
        )
        if threshold is not None and not 0 <= threshold <= 1:
            raise Wrong(
                "invalid_search_ranking_score_threshold", "expected between `0.0` and `1.0`"
            )
        if body.get("vector") is not None and body.get("hybrid") is None:
            raise Wrong(
                "missing_search_hybrid", "missing `hybrid` parameter when `vector` is present"
            )

    def _embedder(self, name: Any, code: str) -> str:
        if not isinstance(name, str) or name not in self.settings["embedders"]:
            raise Wrong(code, f"Cannot find embedder with name `{name}`.")
        return name

    def _scores(self, body: dict[str, Any], query: str, among: set[str]) -> dict[str, float]:
        """What is found, with a score from 0 to 1."""
        hybrid = body.get("hybrid")
        scores: dict[str, float] = {}
        if hybrid is not None:
            known_fields(hybrid, {"semanticRatio", "embedder"}, " inside `.hybrid`")
            name = self._embedder(hybrid.get("embedder"), "invalid_search_embedder")
            ratio = hybrid.get("semanticRatio", 0.5)
            if not isinstance(ratio, int | float) or not 0 <= ratio <= 1:
                raise Wrong("invalid_search_semantic_ratio", "expected between `0.0` and `1.0`")
            if ratio not in {0, 1}:
                raise NotImplementedError(
                    "the tests ask by words or by meaning, never for a mixture"
                )
            if ratio == 1:
                scores = self._semantic(body.get("vector"), query, name, among)
        if not scores:
            scores = self._lexical(body, query, among)
        threshold = body.get("rankingScoreThreshold") or 0.0
        return {key: score for key, score in scores.items() if score >= threshold}

    def _semantic(
        self, vector: list[float] | None, query: str, name: str, among: set[str]
    ) -> dict[str, float]:
        dimensions = self.settings["embedders"][name]["dimensions"]
        if vector is None:
            if query:
                raise Wrong("vector_embedding_error", "embeddings must be user provided")
            return {}
        if len(vector) != dimensions:
            raise Wrong(
                "invalid_vector_dimensions",
                f"Invalid vector dimensions: expected: `{dimensions}`, found: `{len(vector)}`.",
            )
        found = {key: self.vectors[key].get(name) for key in among}
        return {key: _nearness(vector, its) if its else 0.0 for key, its in found.items()}

    def _lexical(self, body: dict[str, Any], text: str, among: set[str]) -> dict[str, float]:
        query = matching.make_query(text, self.settings["synonyms"])
        searchable = body.get("attributesToSearchOn") or self.settings["searchableAttributes"]
        if searchable == ["*"]:
            searchable = sorted({name for its in self.words.values() for name in its.attributes})
        wanted = len(query.wanted)
        least = wanted if body.get("matchingStrategy", "last") == "all" else min(1, wanted)
        scores: dict[str, float] = {}
        for number in range(wanted, least - 1, -1):
            part = query.first(number)
            for key in among - scores.keys():
                places = part.places(self.words[key], searchable)
                if places is not None:
                    worst = max(places, default=0) + sum(places) / (10 * len(searchable) + 1)
                    scores[key] = (number + 1 / (1 + worst)) / (wanted + 1)
        return scores

    def _ordered(self, body: dict[str, Any], scores: dict[str, float]) -> list[str]:
        order = sorted(scores, key=lambda key: -scores[key])
        places = {key: at for at, key in enumerate(self.documents)}
        order.sort(key=lambda key: (-scores[key], places[key]))
        for rule in reversed(body.get("sort") or ()):
            read = _SORTED.fullmatch(rule)
            if not read or read["name"] not in self.settings["sortableAttributes"]:
                raise Wrong("invalid_search_sort", f"`{rule}` is not sortable.")
            if "sort" not in self.settings["rankingRules"]:
                raise Wrong("invalid_search_sort", "You must specify where `sort` is listed")
            name, down = read["name"], read["way"] == "desc"
            having = [key for key in order if values_of(self.documents[key], name)]
            having.sort(key=lambda key: self.documents[key][name], reverse=down)
            lacking = [key for key in order if not values_of(self.documents[key], name)]
            order = having + lacking
        return order

    def _distribution(self, facets: list[str], order: list[str]) -> dict[str, dict[str, int]]:
        filterable = self.settings["filterableAttributes"]
        for name in facets:
            if name != "*" and name not in filterable:
                raise Wrong("invalid_search_facets", f"Attribute `{name}` is not filterable.")
        most = self.settings["faceting"]["maxValuesPerFacet"]
        found: dict[str, dict[str, int]] = {}
        for name in filterable if "*" in facets else facets:
            counts: Counter[str] = Counter()
            written: dict[str, str] = {}
            for key in order:
                for value in dict.fromkeys(values_of(self.documents[key], name)):
                    counts[folded(value)] += 1
                    written.setdefault(folded(value), str(value))
            found[name] = {written[value]: n for value, n in counts.most_common(most)}
        return found

    def _shown(self, key: str, body: dict[str, Any], score: float) -> dict[str, Any]:
        displayed = self.settings["displayedAttributes"]
        wanted = body.get("attributesToRetrieve") or ["*"]
        hit = {
            name: value
            for name, value in self.documents[key].items()
            if (displayed == ["*"] or name in displayed) and (wanted == ["*"] or name in wanted)
        }
        if body.get("showRankingScore"):
            hit["_rankingScore"] = score
        return hit


def _vector(given: Any, dimensions: int, key: str) -> list[float] | None:
    if given is None:
        return None
    if isinstance(given, dict):
        if not isinstance(given.get("regenerate"), bool):
            raise Wrong("invalid_vectors_type", f"Document `{key}`: missing `regenerate`")
        given = given.get("embeddings")
    if not isinstance(given, list) or not all(isinstance(part, int | float) for part in given):
        raise Wrong("invalid_vectors_type", f"Document `{key}`: Invalid vector")
    if len(given) != dimensions:
        raise Wrong(
            "invalid_vector_dimensions",
            f"Invalid vector dimensions in document `{key}`: expected: {dimensions}, found:"
            f" {len(given)}.",
        )
    return [float(part) for part in given]


def _nearness(one: Sequence[float], other: Sequence[float]) -> float:
    """The server's score of a cosine: 0 for opposite, 1 for equal."""
    cosine = sum(a * b for a, b in zip(one, other, strict=True)) / (
        math.hypot(*one) * math.hypot(*other)
    )
    return min(1.0, max(0.0, (1 + cosine) / 2))
