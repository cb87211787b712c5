"""Auctions and clearances: applications, gates, pre-emption rights, looks behind a code.

Step: expand.
Lock: none that serving waits for; all of it is new.
Old code keeps working because: it does not know these tables.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.core.ids import new_id

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _word(name: str, length: int, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.String(length), nullable=nullable)


def _text(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.Text, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str, target: str = "", *, nullable: bool = False) -> "sa.Column[object]":
    if not target:
        return sa.Column(name, sa.Uuid, nullable=nullable)
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{target}.id"), nullable=nullable)


def _pk() -> "sa.Column[object]":
    return sa.Column("id", sa.Uuid, primary_key=True)


def upgrade() -> None:
    create_gates()
    create_rights()
    create_applications()
    create_looks()


def create_gates() -> None:
    rule = op.create_table(
        "clearance_rule",
        _pk(),
        _word("kind", 24),
        _word("disposal", 32, nullable=True),
        _word("mode", 16, nullable=True),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("days", sa.BigInteger),
        sa.Column("public_days", sa.BigInteger),
        _text("reason"),
        _text("source"),
        _word("trust", 32),
        sa.Column("in_force_from", sa.Date, nullable=False),
        sa.Column("in_force_to", sa.Date),
        sa.CheckConstraint("in_force_to IS NULL OR in_force_to >= in_force_from", name="span"),
        sa.CheckConstraint("days > 0 AND public_days > 0", name="days_positive"),
    )
    op.bulk_insert(
        rule,
        [
            {
                "id": new_id(),
                "kind": kind,
                "disposal": disposal,
                "mode": None,
                "required": required,
                "days": 3 if kind == "preemption" else None,
                "public_days": 5 if kind == "preemption" else None,
                "reason": reason,
                "source": source,
                "trust": trust,
                "in_force_from": date(2026, 1, 1),
                "in_force_to": None,
            }
            for kind, disposal, required, reason, source, trust in _RULES
        ],
    )
    # a row is ended, never taken away
    op.execute("REVOKE DELETE, TRUNCATE ON clearance_rule FROM market_app")
    op.create_table(
        "clearance",
        _pk(),
        _id("offer_id", "offer"),
        _id("owner_id", "party"),
        _word("kind", 24),
        _word("state", 8),
        _text("basis"),
        _text("reason"),
        _id("opened_by"),
        _instant("opened_at"),
        _id("decided_by", nullable=True),
        _instant("decided_at", nullable=True),
        sa.UniqueConstraint("offer_id", "kind"),
        sa.CheckConstraint("state IN ('open', 'passed', 'blocked')", name="state_known"),
        sa.CheckConstraint("state <> 'passed' OR basis <> ''", name="passed_on_something"),
        sa.CheckConstraint("state <> 'blocked' OR reason <> ''", name="blocked_with_reason"),
        sa.CheckConstraint("state = 'open' OR decided_at IS NOT NULL", name="decided_when"),
    )
    op.execute("REVOKE DELETE, TRUNCATE ON clearance FROM market_app")


# kind, disposal, required, reason, source, trust
_RULES = (
    (
        "preemption", "transfer", True,
        "转让职务技术成果、专利申请权的，完成人、委托人、合作开发的其他当事人在同等条件下优先受让，须在公告前通知并等待答复；无人享有的，须说明依据",
        "民法典第八百四十七条、第八百五十九条、第八百六十条；通知期限参照最高人民法院网络司法拍卖规定第十六条",
        "law_read",
    ),
    (
        "partner_consent", None, False,
        "合作转化的成果，合同没有约定的，转让须经合作各方同意",
        "促进科技成果转化法第四十条", "law_read",
    ),
    (
        "fiscal_abroad", None, False,
        "利用财政资金形成的知识产权，向境外转让或者独占许可须经项目管理机构批准",
        "科学技术进步法第三十四条", "law_read",
    ),
    (
        "export", None, False,
        "向境外转让或许可的，限制出口技术须取得许可证，自由出口技术须办理合同登记",
        "技术进出口管理条例第三十二条、第三十六条至第三十八条", "law_read",
    ),
    (
        "state_assets", None, False,
        "国有企业转让资产按其监督管理机构的规定办理审批、评估和备案；高等院校和科研机构自主决定转化，不需审批",
        "国有资产监督管理规定，待核实", "general_knowledge",
    ),
    (
        "decision", None, False,
        "按单位规定须集体决策的，留存决策记录", "本平台规则", "own_default",
    ),
    (
        "secrecy", None, False,
        "可能涉及国家秘密、商业秘密的成果，公开出售前须完成保密审查", "本平台规则", "own_default",
    ),
    (
        "security", None, False,
        "可能影响国家安全、公共安全的，须完成安全审查", "本平台规则", "own_default",
    ),
    (
        "encumbrance", None, False,
        "存在质押、查封的，须经质权人同意或者解除后出售", "民法典第四百四十四条，待核实",
        "general_knowledge",
    ),
    ("other", None, False, "其他须在出售前办理的事项", "本平台规则", "own_default"),
)  # fmt: skip


def create_rights() -> None:
    op.create_table(
        "preemption_right",
        _pk(),
        _id("offer_id", "offer"),
        _id("owner_id", "party"),
        _id("holder_id", "party", nullable=True),
        _text("holder_name"),
        _id("bidder_id", "party", nullable=True),
        _word("basis", 16),
        sa.Column("rank", sa.BigInteger, nullable=False),
        _word("way", 12),
        _text("notice"),
        _instant("notified_at"),
        _instant("served_at"),
        _instant("answer_by"),
        _word("response", 12, nullable=True),
        _text("note"),
        _instant("responded_at", nullable=True),
        _id("responded_by", nullable=True),
        _id("recorded_by"),
        _word("idempotency_key", 64),
        sa.UniqueConstraint("owner_id", "idempotency_key"),
        sa.CheckConstraint("rank BETWEEN 1 AND 99", name="rank_known"),
        sa.CheckConstraint("(holder_id IS NULL) <> (holder_name = '')", name="party_or_name"),
        sa.CheckConstraint("way <> 'workbench' OR holder_id IS NOT NULL", name="reached_here"),
        sa.CheckConstraint("notified_at <= served_at AND served_at < answer_by", name="in_order"),
        sa.CheckConstraint(
            "(response IS NULL) = (responded_at IS NULL)"
            " AND (response IN ('take_part', 'waive', 'silent') OR response IS NULL)",
            name="answered_when",
        ),
        sa.CheckConstraint(
            "bidder_id IS NULL OR response = 'take_part'", name="bids_when_taking_part"
        ),
    )
    op.create_index(
        "uq_preemption_right_holder",
        "preemption_right",
        ["offer_id", "holder_id"],
        unique=True,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.create_index("ix_preemption_right_offer_id_rank", "preemption_right", ["offer_id", "rank"])
    op.create_index("ix_preemption_right_holder_id_id", "preemption_right", ["holder_id", "id"])
    op.create_index(
        "ix_preemption_right_answer_by",
        "preemption_right",
        ["answer_by"],
        postgresql_where=sa.text("response IS NULL"),
    )
    op.execute("REVOKE DELETE, TRUNCATE ON preemption_right FROM market_app")


def create_applications() -> None:
    op.create_table(
        "lot_application",
        _pk(),
        _id("lot_id", "lot"),
        _id("party_id", "party"),
        _id("applied_by", "person", nullable=True),
        _word("state", 12),
        _text("statement"),
        sa.Column("declared", JSONB, nullable=False),
        sa.Column("settled", JSONB),
        _word("reason", 24, nullable=True),
        _text("note"),
        _id("decided_by", "person", nullable=True),
        _instant("applied_at"),
        _instant("decided_at", nullable=True),
        _instant("due_at", nullable=True),
        _word("content_hash", 64),
        _word("idempotency_key", 64),
        sa.UniqueConstraint("lot_id", "party_id", "idempotency_key"),
        sa.CheckConstraint(
            "state IN ('submitted', 'accepted', 'admitted', 'refused', 'withdrawn')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"
        ),
        sa.CheckConstraint(
            "(state IN ('submitted', 'accepted')) = (due_at IS NOT NULL)", name="waits_until"
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'withdrawn') OR decided_at IS NOT NULL", name="decided_when"
        ),
    )
    # an organisation applies to a lot once at a time
    op.create_index(
        "uq_lot_application_current",
        "lot_application",
        ["lot_id", "party_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'accepted', 'admitted')"),
    )
    op.create_index("ix_lot_application_lot_id_id", "lot_application", ["lot_id", "id"])
    op.create_index("ix_lot_application_party_id_id", "lot_application", ["party_id", "id"])
    op.create_index(
        "ix_lot_application_queue",
        "lot_application",
        ["applied_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index(
        "ix_lot_application_due_at",
        "lot_application",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "application_complaint",
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("lot_application.id"), primary_key=True),
        _text("text"),
        _id("filed_by", "person", nullable=True),
        _instant("filed_at"),
        sa.Column("upheld", sa.Boolean),
        _text("answer"),
        _id("answered_by", "person", nullable=True),
        _instant("answered_at", nullable=True),
        sa.CheckConstraint("text <> ''", name="has_text"),
        sa.CheckConstraint(
            "(upheld IS NULL) = (answered_at IS NULL) AND (upheld IS NULL) = (answer = '')",
            name="answered_with_words",
        ),
    )
    op.create_index(
        "ix_application_complaint_open",
        "application_complaint",
        ["filed_at", "application_id"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    for table in ("lot_application", "application_complaint"):
        op.execute(f"REVOKE DELETE, TRUNCATE ON {table} FROM market_app")


def create_looks() -> None:
    op.create_table(
        "lot_look",
        _pk(),
        _id("lot_id", "lot"),
        _text("reason"),
        _id("asked_by", "person"),
        _instant("asked_at"),
        _id("approved_by", "person", nullable=True),
        _instant("approved_at", nullable=True),
        _instant("expires_at", nullable=True),
        _instant("read_at", nullable=True),
        _word("idempotency_key", 64),
        sa.UniqueConstraint("asked_by", "idempotency_key"),
        sa.CheckConstraint("reason <> ''", name="has_reason"),
        sa.CheckConstraint("approved_by <> asked_by", name="second_person"),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)"
            " AND (approved_by IS NULL) = (expires_at IS NULL)",
            name="approved_when",
        ),
        sa.CheckConstraint("read_at IS NULL OR approved_at IS NOT NULL", name="read_when_approved"),
    )
    op.create_index("ix_lot_look_lot_id_id", "lot_look", ["lot_id", "id"])
    op.execute("REVOKE DELETE, TRUNCATE ON lot_look FROM market_app")


def downgrade() -> None:
    for table in (
        "lot_look",
        "application_complaint",
        "lot_application",
        "preemption_right",
        "clearance",
        "clearance_rule",
    ):
        op.drop_table(table)
