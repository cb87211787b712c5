"""Meaning as numbers: which text of a document stands for it, and who turns text into a vector."""

import hashlib
import math
from collections.abc import Sequence
from typing import Final, Protocol

from search import analysis
from search.types import Vector

SUMMARY: Final = 200
"""Characters of keywords and summary that count for meaning (measured: ``docs/relevance.md``)."""

FORM: Final = 1
"""How ``meaning_text`` and ``encode_meanings`` work. Change it with them, and vectors are made
anew behind those that serve."""

_FLOORS: Final = {"use-m3": 0.30, "e5-small": 0.87}
_FLOOR: Final = 0.30

_HASH_BYTES: Final = 16

BROKEN: Final = "its model cannot be loaded: "


class Encoder(Protocol):
    """Turns texts into vectors of length 1. Blocking: call it in a thread, or in the worker."""

    name: str
    """The model with its version, as it is kept beside every vector: ``use-m3-0.2.1``."""

    dimensions: int

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text of a document, in order. Raises EncoderDown, EncoderRefused."""

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each question: some models are told which is which. Raises the same,
        and does not wait long."""


class EncoderDown(Exception):
    """The encoder cannot be reached now, or is busy; the text holds no key."""


class EncoderBroken(EncoderDown):
    """The encoder cannot encode any text, for its model cannot be loaded; the text is ``BROKEN``
    and the kind of the fault."""


class EncoderMissing(Exception):
    """The package of the chosen encoder is not installed; the text says what to install."""


class EncoderRefused(Exception):
    """The encoder does not take these texts, or what it answers cannot be used."""


def model_of(encoder: Encoder) -> str:
    """What vectors are kept under: the encoder, and how a document's text becomes one vector."""
    return f"{encoder.name}/{FORM}"


def meaning_text(title: str, keywords: str, summary: str) -> str:
    """The text that stands for a document when its meaning is asked: the title, and on a second
    line the beginning of what else is said. ``encode_meanings`` takes each line by itself."""
    lines = (_line(title), _line(f"{keywords} {summary[: 2 * SUMMARY]}")[:SUMMARY])
    return "\n".join(line for line in lines if line)


def encode_meanings(encoder: Encoder, texts: Sequence[str]) -> list[Vector]:
    """One vector for each ``meaning_text``: the mean direction of its lines.

    why: a short question lies near a title and far from a long text, a sentence the other way
    round. Encoded as one text the summary drowns the title; the mean of both lines found a
    document by its title's words as well as the title alone does (reciprocal rank .73 against .70)
    and by its abstract's first sentence far better (.96 against .73; one text: .44 and .89).
    """
    lines = [text.split("\n") for text in texts]
    vectors = iter(encoder.encode([line for own in lines for line in own]))
    return [_direction([next(vectors) for _ in own]) for own in lines]


def question_text(text: str) -> str:
    """A question as it is encoded: as titles are."""
    return _line(text)


def floor_of(model: str) -> float:
    """The cosine below which a document says nothing about a question.

    why: measured with the bundled encoder on 4,097 patents: of forty questions about anything but
    technology (poems, football, letters typed at random) one found a single document above .30,
    of thirty questions of companies the hundred nearest documents had 34 above it on average.
    """
    return next((floor for name, floor in _FLOORS.items() if model.startswith(name)), _FLOOR)


def text_hash(text: str) -> bytes:
    """What a vector is kept under: equal texts have one vector."""
    return hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).digest()


def _line(text: str) -> str:
    return " ".join(analysis.normalise(text).split())


def _direction(vectors: Sequence[Vector]) -> Vector:
    """The mean of directions, of length 1; the first where they cancel out."""
    if len(vectors) == 1:
        return vectors[0]
    total = [sum(parts) for parts in zip(*vectors, strict=True)]
    length = math.sqrt(math.fsum(part * part for part in total))
    return tuple(part / length for part in total) if length > 1e-9 else vectors[0]
