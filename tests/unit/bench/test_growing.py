"""Grown documents are the same every time, begin with the real ones, and stay readable."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.growing import NoPatents, Patent, grow, parents, read_patents
from bench.meaning import vectors_between
from search.documents import Facet, Kind
from tests.unit.bench.conftest import RECORDS

Patents = tuple[Patent, ...]


def test_without_the_patents_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoPatents, match="kept beside the project"):
        read_patents(tmp_path / "nothing.jsonl")


def test_the_first_are_the_patents_themselves(patents: Patents) -> None:
    grown = list(grow(patents, range(len(patents))))
    assert [one.title for one in grown] == [record["title"] for record in RECORDS]
    assert [one.summary for one in grown] == [record["abstract"] for record in RECORDS]
    assert [one.holder for one in grown] == [record["assignee"] for record in RECORDS]


def test_a_document_depends_on_its_number_alone(patents: Patents) -> None:
    whole = list(grow(patents, range(60)))
    assert whole == [*grow(patents, range(17)), *grow(patents, range(17, 60))]
    assert whole[40:] != list(grow(patents, range(40, 60), seed=2))


def test_titles_are_halves_of_two_titles_and_texts_whole_sentences(patents: Patents) -> None:
    sentences = {sentence for one in patents for sentence in one.sentences}
    assert len(sentences) == 4 * len(patents) - (len(patents) - 1)  # the last is everybody's
    for number, one in zip(range(5, 80), grow(patents, range(5, 80)), strict=True):
        front, back = (patents[at] for at in parents(number, len(patents)))
        if front is back:
            continue
        assert one.title == front.front + back.back
        assert one.holder == front.holder
        told = [sentence for sentence in sentences if sentence in one.summary]
        assert sum(len(sentence) for sentence in told) <= len(one.summary)
        assert all(sentence in (*front.sentences, *back.sentences) for sentence in told)


def test_ids_are_unique_and_grow_with_time(patents: Patents) -> None:
    grown = list(grow(patents, range(300)))
    assert len({one.id for one in grown}) == 300
    assert all(one.id.version == 7 for one in grown)
    assert all(a.published_at < b.published_at and a.id < b.id for a, b in pairwise(grown))


def test_facets_are_spread_unevenly(patents: Patents) -> None:
    grown = list(grow(patents, range(2_000)))
    kinds = Counter(one.kind for one in grown)
    assert kinds.keys() == set(Kind)
    assert kinds[Kind.achievement] > 3 * kinds[Kind.offer] > 3 * kinds[Kind.demand] > 0
    disposals = Counter(value for one in grown for value in one.facets.get(Facet.disposal, ()))
    assert disposals.most_common()[0][1] > 3 * disposals.most_common()[-1][1]
    assert all(one.facets[Facet.holder] == [one.holder] for one in grown)
    assert {one.price_minor is None for one in grown if one.kind is Kind.lot} == {False}


def test_vectors_lie_between_the_parents(patents: Patents) -> None:
    known = np.eye(len(patents), 64, dtype=np.float32)
    numbers = range(200)
    found = vectors_between(known, numbers)
    assert found.shape == (200, 64)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert np.array_equal(found[: len(patents)], known)
    assert np.array_equal(found[100:], vectors_between(known, numbers[100:]))
    for number in numbers[len(patents) :]:
        one, two = parents(number, len(patents))
        nearest = set(np.argsort(known @ found[number])[-len({one, two}) :].tolist())
        assert nearest == {one, two}
