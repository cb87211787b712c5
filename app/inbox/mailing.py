"""Mails: how one is composed, and the ways it leaves: SMTP, or a folder.

The standard library's ``email`` and ``smtplib`` serve: a market sends few mails, in a job, on a
thread; an asynchronous client would be one more library for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import smtplib
import socket
import ssl
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from math import inf
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from app.core.i18n import Message, _n, translate
from app.inbox.outgoing import Undelivered

# Connecting is at most three waits (address, encryption, greeting); all within a dispatch's lease.
CONNECT_S: Final = 10
CONVERSATION_S: Final = 80
KEEP_FILES: Final = 500
PREFERENCES: Final = "/desk/inbox/preferences"

_MORE = _n("查看详情：")
_WHY = _n("您收到此邮件，是因为您在“%(market)s”有账号。可在此修改接收方式：")
_BAD_ADDRESS = _n("邮箱地址无效")
_REFUSED = _n("收件地址被拒收（%(code)s）")
_ANSWERED = _n("邮件服务器拒绝（%(code)s）")
_AWAY = _n("无法连接邮件服务器（%(kind)s）")
_UNWRITTEN = _n("无法写入外发文件夹（%(kind)s）")
_DIRECT = _n("此邮件由“%(market)s”自动发出，请勿回复。如非您本人操作，请忽略。")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail or text as it was taken in hand, with nothing left to ask the database."""

    id: UUID
    kind: str  # direct, notice or digest
    channel: str
    address: str
    language: str
    subject: str
    parts: tuple[tuple[str, str, str], ...]  # (subject, body, path), still to be translated
    at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the market's name, its address on the web, and its mail address."""

    market: str
    public_url: str
    mail_from: str


def clean_line(text: str, maximum: int = 200) -> str:
    """One line for a header: no control or line-breaking character, whatever stood there."""
    blank = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs") else letter
        for letter in text
    )
    return re.sub(r"\s+", " ", blank).strip()[:maximum]


def compose(letter: Letter, sender: Sender) -> EmailMessage:
    """The mail, in its reader's language. Raises Undelivered for an address that is none."""
    mail = EmailMessage(policy=SMTP)
    name, own = parseaddr(sender.mail_from)
    mail["From"] = MailAddress(clean_line(name or sender.market), addr_spec=own)
    mail["To"] = parse_address(letter.address)
    mail["Subject"] = clean_line(
        "".join(("[", sender.market, "] ", translate(letter.language, letter.subject)))
    )
    mail["Date"] = format_datetime(letter.at)
    # why: the same at every try, so that a repeated mail is known as one
    mail["Message-ID"] = f"<{letter.id}@{urlsplit(sender.public_url).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    if letter.kind != "direct":
        mail["List-Unsubscribe"] = f"<{sender.public_url}{PREFERENCES}>"
    mail.set_content(compose_text(letter, sender), charset="utf-8")
    mail["Content-Language"] = letter.language
    return mail


def parse_address(raw: str) -> MailAddress:
    """A plain mail address for the To line. Raises Undelivered, for good."""
    try:
        if clean_line(raw, 254) != raw:
            raise ValueError(raw)
        return MailAddress(addr_spec=raw)
    except (MessageError, ValueError, IndexError, AttributeError):
        raise Undelivered(_BAD_ADDRESS, final=True) from None


def compose_text(letter: Letter, sender: Sender) -> str:
    """The body: each part with its link, then why the reader gets it."""

    def said(text: str) -> str:
        return translate(letter.language, text)

    blocks: list[str] = []
    for subject, body, path in letter.parts:
        lines = [said(subject)] if letter.kind == "digest" else []
        lines += [said(body)] if body else []
        if path:
            lines.append(said(_MORE) + sender.public_url + path)
        blocks.append("\n".join(lines))
    if letter.kind == "direct":
        blocks.append("-- \n" + said(Message(_DIRECT, market=sender.market)))
    else:
        why = said(Message(_WHY, market=sender.market))
        blocks.append(f"-- \n{why}\n{sender.public_url}{PREFERENCES}")
    return "\n\n".join(blocks) + "\n"


def compose_text_message(letter: Letter, sender: Sender) -> str:
    """A text message: the market's name as its signature, then the text, in one paragraph."""
    said = " ".join(translate(letter.language, body) for _, body, _ in letter.parts)
    return f"【{clean_line(sender.market, 20)}】{clean_line(said, 300)}"


