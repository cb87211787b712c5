"""Turns what people type into vectors, beside the event loop and without keeping anybody waiting.

A question that is not encoded in time is answered by words alone. The model is that of the vectors
that serve, so it changes by itself a few seconds after another model began to serve.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from app.core.metrics import SEARCH_ENCODED
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from search import vectors
from search.breaker import Breaker
from search.embedding import (
    Encoder,
    EncoderBroken,
    EncoderDown,
    EncoderRefused,
    question_text,
)
from search.encoders.making import make_known_encoder
from search.types import Meaning, Vector

log = logging.getLogger("market.search")

PATIENCE_S: Final = 0.3
"""How long a question waits for its vector."""

REMEMBERED: Final = 2_000
"""How many questions' vectors are kept: 8 MB of 512 numbers."""

LOOKS_EVERY_S: Final = 5.0
"""How often it is asked which model serves, while there are questions."""

TOGETHER: Final = 16
"""Questions that wait are encoded so many at once."""

MOST_WAITING: Final = 64
"""Beyond so many nobody would be served in time."""

LONGEST: Final = 200
"""Characters of a question that count."""

FindModel = Callable[[], Awaitable[str | None]]
MakeEncoder = Callable[[str], Encoder | None]


class QuestionEncoder:
    """``find_model`` says which model serves, ``make_encoder`` makes its encoder, or knows none.

    Belongs to one event loop; the encoder works in a thread of its own, one call after another.
    """

    def __init__(
        self,
        find_model: FindModel,
        make_encoder: MakeEncoder,
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_model, self._make_encoder = find_model, make_encoder
        self._patience_s, self._clock = patience_s, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="question-encoder")
        self._breaker = Breaker(clock=clock)
        self._model = ""
        self._encoder: Encoder | None = None
        self._known: OrderedDict[str, Meaning] = OrderedDict()
        self._waiting: dict[str, asyncio.Future[Meaning | None]] = {}
        self._work: asyncio.Task[None] | None = None
        self._look: asyncio.Task[None] | None = None
        self._looked_at = -LOOKS_EVERY_S
        self._closed = False
        self.broken = ""  # why the model cannot be loaded

    def start(self) -> None:
        """Begin to load the model, so that the first question need not do without."""
        self._look_again()

    async def encode(self, text: str) -> Vector | None:
        """The meaning of a question; None when it is not to be had in time, and at once when no
        model serves, is loaded, or works. Never raises."""
        asked = question_text(text[: 4 * LONGEST])[:LONGEST]
        if not asked or self._closed:
            return None
        self._look_again()
        if (known := self._known.get(asked)) is not None:
            self._known.move_to_end(asked)
            return self._counted("known", known)
        if self._encoder is None:
            return self._counted("no_model", None)
        future = self._waiting.get(asked)
        if future is None:
            if len(self._waiting) >= MOST_WAITING or not self._breaker.allows():
                return self._counted("turned_away", None)
            future = self._waiting[asked] = asyncio.get_running_loop().create_future()
            if self._work is None or self._work.done():
                self._work = asyncio.create_task(self._encode_waiting())
        try:
            async with asyncio.timeout(self._patience_s):
                meaning = await asyncio.shield(future)
        except TimeoutError:
            return self._counted("late", None)
        return self._counted("made" if meaning else "failed", meaning)

    async def close(self) -> None:
        """End it; what waits is answered None. The thread ends with what it is at."""
        self._closed = True
        for task in (self._look, self._work):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._answer(dict.fromkeys(self._waiting))
        self._thread.shutdown(wait=False, cancel_futures=True)
        _close(self._encoder)

    # ------------------------------------------------------------ the model

    def _look_again(self) -> None:
        now = self._clock()
        if now - self._looked_at >= LOOKS_EVERY_S and (self._look is None or self._look.done()):
            self._looked_at = now
            self._look = asyncio.create_task(self._follow_model())

    async def _follow_model(self) -> None:
        """Ask which model serves, and load it when it is another one."""
        try:
            model = await self._find_model() or ""
            if model == self._model:
                return
            loop = asyncio.get_running_loop()
            encoder = await loop.run_in_executor(self._thread, self._load, model)
        except Exception:
            log.exception("which model serves is not to be found out, or it cannot be loaded")
            return
        former, self._encoder, self._model = self._encoder, encoder, model
        self._known.clear()
        self._breaker = Breaker(clock=self._clock)
        # in the thread: what is being encoded with the former one comes first
        await loop.run_in_executor(self._thread, _close, former)
        log.info("questions are encoded", extra={"model": model if encoder else "none"})

    def _load(self, model: str) -> Encoder | None:
        """In the thread. The first text makes a model load itself."""
        encoder = self._make_encoder(model) if model else None
        if encoder is not None:
            try:
                encoder.encode_questions(["检索"])
                self.broken = ""
            except EncoderBroken as error:
                log.exception("the model cannot be loaded")
                self.broken = str(error)
            except (EncoderDown, EncoderRefused) as error:  # it may work when it is asked
                log.info("the encoder does not answer yet: %s", error)
        return encoder

    # ------------------------------------------------------------ encoding

    async def _encode_waiting(self) -> None:
        """Encode what waits, those together that came while the thread was busy."""
        while self._waiting and (encoder := self._encoder) is not None:
            batch, model = list(self._waiting)[:TOGETHER], self._model
            found: Sequence[Vector | None] = [None] * len(batch)
            try:
                loop = asyncio.get_running_loop()
                found = await loop.run_in_executor(self._thread, _encode, encoder, batch)
                self._breaker.worked()
                self.broken = ""
            except EncoderDown as error:
                self._failed(str(error))
            except Exception as error:
                log.exception("the encoder failed")
                self._failed(type(error).__name__)
            made = [None if vector is None else Meaning(vector, model) for vector in found]
            self._answer(dict(zip(batch, made, strict=True)))
        self._answer(dict.fromkeys(self._waiting))

    def _answer(self, made: dict[str, Meaning | None]) -> None:
        for asked, meaning in made.items():
            if meaning is not None and meaning.model == self._model:
                self._known[asked] = meaning
            future = self._waiting.pop(asked, None)
            if future is not None and not future.done():
                future.set_result(meaning)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _failed(self, fault: str) -> None:
        if not self._breaker.fault:
            log.warning("questions are not encoded: %s", fault)
        self._breaker.failed(fault)

    def _counted(self, outcome: str, meaning: Meaning | None) -> Meaning | None:
        SEARCH_ENCODED.labels(outcome=outcome).inc()
        return meaning


def _encode(encoder: Encoder, batch: list[str]) -> Sequence[Vector | None]:
    """In the thread. One question that is refused does not spoil the others."""
    try:
        return encoder.encode_questions(batch)
    except EncoderRefused:
        if len(batch) == 1:
            return [None]
        return [_encode(encoder, [text])[0] for text in batch]


def _close(encoder: Encoder | None) -> None:
    """Give back what an encoder holds, if it holds something."""
    if close := getattr(encoder, "close", None):
        close()


def make_question_encoder(settings: Settings, tx: Tx) -> QuestionEncoder | None:
    """The encoder of questions of this process; None: words alone count. ``start`` and ``close`` it
    with the process."""
    if settings.embedding == "none":
        return None

    async def find(uow: UnitOfWork) -> str | None:
        model = await vectors.find_model(uow)
        return model.name if model else None

    async def find_model() -> str | None:
        return await tx.run(find)

    def make_encoder(model: str) -> Encoder | None:
        return make_known_encoder(settings, model)

    return QuestionEncoder(find_model, make_encoder)
