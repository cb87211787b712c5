"""One import in a process of its own, to be killed: DATABASE FILE CARE."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import app.registry  # noqa: F401 - every table, for the foreign keys between rooms
from app.catalogue import import_service
from app.core.actor import SYSTEM
from app.core.db import make_sessions
from app.core.tables import open_table
from app.core.tx import Tx
from app.imports.runner import Outcome, fingerprint, run_import
from tests import databases


async def bring_in(tx: Tx, path: Path, care_id: UUID) -> Outcome:
    """Import a file of achievements."""
    return await run_import(
        tx,
        import_service.LAYOUT,
        import_service.write_achievements,
        source=fingerprint(open_table(path)),
        actor=SYSTEM,
        care_id=care_id,
    )


async def main(database: str, path: str, care: str) -> None:
    engine = databases.connect(database, role="market_app", pool=1)
    await bring_in(Tx(make_sessions(engine)), Path(path), UUID(care))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
