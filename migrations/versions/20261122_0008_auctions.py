"""Auctions: rulebooks, lots, bidders, bids, suspensions, and the service's heartbeat.

Step: expand (first tables).
Lock: none, nothing is there yet.
Old code keeps working because: it does not know these tables.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

CLAUSES = [
    "采用动态报价（网络竞价），不是拍卖。报价分为自由报价期和限时报价期，时间一律以服务器时钟为准，页面倒计时仅供参考。",
    "首次报价不低于起始价，其后每次报价须高于当前价；报价与当前价（首次报价为起始价）之差须为加价幅度的整数倍。",
    "自由报价期内可多次报价，不延长时间。自由报价期结束即进入限时报价期；自由报价期内无人报价的，首个限时报价周期照常进行。",
    "限时报价期内每一次有效报价都使限时报价周期从该次报价的裁决时刻起完整重新计时。一个周期内无人报价即告结束，最高有效报价人成为受让方；自始无有效报价的，流拍。",
    "报价以裁决时刻为准，即系统锁定标的之后读取的时刻，收到时刻一并记录。裁决时刻等于或晚于结束时刻的报价无效；相同报价，先裁决者有效。",
    "当前最高报价人不能再次报价，以免自行延长周期。报价不可撤回。",
    "已报名单位的每一次报价无论是否有效都有连续编号并永久保存；同一请求编号重复提交，只得到第一次的答复。",
    "公开展示有效报价的竞买代码、金额和时间；竞买代码随机产生，成交前任何人看不到代码对应的单位，报价单位只看到自己的代码。未接受的报价只公开其编号。",
    "已认证单位在竞价结束前均可报名；转让方和平台工作人员不得参与竞价。",
    "当前限时报价周期与超过 {tolerance} 秒的服务中断重叠的，标的中止并公布中断起止时间，服务恢复 {resume} 后恢复报价，当前周期完整重新计时；不超过 {tolerance} 秒的中断不影响按原定时刻结束。",
]


def upgrade() -> None:
    create_rulebook()
    create_lot()
    create_bidding()
    create_service_record()
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON rulebook, bid, service_outage FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON lot, lot_bidder, lot_suspension FROM market_app")


def create_rulebook() -> None:
    rulebook = op.create_table(
        "rulebook",
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("clauses", JSONB, nullable=False),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("trust", sa.String(16), nullable=False),
        sa.Column("demonstration", sa.Boolean, nullable=False),
        sa.Column("in_force_from", MOMENT, nullable=False),
        sa.Column("in_force_to", MOMENT),
    )
    source = (
        "加价幅度、自由与限时报价、完整重新计时：P-惠、P-钦、P-汕、L-网拍20；"
        "限时报价周期不少于一分钟：P-动；中止恢复后周期完整重新计时、中断容忍时长、"
        "最高报价人不得再报：本平台规定"
    )
    shared = {"outage_tolerance_s": 5, "max_window_s": 86400, "leader_may_raise": False}
    op.bulk_insert(
        rulebook,
        [
            {
                "version": version,
                "title": title,
                "clauses": [c.format(tolerance=5, resume=resume) for c in CLAUSES],
                "params": shared | params,
                "source": source,
                "trust": "excerpt",
                "demonstration": demonstration,
                "in_force_from": datetime(2026, 1, 1, tzinfo=UTC),
                "in_force_to": None,
            }
            for version, title, resume, params, demonstration in (
                (
                    "2026-1",
                    "网络竞价规则（2026 年第 1 版）",
                    "10 分钟",
                    {"resume_after_s": 600, "min_window_s": 60},
                    False,
                ),
                (
                    "demo-1",
                    "网络竞价规则（演示版）",
                    "15 秒",
                    {"resume_after_s": 15, "min_window_s": 20},
                    True,
                ),
            )
        ],
    )


def create_lot() -> None:
    op.create_table(
        "lot",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.String(32), nullable=False, unique=True),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id"), nullable=False),
        sa.Column("achievement_id", sa.Uuid, sa.ForeignKey("achievement.id"), nullable=False),
        sa.Column("seller_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("offer_number", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("particulars", JSONB, nullable=False),
        sa.Column("bid_on", sa.String(16), nullable=False),
        sa.Column("terms_hash", sa.String(64)),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column(
            "rulebook_version", sa.String(32), sa.ForeignKey("rulebook.version"), nullable=False
        ),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("announced_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("start_minor", sa.BigInteger, nullable=False),
        sa.Column("step_minor", sa.BigInteger, nullable=False),
        sa.Column("window_s", sa.BigInteger, nullable=False),
        sa.Column("free_starts_at", MOMENT, nullable=False),
        sa.Column("free_ends_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("price_minor", sa.BigInteger),
        sa.Column("leader_id", sa.Uuid, sa.ForeignKey("party.id")),
        sa.Column("leader_code", sa.String(8)),
        sa.Column("cycle_starts_at", MOMENT, nullable=False),
        sa.Column("cycle_ends_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.UniqueConstraint("seller_id", "idempotency_key"),
        sa.CheckConstraint("start_minor > 0 AND step_minor > 0", name="terms_positive"),
        sa.CheckConstraint("window_s > 0", name="window_positive"),
        sa.CheckConstraint("free_starts_at < free_ends_at", name="free_period_ordered"),
        sa.CheckConstraint("cycle_starts_at < cycle_ends_at", name="cycle_ordered"),
        sa.CheckConstraint("(price_minor IS NULL) = (leader_id IS NULL)", name="price_has_leader"),
        sa.CheckConstraint("(leader_id IS NULL) = (leader_code IS NULL)", name="leader_has_code"),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)"
            " AND (state = 'closed') = (closed_at IS NOT NULL)"
            " AND (state = 'closed') = (due_at IS NULL)",
            name="closed_says_how",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR (outcome = 'won') = (leader_id IS NOT NULL)",
            name="won_has_winner",
        ),
        # why: every bid rewrites this row; room on the page keeps those updates off the indexes
        postgresql_with={"fillfactor": 20},
    )
    # the sweep's one question: what is due?
    op.create_index(
        "ix_lot_due_at", "lot", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    # the lots of an offer's page
    op.create_index(None, "lot", ["offer_id"])
    # the seller's desk, newest first
    op.create_index(None, "lot", ["seller_id", "id"])
    # the public list of lots that are over, latest first
    op.create_index(
        "ix_lot_closed_at",
        "lot",
        ["closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    # the lots of an achievement's page
    op.create_index(None, "lot", ["achievement_id"])


def create_bidding() -> None:
    op.create_table(
        "lot_bidder",
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("bidder_id", sa.Uuid, sa.ForeignKey("party.id"), primary_key=True),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("admitted_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("admitted_at", MOMENT, nullable=False),
        sa.UniqueConstraint("lot_id", "code"),
    )
    # "lots I take part in"
    op.create_index(None, "lot_bidder", ["bidder_id", "lot_id"])
    op.create_table(
        "bid",
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bidder_id", sa.Uuid, nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("price_after_minor", sa.BigInteger),
        sa.Column("leader_code_after", sa.String(8)),
        sa.Column("cycle_ends_after", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.UniqueConstraint("lot_id", "bidder_id", "idempotency_key"),
        sa.ForeignKeyConstraint(
            ["lot_id", "bidder_id"], ["lot_bidder.lot_id", "lot_bidder.bidder_id"]
        ),
        sa.CheckConstraint("seq > 0", name="seq_positive"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint(
            "(outcome = 'refused') = (reason IS NOT NULL)", name="refusal_has_reason"
        ),
        sa.CheckConstraint(
            "outcome <> 'accepted' OR price_after_minor = amount_minor", name="accepted_is_price"
        ),
        sa.CheckConstraint("received_at <= decided_at", name="received_before_decided"),
    )
    # the curve and the record: accepted bids of a lot in order
    op.create_index(
        "ix_bid_accepted",
        "bid",
        ["lot_id", "seq"],
        postgresql_where=sa.text("outcome = 'accepted'"),
    )
    op.create_table(
        "lot_suspension",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=False),
        sa.Column("gap_started_at", MOMENT, nullable=False),
        sa.Column("gap_ended_at", MOMENT),
        sa.Column("resumes_at", MOMENT),
        sa.Column("resumed_at", MOMENT),
        sa.CheckConstraint(
            "gap_ended_at IS NULL OR gap_started_at < gap_ended_at", name="gap_ordered"
        ),
    )
    # a lot is suspended once at a time
    op.create_index(
        "uq_lot_suspension_open",
        "lot_suspension",
        ["lot_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    # the lot's record
    op.create_index(None, "lot_suspension", ["lot_id", "suspended_at"])


def create_service_record() -> None:
    op.create_table(
        "service_heartbeat",
        sa.Column("only_row", sa.Boolean, primary_key=True),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("offset_by", sa.Interval, nullable=False),
        sa.CheckConstraint("only_row", name="one_row"),
        # why: written every second by every web process
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "service_outage",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.CheckConstraint("started_at < ended_at", name="ordered"),
    )
    # outages that may touch a current cycle
    op.create_index(None, "service_outage", ["ended_at"])


def downgrade() -> None:
    for table in (
        "service_outage",
        "service_heartbeat",
        "lot_suspension",
        "bid",
        "lot_bidder",
        "lot",
        "rulebook",
    ):
        op.drop_table(table)
