"""Timed work of clearances: silence is written down as a waiver."""

from __future__ import annotations

from typing import Final

from app.clearances.rights import sweep_silent_rights

__all__ = ["SWEEPS", "sweep_silent_rights"]

SWEEPS: Final = (sweep_silent_rights,)
