"""Every SELECT of the room. It reads the tables of all rooms, as ``reports`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.tx import UnitOfWork
from app.operations.types import DatedRows, RoleFacts

_READ = ("law_read", "law")
_OURS = ("own_default", "ours")


async def read_database_clock(uow: UnitOfWork) -> datetime:
    """The database's own clock, without the market's offset."""
    # why the market's clock less its offset: one clock is asked, in one statement
    found = await uow.session.execute(text("SELECT market_now() - offset_by FROM market_clock"))
    return found.scalar_one()  # type: ignore[no-any-return]


async def find_revision(uow: UnitOfWork) -> str:
    """The revision of the tables; empty before the first migration, and before one could ask."""
    readable = await uow.session.execute(
        text("SELECT has_table_privilege(to_regclass('alembic_version'), 'SELECT')")
    )
    if not readable.scalar_one():
        return ""
    found = await uow.session.execute(text("SELECT version_num FROM alembic_version"))
    return str(found.scalar_one_or_none() or "")


async def get_role(uow: UnitOfWork) -> RoleFacts:
    """What the role of this connection may do."""
    found = await uow.session.execute(
        text(
            "SELECT rolname, rolsuper, rolcreatedb OR rolcreaterole OR rolbypassrls"
            "  OR rolreplication AS may_create,"
            " EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            "  WHERE n.nspname IN ('public', 'queue') AND c.relkind = 'r'"
            "  AND pg_has_role(r.oid, c.relowner, 'USAGE')) AS owns_tables,"
            " coalesce(has_table_privilege(r.oid, to_regclass('audit_entry'), 'UPDATE, DELETE'),"
            "  false) AS may_rewrite"
            " FROM pg_roles AS r WHERE rolname = current_user"
        )
    )
    row = found.one()
    return RoleFacts(row.rolname, row.rolsuper, row.may_create, row.owns_tables, row.may_rewrite)


async def list_dated_tables(uow: UnitOfWork) -> list[str]:
    """Tables of rules: those that say of each row where it is from and how well it was read."""
    found = await uow.session.execute(
        text(
            "SELECT t.table_name FROM information_schema.columns AS t"
            " JOIN information_schema.columns AS s USING (table_schema, table_name)"
            " WHERE t.table_schema = 'public' AND t.column_name = 'trust'"
            " AND s.column_name = 'source' ORDER BY 1"
        )
    )
    return list(found.scalars())


async def count_unread(uow: UnitOfWork, table: str) -> DatedRows:
    """Rows of one table of rules that nobody has read in the law's own text."""
    name = uow.session.get_bind().dialect.identifier_preparer.quote(table)
    found = await uow.session.execute(
        text(
            f"SELECT trust = ANY(:ours) AS ours, source, count(*) AS rows FROM {name}"  # noqa: S608
            " WHERE trust <> ALL(:read) GROUP BY 1, 2 ORDER BY 3 DESC, 2"
        ),
        {"read": list(_READ), "ours": list(_OURS)},
    )
    rows = found.all()
    return DatedRows(
        table,
        unread=sum(row.rows for row in rows if not row.ours),
        ours=sum(row.rows for row in rows if row.ours),
        sources=tuple(row.source for row in rows if not row.ours)[:8],
    )


async def list_calendar_years(uow: UnitOfWork) -> frozenset[int]:
    """Years whose holidays have been entered."""
    return frozenset((await uow.session.execute(text("SELECT year FROM calendar_year"))).scalars())


async def count_role_holders(uow: UnitOfWork) -> Mapping[str, int]:
    """How many people hold each role on the platform."""
    found = await uow.session.execute(
        text("SELECT role, count(*) AS held FROM platform_role GROUP BY role")
    )
    return {row.role: row.held for row in found}


async def count_demo_logins(uow: UnitOfWork) -> int:
    """Logins with the published password."""
    found = await uow.session.execute(
        text("SELECT count(*) FROM login WHERE value LIKE '%@demo.invalid'")
    )
    return int(found.scalar_one())


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Jobs of one kind in one state, and how long the oldest due one has waited, in seconds."""

    job: str
    status: str
    count: int
    waited_s: float


async def list_jobs(uow: UnitOfWork) -> list[QueueRow]:
    """The queue by kind and state; ``failed`` ones are held until somebody looks."""
    found = await uow.session.execute(
        text(
            "SELECT entrypoint, status::text AS status, count(*) AS jobs,"
            " coalesce(extract(epoch FROM clock_timestamp() - min(execute_after)), 0) AS waited"
            " FROM queue.pgqueuer GROUP BY 1, 2 ORDER BY 1, 2"
        )
    )
    return [
        QueueRow(row.entrypoint, row.status, row.jobs, max(0.0, float(row.waited))) for row in found
    ]


async def list_outgoing(uow: UnitOfWork) -> dict[tuple[str, str], int]:
    """Mails and webhooks by (kind, state), of those that are not over or died."""
    found = await uow.session.execute(
        text(
            "SELECT 'mail' AS kind, state, count(*) AS things FROM dispatch"
            " WHERE due_at IS NOT NULL GROUP BY 2"
            " UNION ALL SELECT 'webhook', state, count(*) FROM webhook_delivery"
            " WHERE due_at IS NOT NULL GROUP BY 2"
            " UNION ALL SELECT 'mail', state, count(*) FROM dispatch WHERE due_at IS NULL"
            " AND state = 'dead' AND created_at > market_now() - interval '7 days' GROUP BY 2"
        )
    )
    return {(row.kind, row.state): row.things for row in found}


async def count_failing_mails(uow: UnitOfWork) -> int:
    """Mails that are to go out and have failed at least twice."""
    found = await uow.session.execute(
        text(
            "SELECT count(*) FROM dispatch WHERE due_at IS NOT NULL AND attempts >= 2"
            " AND channel = 'email'"
        )
    )
    return int(found.scalar_one())


async def get_overdue_s(uow: UnitOfWork) -> float:
    """How long the most overdue lot has waited for the sweep, in seconds."""
    found = await uow.session.execute(
        text(
            "SELECT coalesce(extract(epoch FROM market_now() - min(due_at)), 0)"
            " FROM lot WHERE due_at < market_now()"
        )
    )
    return float(found.scalar_one())


async def find_heartbeat_age_s(uow: UnitOfWork) -> float | None:
    """Seconds since the web service's last heartbeat; None before the first."""
    found = await uow.session.execute(
        text(
            "SELECT extract(epoch FROM market_now() - (h.beat_at + (c.offset_by - h.offset_by)))"
            " FROM service_heartbeat AS h, market_clock AS c"
        )
    )
    age = found.scalar_one_or_none()
    return None if age is None else max(0.0, float(age))
