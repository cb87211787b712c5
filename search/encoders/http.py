"""An encoder behind any service that speaks OpenAI's ``/embeddings``.

Nothing of a text and no key stands in an error or a log: refusals are statuses, faults are kinds.
Redirects are not followed, proxies of the environment are not used, no answer is read beyond what
its vectors may take.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import numpy as np

from app.core.settings import Settings
from search.embedding import EncoderDown, EncoderRefused
from search.encoders.directions import to_vectors
from search.types import Vector

BATCH: Final = 64
"""Texts in one request."""

TRIES: Final = 4
LONGEST_WAIT_S: Final = 20.0
"""A service that asks for more patience than this is down until the next batch."""

_TIMEOUT: Final = httpx2.Timeout(60, connect=5)
_QUICK: Final = httpx2.Timeout(2, connect=1)
_WAITS_S: Final = (0.5, 2.0, 8.0)
_BYTES_A_NUMBER: Final = 40  # as JSON writes it, with room
_AGAIN: Final = frozenset({408, 409, 425, 429})
_OUR_KEY: Final = frozenset({401, 402, 403})


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service is, and what it is asked for.

    ``question_prefix`` and ``document_prefix`` go before each text: some models are told so which
    is which.
    """

    url: str
    model: str
    dimensions: int
    key: str = ""
    question_prefix: str = ""
    document_prefix: str = ""


class HttpEncoder:
    """Asks a service; ``transport`` and ``sleep`` are for tests."""

    def __init__(
        self,
        service: Service,
        *,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = _name_of(service)
        self.dimensions = service.dimensions
        self._service = service
        self._sleep = sleep
        self._client = httpx2.Client(
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            headers={"Authorization": f"Bearer {service.key}"} if service.key else {},
        )

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text, in requests of ``BATCH``; busy services are asked again."""
        prefix = self._service.document_prefix
        found: list[Vector] = []
        for at in range(0, len(texts), BATCH):
            found += self._insist([prefix + text for text in texts[at : at + BATCH]])
        return found

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each question, asked once: a person waits."""
        prefix = self._service.question_prefix
        found: list[Vector] = []
        for at in range(0, len(texts), BATCH):
            found += self._ask([prefix + text for text in texts[at : at + BATCH]], _QUICK)
        return found

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def _insist(self, texts: list[str]) -> list[Vector]:
        for wait_s in _WAITS_S:
            try:
                return self._ask(texts, _TIMEOUT)
            except _Busy as busy:
                if busy.wait_s > LONGEST_WAIT_S:
                    raise
                self._sleep(max(wait_s, busy.wait_s))
        return self._ask(texts, _TIMEOUT)

    def _ask(self, texts: list[str], patience: httpx2.Timeout) -> list[Vector]:
        """One request. Raises EncoderDown (ask again) or EncoderRefused (a definite no)."""
        body = {"model": self._service.model, "input": texts, "encoding_format": "float"}
        try:
            with self._client.stream(
                "POST", f"{self._service.url}/embeddings", json=body, timeout=patience
            ) as response:
                _check_status(response)
                said = _read(response, self._most_bytes(len(texts)))
        except httpx2.HTTPError as error:
            raise _Busy(type(error).__name__) from None
        return _vectors_of(said, len(texts), self.dimensions)

    def _most_bytes(self, texts: int) -> int:
        return 64 * 1024 + texts * (1024 + self.dimensions * _BYTES_A_NUMBER)


def make(settings: Settings) -> HttpEncoder:
    """The service that the settings name."""
    return HttpEncoder(
        Service(
            url=settings.embedding,
            model=settings.embedding_model,
            dimensions=settings.embedding_dimensions,
            key=settings.embedding_key,
            question_prefix=settings.embedding_question_prefix,
            document_prefix=settings.embedding_document_prefix,
        )
    )


def _name_of(service: Service) -> str:
    """What decides how a document's vector comes out, and not where the service is."""
    name = f"{service.model}-{service.dimensions}"
    if service.document_prefix:
        name += "-" + hashlib.blake2b(service.document_prefix.encode(), digest_size=4).hexdigest()
    return name


class _Busy(EncoderDown):
    """It may answer later; ``wait_s`` is what it asked for, in seconds."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def _check_status(response: httpx2.Response) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status in _AGAIN or status >= 500:
        raise _Busy(f"status {status}", _wait_of(response.headers))
    if status in _OUR_KEY:  # the texts are not at fault: all wait until the key is right
        raise EncoderDown(f"status {status}: the service refuses our key")
    if status in {404, 405} or response.is_redirect:
        raise EncoderDown(f"status {status}: no such model, or no such address")
    raise EncoderRefused(f"status {status}")


def _wait_of(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After; 0 for none, and for a date, which clocks disagree on."""
    told = headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() else 0.0


def _read(response: httpx2.Response, most: int) -> Any:
    """The answer as JSON. Raises EncoderRefused when it is larger than it may be, or no JSON."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            raise EncoderRefused(f"the answer is larger than {most} bytes")
        parts.append(part)
    try:
        return json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise EncoderRefused("the answer is no JSON") from None


def _vectors_of(said: Any, texts: int, dimensions: int) -> list[Vector]:
    """The vectors in the order of the texts, whatever order the answer has."""
    rows: dict[int, Any] = {}
    try:
        for at, item in enumerate(said["data"]):
            rows[int(item.get("index", at))] = item["embedding"]
        numbers = np.array([rows[at] for at in range(texts)], dtype=np.float64)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise EncoderRefused("the answer is not one vector for each text") from None
    if len(rows) != texts:
        raise EncoderRefused("the answer is not one vector for each text")
    return to_vectors(numbers, dimensions)
