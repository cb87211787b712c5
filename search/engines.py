"""The engine that the settings put beside the database, if any."""

from importlib import import_module
from typing import Final, Protocol, cast

from app.core.settings import Settings
from search.following.engine import HeldIndex
from search.vectors import Model

# why by name: the client takes half a second to import, which a market without such an engine, and
# every command that searches nothing, need not spend
_ENGINE: Final = "search.meilisearch.index"
_CONFIGURATION: Final = "search.meilisearch.configuration"


class Engine(HeldIndex, Protocol):
    """An engine with connections of its own."""

    async def close(self) -> None:
        """Give them back."""


def make_search_engine(settings: Settings, model: Model | None, *, admin: bool) -> Engine | None:
    """The engine with the key for asking, or as ``admin`` with the one for writing; None where
    PostgreSQL alone answers. ``model`` is the one whose vectors it is given and asked with."""
    if not settings.meili_url:
        return None
    configuration = import_module(_CONFIGURATION)
    embedder = configuration.Embedder(*((model.name, model.dimensions) if model else ()))
    made = import_module(_ENGINE).make_meilisearch(settings, admin=admin, embedder=embedder)
    return cast("Engine", made)
