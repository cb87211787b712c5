"""Disclosures to the unit, editions of the catalogue, plans of conversion.

Step: expand (first tables).
Lock: none, nothing is there yet; foreign keys take a short share lock on party and achievement.
Old code keeps working because: it does not know these tables, and no old column changes.

The policy texts ask for a system of disclosure (国办发〔2016〕28号 item 6, read in full) and name no
period: the seeded periods are this market's own default, and a unit may set its own.
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)
_OWN_RULE = "本平台规则；国办发〔2016〕28号第6项要求建立披露制度，未规定期限"
_EMPOWER = "《赋予科研人员职务科技成果所有权或长期使用权试点实施方案》摘录；汕头经济特区科技创新条例第二十五条"
_RULES = (
    ("decide_working_days", 15, _OWN_RULE, "own_default"),
    ("remind_working_days", 3, "本平台规则", "own_default"),
    ("use_right_min_years", 10, _EMPOWER, "excerpt"),
)


def upgrade() -> None:
    create_disclosure()
    create_disclosure_history()
    create_rules()
    create_editions()
    create_plans()


def create_disclosure() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), unique=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("author_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("novelty", sa.Text, nullable=False),
        sa.Column("field", sa.String(32)),
        sa.Column("funding", sa.String(16)),
        sa.Column("fiscal", sa.Boolean),
        sa.Column("project_name", sa.Text, nullable=False),
        sa.Column("project_number", sa.Text, nullable=False),
        sa.Column("publications", JSONB, nullable=False),
        sa.Column("secrecy", sa.String(16)),
        sa.Column("obligations", sa.Text, nullable=False),
        sa.Column("wish", sa.String(24)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("submissions", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", _WHEN),
        sa.Column("due_at", _WHEN),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("due_days", sa.BigInteger),
        sa.Column("due_source", sa.Text, nullable=False),
        sa.Column("due_trust", sa.String(32)),
        sa.Column("remind_at", _WHEN),
        sa.Column("decided_at", _WHEN),
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), unique=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("updated_at", _WHEN, nullable=False),
        sa.UniqueConstraint("author_id", "idempotency_key"),
        sa.CheckConstraint("title <> ''", name="has_title"),
        sa.CheckConstraint("(submissions > 0) = (number IS NOT NULL)", name="submitted_has_number"),
        sa.CheckConstraint(
            "state <> 'submitted' OR (submitted_at IS NOT NULL AND due_at > submitted_at)",
            name="waiting_is_due",
        ),
        # what may be a state secret is never kept on line
        sa.CheckConstraint("secrecy <> 'maybe_secret'", name="no_secret_online"),
        sa.CheckConstraint(
            "achievement_id IS NULL OR state = 'accepted'", name="linked_when_accepted"
        ),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )
    # one's own, last changed first
    op.create_index(None, "disclosure", ["author_id", "updated_at", "id"])
    # the unit's, last changed first
    op.create_index(None, "disclosure", ["organisation_id", "updated_at", "id"])
    # what waits for the unit's decision, the most urgent first
    op.create_index(
        "ix_disclosure_waiting",
        "disclosure",
        ["organisation_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    # the sweep: who is to be reminded next
    op.create_index(
        "ix_disclosure_remind_at",
        "disclosure",
        ["remind_at"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.execute("REVOKE DELETE, TRUNCATE ON disclosure FROM market_app")
    op.create_table(
        "disclosure_completer",
        sa.Column("disclosure_id", sa.Uuid, sa.ForeignKey("disclosure.id"), primary_key=True),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("contribution", sa.Text, nullable=False),
        sa.Column("share_bp", sa.BigInteger),
        sa.CheckConstraint("(person_id IS NULL) <> (name = '')", name="member_or_name"),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_is_a_part"),
    )
    # what a person is a completer of
    op.create_index(None, "disclosure_completer", ["person_id"])


def create_disclosure_history() -> None:
    op.create_table(
        "disclosure_version",
        sa.Column("disclosure_id", sa.Uuid, sa.ForeignKey("disclosure.id"), primary_key=True),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("submitted_by", sa.Uuid, nullable=False),
        sa.Column("submitted_at", _WHEN, nullable=False),
        sa.CheckConstraint("ordinal > 0", name="ordinal_positive"),
    )
    # why UPDATE stays: names are emptied when a person leaves or a text proves to be secret; the
    # hash of what was submitted stands in the audit chain
    op.execute("REVOKE DELETE, TRUNCATE ON disclosure_version FROM market_app")
    op.create_table(
        "disclosure_decision",
        sa.Column("disclosure_id", sa.Uuid, primary_key=True),
        # why: each submission is decided once
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("decision", sa.String(24), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("empowerment", sa.String(16)),
        sa.Column("share_bp", sa.BigInteger),
        sa.Column("years", sa.BigInteger),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=False),
        sa.Column("decided_at", _WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id", "ordinal"],
            ["disclosure_version.disclosure_id", "disclosure_version.ordinal"],
            name="fk_disclosure_decision_version",
        ),
        sa.CheckConstraint(
            "(decision = 'empower') = (empowerment IS NOT NULL)", name="empowered_how"
        ),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_is_a_part"),
        sa.CheckConstraint("note <> ''", name="has_reason"),
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON disclosure_decision FROM market_app")


def create_rules() -> None:
    table = op.create_table(
        "disclosure_rule",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("in_force_from", sa.Date, nullable=False),
        sa.Column("in_force_to", sa.Date),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("trust", sa.String(32), nullable=False),
        sa.CheckConstraint("value > 0", name="value_positive"),
        sa.CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
    )
    op.create_index(None, "disclosure_rule", ["name", "organisation_id"])
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON disclosure_rule FROM market_app")
    assert table is not None
    op.bulk_insert(
        table,
        [
            {
                "id": UUID(f"00000000-0000-7000-8000-00000016{place:04d}"),
                "name": name,
                "value": value,
                "in_force_from": date(2016, 1, 1),
                "source": source,
                "trust": trust,
            }
            for place, (name, value, source, trust) in enumerate(_RULES, 1)
        ],
    )


def create_editions() -> None:
    op.create_table(
        "catalogue_edition",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("issue", sa.BigInteger),
        sa.Column("foreword", sa.Text, nullable=False),
        sa.Column("selection", JSONB, nullable=False),
        sa.Column("excluded", JSONB, nullable=False),
        sa.Column("visibility", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("updated_at", _WHEN, nullable=False),
        sa.Column("published_at", _WHEN),
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint("kind IN ('catalogue', 'conversion_list')", name="kind_known"),
        sa.CheckConstraint("state IN ('draft', 'published', 'discarded')", name="state_known"),
        sa.CheckConstraint("visibility IN ('public', 'internal')", name="visibility_known"),
        sa.CheckConstraint("title <> ''", name="has_title"),
        sa.CheckConstraint(
            "(state = 'published') = (number IS NOT NULL) AND (state = 'published') ="
            " (sha256 IS NOT NULL) AND (state = 'published') = (published_at IS NOT NULL)"
            " AND (state = 'published') = (issue IS NOT NULL)",
            name="published_whole",
        ),
        sa.CheckConstraint("state <> 'published' OR size > 0", name="published_not_empty"),
    )
    # issues are counted per issuer, kind and title, each once
    op.create_index(
        "uq_catalogue_edition_issue",
        "catalogue_edition",
        ["owner_id", "kind", "title", "issue"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "uq_catalogue_edition_platform_issue",
        "catalogue_edition",
        ["kind", "title", "issue"],
        unique=True,
        postgresql_where=sa.text("state = 'published' AND owner_id IS NULL"),
    )
    # the public shelf, newest first
    op.create_index(
        "ix_catalogue_edition_public",
        "catalogue_edition",
        ["published_at", "id"],
        postgresql_where=sa.text("state = 'published' AND visibility = 'public'"),
    )
    # an issuer's own, last changed first
    op.create_index(None, "catalogue_edition", ["owner_id", "updated_at", "id"])
    op.execute("REVOKE DELETE, TRUNCATE ON catalogue_edition FROM market_app")
    op.create_table(
        "catalogue_edition_row",
        sa.Column("edition_id", sa.Uuid, sa.ForeignKey("catalogue_edition.id"), primary_key=True),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), nullable=False),
        sa.Column("section", sa.String(32), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.UniqueConstraint("edition_id", "achievement_id"),
    )
    # the editions that an achievement stands in
    op.create_index(None, "catalogue_edition_row", ["achievement_id"])
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON catalogue_edition_row FROM market_app")


def create_plans() -> None:
    op.create_table(
        "conversion_plan",
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), primary_key=True),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("route", sa.String(24)),
        sa.Column("responsible_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("next_step", sa.Text, nullable=False),
        sa.Column("target_on", sa.Date),
        sa.Column("negotiating", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.Uuid, nullable=False),
        sa.Column("updated_at", _WHEN, nullable=False),
    )
    # what is planned, by who answers for it
    op.create_index(None, "conversion_plan", ["owner_id", "responsible_id"])
    op.execute("REVOKE DELETE, TRUNCATE ON conversion_plan FROM market_app")


def downgrade() -> None:
    for table in (
        "conversion_plan",
        "catalogue_edition_row",
        "catalogue_edition",
        "disclosure_rule",
        "disclosure_decision",
        "disclosure_version",
        "disclosure_completer",
        "disclosure",
    ):
        op.drop_table(table)
