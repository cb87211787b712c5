"""Signatures of webhooks, as Standard Webhooks (standardwebhooks.com, 1.0) writes them.

``webhook-signature: v1,<base64 of HMAC-SHA256>`` over ``<webhook-id>.<webhook-timestamp>.<body>``,
under the bytes that follow ``whsec_`` in the secret, which are base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"
PURPOSE: Final = "inbox.webhook_secret"  # of the sealer


def make_secret() -> str:
    """A new secret: 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``; ``timestamp`` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
