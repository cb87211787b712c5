"""What is hashed, and how: canonical JSON, the chain of a lot's events, commitments to secrets.

The same words are used where an event is written, where a record is built and where it is verified,
so that nobody can hash a thing in two ways (ADR 0019).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

SALT_BYTES: Final = 32


class Committed(StrEnum):
    """What a commitment that no submission made stands for; a submission's is named by its act."""

    reserve = "reserve"


def canonical(value: object) -> bytes:
    """JSON in the one form that is hashed: sorted keys, no spaces, UTF-8, whole numbers only.

    Instants are written in UTC with microseconds. Raises TypeError for anything else that JSON has
    no exact word for (a float, a set, bytes, an instant without a zone, a key that is no text).
    """
    return json.dumps(
        plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def plain(value: object) -> Any:
    """The value in JSON's own words; what is already plain comes back equal. Raises TypeError."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [plain(one) for one in value]
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key must be text, not {type(key).__name__}")
    return str(key)


def instant(at: datetime) -> str:
    """``2026-11-22T01:02:03.000000+00:00``. Raises TypeError without a zone."""
    if at.tzinfo is None:
        raise TypeError("an instant needs a zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(value: object) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def chain(previous_hash: str, public_event: Mapping[str, Any]) -> str:
    """The hash of an event: SHA-256 of the previous hash's 32 bytes and the public form."""
    return hashlib.sha256(bytes.fromhex(previous_hash) + canonical(public_event)).hexdigest()


def genesis(
    *,
    lot_number: str,
    terms: Mapping[str, Any],
    rulebook: Mapping[str, Any],
    reserve_commitment: str | None = None,
    subject: Mapping[str, Any] | None = None,
) -> str:
    """The hash that a lot's first event follows: what was published, before anybody could bid.

    ``terms`` in the codec's form; ``rulebook`` its version, clauses and parameters; ``subject``
    what is for sale (title, offer, particulars), as the record prints it.
    """
    return digest(
        {
            "lot": lot_number,
            "terms": terms,
            "rulebook": rulebook,
            "reserve_commitment": reserve_commitment,
            "subject": subject or {},
        }
    )


def commit(lot_number: str, seq: int, code: str, what: str, value: object, salt: bytes) -> str:
    """A commitment: tells nothing of ``value``, and can be opened to no other one.

    ``salt``: 32 random bytes, kept beside the value and opened with it. Raises ValueError for a
    salt of another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return digest(
        {
            "lot": lot_number,
            "seq": seq,
            "code": code,
            "what": what,
            "value": value,
            "salt": salt.hex(),
        }
    )
