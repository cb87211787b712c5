"""Timed work of demands, run by the worker's sweep."""

from app.demands.service import sweep_expired

__all__ = ["sweep_expired"]
