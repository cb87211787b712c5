"""Search: the table of everything that can be found, and its indexes.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("facets", ARRAY(sa.Text()), nullable=False),
        sa.Column("terms", TSVECTOR(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_search_document"),
    )
    # Counting facets reads up to 10,000 rows: terms and summary live outside the row, facets in
    # it. Uncompressed terms are ranked a third faster.
    op.execute("ALTER TABLE search_document SET (toast_tuple_target = 512)")
    op.execute("ALTER TABLE search_document ALTER terms SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE search_document ALTER facets SET STORAGE MAIN")
    # Finds words and narrows by facets in one index scan, before any row is read. The pending
    # list makes bulk writing three times as fast; a search reads it whole, so it stays at 16 MB
    # and is worked in when an import ends.
    op.execute(
        "CREATE INDEX ix_search_document_terms_facets ON search_document USING gin (terms, facets)"
        " WITH (fastupdate = on, gin_pending_list_limit = 16384)"
    )
    # The owner alone may work the pending list in; the serving role asks for just that.
    op.execute(
        """
        CREATE FUNCTION settle_search_index() RETURNS bigint LANGUAGE sql SECURITY DEFINER
        SET search_path = pg_catalog, public
        AS $$ SELECT gin_clean_pending_list('public.ix_search_document_terms_facets') $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION settle_search_index() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION settle_search_index() TO market_app")
    # Newest first without sorting: lists without a query, and common words sorted by date.
    op.create_index(
        "ix_search_document_published", "search_document", ["published_at", "id", "kind"]
    )
    # Cheapest or dearest first, the same way.
    op.create_index("ix_search_document_price", "search_document", ["price_minor", "id", "kind"])
    # Suggestions: titles that begin like what is typed, in any database locale.
    op.create_index(
        "ix_search_document_title_key",
        "search_document",
        ["title_key"],
        postgresql_ops={"title_key": "text_pattern_ops"},
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION settle_search_index()")
    op.drop_table("search_document")
