"""Heads of requests at a real server: long addresses are read to a length, endless ones refused."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from select import select
from typing import Any

import pytest
import uvicorn

from app.core.heads import MOST, READ, BoundedHttp


async def tell_length(scope: Any, receive: Any, send: Any) -> None:
    """Answers how much of an address came to the application."""
    body = f"{scope['path']} {len(scope['query_string'])}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(tell_length, http=BoundedHttp, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(5)


def ask(port: int, target: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("length", [10, READ - 11, READ, 100_000, 900_000])
def test_an_address_is_read_to_a_length(port: int, length: int) -> None:
    status, body = ask(port, "/search?q=" + "a" * length)
    assert status == 200
    path, _, kept = body.partition(" ")
    assert path == "/search"
    assert int(kept) == min(length + 2, READ - len("/search?"))


@pytest.mark.parametrize("endless", ["address", "headers"])
def test_a_head_without_an_end_is_refused_with_a_sentence(port: int, endless: str) -> None:
    part = b"a" * 60_000 if endless == "address" else b"x: " + b"a" * 60_000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sending:
        sending.sendall(b"GET /" if endless == "address" else b"GET / HTTP/1.1\r\nhost: x\r\n")
        sent = 0
        with suppress(ConnectionError):  # it hangs up while more is on its way
            while sent < MOST * 32 and not select([sending], [], [], 0)[0]:
                sent += sending.send(part)
        answer = sending.recv(4096)
    assert sent < MOST * 16  # what lies in the buffers of both ends
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert "请求的地址过长" in answer.decode()
    assert ask(port, "/again")[0] == 200


def test_what_is_no_request_is_still_said_to_be_none(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sending:
        sending.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert sending.recv(4096).startswith(b"HTTP/1.1 400 ")
