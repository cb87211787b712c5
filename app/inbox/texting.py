"""Text messages (短信): a real gateway over HTTP, and a folder in its place."""

from __future__ import annotations

from typing import Final

import httpx2

from app.core.i18n import Message, _n
from app.inbox.mailing import Folder
from app.inbox.outgoing import Undelivered

_TIMEOUT_S: Final = 10
_AWAY = _n("无法连接短信服务（%(kind)s）")
_ANSWERED = _n("短信服务答复 %(code)s")


class FolderTexting:
    """Keeps text messages beside the mails of the folder."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    async def send(self, mobile: str, text: str, *, key: str) -> None:
        await self.folder.text(mobile, text, key=key)


class HttpTexting:
    """Posts ``{"to": "+86…", "text": …, "key": …}`` with a bearer token; any 2xx is success.

    Providers differ and change, so the adapter to one of them is a few lines outside; ``key`` is
    the same at every try, so that it can leave repeats out.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    async def send(self, mobile: str, text: str, *, key: str) -> None:
        try:
            async with httpx2.AsyncClient(
                timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client:
                response = await client.post(
                    self.url,
                    json={"to": f"+86{mobile}", "text": text, "key": key},
                    headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
                )
        except httpx2.HTTPError as error:
            raise Undelivered(Message(_AWAY, kind=type(error).__name__)) from error
        if not response.is_success:
            raise Undelivered(
                Message(_ANSWERED, code=response.status_code),
                final=response.status_code in (400, 422),
            )
