"""A finder asks the chosen engine, and PostgreSQL while that is away, slow or at odds."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from app.core.errors import Invalid
from search.breaker import REST_S, Breaker
from search.documents import Kind
from search.finder import Finder
from search.index import EngineDown, EngineRefused, EngineState
from search.types import Count, SearchRequest, SearchResult, Sort, Vector


@dataclass
class Engine:
    """Answers with its name, or does what ``meets`` does first."""

    name: str
    meets: Callable[[], Any] | None = None
    asked: list[Any] = field(default_factory=list)
    vectors: list[Vector | None] = field(default_factory=list)

    async def _answer(self, what: Any) -> None:
        self.asked.append(what)
        if self.meets is not None and (waiting := self.meets()) is not None:
            await waiting

    async def search(self, request: SearchRequest, vector: Vector | None = None) -> SearchResult:
        self.vectors.append(vector)
        await self._answer(request)
        return SearchResult((), Count(0), {}, engine=self.name)

    async def suggest(self, typed: str, limit: int = 8) -> list[str]:
        await self._answer(typed)
        return [self.name]

    async def similar(self, kind: Kind, id: UUID, *, kinds: Sequence[Kind], limit: int = 5) -> Any:  # noqa: A002
        await self._answer(id)
        return [self.name]

    async def check(self) -> EngineState:
        try:
            await self._answer("check")
        except EngineDown as error:
            return EngineState(self.name, fault=str(error))
        return EngineState(self.name)


class Seconds:
    """A clock that a test moves."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def down() -> None:
    raise EngineDown("connection refused")


def make(meets: Callable[[], Any] | None = None) -> tuple[Finder, Engine, Seconds]:
    clock, engine = Seconds(), Engine("meilisearch", meets)
    finder = Finder(Engine("postgresql"), engine, breaker=Breaker(clock), patience_s=0.02)
    return finder, engine, clock


async def who(finder: Finder) -> str:
    return (await finder.search(SearchRequest("隔膜"))).engine


async def test_without_another_engine_postgresql_answers() -> None:
    assert await who(Finder(Engine("postgresql"))) == "postgresql"


async def test_the_chosen_engine_answers_everything() -> None:
    finder, _, _ = make()
    assert await who(finder) == "meilisearch"
    assert await finder.suggest("隔") == ["meilisearch"]
    found: Any = await finder.similar(Kind.lot, UUID(int=1), kinds=[Kind.lot])
    assert found == ["meilisearch"]
    assert await finder.probe() == ""


async def test_postgresql_stands_in_for_an_engine_that_is_killed_until_it_is_back() -> None:
    finder, engine, clock = make(down)
    assert await who(finder) == "postgresql"
    assert finder.fault == "connection refused"
    clock.at += REST_S - 0.1
    assert await who(finder) == "postgresql"
    assert len(engine.asked) == 1  # it was left alone
    clock.at += 0.1
    assert await who(finder) == "postgresql"  # tried once, and away again
    assert len(engine.asked) == 2
    engine.meets = None
    assert await who(finder) == "postgresql"
    clock.at += REST_S
    assert await who(finder) == "meilisearch"
    assert finder.fault == ""
    assert await who(finder) == "meilisearch"


async def test_suggestions_and_likenesses_fall_back_as_well() -> None:
    finder, _, clock = make(down)
    assert await finder.suggest("隔") == ["postgresql"]
    clock.at += REST_S
    found: Any = await finder.similar(Kind.lot, UUID(int=1), kinds=[Kind.lot])
    assert found == ["postgresql"]


async def test_nobody_waits_for_a_slow_engine() -> None:
    finder, _, _ = make(lambda: asyncio.Event().wait())
    async with asyncio.timeout(1):
        assert await who(finder) == "postgresql"
    assert finder.fault == "no answer in 0.02 s"


def test_a_page_waits_half_a_second_and_an_engine_rests_for_five() -> None:
    assert (Finder(Engine("postgresql")).patience_s, REST_S) == (0.5, 5.0)


async def test_one_question_tries_while_the_others_go_on() -> None:
    held = asyncio.Event()
    finder, engine, clock = make(down)
    await who(finder)
    clock.at += REST_S
    engine.meets = held.wait
    finder = Finder(finder.own, engine, breaker=finder.breaker, patience_s=5)
    trial = asyncio.create_task(who(finder))
    await asyncio.sleep(0)
    assert [await who(finder) for _ in range(3)] == ["postgresql"] * 3
    held.set()
    assert await trial == "meilisearch"
    assert await who(finder) == "meilisearch"


async def test_a_trial_whose_asker_left_is_made_by_the_next() -> None:
    finder, engine, clock = make(down)
    await who(finder)
    clock.at += REST_S
    engine.meets = asyncio.Event().wait
    finder = Finder(finder.own, engine, breaker=finder.breaker, patience_s=5)
    trial = asyncio.create_task(who(finder))
    await asyncio.sleep(0)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    engine.meets = None
    assert await who(finder) == "meilisearch"


