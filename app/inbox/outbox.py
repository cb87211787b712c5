"""The folder of a demonstration, read: what would have been mailed or texted."""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail or text in the folder; a text has no subject."""

    name: str
    to: str
    subject: str
    body: str
    at: datetime


def list_kept(folder: Path, *, limit: int = SHOWN) -> list[Kept]:
    """The newest mails and texts of the folder; empty while there is none. Reads files."""
    try:
        files = [f for f in folder.iterdir() if f.suffix in (".eml", ".txt")]
    except OSError:
        return []
    newest = sorted((f for f in files if not f.name.startswith(".")), reverse=True)[:limit]
    return [kept for kept in map(_read, newest) if kept is not None]


def _read(path: Path) -> Kept | None:
    try:
        raw = path.read_bytes()
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:  # thrown away meanwhile
        return None
    if path.suffix == ".txt":
        mobile, _, text = raw.decode("utf-8", "replace").partition("\n\n")
        return Kept(path.name, mobile, "", text.strip(), at)
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    content = mail.get_content()
    return Kept(path.name, str(mail["To"]), str(mail["Subject"]), str(content).strip(), at)
