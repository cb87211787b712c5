"""How long the head of a request may be: its address and its headers, before anybody knows whose it
is.

uvicorn keeps whatever comes, without an end, and its parser reads no address of 64 KB: who pastes a
long text into one is told in English that his request was invalid. Here an address is read to a
length that all our pages cut it to anyway, and a head that does not end is refused.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.i18n import _n, translate

READ: Final = 60_000
"""Characters of an address that are read."""

MOST: Final = 1024 * 1024
"""Bytes of a head that are received."""

_SENTENCE: Final = _n("请求的地址过长，请缩短后重试")
# in both languages: whoever asked so much has not been asked for his
_REFUSAL: Final = "\n".join([_SENTENCE, translate("en", _SENTENCE), ""]).encode()


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's own protocol with an end to what a head may hold."""

    _in_head, _taken = True, 0

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is too much for one head."""
        super().data_received(data)
        self._taken = self._taken + len(data) if self._in_head else 0
        if self._taken > MOST and not self.transport.is_closing():
            self.refuse()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Keep as much of an address as is read."""
        super().on_url(url[: max(0, READ - len(self.url))])

    def on_headers_complete(self) -> None:
        """The head is over; what follows is counted by ``app.core.bodies``."""
        self._in_head = False
        super().on_headers_complete()

    def refuse(self) -> None:
        """Say that the head is too long, and take no more."""
        head = (
            "HTTP/1.1 431 Request Header Fields Too Large\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(_REFUSAL)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + _REFUSAL)
        self.transport.close()
