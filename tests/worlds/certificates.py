"""An authority of our own for the servers of tests, trusted the way an operator would do it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import trustme

from app.inbox import reaching


@cache
def _authority() -> trustme.CA:
    return trustme.CA()


@cache
def server_tls(*names: str) -> ssl.SSLContext:
    """What a server of these names presents."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert(*names).configure_cert(context)
    return context


@contextmanager
def trusting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust our authority in this process, by SSL_CERT_FILE as OpenSSL reads it."""
    file = folder / "authority.pem"
    _authority().cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    reaching._tls.cache_clear()
    yield
    reaching._tls.cache_clear()
