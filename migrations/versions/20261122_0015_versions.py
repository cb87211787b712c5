"""Catalogue: versions, consents of co-owners, entry on behalf, views; inquiries.

Step: expand.
Lock: none, nothing is there yet; no older table is changed.
Old code keeps working because: it does not know these tables. Records that are there already get
their first version row when they next change, so nothing is copied here.

The rule of consents is seeded here. Source: 专利法 (2020) article 14 as the domain notes carry it
(without an agreement a co-owner exploits or gives ordinary licences alone and shares the fees; any
other exercise needs every co-owner). For 作价投资 and 合作开发 the article is applied by us.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PATENT_LAW = "《中华人民共和国专利法》（2020年修正）第十四条"
_RULE = "本平台交易规则"
_ALL = "行使共有的专利权应当取得全体共有人的同意"
_ALONE = "没有约定的，共有人可以单独以普通许可方式许可他人实施，收取的使用费应当在共有人之间分配"
_EQUITY = "作价投资使专利权归接受出资的企业所有，按转让对待"
_JOINT = "合作开发的一方实施既有成果，按普通许可对待"

# 2021-06-01: the day the law as amended in 2020 came into force
_CONSENTS = (
    ("transfer", True, _ALL, _PATENT_LAW, "law_read"),
    ("exclusive", True, _ALL, _PATENT_LAW, "law_read"),
    ("sole", True, _ALL, _PATENT_LAW, "law_read"),
    ("ordinary", False, _ALONE, _PATENT_LAW, "law_read"),
    ("equity", True, _EQUITY, _RULE, "own_default"),
    ("joint_development", False, _JOINT, _RULE, "own_default"),
)


def upgrade() -> None:
    _create_versions()
    _create_consents()
    _create_confirmations()
    _create_views()
    _create_inquiries()
    # what a record said is a record of what happened
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON achievement_version FROM market_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON achievement_version_hiding FROM market_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON inquiry_message FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON co_owner_consent FROM market_app")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _word(name: str, length: int = 16, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _party(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey("party.id"), nullable=nullable)


def _id(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _achievement(*, key: bool = False, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(
        "achievement_id",
        sa.Uuid,
        sa.ForeignKey("achievement.id"),
        primary_key=key,
        nullable=nullable,
    )


def _create_versions() -> None:
    op.create_table(
        "achievement_version",
        _achievement(key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", JSONB, nullable=False),
        _word("sha256", 64),
        _word("action", 32),
        sa.Column("published", sa.Boolean, nullable=False),
        _id("by_person"),
        _id("by_organisation"),
        _instant("at"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("length(sha256) = 64", name="has_hash"),
    )
    op.create_table(
        "achievement_completer_name",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        _text("name"),
        _instant("erased_at", nullable=True),
        sa.CheckConstraint("(name = '') = (erased_at IS NOT NULL)", name="erased_when"),
    )
    op.create_index(
        "uq_achievement_completer_name_living",
        "achievement_completer_name",
        ["achievement_id", "name"],
        unique=True,
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "achievement_version_hiding",
        sa.Column("achievement_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("reason"),
        _id("hidden_by"),
        _instant("hidden_at"),
        sa.ForeignKeyConstraint(
            ["achievement_id", "version"],
            ["achievement_version.achievement_id", "achievement_version.version"],
            name="fk_achievement_version_hiding_version",
        ),
        sa.CheckConstraint("reason <> ''", name="has_reason"),
    )


def _create_consents() -> None:
    rules = op.create_table(
        "consent_rule",
        sa.Column("disposal", sa.String(32), primary_key=True),
        sa.Column("in_force_from", sa.Date, primary_key=True),
        sa.Column("in_force_to", sa.Date),
        sa.Column("needs_all", sa.Boolean, nullable=False),
        _text("reason"),
        _text("source"),
        _word("trust", 32),
        sa.CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
    )
    op.bulk_insert(
        rules,
        [
            {
                "disposal": disposal,
                "in_force_from": dt.date(2021, 6, 1),
                "in_force_to": None,
                "needs_all": needs_all,
                "reason": reason,
                "source": source,
                "trust": trust,
            }
            for disposal, needs_all, reason, source, trust in _CONSENTS
        ],
    )
    op.create_table(
        "co_owner_consent",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id"), nullable=False),
        _party("owner_id"),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        _party("party_id", nullable=True),
        _text("co_owner_name"),
        _word("co_owners_hash", 64),
        _word("disposal", 32),
        _word("breadth"),
        _word("scope_hash", 64),
        _text("statement"),
        _word("statement_sha256", 64),
        _word("way"),
        _word("state"),
        _text("note"),
        _id("asked_by", nullable=False),
        _instant("asked_at"),
        _id("decided_by"),
        _instant("decided_at", nullable=True),
        _id("withdrawn_by"),
        _instant("withdrawn_at", nullable=True),
        sa.CheckConstraint("statement <> ''", name="has_statement"),
        sa.CheckConstraint(
            "state NOT IN ('given', 'refused') OR decided_at IS NOT NULL", name="decided_when"
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_when"
        ),
    )
    op.create_index(
        "uq_co_owner_consent_open",
        "co_owner_consent",
        ["offer_id", "ordinal", "co_owners_hash", "scope_hash"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'proof_sent', 'given')"),
    )
    op.create_index(
        "ix_co_owner_consent_achievement_id_asked_at",
        "co_owner_consent",
        ["achievement_id", "asked_at"],
    )
    op.create_index(
        "ix_co_owner_consent_party_id_asked_at",
        "co_owner_consent",
        ["party_id", "asked_at", "id"],
        postgresql_where=sa.text("party_id IS NOT NULL"),
    )
    op.create_index(
        "ix_co_owner_consent_proof_sent",
        "co_owner_consent",
        ["asked_at", "id"],
        postgresql_where=sa.text("state = 'proof_sent'"),
    )


def _create_confirmations() -> None:
    op.create_table(
        "achievement_confirmation",
        _achievement(key=True),
        _id("entered_by", nullable=False),
        _word("entered_as"),
        _party("person_id"),
        _word("state"),
        _text("reason"),
        sa.Column("confirmed_version", sa.BigInteger),
        _word("content_hash", 64, nullable=True),
        _instant("entered_at"),
        _instant("decided_at", nullable=True),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_when"),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_reason"),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (confirmed_version IS NOT NULL AND content_hash IS NOT NULL)",
            name="confirmed_what",
        ),
    )
    for column in ("person_id", "entered_by"):
        op.create_index(
            f"ix_achievement_confirmation_{column}_entered_at",
            "achievement_confirmation",
            [column, "entered_at", "achievement_id"],
        )


def _create_views() -> None:
    op.create_table(
        "achievement_views",
        _achievement(key=True),
        sa.Column("on_day", sa.Date, primary_key=True),
        sa.Column("views", sa.BigInteger, nullable=False),
        sa.CheckConstraint("views > 0", name="views_positive"),
    )
    op.create_index("ix_achievement_views_on", "achievement_views", ["on_day"])
    op.create_table(
        "achievement_organisation_views",
        _achievement(key=True),
        sa.Column("organisation_id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("on_day", sa.Date, primary_key=True),
        sa.Column("views", sa.BigInteger, nullable=False),
        sa.CheckConstraint("views > 0", name="views_positive"),
    )
    op.create_index(
        "ix_achievement_organisation_views_on", "achievement_organisation_views", ["on_day"]
    )


def _create_inquiries() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), nullable=False, unique=True),
        _word("about_kind"),
        _id("about_id", nullable=False),
        _word("about_number", 24),
        _text("about_title"),
        _achievement(nullable=True),
        _party("owner_id"),
        _party("asker_id"),
        _id("asked_by", nullable=False),
        _text("title"),
        _word("wish"),
        _word("content_hash", 64),
        _word("state"),
        _word("idempotency_key", 64),
        _instant("asked_at"),
        _instant("updated_at"),
        _instant("closed_at", nullable=True),
        sa.UniqueConstraint("asked_by", "idempotency_key"),
        sa.CheckConstraint("title <> ''", name="has_title"),
        sa.CheckConstraint("asker_id <> owner_id", name="asks_another"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        sa.CheckConstraint("about_kind IN ('achievement', 'offer', 'demand')", name="about_known"),
    )
    for columns in (
        ("owner_id", "updated_at", "id"),
        ("asker_id", "updated_at", "id"),
        ("asker_id", "asked_at"),
        ("about_id", "asked_at"),
        ("achievement_id", "asked_at"),
    ):
        op.create_index(f"ix_inquiry_{'_'.join(columns)}", "inquiry", list(columns))
    op.create_table(
        "inquiry_message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("inquiry_id", sa.Uuid, sa.ForeignKey("inquiry.id"), nullable=False),
        _word("side", 8),
        _party("organisation_id"),
        _id("by_person", nullable=False),
        _text("body"),
        _word("idempotency_key", 64),
        _instant("at"),
        sa.UniqueConstraint("by_person", "idempotency_key"),
        sa.CheckConstraint("body <> ''", name="has_body"),
    )
    op.create_index(
        "ix_inquiry_message_inquiry_id_at_id", "inquiry_message", ["inquiry_id", "at", "id"]
    )
    op.create_index(
        "ix_inquiry_message_organisation_id_at", "inquiry_message", ["organisation_id", "at"]
    )


def downgrade() -> None:
    for table in (
        "inquiry_message",
        "inquiry",
        "achievement_organisation_views",
        "achievement_views",
        "achievement_confirmation",
        "co_owner_consent",
        "consent_rule",
        "achievement_version_hiding",
        "achievement_completer_name",
        "achievement_version",
    ):
        op.drop_table(table)
