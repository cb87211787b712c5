"""The audit verbs: note a line, seal lines into the chain, verify the chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit import queries, rules
from app.audit.models import AuditEntry, AuditSeal
from app.audit.rules import Fault
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.tx import UnitOfWork

__all__ = ["Fault", "find_head", "note", "seal_entries", "verify_chain"]

SEAL_BATCH = 500


async def note(
    uow: UnitOfWork,
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one line in the caller's transaction; ``facts`` holds JSON values, ids and hashes.

    What an API token did names the token beside its person.
    """
    token = {"token_id": str(actor.token_id)} if actor.token_id else {}
    uow.session.add(
        AuditEntry(
            id=new_id(),
            at=uow.now,
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            facts=dict(facts or {}) | token,
        )
    )


async def seal_entries(uow: UnitOfWork, *, limit: int = SEAL_BATCH) -> int:
    """Seal the next finished entries; returns how many. One sealer at a time."""
    await queries.lock_sealer(uow)
    last = await queries.find_last_seal(uow)
    position, chain_hash = (last.position, last.chain_hash) if last else (0, rules.GENESIS)
    entries = await queries.list_unsealed(uow, limit)
    for entry in entries:
        position += 1
        entry_hash = rules.compute_entry_hash(_facts(entry))
        chain_hash = rules.compute_chain_hash(chain_hash, entry_hash)
        uow.session.add(
            AuditSeal(
                position=position,
                entry_id=entry.id,
                entry_hash=entry_hash,
                chain_hash=chain_hash,
                sealed_at=uow.now,
            )
        )
    return len(entries)


async def find_head(uow: UnitOfWork) -> tuple[int, bytes]:
    """Position and hash of the chain's head; (0, 32 zero bytes) while nothing is sealed."""
    last = await queries.find_last_seal(uow)
    return (last.position, last.chain_hash) if last else (0, rules.GENESIS)


async def verify_chain(
    uow: UnitOfWork, *, after: int = 0, previous: bytes = rules.GENESIS, limit: int = 5000
) -> tuple[Fault | None, int, bytes]:
    """Check the next ``limit`` seals after a position whose chain hash was ``previous``.

    Returns the first fault or None, the last position checked, and its chain hash; the caller
    goes on from there until the position no longer moves.
    """
    rows = await queries.list_seals(uow, after, limit)
    seals = [
        rules.SealFacts(
            s.position, s.entry_id, s.entry_hash, s.chain_hash, _facts(e) if e else None
        )
        for s, e in rows
    ]
    fault = rules.find_fault(seals, previous, after)
    return (fault, seals[-1].position, seals[-1].chain_hash) if seals else (None, after, previous)


def _facts(entry: AuditEntry) -> rules.EntryFacts:
    return rules.EntryFacts(
        entry.id,
        entry.at,
        entry.person_id,
        entry.organisation_id,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.facts,
    )
