"""Catalogue: achievements, their rights and claims; offers, rights given, the exclusion matrix.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.

The matrix (36 ordered pairs) is seeded here. Read in full: 技术合同纠纷解释 (2020 修正) articles
16, 24, 25 and 28. Not read in full: 专利法 12 and 14, 民法典 862–865 (待核实). What no text decides
is this market's own default and is tagged so.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_READ, _OWN = "law_read", "own_default"
_25 = "《最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释》第二十五条"
_24 = "《最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释》第二十四条"
_16 = "《最高人民法院关于审理技术合同纠纷案件适用法律若干问题的解释》第十六条"
_RULE = "本平台交易规则"

_GONE = "成果已经转让，原权利人不能再行处置"
_GONE_EQUITY = "成果已经作价投资，一般归接受出资的企业所有，原权利人不能再行处置"
_ONE_LICENSEE = "同一领域、地域和期间内，独占许可只有一个被许可人"
_ONE_BUT_OWNER = "同一领域、地域和期间内，排他许可只有一个被许可人，权利人仅可自行实施"
_PROMISED = "同一领域、地域和期间内已有其他被许可人，不能再承诺只有一个"
_BURDENED = "成果上有未到期的独占或排他许可，受让人不能自由实施，不在本平台转让或作价投资"
_BESIDE = "普通许可可以并存"
_STAYS = "在先的普通许可不受转让影响，继续有效"
_USES = "合作开发的一方要实施既有成果，按普通许可对待"

_LICENCES = ("exclusive", "sole", "ordinary", "joint_development")
_OWNERSHIP = ("transfer", "equity")


def _matrix() -> list[dict[str, object]]:
    """Every ordered pair: may ``later`` be given while ``earlier`` is alive?"""
    rows: list[tuple[str, str, bool, bool, str, str, str]] = []
    for later in (*_OWNERSHIP, *_LICENCES):
        rows += [
            ("transfer", later, True, False, _GONE, _24, _READ),
            ("equity", later, True, False, _GONE_EQUITY, _16, _READ),
        ]
    for later in _LICENCES:
        read = _OWN if later == "joint_development" else _READ
        rows += [
            ("exclusive", later, True, True, _ONE_LICENSEE, _25, read),
            ("sole", later, True, True, _ONE_BUT_OWNER, _25, read),
        ]
    for later in _OWNERSHIP:
        rows += [
            ("exclusive", later, True, False, _BURDENED, _RULE, _OWN),
            ("sole", later, True, False, _BURDENED, _RULE, _OWN),
            ("ordinary", later, False, False, _STAYS, _24, _READ),
            ("joint_development", later, False, False, _USES, _RULE, _OWN),
        ]
    for earlier in ("ordinary", "joint_development"):
        read = _OWN if earlier == "joint_development" else _READ
        rows += [
            (earlier, "exclusive", True, True, _PROMISED, _25, read),
            (earlier, "sole", True, True, _PROMISED, _25, read),
            (earlier, "ordinary", False, False, _BESIDE, _25, read),
            (earlier, "joint_development", False, False, _USES, _RULE, _OWN),
        ]
    columns = ("earlier", "later", "excludes", "scope_matters", "reason", "source", "trust")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def upgrade() -> None:
    _create_achievements()
    _create_belongings()
    _create_claims()
    _create_offers()
    _create_reservations_and_grants()
    _create_matrix()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _word(name: str, length: int = 32, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False)


def _party(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey("party.id"), nullable=nullable)


def _achievement() -> sa.Column[object]:
    return sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), nullable=False)


def _child_of_achievement() -> list[sa.Column[object]]:
    return [
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), primary_key=True),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
    ]


def _create_achievements() -> None:
    op.create_table(
        "achievement",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), nullable=False, unique=True),
        _party("owner_id", nullable=True),
        _party("care_id"),
        _text("holder_name"),
        _word("origin", 16),
        _word("owner_number", 128),
        _word("content_hash", 64),
        _text("title"),
        _text("abstract"),
        _list("keywords"),
        _word("field", nullable=True),
        _text("applications"),
        _text("industry"),
        _word("kind", nullable=True),
        _word("attribute", nullable=True),
        _word("embodiment", nullable=True),
        _word("level", nullable=True),
        _word("stage", nullable=True),
        _text("problem"),
        _text("alternative"),
        _text("proof"),
        sa.Column("trl", sa.BigInteger),
        _text("trl_evidence"),
        _text("trl_assessor"),
        sa.Column("trl_assessed_on", sa.Date),
        _word("practice_stage", nullable=True),
        _word("region", 6, nullable=True),
        sa.Column("researched_from", sa.Date),
        sa.Column("researched_to", sa.Date),
        _word("state", 16),
        _list("return_reasons"),
        _text("return_note"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Uuid),
        _word("idempotency_key", 64, nullable=True),
        _instant("created_at", nullable=False),
        _instant("updated_at", nullable=False),
        _instant("submitted_at"),
        _instant("published_at"),
        sa.UniqueConstraint("care_id", "owner_number", name="uq_achievement_care_id_owner_number"),
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint("title <> ''", name="has_title"),
        sa.CheckConstraint("owner_number <> ''", name="has_owner_number"),
        sa.CheckConstraint("trl BETWEEN 1 AND 9", name="trl_is_a_level"),
        sa.CheckConstraint("jsonb_array_length(keywords) <= 3", name="at_most_three_keywords"),
        sa.CheckConstraint("owner_id IS NOT NULL OR origin = 'imported'", name="entered_has_owner"),
        sa.CheckConstraint(
            "state <> 'published' OR published_at IS NOT NULL", name="published_when"
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR jsonb_array_length(return_reasons) > 0",
            name="returned_has_reason",
        ),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )
    # an organisation's own list, newest first: by care and by ownership
    for column in ("care_id", "owner_id"):
        op.create_index(
            f"ix_achievement_{column}_updated_at_id", "achievement", [column, "updated_at", "id"]
        )
    # the operator's queue, oldest first: only what waits
    op.create_index(
        "ix_achievement_submitted_at_id",
        "achievement",
        ["submitted_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    # the public list, newest first
    op.create_index(
        "ix_achievement_published_at_id",
        "achievement",
        ["published_at", "id"],
        postgresql_where=sa.text("state = 'published'"),
    )
    op.execute("REVOKE DELETE, TRUNCATE ON achievement FROM market_app")


def _create_belongings() -> None:
    op.create_table(
        "achievement_co_owner",
        *_child_of_achievement(),
        _party("party_id", nullable=True),
        _text("name"),
        sa.Column("share_bp", sa.BigInteger),
        sa.CheckConstraint("name <> ''", name="has_name"),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share_is_a_part"),
    )
    op.create_table(
        "achievement_completer",
        *_child_of_achievement(),
        _party("person_id", nullable=True),
        _text("name"),
        _text("role"),
        # a member's name lives in accounts only; no second copy of it here
        sa.CheckConstraint("(person_id IS NULL) <> (name = '')", name="member_or_name"),
    )
    op.create_table(
        "intellectual_property",
        *_child_of_achievement(),
        _word("kind"),
        _text("title"),
        _word("application_number", nullable=True),
        _word("publication_number", nullable=True),
        _text("holder_name"),
        _word("legal_status", 16),
        sa.Column("status_on", sa.Date),
        sa.Column("filed_on", sa.Date),
        sa.Column("published_on", sa.Date),
        sa.Column("expires_on", sa.Date),
        _text("ipc"),
    )
    # which achievements rest on this patent
    for column in ("application_number", "publication_number"):
        op.create_index(f"ix_intellectual_property_{column}", "intellectual_property", [column])


def _create_claims() -> None:
    op.create_table(
        "achievement_claim",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        _party("organisation_id"),
        _text("evidence"),
        _word("state", 16),
        _text("decision_note"),
        sa.Column("decided_by", sa.Uuid),
        _instant("decided_at"),
        sa.Column("created_by", sa.Uuid, nullable=False),
        _word("idempotency_key", 64),
        _instant("created_at", nullable=False),
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint("evidence <> ''", name="has_evidence"),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_when"),
    )
    # one open claim of an organisation on one achievement
    op.create_index(
        "uq_achievement_claim_pending",
        "achievement_claim",
        ["achievement_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    # at most one claim is ever accepted
    op.create_index(
        "uq_achievement_claim_accepted",
        "achievement_claim",
        ["achievement_id"],
        unique=True,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    # the operator's queue, oldest first
    op.create_index(
        "ix_achievement_claim_waiting",
        "achievement_claim",
        ["created_at", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    # an organisation's own claims
    op.create_index(None, "achievement_claim", ["organisation_id", "created_at"])
    op.execute("REVOKE DELETE, TRUNCATE ON achievement_claim FROM market_app")


def _create_offers() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(24), nullable=False, unique=True),
        _achievement(),
        _party("owner_id"),
        _word("disposal"),
        sa.Column("price_terms", JSONB),
        _word("price_terms_hash", 64, nullable=True),
        sa.Column("asking_minor", sa.BigInteger),
        _word("currency", 3),
        _text("conditions"),
        _list("fields_of_use"),
        _text("use_note"),
        _list("territory"),
        sa.Column("period_years", sa.BigInteger),
        _word("state", 16),
        _instant("valid_from"),
        _instant("expires_at"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        _word("idempotency_key", 64),
        _instant("created_at", nullable=False),
        _instant("updated_at", nullable=False),
        _instant("published_at"),
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint(
            "(price_terms IS NULL) = (price_terms_hash IS NULL)", name="terms_have_hash"
        ),
        sa.CheckConstraint("asking_minor > 0", name="asking_positive"),
        sa.CheckConstraint("period_years > 0", name="period_positive"),
        sa.CheckConstraint("expires_at > valid_from", name="ends_after_start"),
        sa.CheckConstraint(
            "state <> 'published' OR expires_at IS NOT NULL", name="published_expires"
        ),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )
    # the offers on an achievement's page
    op.create_index(None, "offer", ["achievement_id", "created_at"])
    # the owner's list, newest first
    op.create_index(None, "offer", ["owner_id", "updated_at", "id"])
    # the sweep: what runs out next
    op.create_index(
        "ix_offer_expires_at",
        "offer",
        ["expires_at"],
        postgresql_where=sa.text("state = 'published'"),
    )
    op.execute("REVOKE DELETE, TRUNCATE ON offer FROM market_app")


def _create_reservations_and_grants() -> None:
    op.create_table(
        "offer_reservation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id"), nullable=False),
        _achievement(),
        _word("for_kind", 16),
        sa.Column("for_id", sa.Uuid, nullable=False),
        _instant("reserved_at", nullable=False),
        _instant("released_at"),
        _instant("completed_at"),
        sa.CheckConstraint("released_at IS NULL OR completed_at IS NULL", name="ends_once"),
    )
    is_open = sa.text("released_at IS NULL AND completed_at IS NULL")
    # one open reservation of an offer for one thing
    op.create_index(
        "uq_offer_reservation_open",
        "offer_reservation",
        ["offer_id", "for_kind", "for_id"],
        unique=True,
        postgresql_where=is_open,
    )
    # what is reserved of an achievement right now
    op.create_index(
        "ix_offer_reservation_achievement_open",
        "offer_reservation",
        ["achievement_id"],
        postgresql_where=is_open,
    )
    op.create_table(
        "achievement_grant",
        sa.Column("id", sa.Uuid, primary_key=True),
        _achievement(),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id"), nullable=False),
        _party("holder_id"),
        _word("disposal"),
        _list("fields_of_use"),
        _list("territory"),
        _instant("starts_at", nullable=False),
        _instant("ends_at"),
        _word("price_terms_hash", 64, nullable=True),
        sa.Column("deal_id", sa.Uuid, nullable=False),
        _instant("granted_at", nullable=False),
        sa.UniqueConstraint("offer_id", "deal_id"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )
    # the rights given on an achievement
    op.create_index(None, "achievement_grant", ["achievement_id", "starts_at"])
    op.execute("REVOKE DELETE, TRUNCATE ON offer_reservation FROM market_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON achievement_grant FROM market_app")


def _create_matrix() -> None:
    op.create_table(
        "exclusion_rule",
        sa.Column("earlier", sa.String(32), primary_key=True),
        sa.Column("later", sa.String(32), primary_key=True),
        sa.Column("in_force_from", sa.Date, primary_key=True),
        sa.Column("excludes", sa.Boolean, nullable=False),
        sa.Column("scope_matters", sa.Boolean, nullable=False),
        sa.Column("in_force_to", sa.Date),
        _text("reason"),
        _text("source"),
        _word("trust"),
        sa.CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
    )
    insert = sa.text(
        "INSERT INTO exclusion_rule (earlier, later, in_force_from, excludes, scope_matters,"
        " reason, source, trust) VALUES (:earlier, :later, DATE '2021-01-01', :excludes,"
        " :scope_matters, :reason, :source, :trust)"
    )
    for row in _matrix():
        op.execute(insert.bindparams(**row))
    op.execute("REVOKE DELETE, TRUNCATE ON exclusion_rule FROM market_app")


def downgrade() -> None:
    for table in (
        "exclusion_rule",
        "achievement_grant",
        "offer_reservation",
        "offer",
        "achievement_claim",
        "intellectual_property",
        "achievement_completer",
        "achievement_co_owner",
        "achievement",
    ):
        op.drop_table(table)
