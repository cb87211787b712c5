"""Questions are encoded beside the loop: together, once, in time or not at all."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from app.core.settings import Mode, Settings
from search import question_encoder
from search.breaker import REST_S
from search.embedding import Encoder, EncoderDown, EncoderRefused
from search.question_encoder import LOOKS_EVERY_S, MOST_WAITING, QuestionEncoder
from search.types import Meaning, Vector
from tests.conftest import TEST_SECRET
from tests.encoders import TinyEncoder, point

LONG_S = 30.0


class Moody(TinyEncoder):
    """Waits at ``gate`` with each call, and then may fail; ``entered`` counts who came to it."""

    def __init__(self, name: str = "tiny-1") -> None:
        super().__init__(name)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.fault: Exception | None = None
        self.poison = ""
        self.closed = False

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        self.entered.release()
        assert self.gate.wait(LONG_S)
        self.calls.append(list(texts))
        if self.fault:
            raise self.fault
        if self.poison and self.poison in texts:
            raise EncoderRefused("no")
        return [point(text) for text in texts]

    def close(self) -> None:
        self.closed = True


class Stage:
    """An encoder of questions with all it asks: the model that serves, the clock."""

    def __init__(self) -> None:
        self.serving: str | None = "tiny-1"
        self.encoders: dict[str, Encoder] = {"tiny-1": Moody()}
        self.now = 0.0
        self.asked = 0
        self.questions = QuestionEncoder(
            self._find, self.encoders.get, patience_s=LONG_S, clock=lambda: self.now
        )

    async def _find(self) -> str | None:
        self.asked += 1
        return self.serving

    @property
    def moody(self) -> Moody:
        encoder = self.encoders["tiny-1"]
        assert isinstance(encoder, Moody)
        return encoder

    async def loaded(self) -> None:
        """Until the model that serves is the one that encodes."""
        look = self.questions._look
        assert look
        await look

    def late(self) -> None:
        """Nobody waits any more."""
        self.questions._patience_s = 0.0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    made.moody.gate.set()
    await made.questions.close()


@pytest.fixture
async def ready(stage: Stage) -> Stage:
    stage.questions.start()
    await stage.loaded()
    stage.moody.calls.clear()
    return stage


async def test_while_the_model_loads_nobody_waits(stage: Stage) -> None:
    stage.moody.gate.clear()
    stage.questions.start()
    assert await stage.questions.encode("电池") is None
    stage.moody.gate.set()
    await stage.loaded()
    assert await stage.questions.encode("电池") == point("电池")


async def test_a_vector_says_its_model(ready: Stage) -> None:
    meaning = await ready.questions.encode("电池")
    assert isinstance(meaning, Meaning)
    assert meaning.model == "tiny-1"


async def test_the_same_question_is_encoded_once(ready: Stage) -> None:
    first, second = await asyncio.gather(
        ready.questions.encode("电池"), ready.questions.encode(" 電池 ")
    )
    assert first == second == await ready.questions.encode("电池")
    assert ready.moody.calls == [["电池"]]


async def test_what_waits_is_encoded_together(ready: Stage) -> None:
    ready.moody.gate.clear()
    first = asyncio.create_task(ready.questions.encode("电池"))
    await asyncio.to_thread(ready.moody.entered.acquire)
    await asyncio.to_thread(ready.moody.entered.acquire)  # the first text of loading, then ours
    others = [asyncio.create_task(ready.questions.encode(f"污水 {at}")) for at in range(15)]
    await asyncio.sleep(0)
    ready.moody.gate.set()
    assert await first == point("电池")
    assert await asyncio.gather(*others) == [point("污水")] * 15
    assert [len(call) for call in ready.moody.calls] == [1, 15]


async def test_a_late_vector_is_none_now_and_there_the_next_time(ready: Stage) -> None:
    ready.moody.gate.clear()
    ready.late()
    assert await ready.questions.encode("电池") is None
    ready.moody.gate.set()
    work = ready.questions._work
    assert work
    await work
    assert await ready.questions.encode("电池") == point("电池")
    assert ready.moody.calls == [["电池"]]


async def test_a_refused_question_does_not_spoil_the_others(ready: Stage) -> None:
    ready.moody.poison = "坏"
    found = await asyncio.gather(*(ready.questions.encode(text) for text in ("坏", "电池", "膜")))
    assert found == [None, point("电池"), point("膜")]


@pytest.mark.parametrize("fault", [EncoderDown("away"), RuntimeError("broken")])
async def test_a_failing_encoder_is_left_alone_for_a_while(ready: Stage, fault: Exception) -> None:
    ready.moody.fault = fault
    assert await ready.questions.encode("电池") is None
    assert await ready.questions.encode("污水") is None
    assert ready.moody.calls == [["电池"]]
    ready.moody.fault = None
    ready.now += REST_S
    assert await ready.questions.encode("污水") == point("污水")
    assert await ready.questions.encode("电池") == point("电池")


async def test_beyond_what_can_be_served_in_time_questions_are_turned_away(ready: Stage) -> None:
    ready.moody.gate.clear()
    waiting = [
        asyncio.create_task(ready.questions.encode(f"电池 {at}")) for at in range(MOST_WAITING)
    ]
    await asyncio.sleep(0)
    assert await ready.questions.encode("污水") is None
    ready.moody.gate.set()
    assert None not in await asyncio.gather(*waiting)


async def test_only_so_many_questions_are_remembered(
    ready: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_encoder, "REMEMBERED", 2)
    for text in ("电池", "污水", "电池", "膜", "电池", "污水"):
        await ready.questions.encode(text)
    assert ready.moody.calls == [["电池"], ["污水"], ["膜"], ["污水"]]


async def test_another_model_that_serves_is_followed(ready: Stage) -> None:
    await ready.questions.encode("电池")
    ready.encoders["tiny-2"] = TinyEncoder("tiny-2")
    ready.serving = "tiny-2"
    await ready.questions.encode("电池")
    assert ready.asked == 1  # not with every question
    ready.now += LOOKS_EVERY_S
    await ready.questions.encode("电池")
    await ready.loaded()
    meaning = await ready.questions.encode("电池")
    assert isinstance(meaning, Meaning)
    assert meaning.model == "tiny-2"
    assert ready.moody.closed


@pytest.mark.parametrize("serving", [None, "unknown"])
async def test_without_a_model_words_alone_count(stage: Stage, serving: str | None) -> None:
    stage.serving = serving
    stage.questions.start()
    await stage.loaded()
    assert await stage.questions.encode("电池") is None
    assert stage.moody.calls == []


@pytest.mark.parametrize("text", ["", "  ", "\0", "\ud800", "高" * 100_000, "<script>", "😀"])
async def test_any_text_gets_an_answer(ready: Stage, text: str) -> None:
    meaning = await ready.questions.encode(text)
    assert meaning is None or len(meaning) == TinyEncoder.dimensions
    assert all(len(asked) <= 200 for call in ready.moody.calls for asked in call)


async def test_when_it_ends_nobody_is_left_waiting(ready: Stage) -> None:
    ready.moody.gate.clear()
    waiting = asyncio.create_task(ready.questions.encode("电池"))
    await asyncio.sleep(0)
    ending = asyncio.create_task(ready.questions.close())
    assert await waiting is None
    await ending
    assert await ready.questions.encode("污水") is None
    ready.moody.gate.set()


def test_none_needs_no_encoder() -> None:
    settings = Settings(mode=Mode.test, secret_key=TEST_SECRET, embedding="none")
    assert question_encoder.make_question_encoder(settings, None) is None  # type: ignore[arg-type]
