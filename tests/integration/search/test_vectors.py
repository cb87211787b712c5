"""Nearest neighbours: two forms, their plans, and the indexes that come and go with models."""

from datetime import timedelta
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.core.tx import Tx, UnitOfWork
from app.registry import metadata
from migrations.env_filter import include_object
from search import vectors
from search.documents import Document, Facet, Kind
from search.postgres import hybrid
from search.postgres.asking import Asked
from search.store import prepare, write
from search.types import Meaning
from search.vector_making import store
from search.vectors import Model, Narrow, Neighbour, find_model, nearest, of_kinds
from tests import databases
from tests.encoders import TinyEncoder, point
from tests.following import NOW

MODEL = Model("tiny-1/1", TinyEncoder.dimensions)
BATTERY = point("电池")
WORDS = ["电池", "污水 电池", "污水", "高炉 污水 电池", "过滤 电池", "散热 电池 电池"]
NORTH = hybrid.narrow(Asked(filters={Facet.region: ["北京"]}))
FORMS = {
    "all": hybrid.narrow(Asked()),
    "facet": NORTH,
    "facets": hybrid.narrow(Asked(filters={Facet.region: ["北京"], Facet.kind: ["demand"]})),
    "kind": hybrid.narrow(Asked(filters={Facet.kind: ["demand"]})),
    "since": hybrid.narrow(Asked(since=NOW + timedelta(days=50))),
}


def make(at: int) -> Document:
    """Number ``at``: every other one is a demand, every third is in the north."""
    return Document(
        Kind.demand if at % 2 else Kind.achievement,
        UUID(int=at),
        1,
        f"{WORDS[at % len(WORDS)]} {at}",
        NOW + timedelta(days=at),
        facets={Facet.region: ["北京" if at % 3 == 0 else "河南"]},
    )


@pytest.fixture
async def market(tx: Tx) -> Tx:
    """Sixty documents with their vectors, and the index of their model."""

    async def fill(uow: UnitOfWork) -> None:
        rows = prepare([make(at) for at in range(1, 61)])
        await write(uow, rows)
        await uow.session.execute(
            text("INSERT INTO search_model (name, dimensions, state) VALUES (:n, :d, 'serving')"),
            {"n": MODEL.name, "d": MODEL.dimensions},
        )
        await store(uow, MODEL.name, {row.text_hash: point(row.title) for row in rows})
        await build(uow, MODEL.name, MODEL.dimensions)

    await tx.run(fill)
    return tx


async def build(uow: UnitOfWork, model: str, dimensions: int) -> None:
    await uow.session.execute(
        text("SELECT build_search_vector_index(:n, :d)"), {"n": model, "d": dimensions}
    )


async def plan_of(uow: UnitOfWork, statement: str, narrow: Narrow) -> str:
    await vectors.planner_settings(uow)
    found = await uow.session.execute(
        text(f"EXPLAIN {statement}"),
        {
            "model": MODEL.name,
            "vector": vectors.literal(BATTERY),
            "limit": 100,
            "few": vectors.FEW,
            "beyond": vectors.FEW + 1,
            **narrow.values,
        },
    )
    return "\n".join(found.scalars())


@pytest.mark.parametrize("form", FORMS)
async def test_walking_uses_the_models_index_and_scans_and_sorts_nothing(
    market: Tx, form: str
) -> None:
    narrow = FORMS[form]
    plan = await market.run(plan_of, vectors.walked(MODEL, narrow), narrow)
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
    assert "Order By: ((vector)::halfvec(8) <=>" in plan
    assert "Index Scan using ix_search_vector_" in plan
    assert " ix_search_document_text_hash" in plan


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"all"}))
async def test_comparing_finds_documents_and_vectors_by_their_keys(market: Tx, form: str) -> None:
    narrow = FORMS[form]
    plan = await market.run(plan_of, vectors.compared(MODEL, narrow), narrow)
    assert "Seq Scan" not in plan
    assert "using pk_search_embedding" in plan, plan
    assert "ix_search_document" in plan or "pk_search_document" in plan


def ask(  # type: ignore[no-untyped-def]
    narrow: Narrow, limit: int = 100, floor: float = 0.3, held: int = 0
):
    async def run(uow: UnitOfWork) -> list[Neighbour]:
        return await nearest(uow, MODEL, BATTERY, narrow, limit=limit, floor=floor, held=held)

    return run


