"""Every statement on followers and their queues."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search.following.types import Change, Dead, Key, Standing

COUNTED: Final = 100_000
"""No queue is counted beyond this."""

_OF_KEYS: Final = "unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS key (kind, id)"

# Rows of the queue that still mean the change that was seen. A row that a verb is writing is about
# to mean another one: nobody waits for it.
_MINE: Final = """mine AS (
    SELECT c.kind, c.id, seen.reason FROM search_change AS c
      JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[]), CAST(:numbers AS bigint[]),
                  CAST(:reasons AS text[])) AS seen (kind, id, change_no, reason)
        ON (c.follower, c.kind, c.id, c.change_no) = (:name, seen.kind, seen.id, seen.change_no)
     ORDER BY c.kind, c.id FOR UPDATE OF c SKIP LOCKED)"""


class Filling(NamedTuple):
    """How far the queue of a new follower was filled."""

    kind: str
    id: Any
    done: bool


def _columns(keys: Collection[Key]) -> dict[str, Any]:
    """Keys in one order, so that two writers of the same ones wait for one another."""
    ordered = sorted(keys)
    return {"kinds": [kind for kind, _ in ordered], "ids": [id for _, id in ordered]}  # noqa: A001


def _numbered(
    changes: Sequence[Change], reasons: Mapping[Change, str] | None = None
) -> dict[str, Any]:
    return {
        "kinds": [change.kind for change in changes],
        "ids": [change.id for change in changes],
        "numbers": [change.change_no for change in changes],
        "reasons": [(reasons or {}).get(change, "").replace("\0", "")[:1000] for change in changes],
    }


# ---- followers ----------------------------------------------------------------------------------


async def list_names(uow: UnitOfWork) -> list[str]:
    """The names of all followers."""
    return list(
        (
            await uow.session.execute(text("SELECT name FROM search_follower ORDER BY name"))
        ).scalars()
    )


async def lock_writers_out(uow: UnitOfWork, patience: timedelta) -> None:
    """From here to the commit nobody writes documents, and what others wrote is committed.

    why: a write that began before a follower was there must be over when it is filled
    """
    await uow.session.execute(
        text("SELECT set_config('lock_timeout', :patience, true)"),
        {"patience": f"{int(patience.total_seconds() * 1000)}ms"},
    )
    await uow.session.execute(text("LOCK TABLE search_document IN SHARE ROW EXCLUSIVE MODE"))


async def add(uow: UnitOfWork, name: str) -> bool:
    """Whether it was not there before."""
    added = await uow.session.execute(
        text(
            "INSERT INTO search_follower (name) VALUES (:name) ON CONFLICT DO NOTHING"
            " RETURNING name"
        ),
        {"name": name},
    )
    return added.scalar_one_or_none() is not None


async def drop(uow: UnitOfWork, name: str) -> None:
    """Take a follower off the list; its queue stays until ``clear``."""
    await uow.session.execute(
        text("DELETE FROM search_follower WHERE name = :name"), {"name": name}
    )


async def clear(uow: UnitOfWork, name: str, most: int) -> int:
    """Delete changes of a follower that is gone; returns how many."""
    gone = await uow.session.execute(
        text(
            "WITH gone AS (DELETE FROM search_change WHERE ctid = ANY(ARRAY("
            " SELECT ctid FROM search_change WHERE follower = :name"
            " AND NOT EXISTS (SELECT FROM search_follower WHERE name = :name) LIMIT :most))"
            " RETURNING 1) SELECT count(*) FROM gone"
        ),
        {"name": name, "most": most},
    )
    return int(gone.scalar_one())


async def list_strays(uow: UnitOfWork) -> list[str]:
    """Names in the queue that no follower has (any more)."""
    found = await uow.session.execute(
        text(
            "WITH RECURSIVE named AS ("
            " (SELECT follower FROM search_change ORDER BY follower LIMIT 1) UNION ALL"
            " SELECT (SELECT follower FROM search_change WHERE follower > named.follower"
            "  ORDER BY follower LIMIT 1) FROM named WHERE named.follower IS NOT NULL)"
            " SELECT follower FROM named WHERE follower IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM search_follower WHERE name = follower)"
        )
    )
    return list(found.scalars())


async def lock_filling(uow: UnitOfWork, name: str) -> Filling | None:
    """How far the queue was filled, locked; None for no follower, or when another fills it."""
    found = await uow.session.execute(
        text(
            "SELECT filled_kind, filled_id, filled_at IS NOT NULL FROM search_follower"
            " WHERE name = :name FOR UPDATE SKIP LOCKED"
        ),
        {"name": name},
    )
    row = found.one_or_none()
    return None if row is None else Filling(*row)


async def fill(uow: UnitOfWork, name: str, after: Filling, most: int) -> int:
    """Queue the documents after a place, and note the new place; returns how many."""
    found = await uow.session.execute(
        text(
            "WITH part AS (SELECT kind, id FROM search_document"
            " WHERE (kind, id) > (:kind, coalesce(CAST(:id AS uuid),"
            "  '00000000-0000-0000-0000-000000000000')) ORDER BY kind, id LIMIT :most),"
            " queued AS (INSERT INTO search_change (follower, kind, id)"
            "  SELECT :name, kind, id FROM part ORDER BY kind, id ON CONFLICT DO NOTHING),"
            " last AS (SELECT kind, id FROM part ORDER BY kind DESC, id DESC LIMIT 1),"
            " noted AS (UPDATE search_follower SET filled_kind = last.kind, filled_id = last.id"
            "  FROM last WHERE name = :name)"
            " SELECT count(*) FROM part"
        ),
        {"name": name, "kind": after.kind, "id": after.id, "most": most},
    )
    return int(found.scalar_one())


async def end_filling(uow: UnitOfWork, name: str) -> None:
    """Everything that was there before is queued."""
    await uow.session.execute(
        text("UPDATE search_follower SET filled_at = market_now() WHERE name = :name"),
        {"name": name},
    )


async def is_awake(uow: UnitOfWork, name: str) -> bool:
    """Whether there is such a follower, and it does not rest."""
    found = await uow.session.execute(
        text(
            "SELECT EXISTS (SELECT FROM search_follower WHERE name = :name"
            " AND (rests_until IS NULL OR rests_until <= market_now()))"
        ),
        {"name": name},
    )
    return bool(found.scalar_one())


async def rest(uow: UnitOfWork, name: str, fault: str, rests: Sequence[float]) -> None:
    """Leave a follower alone for a while: longer with each failure on end, in seconds."""
    await uow.session.execute(
        text(
            "UPDATE search_follower SET failures = failures + 1, fault = :fault,"
            " down_at = coalesce(down_at, market_now()), rests_until = market_now() +"
            " (CAST(:rests AS float[]))[least(failures + 1, cardinality(CAST(:rests AS float[])))]"
            " * interval '1 second' WHERE name = :name"
        ),
        {"name": name, "fault": fault[:500], "rests": list(rests)},
    )


async def wake(uow: UnitOfWork, name: str) -> None:
    """It took something, or says that it is well: it rests no more."""
    await uow.session.execute(
        text(
            "UPDATE search_follower SET failures = 0, fault = '', down_at = NULL,"
            " rests_until = NULL WHERE name = :name AND failures > 0"
        ),
        {"name": name},
    )


# ---- queues -------------------------------------------------------------------------------------


async def lock_drain(uow: UnitOfWork, name: str) -> bool:
    """Whether this transaction may drain the follower; it alone, until it ends or is killed."""
    found = await uow.session.execute(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended('search.drain:' || :name, 0))"),
        {"name": name},
    )
    return bool(found.scalar_one())


async def list_due(uow: UnitOfWork, name: str, most: int) -> list[Change]:
    """What is due, in the order in which it changed; locks nothing."""
    found = await uow.session.execute(
        text(
            "SELECT kind, id, change_no FROM search_change WHERE follower = :name"
            " AND dead_at IS NULL AND due_at <= market_now() ORDER BY change_no LIMIT :most"
        ),
        {"name": name, "most": most},
    )
    return [Change(*row) for row in found]


async def list_waiting(uow: UnitOfWork, name: str, keys: Collection[Key]) -> set[Key]:
    """Those of these documents that a follower is going to take; not what was given up."""
    found = await uow.session.execute(
        text(
            "SELECT kind, id FROM search_change JOIN"  # noqa: S608 - constant
            f" {_OF_KEYS} USING (kind, id) WHERE follower = :name AND dead_at IS NULL"
        ),
        _columns(keys) | {"name": name},
    )
    return {(kind, id) for kind, id in found}  # noqa: A001


async def finish(uow: UnitOfWork, name: str, taken: Sequence[Change]) -> None:
    """Strike off what was taken. What changed meanwhile stays due; what is struck off already
    (a rival took this worker for dead) is due again: our push may have come after his."""
    done = await uow.session.execute(
        text(
            f"WITH {_MINE} DELETE FROM search_change AS c USING mine"  # noqa: S608 - constant
            " WHERE (c.follower, c.kind, c.id) = (:name, mine.kind, mine.id)"
            " RETURNING c.kind, c.id"
        ),
        _numbered(taken) | {"name": name},
    )
    late = {change.key for change in taken} - {(kind, id) for kind, id in done}  # noqa: A001
    if late:
        await uow.session.execute(
            text(
                "INSERT INTO search_change (follower, kind, id)"  # noqa: S608 - constant
                f" SELECT name, key.kind, key.id FROM search_follower, {_OF_KEYS}"
                " WHERE name = :name AND NOT EXISTS (SELECT FROM search_change AS c"
                "  WHERE (c.follower, c.kind, c.id) = (:name, key.kind, key.id))"
                " ORDER BY key.kind, key.id ON CONFLICT DO NOTHING"
            ),
            _columns(late) | {"name": name},
        )


async def refuse(
    uow: UnitOfWork, name: str, refused: Mapping[Change, str], delays: Sequence[float]
) -> None:
    """Try these again later, each time later (seconds); after the last time no more."""
    await uow.session.execute(
        text(
            f"WITH {_MINE} UPDATE search_change AS c SET tries = tries + 1,"  # noqa: S608 - constant
            " reason = mine.reason, due_at = market_now()"
            "  + coalesce((CAST(:delays AS float[]))[tries + 1], 0) * interval '1 second',"
            " dead_at = CASE WHEN tries + 1 > cardinality(CAST(:delays AS float[]))"
            "  THEN market_now() END FROM mine"
            " WHERE (c.follower, c.kind, c.id) = (:name, mine.kind, mine.id)"
        ),
        _numbered(list(refused), refused) | {"name": name, "delays": list(delays)},
    )


async def enqueue(uow: UnitOfWork, names: Collection[str], keys: Collection[Key]) -> None:
    """Make documents due for followers, also those that they are taking in just now."""
    if not names or not keys:
        return
    await uow.session.execute(
        text(
            "INSERT INTO search_change (follower, kind, id)"  # noqa: S608 - constant
            f" SELECT name, kind, id FROM search_follower, {_OF_KEYS}"
            " WHERE name = ANY(:names) ORDER BY name, kind, id"
            " ON CONFLICT (follower, kind, id) DO UPDATE SET change_no = excluded.change_no,"
            " due_at = excluded.due_at, tries = 0, reason = '', dead_at = NULL"
        ),
        _columns(keys) | {"names": sorted(names)},
    )


async def revive(uow: UnitOfWork) -> int:
    """Try what was given up anew; returns how many."""
    found = await uow.session.execute(
        text(
            "WITH revived AS (UPDATE search_change SET dead_at = NULL, tries = 0, reason = '',"
            " due_at = market_now() WHERE dead_at IS NOT NULL RETURNING 1)"
            " SELECT count(*) FROM revived"
        )
    )
    return int(found.scalar_one())


# ---- how they stand -----------------------------------------------------------------------------


async def list_standings(uow: UnitOfWork) -> list[Standing]:
    """Every follower with its queue."""
    found = await uow.session.execute(
        text(
            "SELECT f.name, waiting.n AS waiting, dead.n AS dead,"
            " coalesce(extract(epoch FROM market_now() - first.due_at), 0) AS lag_s,"
            " f.fault, f.down_at, f.filled_at FROM search_follower AS f"
            " CROSS JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM search_change"
            "  WHERE follower = f.name AND dead_at IS NULL LIMIT :most) AS few) AS waiting"
            " CROSS JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM search_change"
            "  WHERE follower = f.name AND dead_at IS NOT NULL LIMIT :most) AS few) AS dead"
            " LEFT JOIN LATERAL (SELECT due_at FROM search_change WHERE follower = f.name"
            "  AND dead_at IS NULL AND due_at <= market_now() ORDER BY change_no LIMIT 1)"
            "  AS first ON true ORDER BY f.name"
        ),
        {"most": COUNTED},
    )
    return [
        Standing(
            row.name,
            row.waiting,
            row.dead,
            max(0.0, float(row.lag_s)),
            row.fault,
            row.down_at,
            row.filled_at,
        )
        for row in found
    ]


async def list_dead(uow: UnitOfWork, most: int = 20) -> list[Dead]:
    """What was given up, last first."""
    found = await uow.session.execute(
        text(
            "SELECT c.follower, c.kind, c.id, coalesce(d.number, '') AS number,"
            " coalesce(d.title, '') AS title, c.reason, c.dead_at FROM search_change AS c"
            " LEFT JOIN search_document AS d USING (kind, id)"
            " WHERE c.dead_at IS NOT NULL ORDER BY c.dead_at DESC, c.follower, c.kind, c.id"
            " LIMIT :most"
        ),
        {"most": most},
    )
    return [Dead(**row) for row in found.mappings()]
