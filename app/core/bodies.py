"""How much a request may send: a little, unless its route has said that it takes files.

Starlette's own limit answers in English plain text and cannot be raised after a route knows who
asks; so a request's limit stands in its scope, and is looked at when the body is first read: by
Content-Length before a byte is taken, and by counting, for a length may lie or be missing.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from app.core.errors import DomainError
from app.core.i18n import Message, _n

ORDINARY_BYTES: Final = 1024 * 1024  # a form or a JSON document; the longest of ours is 200 KB
_LIMIT: Final = "body_limit"


class TooLarge(DomainError):
    """More was sent than this takes."""

    code, status, title = "too-large", 413, "提交的内容过大"


class BodyTooLarge(HTTPException):
    """Raised while reading; rendered as TooLarge.

    An HTTPException, because FastAPI lets no other pass that is raised while it reads a body.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit

    def refusal(self) -> TooLarge:
        """The same in our one shape."""
        sentence = _n("提交的内容不能超过 %(mb)s MB，没有保存任何内容")
        return TooLarge(Message(sentence, mb=self.limit >> 20))


def allow_body(request: Request, limit: int) -> None:
    """Let this request send up to ``limit`` bytes. Call it once the asker is known to be one who
    may, and before the body is read."""
    request.scope.setdefault("state", {})[_LIMIT] = limit


class BodyLimit:
    """Refuses to read more of a body than its route takes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        announced = Headers(scope=scope).get("content-length", "")
        length = int(announced) if announced.isascii() and announced.isdigit() else 0
        taken = 0

        async def receive_limited() -> Event:
            nonlocal taken
            limit = state.get(_LIMIT, ORDINARY_BYTES)
            # why: a waiting "Expect: 100-continue" is answered by the first receive
            if taken == 0 and length > limit:
                raise BodyTooLarge(limit)
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_limited, send)
