"""Messages of the bank: believed by their signature, while they are fresh, if they can be read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.payments.bank_signing import (
    Signed,
    check_fresh,
    check_signature,
    load_key,
    read_event,
)
from app.payments.errors import EventStale, EventUnreadable, SignatureWrong

BANK = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
KEY = load_key(base64.b64encode(BANK.public_key().public_bytes_raw()).decode())
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
EVENT = "0198aaaa-bbbb"
PAYMENT = {
    "bank_number": "B1",
    "order_number": "ZF-2026-000012",
    "amount_minor": 5000000,
    "payer_name": "示范公司",
    "payer_account": "1100006007018001",
    "arrived_at": "2026-11-25T16:59:59+08:00",
    "remark": "",
}


def sign(body: bytes, stamp: str = STAMP, event: str = EVENT) -> str:
    return base64.b64encode(BANK.sign(f"{stamp}.{event}.".encode() + body)).decode()


def take(body: bytes, /, **given: Any) -> Signed:
    said = {"timestamp": STAMP, "event_id": EVENT, "signature": sign(body), "body": body} | given
    return check_signature(KEY, **said)


def test_a_signed_message_is_believed_and_read() -> None:
    body = json.dumps({"event": EVENT, "type": "payment.received", "data": PAYMENT}).encode()
    event = read_event(take(body))
    assert event.payment is not None
    assert event.payment.reference == "B1"
    assert event.payment.amount_minor == 5_000_000
    assert event.payment.arrived_at == datetime(2026, 11, 25, 8, 59, 59, tzinfo=UTC)
    assert "1100006007018001" not in repr(event), "no account in a log"
    assert "示范公司" not in repr(event)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": b"{ }"},
        {"timestamp": str(int(STAMP) + 1)},
        {"event_id": "0198aaaa-bbbc"},
        {"signature": ""},
        {"signature": "not base64"},
        {"signature": base64.b64encode(b"0" * 64).decode()},
        {"timestamp": ""},
        {"timestamp": "-1"},
        {"timestamp": "1795600000.5"},
        {"timestamp": "１７９５６０００００"},
        {"event_id": ""},
        {"event_id": "x" * 65},
        {"event_id": "../../etc"},
    ],
)
def test_whatever_is_changed_makes_it_nobodys(changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureWrong):
        take(b"{}", **changed)


def test_another_banks_signature_and_a_market_without_bank_believe_nothing() -> None:
    other = Ed25519PrivateKey.generate().sign(f"{STAMP}.{EVENT}.".encode() + b"{}")
    with pytest.raises(SignatureWrong):
        take(b"{}", signature=base64.b64encode(other).decode())
    with pytest.raises(SignatureWrong):
        check_signature(
            load_key(""), timestamp=STAMP, event_id=EVENT, signature=sign(b"{}"), body=b"{}"
        )


def test_a_recording_is_refused() -> None:
    signed = take(b"{}")
    check_fresh(signed, NOW + timedelta(minutes=5))
    check_fresh(signed, NOW - timedelta(minutes=5))
    for off in (timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)):
        with pytest.raises(EventStale):
            check_fresh(signed, NOW + off)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"{" * 100_000,
        b"\xff\xfe",
        json.dumps({"event": "another-event", "type": "payment.received", "data": PAYMENT}),
        json.dumps({"event": EVENT, "type": "payment.received", "data": None}),
        json.dumps({"event": EVENT, "type": "payment.received", "data": {}}),
        *(
            json.dumps({"event": EVENT, "type": "payment.received", "data": PAYMENT | wrong})
            for wrong in (
                {"amount_minor": 0},
                {"amount_minor": -1},
                {"amount_minor": 1.5},
                {"amount_minor": True},
                {"amount_minor": "5000000"},
                {"amount_minor": 10**30},
                {"arrived_at": "yesterday"},
                {"arrived_at": "2026-11-25T16:59:59"},
                {"arrived_at": None},
                {"bank_number": ""},
                {"bank_number": "x" * 65},
                {"bank_number": 7},
                {"payer_name": "\x00"},
                {"payer_name": ["a"]},
            )
        ),
        json.dumps({"event": EVENT, "type": "payout.settled", "data": {"number": "T-1"}}),
        json.dumps(
            {"event": EVENT, "type": "payout.settled", "data": {"number": "T-1", "state": "gone"}}
        ),
    ],
)
def test_what_was_not_agreed_on_is_refused(said: str | bytes) -> None:
    body = said.encode() if isinstance(said, str) else said
    with pytest.raises(EventUnreadable):
        read_event(take(body))


def test_a_kind_that_we_do_not_know_means_nothing() -> None:
    body = json.dumps({"event": EVENT, "type": "weather.changed", "data": {}}).encode()
    event = read_event(take(body))
    assert event.payment is None
    assert event.payout is None


@pytest.mark.parametrize("key", ["x", "AAAA", "*" * 44])
def test_a_key_that_is_none_stops_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="MARKET_BANK_KEY"):
        load_key(key)
