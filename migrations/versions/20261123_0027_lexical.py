"""Facets as numbers beside their words, and how common a word is.

Counting facets over ten thousand matches costs half as much with numbers. PostgreSQL makes them
itself, so that whoever writes a row need not know of them.

Step: expand.
Lock: search_document while it is written anew with its indexes; some minutes at a million rows.
Old code keeps working because: it writes and reads facets as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The first 12 bits are the facet's, the others the value's: values of one facet are told from
    # others without their words. In the order of the words, each of which is thus found again.
    op.execute(
        """
        CREATE FUNCTION search_facet_ids(facets text[]) RETURNS bigint[]
        LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
        AS $$
        DECLARE
            ids bigint[] := '{}';
            word text;
        BEGIN
            FOREACH word IN ARRAY facets LOOP
                ids := ids || ('x' || left(md5(split_part(word, '=', 1)), 3)
                                   || left(md5(word), 13))::bit(64)::bigint;
            END LOOP;
            RETURN ids;
        END $$
        """
    )
    # In the row, and never a pointer to be followed ten thousand times.
    op.execute(
        "ALTER TABLE search_document ADD COLUMN facet_ids bigint[] STORAGE MAIN NOT NULL"
        " GENERATED ALWAYS AS (search_facet_ids(facets)) STORED"
    )
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text, primary_key=True),
        sa.Column("share", sa.Double, nullable=False),
        sa.CheckConstraint("share > 0 AND share <= 1", name="share_is_one"),
    )


def downgrade() -> None:
    op.drop_table("search_word")
    op.drop_column("search_document", "facet_ids")
    op.execute("DROP FUNCTION search_facet_ids(text[])")
