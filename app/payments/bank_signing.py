"""Messages of the bank: signed with Ed25519 over ``timestamp.event.body``, looked at before read.

Why cryptography: the kept library for primitives that nobody should write himself.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.core.money import MAX_MINOR
from app.payments.errors import EventStale, EventUnreadable, SignatureWrong
from app.payments.ports import BankEvent, Payment, PayoutKnown

FRESH: Final = timedelta(minutes=5)  # as the bank's contract says
_EVENT: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_STATES: Final = {"payout.settled": "settled", "payout.failed": "failed"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature is right: when this try was signed, its number, its bytes."""

    at: datetime
    event_id: str
    body: bytes


def load_key(text: str) -> Ed25519PublicKey | None:
    """The bank's public key (base64 of 32 bytes); None where there is no bank. ValueError."""
    if not text:
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise ValueError("MARKET_BANK_KEY is not the base64 of 32 bytes") from None


def check_signature(
    key: Ed25519PublicKey | None, *, timestamp: str, event_id: str, signature: str, body: bytes
) -> Signed:
    """Whether a message is the bank's. Nothing of the body is read here. Raises SignatureWrong."""
    if key is None or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise SignatureWrong()
    if not _EVENT.fullmatch(event_id):
        raise SignatureWrong()
    try:
        given = base64.b64decode(signature, validate=True)
        key.verify(given, b".".join((timestamp.encode(), event_id.encode(), body)))
    except (ValueError, binascii.Error, InvalidSignature):
        raise SignatureWrong() from None
    return Signed(datetime.fromtimestamp(int(timestamp), UTC), event_id, body)


def check_fresh(signed: Signed, real_now: datetime) -> None:
    """Refuse a recording: at most five minutes off, by the real clock. Raises EventStale."""
    if abs(real_now - signed.at) > FRESH:
        raise EventStale()


def read_event(signed: Signed) -> BankEvent:
    """What the message says; kinds that we do not know are taken and mean nothing.

    Raises EventUnreadable.
    """
    try:
        said = json.loads(signed.body)
        kind = read_text(said, "type", 32)
        if read_text(said, "event", 64) != signed.event_id:
            raise ValueError("another event inside")
        data = said.get("data")
        if kind == "payment.received":
            return BankEvent(signed.event_id, kind, payment=read_payment(data))
        if kind in _STATES:
            return BankEvent(signed.event_id, kind, payout=read_payout(data))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError):
        raise EventUnreadable() from None
    return BankEvent(signed.event_id, kind)


def read_payment(data: Any) -> Payment:
    """An arrival as the bank writes it. Raises ValueError, TypeError, KeyError."""
    return Payment(
        reference=read_text(data, "bank_number", 64),
        amount_minor=read_amount(data["amount_minor"]),
        arrived_at=read_instant(data["arrived_at"]),
        # what the payer wrote as the remark may name the order where the bank found none
        order_number=read_line(data.get("order_number")) or read_line(data.get("remark")) or None,
        payer_name=read_line(data.get("payer_name")),
        payer_account=read_line(data.get("payer_account")),
    )


def read_payout(data: Any) -> PayoutKnown:
    """A payout as the bank writes it. Raises ValueError, TypeError, KeyError."""
    state = read_text(data, "state", 16)
    if state not in ("accepted", "settled", "failed"):
        raise ValueError("an unknown state")
    settled, amount = data.get("settled_at"), data.get("amount_minor")
    return PayoutKnown(
        number=read_text(data, "number", 64),
        state=state,
        at=read_instant(settled) if settled else None,
        retryable=data.get("retryable") is True,
        amount_minor=None if amount is None else read_amount(amount),
    )


def read_amount(value: Any) -> int:
    """A whole number of 分 that a row holds. Raises ValueError."""
    if type(value) is not int or not 0 < value <= MAX_MINOR:
        raise ValueError("no amount")
    return value


def read_balance(value: Any) -> int | None:
    """A whole number of 分 that an account may stand at, or None. Raises ValueError."""
    if value is not None and (type(value) is not int or abs(value) > MAX_MINOR):
        raise ValueError("no balance")
    return value


def read_instant(value: Any) -> datetime:
    """An instant with its offset. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    return at.astimezone(UTC)


def read_line(value: Any) -> str:
    """A line of text, cut at 200 signs; empty for none. Raises ValueError."""
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    value.encode()  # why: half a surrogate pair is no text
    return value.strip()[:200]


def read_text(data: Mapping[str, Any], name: str, maximum: int) -> str:
    """A field that has to be there, of at most so many signs. Raises ValueError, KeyError."""
    value = read_line(data[name])
    if not value or len(value) > maximum:
        raise ValueError(name)
    return value
