"""The one place where a sale's secrets are sealed and opened: maxima (最高限价), sealed bids,
hidden reserves (保留价), and the salts of every commitment.

Each lot has a key of its own, wrapped by the market's sealer (``core.sealing``), so that one lot
can be opened without another. Only ``open_secrets`` opens; an architecture test looks for others,
and for who calls it: the store, for the one decision that needs it, the record, for the openings a
supervisor asks for, and the scores, for a bidder who checks his own after the close. Whoever holds
the host and its secret key can read everything here: nothing in one machine can prevent that, and
docs/security.md says so.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.auctions.engine.canonical import SALT_BYTES, Committed, commit
from app.auctions.models import Lot, LotKey
from app.auctions.types import ReserveKind
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork

KEY_PURPOSE: Final = "auctions.lot_key"
_KEY_BYTES: Final = 32
# Sealing keeps the length: filled up to a multiple of this, it does not tell how many digits.
_BLOCK: Final = 256


class NoSealer(RuntimeError):
    """This process was given no secret key, and a sale's secret was to be sealed or opened."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What one commitment stands for; ``value`` as ``codec.secret_of`` makes it.

    Never shown: its representation is empty, so that no log or error can tell it.
    """

    seq: int
    code: str
    what: str
    value: dict[str, Any]
    salt: bytes

    def __repr__(self) -> str:
        return "Secret()"

    @property
    def amount_minor(self) -> int | None:
        """The amount in 分; None for a maximum that was taken away."""
        amount: int | None = self.value.get("amount_minor")
        return amount

    def commit(self, lot_number: str) -> str:
        """Its commitment, which is public."""
        return commit(lot_number, self.seq, self.code, self.what, self.value, self.salt)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed secret and what it is bound to: opened under another number or code it fails."""

    seq: int
    code: str
    what: str
    sealed: bytes


def draw_salt() -> bytes:
    """Salt for one commitment: without it nobody can try amounts against a published hash."""
    return secrets.token_bytes(SALT_BYTES)


def wrap_new_key(sealer: Sealer | None, lot_id: UUID) -> bytes:
    """A fresh key for one lot, sealed by the market's sealer."""
    key = secrets.token_hex(_KEY_BYTES)
    return _given(sealer).seal(KEY_PURPOSE, key, owner=lot_id)


def seal_secret(sealer: Sealer | None, wrapped: bytes, lot_id: UUID, secret: Secret) -> bytes:
    """Seal one secret under its lot's key."""
    text = json.dumps([secret.value, secret.salt.hex()], separators=(",", ":"))
    text = text.ljust(-(-len(text) // _BLOCK) * _BLOCK)
    inner = _unwrap(sealer, wrapped, lot_id)
    return inner.seal(_bound(secret.seq, secret.code, secret.what), text, owner=lot_id)


def open_secrets(
    sealer: Sealer | None, wrapped: bytes, lot_id: UUID, envelopes: Iterable[Envelope]
) -> list[Secret]:
    """Open secrets of one lot, in the order given. Raises Unsealable for what was changed."""
    inner = _unwrap(sealer, wrapped, lot_id)
    opened = []
    for one in envelopes:
        text = inner.open(_bound(one.seq, one.code, one.what), one.sealed, owner=lot_id)
        value, salt = json.loads(text)
        opened.append(Secret(one.seq, one.code, one.what, value, bytes.fromhex(salt)))
    return opened


async def get_wrapped_key(uow: UnitOfWork, lot_id: UUID) -> bytes:
    """The lot's wrapped key, made now if it has none; call it with the lot locked, or just made."""
    row = await uow.session.get(LotKey, lot_id)
    if row is None:
        row = LotKey(lot_id=lot_id, wrapped=wrap_new_key(uow.sealer, lot_id))
        uow.session.add(row)
        await uow.session.flush()
    return row.wrapped


async def seal_reserve(uow: UnitOfWork, lot: Lot, amount_minor: int) -> None:
    """Keep a hidden reserve (in 分) of a lot that has just been made: sealed, and committed to."""
    wrapped = await get_wrapped_key(uow, lot.id)
    what = Committed.reserve.value
    secret = Secret(0, "", what, {"amount_minor": amount_minor}, draw_salt())
    lot.reserve_kind = ReserveKind.hidden.value
    lot.reserve_sealed = seal_secret(uow.sealer, wrapped, lot.id, secret)
    lot.reserve_commitment = secret.commit(lot.number)
    await uow.session.flush()


def reserve_envelope(lot: Lot) -> Envelope | None:
    """A lot's hidden reserve, sealed; None where it has none."""
    if lot.reserve_sealed is None:
        return None
    return Envelope(0, "", Committed.reserve.value, lot.reserve_sealed)


def _bound(seq: int, code: str, what: str) -> str:
    return f"{what}/{code}/{seq}"


def _unwrap(sealer: Sealer | None, wrapped: bytes, lot_id: UUID) -> Sealer:
    return Sealer(_given(sealer).open(KEY_PURPOSE, wrapped, owner=lot_id))


def _given(sealer: Sealer | None) -> Sealer:
    if sealer is None:
        raise NoSealer
    return sealer
