"""The chain's arithmetic. Pure: no database, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What of an entry is sealed."""

    id: UUID
    at: datetime
    person_id: UUID | None
    organisation_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SealFacts:
    """A seal as stored, with the entry it names (None when that row is gone)."""

    position: int
    entry_id: UUID
    entry_hash: bytes
    chain_hash: bytes
    entry: EntryFacts | None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the chain does not hold."""

    position: int
    entry_id: UUID
    what: str


def compute_entry_hash(entry: EntryFacts) -> bytes:
    """SHA-256 of the entry's canonical JSON (sorted keys, UTC, no spaces)."""
    body = {
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "person_id": entry.person_id and str(entry.person_id),
        "organisation_id": entry.organisation_id and str(entry.organisation_id),
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": str(entry.subject_id),
        "facts": entry.facts,
    }
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def compute_chain_hash(previous: bytes, entry_hash: bytes) -> bytes:
    """SHA-256 of the previous chain hash followed by the entry's hash."""
    return hashlib.sha256(previous + entry_hash).digest()


def find_fault(seals: Iterable[SealFacts], previous: bytes, position: int) -> Fault | None:
    """Walk seals in order from ``position``; return the first fault, None when all hold.

    Names a missing seal, a missing entry, a changed entry, or a seal that does not follow from
    the one before it (reordered or replaced).
    """
    for seal in seals:
        position += 1
        if seal.position != position:
            return Fault(position, seal.entry_id, "缺少存证：链上序号不连续")
        if seal.entry is None:
            return Fault(position, seal.entry_id, "审计记录缺失")
        if compute_entry_hash(seal.entry) != seal.entry_hash:
            return Fault(position, seal.entry_id, "审计记录被改动")
        if compute_chain_hash(previous, seal.entry_hash) != seal.chain_hash:
            return Fault(position, seal.entry_id, "审计记录的次序或存证被改动")
        previous = seal.chain_hash
    return None
