"""The job queue (PgQueuer) seen from a verb: enqueue inside its own transaction, nothing else.

Why PgQueuer: the queue lives in the same PostgreSQL, so a job exists exactly when the verb that
asked for it committed.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.tracing import current_request_id

# why: a schema of its own, so that the drift check and a dump of the market leave it aside
QUEUE_SETTINGS = DBSettings(db_schema="queue")
_ENQUEUE = QueryQueueBuilder(settings=QUEUE_SETTINGS).build_enqueue_query()


async def enqueue(session: AsyncSession, job: str, payloads: list[dict[str, Any]]) -> None:
    """Put jobs of one kind into the queue, in the session's open transaction, with the asker's id.

    The transaction must have been begun by an earlier statement: a first statement on the raw
    connection would run outside of it.
    """
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    if raw is None or not raw.is_in_transaction():
        raise RuntimeError("enqueue needs a transaction already begun")
    count = len(payloads)
    bodies = [json.dumps(payload, ensure_ascii=False).encode() for payload in payloads]
    blank: list[None] = [None] * count
    asker = current_request_id()
    headers = [json.dumps({"request_id": asker}) if asker else None] * count
    await raw.fetch(
        _ENQUEUE, [0] * count, [job] * count, bodies, [timedelta()] * count, blank, headers
    )
