"""What a room hands over is stored as facet words and storable text."""

from datetime import UTC, datetime
from uuid import UUID

from search.documents import Document, Facet, Kind
from search.models import NO_PRICE
from search.store import prepare

ONE, TWO = UUID(int=1), UUID(int=2)


def make(document_id: UUID = ONE, version: int = 1, **more: object) -> Document:
    given = {"title": "题", "published_at": datetime(2026, 1, 1, tzinfo=UTC)} | more
    return Document(Kind.demand, document_id, version, **given)  # type: ignore[arg-type]


def test_facets_are_words_with_the_kind_among_them() -> None:
    facets = {
        Facet.field: ["新材料", "新材料", ""],
        Facet.kind: ["lot"],
        Facet.region: ["a=b\0\ud800"],
    }
    assert make(facets=facets).facet_words() == ["kind=demand", "field=新材料", "region=a=b"]


def test_texts_become_storable() -> None:
    (row,) = prepare([make(title="a\0b\ud800<sub>2</sub>")])
    assert row.title == "ab2"
    assert row.price_minor == NO_PRICE


def test_the_newest_of_one_thing_stays_and_rows_are_in_id_order() -> None:
    rows = prepare([make(TWO), make(ONE, 3, title="三"), make(ONE, 2, title="二")])
    assert [(row.id, row.title) for row in rows] == [(ONE, "三"), (TWO, "题")]
