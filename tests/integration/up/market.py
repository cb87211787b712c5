"""Runs `up` with a stand-in for the web process and the worker; started by test_up.

    python -m tests.integration.up.market FOLDER [web|worker|broken|slow]

Each process leaves a line "pid name begins|ends" in FOLDER/log, in the order it happens.
"""

import asyncio
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from app.core.settings import Settings
from app.embedded import EmbeddedError
from app.tether import take_settings, tie
from app.up import UpError, up


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


def command(folder: Path, name: str) -> list[str]:
    return [sys.executable, "-m", "tests.integration.up.market", str(folder), name]


async def market(folder: Path, kind: str) -> None:
    async def prepare(settings: Settings) -> None:
        assert settings.database_url.startswith("postgresql+asyncpg://")
        assert settings.owner_database_url.startswith("postgresql+asyncpg://")
        print("preparing", flush=True)
        if kind == "slow":
            await asyncio.sleep(60)

    commands = {"worker": command(folder, "worker"), "web": command(folder, "web")}
    if kind == "broken":
        commands["web"] = [sys.executable, "-c", "raise SystemExit(3)"]
    await up(
        Settings(),
        say=lambda line: print(line, flush=True),
        prepare=prepare,
        logins=lambda _: ["演示账号 demo"],
        commands=commands,
    )


def main() -> None:
    folder, kind = Path(sys.argv[1]), (sys.argv[2:] or [""])[0]
    if kind in {"web", "worker"}:
        serve(folder, kind)
        return
    try:
        asyncio.run(market(folder, kind))
    except (UpError, EmbeddedError) as error:
        raise SystemExit(error.sentence) from None


if __name__ == "__main__":
    main()
