"""Timed work: offers whose six months are over end, unless they were renewed."""

from app.catalogue.service import sweep_expired_offers

__all__ = ["sweep_expired_offers"]
