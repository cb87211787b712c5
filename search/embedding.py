"""Meaning as numbers: which text of a document stands for it, and who turns text into a vector."""

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol

from search import analysis
from search.types import Vector

SUMMARY: Final = 400
"""Characters of a summary that count for meaning."""

_HASH_BYTES: Final = 16


class Encoder(Protocol):
    """Turns texts into vectors of length 1. Blocking: call it in a thread, or in the worker."""

    name: str
    """The model with its version, as it is kept beside every vector: ``use-m3-0.2.1``."""

    dimensions: int

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, in order."""


def meaning_text(title: str, keywords: str, summary: str) -> str:
    """The text that stands for a document when its meaning is asked."""
    parts = (title, keywords, summary[:SUMMARY])
    return "\n".join(" ".join(analysis.normalise(part).split()) for part in parts if part.strip())


def text_hash(text: str) -> bytes:
    """What a vector is kept under: equal texts have one vector."""
    return hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).digest()
