"""Secrets that must be read again (account numbers, webhook secrets) are kept sealed.

AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives from the market's secret key, one key
for each purpose. What a secret belongs to is bound into its seal, so a sealed value copied to
another row opens there no more. A secret that is only compared is hashed instead, never sealed.

Why cryptography: the kept library for primitives that nobody should write himself.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT: Final = b"\x01"  # the first byte says how the rest is made
_NONCE_BYTES: Final = 12
_SALT: Final = b"keji-market sealing v1"


class Unsealable(ValueError):
    """Not sealed by this market's secret key for this purpose and owner, or changed since."""


class Sealer:
    """Seals short texts under one secret key (``Settings.secret_key``).

    ``purpose`` names what the secret is (``"accounts.bank_account"``), ``owner`` the row it stands
    in. Whoever loses the secret key loses what was sealed: it belongs into the backup's keeping.
    """

    def __init__(self, secret_key: str) -> None:
        self._key = cache(lambda purpose: AESGCM(_derive(secret_key, purpose)))

    def seal(self, purpose: str, text: str, *, owner: UUID) -> bytes:
        """Encrypt; the same text never gives the same bytes twice."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._key(purpose).encrypt(nonce, text.encode(), owner.bytes)
        return _FORMAT + nonce + sealed

    def open(self, purpose: str, sealed: bytes, *, owner: UUID) -> str:
        """Decrypt. Raises Unsealable."""
        start = len(_FORMAT) + _NONCE_BYTES
        if sealed[:1] != _FORMAT or len(sealed) <= start:
            raise Unsealable(purpose)
        try:
            plain = self._key(purpose).decrypt(sealed[1:start], sealed[start:], owner.bytes)
        except InvalidTag:
            raise Unsealable(purpose) from None
        return plain.decode()


def _derive(secret_key: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode())
    return kdf.derive(secret_key.encode())
