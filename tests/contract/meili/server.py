"""The server itself, in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.contract.meili.app import make_app
from tests.contract.meili.state import State


class FakeMeilisearch:
    """The server in a thread of its own; ``state`` is what a test looks at and turns."""

    def __init__(self) -> None:
        self.state = State()
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address, the same after a stop and a start."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; what it held before is still there."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(128)  # connections wait from here on, so nobody is refused
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            make_app(self.state), log_config=None, lifespan="on", timeout_graceful_shutdown=0
        )
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away; connections to it are refused."""
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(5)
            self._server = self._thread = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Not there for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()
