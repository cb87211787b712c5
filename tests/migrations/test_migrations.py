"""Migrations: up, down, up again; the tables are exactly the models'."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from app.migrate import make_config, newest_revision
from app.registry import metadata
from migrations.env_filter import include_object
from tests import databases


async def test_the_tables_are_exactly_the_models(template: str) -> None:
    engine = databases.connect(template, role="market_owner")

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_object": include_object, "compare_type": True}
        )
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await engine.dispose()


async def test_up_down_up(real_database: str) -> None:
    engine = databases.connect(real_database, role="market_owner")

    def downgrade(connection: Connection) -> None:
        config = make_config("")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    async with engine.begin() as connection:
        await connection.run_sync(downgrade)
        left = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                 " AND relkind = 'r' AND relname <> 'alembic_version'")
        )  # fmt: skip
        assert left.scalars().all() == []
    await engine.dispose()
    await databases.migrate(real_database)
    engine = databases.connect(real_database, role="market_owner")
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT version_num FROM alembic_version"))
        assert found.scalar_one() == newest_revision()
    await engine.dispose()


async def test_the_serving_role_owns_nothing_and_is_no_superuser(template: str) -> None:
    async with databases.superuser(template) as engine, engine.connect() as connection:
        owned = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relowner = 'market_app'::regrole")
        )
        assert owned.scalars().all() == []
        strong = await connection.execute(
            text("SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles"
                 " WHERE rolname = 'market_app'")
        )  # fmt: skip
        assert strong.scalar_one() is False
