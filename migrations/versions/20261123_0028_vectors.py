"""Vectors of texts and the models that made them.

Step: expand.
Lock: search_document against writers while its small index on text_hash is built.
Old code keeps working because: it does not know the new tables. What it writes has no text_hash,
so that it is found by words alone until the drift check writes it anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    need_extension()
    op.create_table(
        "search_model",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("dimensions", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False, server_default=sa.text("market_now()")),
        sa.CheckConstraint("name <> '' AND length(name) <= 200", name="has_name"),
        sa.CheckConstraint("dimensions BETWEEN 1 AND 4000", name="dimensions_fit"),
        sa.CheckConstraint("state IN ('building', 'serving', 'retired')", name="state_known"),
    )
    op.create_index(
        "uq_search_model_serving",
        "search_model",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'serving'"),
    )
    op.execute(
        "CREATE TABLE search_embedding ("
        " model text NOT NULL, text_hash bytea NOT NULL, vector halfvec NOT NULL,"
        " CONSTRAINT pk_search_embedding PRIMARY KEY (model, text_hash))"
    )
    # From the vectors nearest to a question back to the documents that have this text.
    op.create_index("ix_search_document_text_hash", "search_document", ["text_hash"])
    create_index_functions()


def need_extension() -> None:
    """pgvector 0.8: half vectors, and index scans that go on until a filter is satisfied."""
    op.execute(
        """
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
            RAISE EXCEPTION 'PostgreSQL lacks the extension "vector" (pgvector 0.8 or newer)'
              USING HINT = 'Install pgvector on the database server (package postgresql-18-pgvector,'
                           ' or the image pgvector/pgvector:pg18), then migrate again.';
          END IF;
          BEGIN
            CREATE EXTENSION IF NOT EXISTS vector;
          EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'the migrating role may not create the extension "vector"'
              USING HINT = 'As superuser in this database: CREATE EXTENSION vector;';
          END;
          IF (SELECT string_to_array(regexp_replace(extversion, '[^0-9.]', '', 'g'), '.')::int[]
                FROM pg_extension WHERE extname = 'vector') < ARRAY[0, 8] THEN
            RAISE EXCEPTION 'the extension "vector" is older than 0.8'
              USING HINT = 'Update pgvector on the database server, then as superuser in this'
                           ' database: ALTER EXTENSION vector UPDATE;';
          END IF;
        END $$
        """
    )


def create_index_functions() -> None:
    """Indexes of vectors come and go with models, while the serving role owns no table.

    why so guarded: the functions run as the owner, so they take the name of a known model and
    nothing else, and quote even that
    """
    op.execute(
        """
        CREATE FUNCTION search_vector_index(model text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
        SET search_path = pg_catalog
        AS $$ SELECT 'ix_search_vector_' || left(md5(model), 16) $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION build_search_vector_index(wanted text, dims bigint) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
        -- why alone: helpers would share the memory, which containers have little of to share
        SET maintenance_work_mem = '512MB' SET max_parallel_maintenance_workers = 0
        AS $$ BEGIN
          PERFORM FROM public.search_model WHERE name = wanted AND dimensions = dims FOR SHARE;
          IF NOT FOUND THEN
            RAISE EXCEPTION 'no model % with % dimensions', wanted, dims USING ERRCODE = '22023';
          END IF;
          EXECUTE format(
            'CREATE INDEX IF NOT EXISTS %I ON public.search_embedding'
            ' USING hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) WHERE model = %L',
            public.search_vector_index(wanted), dims, wanted);
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION drop_search_vector_index(unwanted text) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
        -- why so short: whoever waits for the index's lock keeps every question waiting behind it
        SET lock_timeout = '2s'
        AS $$ BEGIN
          PERFORM FROM public.search_model WHERE name = unwanted AND state = 'serving' FOR SHARE;
          IF FOUND THEN
            RAISE EXCEPTION 'model % serves', unwanted USING ERRCODE = '22023';
          END IF;
          EXECUTE format('DROP INDEX IF EXISTS public.%I', public.search_vector_index(unwanted));
        END $$
        """
    )
    for function in (
        "build_search_vector_index(text, bigint)",
        "drop_search_vector_index(text)",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO market_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION drop_search_vector_index(text)")
    op.execute("DROP FUNCTION build_search_vector_index(text, bigint)")
    op.execute("DROP FUNCTION search_vector_index(text)")
    op.drop_index("ix_search_document_text_hash", "search_document")
    op.drop_table("search_embedding")
    op.drop_table("search_model")
