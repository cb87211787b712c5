"""What PostgreSQL packs of each document is what is read here."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import service
from search.documents import Document, Facet, Kind
from search.postgres.packs import Packed, number_of, read_pack, recall, remember
from search.postgres.rows import Key

LONG_AGO, TODAY = datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, 8, 30, tzinfo=UTC)
DOCUMENTS = [
    Document(Kind.lot, UUID(int=2**128 - 1), 1, "一", LONG_AGO, facets={Facet.region: ["北京"]}),
    Document(Kind.offer, UUID(int=1), 1, "二", TODAY),
    Document(
        Kind.demand,
        UUID(int=2),
        1,
        "三",
        TODAY,
        facets={
            Facet.region: ["北京", "a=b"],
            Facet.ipc: ["H", "H01"],
            Facet.holder: ["甲\U0001f600"],
        },
    ),
]
LOT, OFFER, DEMAND = ((d.kind.value, d.id) for d in DOCUMENTS)


async def pack(tx: Tx) -> Packed:
    await tx.run(service.index_documents, DOCUMENTS)

    async def read(uow: UnitOfWork) -> bytes:
        found = await uow.session.execute(
            text("SELECT string_agg(pack, ''::bytea ORDER BY published_at) FROM search_document")
        )
        return bytes(found.scalar_one())

    return read_pack(await tx.run(read))


def keys(packed: Packed) -> list[Key]:
    return [key for key, _ in packed.newest()]


async def test_each_facet_value_has_the_number_it_has_here(tx: Tx) -> None:
    words = [word for document in DOCUMENTS for word in document.facet_words()]
    packed = await pack(tx)
    assert sorted(packed.facets().tolist()) == sorted(map(number_of, words))


async def test_documents_come_newest_first_and_by_id_within_a_day(tx: Tx) -> None:
    packed = await pack(tx)
    assert list(packed.newest()) == [(DEMAND, TODAY), (OFFER, TODAY), (LOT, LONG_AGO)]
    assert list(packed.newest(TODAY)) == list(packed.newest())
    assert list(packed.newest(TODAY - timedelta(microseconds=1))) == [(LOT, LONG_AGO)]
    assert list(packed.newest(LONG_AGO)) == [(LOT, LONG_AGO)]


async def test_documents_are_told_by_their_facets(tx: Tx) -> None:
    packed = await pack(tx)
    beijing, odd = number_of("region=北京"), number_of("region=a=b")
    assert packed.first_with(beijing) == LOT
    assert packed.first_with(odd) == DEMAND
    assert keys(packed.having([beijing])) == [DEMAND, LOT]
    assert keys(packed.having([odd, number_of("kind=offer")])) == [DEMAND, OFFER]
    assert (packed.count(beijing), packed.count(number_of("region=上海"))) == (2, 0)
    some = packed.having([number_of("kind=offer")])
    assert some.facets().tolist() == [number_of("kind=offer")]
    assert keys(packed.having([])) == []


async def test_documents_are_told_by_kind_and_id_together(tx: Tx) -> None:
    packed = await pack(tx)
    other = (Kind.lot.value, OFFER[1])
    assert packed.holding([LOT, OFFER, other, (Kind.lot.value, UUID(int=3))]) == {LOT, OFFER}
    assert packed.holding([]) == set()


def test_nothing_packed_is_no_document() -> None:
    assert not list(read_pack(None).newest())
    assert not read_pack(b"").facets().size


def test_words_are_recalled_by_their_number() -> None:
    remember(["region=某地"])
    assert recall(number_of("region=某地")) == "region=某地"
