"""Sealing: what was sealed opens for its purpose and owner, and for nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.core.sealing import Sealer, Unsealable

SECRET = "a-secret-of-more-than-thirty-two-characters"
PURPOSE, OWNER = "accounts.bank_account", uuid4()


def test_a_sealed_text_opens_again_and_never_looks_the_same() -> None:
    first, second = (Sealer(SECRET).seal(PURPOSE, "6222020200112230", owner=OWNER) for _ in "ab")
    assert first != second
    assert b"6222" not in first
    assert Sealer(SECRET).open(PURPOSE, first, owner=OWNER) == "6222020200112230"


def test_it_opens_for_no_other_purpose_owner_or_key() -> None:
    sealed = Sealer(SECRET).seal(PURPOSE, "6222020200112230", owner=OWNER)
    for sealer, purpose, owner in (
        (Sealer(SECRET), "inbox.webhook", OWNER),
        (Sealer(SECRET), PURPOSE, uuid4()),
        (Sealer(SECRET[::-1]), PURPOSE, OWNER),
    ):
        with pytest.raises(Unsealable):
            sealer.open(purpose, sealed, owner=owner)


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x02" + b"x" * 60, b"\x01" + b"x" * 12])
def test_what_was_never_sealed_does_not_open(broken: bytes) -> None:
    with pytest.raises(Unsealable):
        Sealer(SECRET).open(PURPOSE, broken, owner=OWNER)


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(Sealer(SECRET).seal(PURPOSE, "6222020200112230", owner=OWNER))
    sealed[-1] ^= 1
    with pytest.raises(Unsealable):
        Sealer(SECRET).open(PURPOSE, bytes(sealed), owner=OWNER)
