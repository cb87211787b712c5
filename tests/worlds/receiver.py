"""Somebody else's server: a real HTTP receiver of webhooks on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.core.sealing import Sealer
from app.inbox.delivering import Webhooks
from app.inbox.reaching import Reach

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
    """Answers with the statuses it was told, then 204; keeps what it got."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)
    silent: bool = False
    endless: bool = False

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
            while self.endless:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            return
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver for the length of a test."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def webhooks() -> Webhooks:
    """What the worker of the test market has: this machine is opened to it by the setting."""
    return Webhooks(Reach(allowed=OPENED, plain=True), SEALER, "http://market.test")
