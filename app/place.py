"""Where the market's database is: an external server, the one now running, or one for a command;
and where its mock bank is, when it has one."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from app.bank.keys import Keys
from app.core.settings import Settings
from app.embedded import EmbeddedPostgres

DATABASE = "market"
WEBHOOK_PATH: Final = "/payments/webhooks/bank"
LOOPBACK: Final = "127.0.0.1"
# below those that the system gives to whoever asks for any
BANK_PORTS: Final = range(20_000, 30_000)


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


def with_bank(settings: Settings) -> Settings:
    """Settings that name the mock bank of this data folder; its keys and its port are made.

    The port is the one it had before, where that is free, so that links to its counter stay good;
    else one that goes with the market's (28000 with 8000).
    """
    kept, port = settings.bank_dir / "port", settings.bank_port
    if not port:
        first = BANK_PORTS.start + settings.port % len(BANK_PORTS)
        with suppress(OSError, ValueError):
            first = int(kept.read_text())
        port = _find_port(first)
    named = _naming_bank(settings, port)
    kept.write_text(str(port))
    return named


def beside_bank(settings: Settings) -> Settings:
    """Settings that name the mock bank which `market up` last started here, for one command."""
    if not settings.mocks_bank:
        return settings
    try:
        port = int((settings.bank_dir / "port").read_text())
    except (OSError, ValueError):
        return settings
    return _naming_bank(settings, port)


def _naming_bank(settings: Settings, port: int) -> Settings:
    keys = Keys.at(settings.bank_dir)
    found = {
        "bank_url": f"http://{LOOPBACK}:{port}",
        "bank_token": keys.token,
        "bank_key": keys.public,
    }
    return settings.model_copy(update=found)


def _find_port(first: int) -> int:
    """``first`` when it is free, else the next that is. OSError when none of many is."""
    for port in range(first, first + 50):
        with socket.socket() as tried, suppress(OSError, OverflowError):
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((LOOPBACK, port))
            return port
    raise OSError(errno.EADDRINUSE, "no port is free for the mock bank")


def webhook_address(settings: Settings) -> str:
    """Where a bank on this machine tells this market of money."""
    asked = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - asked, not bound
    host = asked.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}{WEBHOOK_PATH}"


@contextmanager
def located(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """Settings with database addresses, for the length of one command.

    Raises EmbeddedError with a sentence when the embedded server cannot be had.
    """
    settings = beside_bank(settings)
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
