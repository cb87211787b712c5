"""Where the market's database is: an external server, the one now running, or one for a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.core.settings import Settings
from app.embedded import EmbeddedPostgres

DATABASE = "market"


def embedded_server(settings: Settings, say: Callable[[str], None]) -> EmbeddedPostgres:
    """The server of this data folder, not yet started."""
    return EmbeddedPostgres(settings.data_dir / "postgres", say=say)


def with_addresses(settings: Settings, server: EmbeddedPostgres) -> Settings:
    """Settings that name a running embedded server's two roles."""
    return settings.model_copy(
        update={
            "database_url": server.app_dsn(DATABASE),
            "owner_database_url": server.owner_dsn(DATABASE),
        }
    )


@contextmanager
def located(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """Settings with database addresses, for the length of one command.

    Raises EmbeddedError with a sentence when the embedded server cannot be had.
    """
    if not settings.embedded:
        yield settings
        return
    server = embedded_server(settings, say)
    if server.join():
        yield with_addresses(settings, server)
        return
    with server:
        server.ensure_roles_and_database(DATABASE)
        yield with_addresses(settings, server)
