"""Stands in for the web process or the worker; imports next to nothing, so that it starts at once.

    python -m tests.integration.up.standin FOLDER web|worker

Leaves a line "pid name begins|ends" in FOLDER/log, in the order it happens.
"""

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from app.tether import take_settings, tie


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


def serve(folder: Path, name: str) -> None:
    def note(what: str) -> None:
        with (folder / "log").open("a") as log:
            log.write(f"{os.getpid()} {name} {what}\n")

    def end(number: int, frame: object) -> None:
        note("ends")
        os._exit(0)

    tie()
    signal.signal(signal.SIGTERM, end)
    take_settings()
    if name == "web":
        server = HTTPServer(("127.0.0.1", int(os.environ["MARKET_PORT"])), Answer)
        note("begins")
        server.serve_forever()
    note("begins")
    time.sleep(120)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
