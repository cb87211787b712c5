"""Timed work: the sweep of lots (worker) and the heartbeat of the service (web process)."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.auctions.closing import beat, sweep_lots
from app.auctions.deciding import sweep_applications
from app.auctions.handlers import sweep_outbid
from app.auctions.negotiating import sweep_negotiations
from app.core.tx import Tx

__all__ = ["SWEEPS", "heartbeat_loop", "sweep_lots"]

SWEEPS: Final = (sweep_lots, sweep_applications, sweep_negotiations, sweep_outbid)

log = logging.getLogger("market.heartbeat")

BEAT_EVERY_S: Final = 1.0


async def heartbeat_loop(tx: Tx) -> None:
    """Beat each second until cancelled; a database that is away is tried again at the next second.

    Run it in the web process, one task each, with the first beat before requests are served. Give
    it a connection of its own: a beat that waits for a crowded pool is a gap in service.
    """
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            gap = await tx.run(beat)
            if gap is not None:
                log.warning("service gap", extra={"from": str(gap.started_at)})
        except (SQLAlchemyError, OSError) as error:
            log.warning("no beat: %s", type(error).__name__)
        await asyncio.sleep(max(0.0, started + BEAT_EVERY_S - loop.time()))
