"""Core: clock, calendar, case numbers, facts, and the job queue.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: there is none.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence import schema_ddl
from pgqueuer.domain.schema.declaration import target
from pgqueuer.domain.settings import DBSettings
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

QUEUE = DBSettings(db_schema="queue")

# State Council holiday notices for 2025 and 2026: first day, last day, working, name
SPANS = [
    ("2025-01-01", "2025-01-01", False, "元旦"),
    ("2025-01-26", "2025-01-26", True, "春节调休上班"),
    ("2025-01-28", "2025-02-04", False, "春节"),
    ("2025-02-08", "2025-02-08", True, "春节调休上班"),
    ("2025-04-04", "2025-04-06", False, "清明节"),
    ("2025-04-27", "2025-04-27", True, "劳动节调休上班"),
    ("2025-05-01", "2025-05-05", False, "劳动节"),
    ("2025-05-31", "2025-06-02", False, "端午节"),
    ("2025-09-28", "2025-09-28", True, "国庆节调休上班"),
    ("2025-10-01", "2025-10-08", False, "国庆节"),
    ("2025-10-11", "2025-10-11", True, "国庆节调休上班"),
    ("2026-01-01", "2026-01-03", False, "元旦"),
    ("2026-01-04", "2026-01-04", True, "元旦调休上班"),
    ("2026-02-14", "2026-02-14", True, "春节调休上班"),
    ("2026-02-15", "2026-02-23", False, "春节"),
    ("2026-02-28", "2026-02-28", True, "春节调休上班"),
    ("2026-04-04", "2026-04-06", False, "清明节"),
    ("2026-05-01", "2026-05-05", False, "劳动节"),
    ("2026-05-09", "2026-05-09", True, "劳动节调休上班"),
    ("2026-06-19", "2026-06-21", False, "端午节"),
    ("2026-09-20", "2026-09-20", True, "国庆节调休上班"),
    ("2026-09-25", "2026-09-27", False, "中秋节"),
    ("2026-10-01", "2026-10-07", False, "国庆节"),
    ("2026-10-10", "2026-10-10", True, "国庆节调休上班"),
]
YEARS = [
    (2025, "国务院办公厅关于2025年部分节假日安排的通知"),
    (2026, "国务院办公厅关于2026年部分节假日安排的通知"),
]


def upgrade() -> None:
    grant_to_serving_role()
    create_clock()
    create_calendar()
    op.create_table(
        "case_counter",
        sa.Column("prefix", sa.String(8), primary_key=True),
        sa.Column("year", sa.BigInteger, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    create_facts()
    create_queue()


def grant_to_serving_role() -> None:
    """Every later table is served by market_app unless its migration takes rights away."""
    op.execute(
        """
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'market_app') THEN
            RAISE EXCEPTION 'role market_app is missing: create it before migrating';
          END IF;
        END $$
        """
    )
    op.execute("GRANT USAGE ON SCHEMA public TO market_app")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO market_app"
    )
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO market_app"
    )


def create_clock() -> None:
    """market_now(): the database's clock plus an offset the serving role may only read."""
    op.execute(
        "CREATE TABLE market_clock ("
        " only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT ck_market_clock_one_row CHECK (only_row),"
        " offset_by interval NOT NULL DEFAULT interval '0')"
    )
    op.execute("INSERT INTO market_clock DEFAULT VALUES")
    op.execute("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON market_clock FROM market_app")
    op.execute(
        "CREATE FUNCTION market_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL UNSAFE"
        " AS $$ SELECT clock_timestamp() + offset_by FROM market_clock $$"
    )


def create_calendar() -> None:
    day = op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("is_working", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    year = op.create_table(
        "calendar_year",
        sa.Column("year", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.bulk_insert(
        day,
        [
            {"day": date.fromordinal(n), "is_working": working, "note": note}
            for first, last, working, note in SPANS
            for n in range(
                date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1
            )
        ],
    )
    op.bulk_insert(year, [{"year": y, "source": source} for y, source in YEARS])


def create_facts() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("ALTER TABLE fact ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON fact FROM market_app")
    op.create_table(
        "fact_handled",
        sa.Column("fact_id", sa.Uuid, sa.ForeignKey("fact.id"), primary_key=True),
        sa.Column("listener", sa.Text, primary_key=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
    )


def create_queue() -> None:
    """PgQueuer's own tables, statement by statement: asyncpg prepares one at a time."""
    schema = target(QUEUE)
    statements = ["CREATE SCHEMA queue"]
    statements += [schema_ddl.render_enum(entry, QUEUE) for entry in schema.enums]
    statements += [schema_ddl.render_table(entry, QUEUE) for entry in schema.tables]
    statements += [schema_ddl.render_index(entry, QUEUE) for entry in schema.indexes]
    statements += [schema_ddl.render_function(entry, QUEUE) for entry in schema.functions]
    statements += [schema_ddl.render_trigger(entry, QUEUE) for entry in schema.triggers]
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
    op.execute("GRANT USAGE ON SCHEMA queue TO market_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO market_app")
    op.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA queue TO market_app")


def downgrade() -> None:
    op.execute("DROP SCHEMA queue CASCADE")
    for table in ("fact_handled", "fact", "case_counter", "calendar_year", "calendar_day"):
        op.drop_table(table)
    op.execute("DROP FUNCTION market_now()")
    op.drop_table("market_clock")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM market_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM market_app")
