"""A lot's secrets open under their lot's key, at their own place, and are shown by nothing."""

from __future__ import annotations

import pytest

from app.auctions import vault
from app.auctions.desk import Hidden, Seen, Sight
from app.auctions.engine.types import (
    Act,
    Book,
    Entry,
    LotState,
    Origin,
    Place,
    Proxy,
    Sealed,
    Submission,
)
from app.auctions.vault import Envelope, NoSealer, Secret, open_secrets, seal_secret, wrap_new_key
from app.core.ids import new_id
from app.core.sealing import Sealer, Unsealable
from tests.unit.auctions.engine.stage import DYNAMIC

SEALER = Sealer("vault-test-secret-" * 3)
LOT, OTHER = new_id(), new_id()
WRAPPED = wrap_new_key(SEALER, LOT)
BOOK = Book(
    reserve_minor=123_456_00,
    proxies=(Proxy("C03", 123_456_00, 7),),
    sealed=(Sealed("C03", 123_456_00, 7),),
)
SECRET = Secret(7, "C03", "store", {"amount_minor": 123_456_00}, bytes(range(32)))


def sealed(secret: Secret = SECRET) -> Envelope:
    made = seal_secret(SEALER, WRAPPED, LOT, secret)
    return Envelope(secret.seq, secret.code, secret.what, made)


def test_what_was_sealed_comes_back_whole() -> None:
    [opened] = open_secrets(SEALER, WRAPPED, LOT, [sealed()])
    assert (opened.value, opened.salt, opened.amount_minor) == (
        SECRET.value,
        SECRET.salt,
        123_456_00,
    )
    assert opened.commit("CJ-1") == SECRET.commit("CJ-1")


def test_the_same_secret_is_never_the_same_bytes() -> None:
    assert sealed().sealed != sealed().sealed
    assert vault.draw_salt() != vault.draw_salt()


@pytest.mark.parametrize(
    ("seq", "code", "what"), [(8, "C03", "store"), (7, "C04", "store"), (7, "C03", "seal")]
)
def test_moved_to_another_place_it_does_not_open(seq: int, code: str, what: str) -> None:
    with pytest.raises(Unsealable):
        open_secrets(SEALER, WRAPPED, LOT, [Envelope(seq, code, what, sealed().sealed)])


def test_another_lot_or_another_market_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        open_secrets(SEALER, WRAPPED, OTHER, [sealed()])
    with pytest.raises(Unsealable):
        open_secrets(SEALER, wrap_new_key(SEALER, LOT), LOT, [sealed()])
    with pytest.raises(Unsealable):
        open_secrets(Sealer("another-market-key-" * 3), WRAPPED, LOT, [sealed()])


def test_one_changed_byte_is_noticed() -> None:
    whole = sealed()
    broken = whole.sealed[:-1] + bytes([whole.sealed[-1] ^ 1])
    with pytest.raises(Unsealable):
        open_secrets(SEALER, WRAPPED, LOT, [Envelope(whole.seq, whole.code, whole.what, broken)])


def test_a_process_without_the_key_says_so() -> None:
    with pytest.raises(NoSealer):
        open_secrets(None, WRAPPED, LOT, [sealed()])
    with pytest.raises(NoSealer):
        wrap_new_key(None, LOT)


def test_nothing_that_carries_a_secret_shows_it() -> None:
    """An error, a log line or a debugger that prints one of these prints no amount."""
    entry = Entry(
        Act.store, Origin.manual, "C03", None, None, None, LotState.free, None, None,
        DYNAMIC.free_ends_at,
    )  # fmt: skip
    shown = [
        SECRET,
        Hidden("C03", "store", SECRET.value, SECRET.salt),
        Seen(receipt=entry, act=Act.store, amount_minor=123_456_00),  # type: ignore[arg-type]
        Sight(DYNAMIC.free_starts_at, None, Place("C03"), BOOK),
        BOOK,
        Submission(Act.store, Place("C03"), 123_456_00),
    ]
    for one in shown:
        assert "12345600" not in repr(one)
        assert SECRET.salt.hex() not in repr(one)


def test_how_long_it_is_tells_no_number_of_digits() -> None:
    amounts = (None, 1, 99_999_00, 10**15)
    sizes = {
        len(sealed(Secret(7, "C03", "store", {"amount_minor": amount}, SECRET.salt)).sealed)
        for amount in amounts
    }
    assert len(sizes) == 1
