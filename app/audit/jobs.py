"""Timed work: entries are sealed a moment after they were committed (ADR 0003 says why)."""

from app.audit.service import seal_entries as sweep_seal_entries

__all__ = ["sweep_seal_entries"]
