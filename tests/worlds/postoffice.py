"""Somebody else's mail server: real SMTP on this machine, with the moods that such servers have."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "market@post.test", "p@ss:w%rd/1"


@dataclass
class PostOffice:
    """Keeps what it accepted; refuses, hangs up or hesitates as told.

    ``refused`` is an answer by recipient; ``at_data`` an answer to the mail itself ("" to hang
    up without one, after the whole mail was read); ``at_quit`` an answer to the good-bye;
    ``pause_s`` is how long it thinks about a recipient and about a mail.
    """

    port: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    at_data: list[str] = field(default_factory=list)
    at_quit: str = "221 Bye"
    pause_s: float = 0
    mails: list[EmailMessage] = field(default_factory=list)
    read: int = 0
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """The one account of this server."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse him."""
        await asyncio.sleep(self.pause_s)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or not, or hang up over it."""
        await asyncio.sleep(self.pause_s)
        self.read += 1
        answer = self.at_data.pop(0) if self.at_data else "250 OK"
        if not answer:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
            return "451 never heard"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            assert server.transport is not None
            self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
        return answer

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Say good-bye."""
        return self.at_quit


@asynccontextmanager
async def mail_server(
    *, security: str = "none", tls: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[PostOffice]:
    """A mail server for the length of a test; ``security`` as in MARKET_SMTP_URL's schemes."""
    office = PostOffice()

    def connect() -> SMTP:
        office.connections += 1
        return SMTP(
            office,
            hostname="post.test",
            tls_context=tls if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=login,
            auth_require_tls=security == "starttls",
            authenticator=office.authenticate,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connect, "127.0.0.1", 0, ssl=tls if security == "tls" else None
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A server that takes the call and never says a word; yields its port."""
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
