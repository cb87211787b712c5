"""What the bank keeps secret: the token that the market shows it, and the key it signs with.

Both are made once, in files that only their owner may read; neither is ever logged.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN_FILE: Final = "token"  # noqa: S105 - a file's name
SIGNING_FILE: Final = "signing.key"


@dataclass(frozen=True, repr=False)
class Keys:
    """A bank's token and signing key."""

    token: str
    signing: Ed25519PrivateKey

    @classmethod
    def at(cls, folder: Path, token: str = "") -> Self:
        """Read a bank's keys, or make them. ``token``, when given, stands for the kept one."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = token or _keep(folder / TOKEN_FILE, secrets.token_urlsafe(32))
        fresh = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        seed = base64.b64decode(_keep(folder / SIGNING_FILE, fresh))
        return cls(kept, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> str:
        """The key that verifies, base64 of its 32 bytes."""
        return base64.b64encode(self.signing.public_key().public_bytes_raw()).decode()

    def opens(self, authorization: str) -> bool:
        """Whether a header ``Authorization: Bearer …`` carries the token."""
        wanted = f"Bearer {self.token}".encode()
        return hmac.compare_digest(authorization.encode("utf-8", "replace"), wanted)

    def sign(self, timestamp: str, event: str, body: bytes) -> str:
        """The signature of one delivery, base64: Ed25519 over ``timestamp.event.body``."""
        signed = f"{timestamp}.{event}.".encode() + body
        return base64.b64encode(self.signing.sign(signed)).decode()


def _keep(path: Path, fresh: str) -> str:
    """What a file holds; it is written with ``fresh`` first when there is none.

    Linked into place whole, so that of two who make it at once both read the same.
    """
    if not path.exists():
        half = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)
        except FileExistsError:
            pass
        finally:
            half.unlink()
    return path.read_text().strip()
