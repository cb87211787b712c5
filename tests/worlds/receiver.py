"""Somebody else's server: a real HTTP receiver of webhooks on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.core.sealing import Sealer
from app.inbox.delivering import Webhooks
from app.inbox.reaching import Reach

LONG = 64 * 1024 * 1024  # more than the kernel keeps on the way
DRIPS = 60
OPENED = (ipaddress.ip_network("127.0.0.0/8"),)
SEALER = Sealer("test-secret-" * 4)


@dataclass
class Received:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the statuses it was told, then 204; keeps what it got.

    ``silent`` never answers, ``dripping`` takes three seconds to answer, ``endless`` sends 64 MB
    of it; ``sent`` is how much of that went out.
    """

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)
    silent: bool = False
    dripping: bool = False
    endless: bool = False
    sent: int = 0
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=market"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {k.lower(): v for k, _, v in (one.partition(": ") for one in rest)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.got.append(Received(line, headers, body))
        if self.silent:
            await asyncio.sleep(3600)
        status = self.statuses.pop(0) if self.statuses else 204
        extra = "Location: http://127.0.0.1:1/inside\r\n" if 300 <= status < 400 else ""
        writer.write(f"HTTP/1.1 {status} x\r\n{extra}Connection: close\r\n\r\n".encode())
        try:
            for _ in range(DRIPS if self.dripping else 0):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
            while self.endless and self.sent < LONG:
                writer.write(b"x" * 65536)
                await writer.drain()
                self.sent += 65536
        except ConnectionError:
            return
        writer.close()


@asynccontextmanager
async def receiving(
    tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Receiver]:
    """A receiver for the length of a test; with ``tls`` it remembers the names it was asked by."""
    receiver = Receiver()
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
    server = await asyncio.start_server(receiver.answer, address, port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def webhooks() -> Webhooks:
    """What the worker of the test market has: this machine is opened to it by the setting."""
    return Webhooks(Reach(allowed=OPENED, plain=True), SEALER, "http://market.test")
