"""Vectors are made once of each text, and one model takes the place of another all at once."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from app.core.tx import Tx, UnitOfWork
from search import vector_making
from search.documents import Kind
from search.embedding import EncoderDown, EncoderRefused, meaning_text, text_hash
from search.following import queries
from search.following.draining import drain
from search.following.registering import fill, register, unregister
from search.index import EngineDown, EngineRefused
from search.postgres import PostgresIndex
from search.types import Meaning, SearchRequest, Vector
from search.vector_making import (
    KEPT_S,
    VectorMaker,
    forget_retired,
    retire_others,
    serve_when_complete,
)
from search.vectors import find_model, read_vectors
from tests.conftest import Clock
from tests.encoders import TinyEncoder, point
from tests.following import key, make, remove, write

BATTERY = "储能"


class Moody(TinyEncoder):
    fault: Exception | None = None

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        if self.fault:
            raise self.fault
        return super().encode(texts)


@pytest.fixture
async def maker(tx: Tx) -> VectorMaker:
    return await follow(tx, Moody())


async def follow(tx: Tx, encoder: TinyEncoder) -> VectorMaker:
    made = VectorMaker(tx, encoder)
    await made.register()
    await register(tx, made.name)
    await fill(tx, made.name)
    return made


async def work(tx: Tx, maker: VectorMaker) -> bool:
    """Drain to the end, as the worker does; whether the model began to serve."""
    while await drain(tx, maker):
        pass
    return await serve_when_complete(tx, maker.model)


def encoded(maker: VectorMaker) -> list[str]:
    assert isinstance(maker.encoder, TinyEncoder)
    return [one for call in maker.encoder.calls for one in call]


async def serving(tx: Tx) -> str:
    model = await tx.run(find_model)
    return model.name if model else ""


async def found(tx: Tx, words: str, model: str = "") -> list[int]:
    """What is found by meaning alone."""
    vector = Meaning(point(words), model) if model else point(words)
    result = await PostgresIndex(tx).search(SearchRequest(words), vector)
    return [hit.id.int for hit in result.hits if hit.by_meaning]


async def stored(tx: Tx) -> dict[str, int]:
    """How many vectors each model has."""

    async def read(uow: UnitOfWork) -> dict[str, int]:
        rows = await uow.session.execute(
            text("SELECT model, count(*) FROM search_embedding GROUP BY model ORDER BY model")
        )
        return {row[0]: row[1] for row in rows}

    return await tx.run(read)


async def test_a_text_is_found_by_meaning_once_its_model_serves(tx: Tx, maker: VectorMaker) -> None:
    await write(tx, make(1, title="电池隔膜"), make(2, title="污水处理"))
    assert await found(tx, BATTERY) == []
    assert await work(tx, maker)
    assert await serving(tx) == maker.model
    assert await found(tx, BATTERY) == [1]
    assert not await work(tx, maker)  # it serves already


async def test_a_text_is_encoded_once_for_each_model(tx: Tx, maker: VectorMaker) -> None:
    await write(tx, make(1, title="电池"), make(2, title="电池"), make(3, title="污水"))
    await work(tx, maker)
    assert sorted(encoded(maker)) == ["污水", "电池"]
    await write(tx, make(1, 2, title="电池"), make(2, 2, title="污水"), make(4, title="电池"))
    await work(tx, maker)
    assert len(encoded(maker)) == 2
    assert await stored(tx) == {maker.model: 2}
    assert sorted(await found(tx, BATTERY)) == [1, 4]


async def test_it_answers_what_engines_should_be_given(tx: Tx, maker: VectorMaker) -> None:
    await write(tx, make(1, title="电池"), make(2, title=" "), make(3, title="电池"))
    assert set(await maker.take([key(1), key(2), key(3), key(9)])) == {key(1), key(3)}
    await work(tx, maker)
    hashes = [text_hash(meaning_text("电池", "", "")), text_hash("nowhere")]
    assert await tx.run(read_vectors, hashes) == {hashes[0]: pytest.approx(point("电池"))}


@pytest.mark.parametrize(
    ("fault", "raised"),
    [(EncoderDown("status 503"), EngineDown), (EncoderRefused("status 400"), EngineRefused)],
)
async def test_a_fault_of_the_encoder_is_one_of_the_follower(
    tx: Tx, maker: VectorMaker, fault: Exception, raised: type[Exception]
) -> None:
    await write(tx, make(1, title="电池"))
    assert isinstance(maker.encoder, Moody)
    maker.encoder.fault = fault
    with pytest.raises(raised, match="status"):
        await maker.take([key(1)])
    assert await stored(tx) == {}
    maker.encoder.fault = None
    assert list(await maker.take([key(1)])) == [key(1)]


async def test_a_row_without_a_hash_waits_until_it_is_written_anew(
    tx: Tx, maker: VectorMaker
) -> None:
    async def forget(uow: UnitOfWork) -> None:
        await uow.session.execute(text("UPDATE search_document SET text_hash = ''"))

    await write(tx, make(1, title="电池"))
    await tx.run(forget)
    assert not await maker.take([key(1)])
    assert encoded(maker) == []


async def test_a_model_serves_only_when_what_was_there_before_has_its_vectors(
    tx: Tx, maker: VectorMaker
) -> None:
    await unregister(tx, maker.name)
    await write(tx, make(1, title="电池"))
    await register(tx, maker.name)
    assert not await serve_when_complete(tx, maker.model)  # not filled yet
    await fill(tx, maker.name)
    assert not await serve_when_complete(tx, maker.model)  # filled, not drained
    await drain(tx, maker)
    await write(tx, make(2, title="蓄电"))  # changes never end
    assert await serve_when_complete(tx, maker.model)
    assert await found(tx, BATTERY) == [1]


async def test_another_model_is_made_behind_the_one_that_serves(
    tx: Tx, maker: VectorMaker, clock: Clock
) -> None:
    await write(tx, make(1, title="电池"), make(2, title="污水"))
    await work(tx, maker)
    other = await follow(tx, TinyEncoder("tiny-2"))
    assert await serving(tx) == maker.model
    assert await found(tx, BATTERY) == [1]
    await drain(tx, other)
    assert await found(tx, BATTERY) == [1]
    assert await found(tx, BATTERY, other.model) == []  # not before it serves
    assert await serve_when_complete(tx, other.model)
    assert await serving(tx) == other.model
    assert await found(tx, BATTERY, other.model) == [1]
    assert await found(tx, BATTERY, maker.model) == [1]  # a process that has not noticed yet
    assert await forget_retired(tx) == []
    await clock.advance(seconds=KEPT_S + 1)
    assert await forget_retired(tx) == [maker.name]
    assert await stored(tx) == {other.model: 2}
    assert await found(tx, BATTERY, maker.model) == []
    assert await found(tx, BATTERY) == [1]
    assert await forget_retired(tx) == []


async def test_going_back_to_the_model_before_costs_no_encoding(tx: Tx, maker: VectorMaker) -> None:
    await write(tx, make(1, title="电池"))
    await work(tx, maker)
    assert await work(tx, await follow(tx, TinyEncoder("tiny-2")))
    await unregister(tx, maker.name)
    await follow(tx, Moody())
    assert await work(tx, maker)
    assert await serving(tx) == maker.model
    assert encoded(maker) == ["电池"]


async def test_a_model_that_is_chosen_no_more_is_given_up_while_it_is_built(
    tx: Tx, maker: VectorMaker, clock: Clock
) -> None:
    await write(tx, make(1, title="电池"))
    await work(tx, maker)
    other = await follow(tx, TinyEncoder("tiny-2"))
    await drain(tx, other)
    await retire_others(tx, maker.model)
    assert not await serve_when_complete(tx, other.model)
    await clock.advance(seconds=KEPT_S + 1)
    assert await forget_retired(tx) == [other.name]
    assert await stored(tx) == {maker.model: 1}
    await other.take([key(1)])  # a worker that does not know yet leaves nothing behind
    assert await stored(tx) == {maker.model: 1}


async def test_vectors_that_no_document_needs_are_swept(
    tx: Tx, maker: VectorMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_making, "CHUNK", 2)
    await write(tx, *(make(at, title=f"电池 {at}") for at in range(1, 6)))
    await work(tx, maker)
    await remove(tx, 1)
    await write(tx, make(2, 2, title="污水"))
    await work(tx, maker)
    assert await stored(tx) == {maker.model: 6}
    after, rounds = await maker.sweep(), 1
    while after:
        after, rounds = await maker.sweep(after), rounds + 1
    assert rounds > 2
    assert await stored(tx) == {maker.model: 4}
    assert sorted(await found(tx, BATTERY)) == [3, 4, 5]


async def test_nothing_waits_for_a_follower_that_is_unknown(tx: Tx) -> None:
    assert not await serve_when_complete(tx, "unknown/1")
    assert await tx.run(queries.list_names) == []
    assert not await PostgresIndex(tx).similar(Kind.demand, key(1)[1], kinds=list(Kind))
