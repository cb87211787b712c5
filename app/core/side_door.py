"""The side door of a process that serves no pages: is it alive, and what has it counted.

A thread of its own and the standard library's server, so that it answers also when the process's
loop hangs: that is what it is asked about. `/healthz` for a container's health check, `/metrics`
for Prometheus, with the token when there is one and for the machine itself alone when there is not.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.core.metrics import shared_registry

SILENT_AFTER_S: Final = 60.0
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Pulse:
    """When this process last went round."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """Say that it went round now."""
        self._last = time.monotonic()

    def is_alive(self) -> bool:
        """Whether it went round within the last minute."""
        return time.monotonic() - self._last < SILENT_AFTER_S


def opens_metrics(authorization: str, token: str) -> bool:
    """Whether a header ``Authorization: Bearer …`` carries the token of the figures."""
    wanted = f"Bearer {token}".encode()
    return bool(token) and hmac.compare_digest(authorization.encode("utf-8", "replace"), wanted)


@contextmanager
def side_door(host: str, port: int, *, token: str, pulse: Pulse) -> Iterator[int]:
    """Answer there until the block ends; port 0 takes any. Yields the port. OSError when taken."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "market", ""

        def do_GET(self) -> None:
            if self.path == "/healthz":
                alive = pulse.is_alive()
                status = HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, b"ok\n" if alive else b"silent\n", "text/plain")
            elif self.path == "/metrics" and (token or host in LOOPBACK):
                given = self.headers.get("Authorization", "")
                if token and not opens_metrics(given, token):
                    self._answer(HTTPStatus.UNAUTHORIZED, b"", "text/plain")
                    return
                body = generate_latest(shared_registry())
                self._answer(HTTPStatus.OK, body, CONTENT_TYPE_LATEST)
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")

        def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status is HTTPStatus.UNAUTHORIZED:
                self.send_header("WWW-Authenticate", "Bearer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base's own word
            """A health check each second is no news."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, args=(0.1,), name="side-door", daemon=True
    )
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