async def test_a_flapping_engine_is_asked_once_in_its_rest() -> None:
    finder, engine, clock = make()
    answers = []
    for second in range(60):
        engine.meets = down if second % 7 < 3 else None
        clock.at = float(second)
        answers += [await who(finder) for _ in range(5)]
    assert len(answers) == 300
    assert answers.count("meilisearch") > 50
    assert len(engine.asked) - answers.count("meilisearch") <= 60 / REST_S


async def test_an_answer_to_an_earlier_question_ends_no_rest() -> None:
    finder, engine, clock = make()
    asked, answer = asyncio.Event(), asyncio.Event()

    def wait() -> Any:
        async def waiting() -> None:
            asked.set()
            await answer.wait()

        return waiting()

    engine.meets = wait
    finder = Finder(finder.own, engine, breaker=finder.breaker, patience_s=5)
    early = asyncio.create_task(who(finder))
    await asked.wait()
    engine.meets = down
    assert await who(finder) == "postgresql"
    answer.set()
    assert await early == "meilisearch"
    assert finder.fault
    engine.meets = None
    assert await who(finder) == "postgresql"  # it rests on
    clock.at += REST_S
    assert await who(finder) == "meilisearch"
    assert not finder.fault


async def test_what_is_read_to_its_end_is_read_from_postgresql() -> None:
    finder, engine, _ = make()
    assert (await finder.search_own(SearchRequest("隔膜"))).engine == "postgresql"
    assert engine.asked == []


@pytest.mark.parametrize("error", [EngineRefused("invalid filter"), KeyError("hits")])
async def test_a_question_that_the_engine_chokes_on_is_answered_and_the_engine_stays(
    error: Exception,
) -> None:
    def choke() -> None:
        raise error

    finder, engine, _ = make(choke)
    assert await who(finder) == "postgresql"
    assert finder.fault == ""
    engine.meets = None
    assert await who(finder) == "meilisearch"


async def test_a_broken_page_mark_is_the_askers_fault() -> None:
    def refuse() -> None:
        raise Invalid()

    finder, _, _ = make(refuse)
    with pytest.raises(Invalid):
        await who(finder)
    assert finder.fault == ""


async def test_asking_how_it_is_finds_out_that_the_engine_is_back() -> None:
    finder, engine, clock = make(down)
    await who(finder)
    assert await finder.probe() == "connection refused"
    assert len(engine.asked) == 1  # still at rest
    clock.at += REST_S
    assert await finder.probe() == "connection refused"
    assert len(engine.asked) == 2
    engine.meets = None
    clock.at += REST_S
    assert await finder.probe() == ""
    assert await who(finder) == "meilisearch"


class Encoder:
    """Knows one meaning."""

    broken = ""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def encode(self, text: str) -> Vector | None:
        self.asked.append(text)
        return (1.0, 0.0)

    def start(self) -> None:
        self.asked.append("start")

    async def close(self) -> None:
        self.asked.append("close")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (SearchRequest("锂电池隔膜"), (1.0, 0.0)),
        (SearchRequest(""), None),
        (SearchRequest("  "), None),
        (SearchRequest("锂电池隔膜", sort=Sort.newest), None),
        (SearchRequest("锂电池隔膜", semantic=0), None),
        (SearchRequest("CN201220249767.4"), None),
        (SearchRequest("😀"), None),
    ],
)
async def test_meaning_is_asked_where_it_can_help(
    request_: SearchRequest, expected: Vector | None
) -> None:
    own, encoder = Engine("postgresql"), Encoder()
    await Finder(own, encoder=encoder).search(request_)
    assert own.vectors == [expected]
    assert len(encoder.asked) == (expected is not None)


async def test_the_engine_that_stands_in_is_given_the_meaning_too() -> None:
    finder, engine, _ = make(down)
    finder = Finder(finder.own, engine, Encoder())
    await who(finder)
    assert engine.vectors == finder.own.vectors == [(1.0, 0.0)]  # type: ignore[attr-defined]


async def test_a_model_that_cannot_be_loaded_is_told() -> None:
    finder = Finder(Engine("postgresql"), encoder=(encoder := Encoder()))
    assert finder.meaning_fault == Finder(Engine("postgresql")).meaning_fault == ""
    encoder.broken = "no file"
    assert finder.meaning_fault == "no file"


async def test_the_encoder_begins_and_ends_with_the_finder() -> None:
    finder = Finder(Engine("postgresql"), encoder=(encoder := Encoder()))
    finder.start()
    await finder.close()
    assert encoder.asked == ["start", "close"]