class MailCarrier(Protocol):
    """Takes a mail away."""

    async def send(self, mail: EmailMessage, *, key: str) -> None:
        """Send it; ``key`` is the same at every try. Raises Undelivered."""
        ...


class Folder:
    """Mails and texts as files of a folder: for demonstrations, and until a server is set.

    A repeated item overwrites its own file. The newest 500 are kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, mail: EmailMessage, *, key: str) -> None:
        """Keep a mail as ``<key>.eml``."""
        await asyncio.to_thread(self._write, f"{key}.eml", mail.as_bytes())

    async def text(self, mobile: str, text: str, *, key: str) -> None:
        """Keep a text message as ``<key>.txt``: the number, an empty line, the text."""
        await asyncio.to_thread(self._write, f"{key}.txt", f"{mobile}\n\n{text}\n".encode())

    def _write(self, name: str, content: bytes) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self.folder / f".{name}"
            unfinished.write_bytes(content)
            unfinished.replace(self.folder / name)
            # names begin with a UUIDv7, so their order is the order of time
            for old in sorted(self._files())[:-KEEP_FILES]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise Undelivered(Message(_UNWRITTEN, kind=error.strerror or "")) from error

    def _files(self) -> Sequence[Path]:
        return [
            f for f in self.folder.iterdir() if f.suffix in (".eml", ".txt") and f.stem[0] != "."
        ]


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where mails are handed in. ``security``: none, starttls (asked for, then needed) or tls."""

    host: str
    port: int
    security: str
    user: str
    password: str


def parse_smtp_url(url: str) -> SmtpAddress:
    """``smtp://``, ``starttls://`` or ``smtps://``, with user:password@ and :port where needed.

    Raises ValueError with a sentence.
    """
    schemes = {"smtp": ("none", 25), "starttls": ("starttls", 587), "smtps": ("tls", 465)}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("MARKET_SMTP_URL 格式不正确") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError("MARKET_SMTP_URL 应以 smtp://、starttls:// 或 smtps:// 开头并写明主机")
    security, default = schemes[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        # why: the standard library hands in nothing else, and would fail at each mail
        raise ValueError("MARKET_SMTP_URL 的用户名和密码只能含英文字母、数字和符号")
    return SmtpAddress(parts.hostname, port or default, security, user, password)


class _Bounded:
    """Mixed into an SMTP client: one time for the whole conversation instead of one a reply.

    Why: a filter may look at a mail for a minute before it is accepted, and hanging up over that
    would send it again; a server that hesitates at each step must not outlast the lease either.
    """

    sock: socket.socket | None
    until = inf

    def getreply(self) -> tuple[int, bytes]:
        """The next reply, as long as there is time."""
        if self.sock is not None and self.until < inf:
            self.sock.settimeout(max(self.until - time.monotonic(), 0.001))
        return super().getreply()  # type: ignore[misc, no-any-return]


class _Client(_Bounded, smtplib.SMTP):
    """Plain, or encrypted later."""


class _TlsClient(_Bounded, smtplib.SMTP_SSL):
    """Encrypted from the start."""


class Smtp:
    """Hands mails to one SMTP server, one connection a mail."""

    def __init__(self, address: SmtpAddress) -> None:
        self.address = address

    async def send(self, mail: EmailMessage, *, key: str) -> None:
        """Hand it in; the server is trusted to deliver it."""
        del key
        await asyncio.to_thread(self._send, mail)

    def _send(self, mail: EmailMessage) -> None:
        try:
            server = self._connect()
            try:
                server.send_message(mail)
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            raise Undelivered(Message(_REFUSED, code=code), final=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            raise Undelivered(Message(_ANSWERED, code=error.smtp_code)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(Message(_AWAY, kind=type(error).__name__)) from error

    def _connect(self) -> smtplib.SMTP:
        at = self.address
        secure = ssl.create_default_context()
        server: _Client | _TlsClient
        if at.security == "tls":
            server = _TlsClient(at.host, at.port, timeout=CONNECT_S, context=secure)
        else:
            server = _Client(at.host, at.port, timeout=CONNECT_S)
        # why the machine's clock: it measures a connection, and decides nothing of the market
        server.until = time.monotonic() + CONVERSATION_S
        try:
            if at.security == "starttls":
                server.starttls(context=secure)
            if at.user:
                server.login(at.user, at.password)
        except BaseException:
            server.close()
            raise
        return server


def _leave(server: smtplib.SMTP) -> None:
    """Say good-bye. Whatever is answered: a mail that was accepted is not to be sent again."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()
