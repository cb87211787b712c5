"""An encoder behind HTTP, against a real server on this machine with its moods."""

import json
import math
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from search.embedding import EncoderDown, EncoderRefused
from search.encoders.http import BATCH, HttpEncoder, Service

KEY = "sk-very-secret"


class _Answers(BaseHTTPRequestHandler):
    """One request of the service; the server says how it feels."""

    server: "Models"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, self.headers.get("authorization"), asked))
        status, headers = self.server.moods.pop(0) if self.server.moods else (200, {})
        answer = self.server.answer(asked["input"]) if status == 200 else b'{"error": "no"}'
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Models(ThreadingHTTPServer):
    """Two numbers a text: its length and its number of 水. ``said`` replaces the answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []
        self.moods: list[tuple[int, dict[str, str]]] = []
        self.said: bytes | None = None

    def answer(self, texts: Sequence[str]) -> bytes:
        if self.said is not None:
            return self.said
        rows = [
            {"index": at, "embedding": [len(text), text.count("水")]}
            for at, text in enumerate(texts)
        ]
        return json.dumps({"data": rows[::-1]}).encode()  # in whatever order it likes


@pytest.fixture
def models() -> Iterator[Models]:
    with Models() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def encoder(models: Models, waits: list[float]) -> Iterator[HttpEncoder]:
    service = Service(
        url=f"http://127.0.0.1:{models.server_port}/v1",
        model="bge",
        dimensions=2,
        key=KEY,
        question_prefix="query: ",
    )
    opened = HttpEncoder(service, sleep=waits.append)
    yield opened
    opened.close()


def test_texts_become_vectors_of_length_one_in_their_order(
    encoder: HttpEncoder, models: Models
) -> None:
    first, second = encoder.encode(["水水", "abcd"])
    assert first == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))
    assert second == (1.0, 0.0)
    path, authorization, asked = models.asked[0]
    assert (path, authorization) == ("/v1/embeddings", f"Bearer {KEY}")
    assert asked == {"model": "bge", "input": ["水水", "abcd"], "encoding_format": "float"}


def test_a_question_is_told_apart(encoder: HttpEncoder, models: Models) -> None:
    encoder.encode_questions(["水"])
    assert models.asked[0][2]["input"] == ["query: 水"]


def test_many_texts_go_in_parts(encoder: HttpEncoder, models: Models) -> None:
    texts = ["a" * at for at in range(1, BATCH + 2)]
    assert len(encoder.encode(texts)) == len(texts)
    assert [len(asked["input"]) for _, _, asked in models.asked] == [BATCH, 1]
    assert encoder.encode([]) == []


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_a_busy_service_is_asked_again(
    encoder: HttpEncoder, models: Models, waits: list[float], status: int
) -> None:
    models.moods = [(status, {"Retry-After": "3"}), (status, {})]
    assert encoder.encode(["水"])
    assert waits == [3.0, 2.0]


def test_a_service_that_wants_long_patience_is_down(
    encoder: HttpEncoder, models: Models, waits: list[float]
) -> None:
    models.moods = [(429, {"Retry-After": "3600"})]
    with pytest.raises(EncoderDown, match="429"):
        encoder.encode(["水"])
    assert waits == []


def test_a_service_that_stays_busy_is_down(encoder: HttpEncoder, models: Models) -> None:
    models.moods = [(503, {})] * 4
    with pytest.raises(EncoderDown, match="503"):
        encoder.encode(["水"])
    assert len(models.asked) == 4


def test_a_question_is_asked_once(encoder: HttpEncoder, models: Models, waits: list[float]) -> None:
    models.moods = [(503, {})]
    with pytest.raises(EncoderDown):
        encoder.encode_questions(["水"])
    assert (len(models.asked), waits) == (1, [])


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_what_is_wrong_with_us_is_no_fault_of_the_texts(
    encoder: HttpEncoder, models: Models, status: int
) -> None:
    models.moods = [(status, {"Location": "/elsewhere"})]
    with pytest.raises(EncoderDown) as caught:
        encoder.encode(["水"])
    assert KEY not in str(caught.value)
    assert len(models.asked) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_texts_are_refused(encoder: HttpEncoder, models: Models, status: int) -> None:
    models.moods = [(status, {})]
    with pytest.raises(EncoderRefused, match=str(status)):
        encoder.encode(["水"])
    assert len(models.asked) == 1


def _one(embedding: object) -> bytes:
    return json.dumps({"data": [{"index": 0, "embedding": embedding}]}).encode()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"[" * 60_000,
        b"null",
        b'{"data": 1}',
        b'{"data": []}',
        b'{"data": [1]}',
        b'{"data": [{"index": 7, "embedding": [1, 2]}]}',
        b'{"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}]}',
        b'{"data": [{"index": 0, "embedding": [NaN, 2]}]}',
        b'{"data": [{"index": 0, "embedding": [1e999, 2]}]}',
        _one([1, 2, 3]),
        _one([0, 0]),
        _one(["a", "b"]),
        _one(None),
        _one([[1, 2]]),
        b'{"pad": "' + b"x" * 200_000 + b'"}',
    ],
    ids=range(17),
)
def test_an_answer_that_cannot_be_used_is_refused(
    encoder: HttpEncoder, models: Models, said: bytes
) -> None:
    models.said = said
    with pytest.raises(EncoderRefused):
        encoder.encode(["水"])


def test_huge_numbers_have_a_direction_too(encoder: HttpEncoder, models: Models) -> None:
    models.said = _one([3e300, 4e300])
    assert encoder.encode(["水"]) == [pytest.approx((0.6, 0.8))]


def test_nobody_there_is_down() -> None:
    waits: list[float] = []
    nowhere = HttpEncoder(Service("http://127.0.0.1:9", "bge", 2, KEY), sleep=waits.append)
    with pytest.raises(EncoderDown, match="ConnectError"):
        nowhere.encode(["水"])
    assert len(waits) == 3
    nowhere.close()