@pytest.mark.parametrize("form", FORMS)
async def test_both_forms_find_the_same(
    market: Tx, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = await market.run(ask(FORMS[form]))
    monkeypatch.setattr(vectors, "FEW", 3)
    assert await market.run(ask(FORMS[form])) == one_by_one
    near = {(one.kind, one.id) for one in one_by_one}
    expected = {at for at in range(1, 61) if "电池" in WORDS[at % len(WORDS)]}
    if form == "facet":
        expected = {at for at in expected if at % 3 == 0}
    elif form == "facets":
        expected = {at for at in expected if at % 3 == 0 and at % 2}
    elif form == "kind":
        expected = {at for at in expected if at % 2}
    elif form == "since":
        expected = {at for at in expected if at > 50}
    assert near == {(make(at).kind, UUID(int=at)) for at in expected}
    assert [one.cosine for one in one_by_one] == sorted(
        (one.cosine for one in one_by_one), reverse=True
    )


async def test_what_is_known_to_be_many_is_not_compared(
    market: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = await market.run(ask(NORTH, held=vectors.FEW))
    monkeypatch.setattr(vectors, "compared", lambda *_: pytest.fail("was compared"))
    assert await market.run(ask(NORTH, held=vectors.FEW + 1)) == compared


async def test_as_many_as_were_asked_for_and_none_too_far(market: Tx) -> None:
    nearest_two = await market.run(ask(NORTH, limit=2))
    assert [one.id.int % 6 for one in nearest_two] == [0, 0]
    assert nearest_two[0].cosine == pytest.approx(1, abs=1e-3)
    assert {one.cosine for one in await market.run(ask(Narrow(), floor=0.99))} == {
        nearest_two[0].cosine
    }
    nothing = hybrid.narrow(Asked(filters={Facet.region: ["火星"]}))
    assert await market.run(ask(nothing)) == []


async def test_documents_of_one_text_share_its_vector(market: Tx) -> None:
    twin = Document(Kind.lot, UUID(int=600), 1, make(6).title, NOW)
    await market.run(write, prepare([twin]))
    found = await market.run(ask(of_kinds([Kind.lot])))
    assert [one.id.int for one in found] == [600]


async def test_a_vector_is_compared_with_its_own_models_alone(market: Tx) -> None:
    assert await market.run(find_model) == MODEL
    assert await market.run(find_model, BATTERY) == MODEL
    assert await market.run(find_model, Meaning(BATTERY, MODEL.name)) == MODEL
    assert await market.run(find_model, Meaning(BATTERY, "other/1")) is None
    assert await market.run(find_model, (1.0, 0.0)) is None


@pytest.mark.parametrize(
    ("model", "dimensions"), [("unknown/1", 8), (MODEL.name, 9), ("tiny'; DROP TABLE x; --", 8)]
)
async def test_only_the_index_of_a_known_model_is_built(
    market: Tx, model: str, dimensions: int
) -> None:
    with pytest.raises(DBAPIError, match="no model"):
        await market.run(build, model, dimensions)


async def test_a_model_of_an_odd_name_has_an_index_too(market: Tx) -> None:
    name = "x'); DROP TABLE search_model; --"

    async def run(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("INSERT INTO search_model (name, dimensions, state) VALUES (:n, 3, 'building')"),
            {"n": name},
        )
        await build(uow, name, 3)
        await build(uow, name, 3)
        await uow.session.execute(text("SELECT drop_search_vector_index(:n)"), {"n": name})
        await uow.session.execute(text("SELECT drop_search_vector_index(:n)"), {"n": name})

    await market.run(run)
    assert await market.run(find_model) == MODEL


async def test_the_index_of_the_serving_model_stays(market: Tx) -> None:
    async def run(uow: UnitOfWork) -> None:
        await uow.session.execute(text("SELECT drop_search_vector_index(:n)"), {"n": MODEL.name})

    with pytest.raises(DBAPIError, match="serves"):
        await market.run(run)


async def test_the_serving_role_owns_no_index_and_the_schema_has_not_drifted(
    real_tx: Tx, real_database: str
) -> None:
    async def run(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("INSERT INTO search_model (name, dimensions, state) VALUES ('m', 8, 'building')")
        )
        await build(uow, "m", 8)

    await real_tx.run(run)

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_object": include_object, "compare_type": True}
        )
        return list(compare_metadata(context, metadata))

    engine = databases.connect(real_database, role="market_owner")
    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []
        owners = await connection.execute(
            text(
                "SELECT pg_get_userbyid(relowner) FROM pg_class"
                " WHERE relname LIKE 'ix_search_vector_%'"
            )
        )
        assert owners.scalars().all() == ["market_owner"]
    await engine.dispose()
