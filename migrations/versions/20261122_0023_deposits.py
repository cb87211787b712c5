"""Auctions: deposits of bidders, and the dated rules of what one may be kept for.

Step: expand.
Lock: none that serving waits for.
Old code keeps working because: it does not know what is new here.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_COURT = "最高人民法院关于人民法院网络司法拍卖若干问题的规定第二十三、二十四条（参照）"
_AUCTION = "拍卖法第三十九条（参照）；交易公告载明"
_LOCAL = "地方产权交易规则摘录（参照）；交易公告载明"

_RULES = {
    # own default: the strictest of the rules that were read (the next working day and longer)
    "release_within_h": 24,
    "grounds": [
        {"reason": "refuses_to_sign", "source": _COURT},
        {"reason": "refuses_to_pay", "source": _AUCTION},
        {"reason": "other_terms", "source": _LOCAL},
        {"reason": "false_qualification", "source": _LOCAL},
        {"reason": "collusion", "source": "拍卖法第三十七、六十五条（参照）；交易公告载明"},
        {"reason": "withdrew", "source": _LOCAL},
    ],
    # costs, then the shortfall of a resale (L-网拍24); what is left is the seller's or goes home
    "uses": ["costs", "shortfall", "seller", "returned"],
}


def upgrade() -> None:
    op.create_table(
        "deposit_rulebook",
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("trust", sa.String(16), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "deposit",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("lot_id", sa.Uuid, nullable=False),
        sa.Column("party_id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("rules_version", sa.String(32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("frozen_from", sa.String(24)),
        sa.Column("hold_id", sa.Uuid),
        sa.Column("payout_id", sa.Uuid),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("release_due_at", sa.DateTime(timezone=True)),
        sa.Column("release_reason", sa.String(16)),
        sa.Column("returned_at", sa.DateTime(timezone=True)),
        sa.Column("forfeit_reason", sa.String(24)),
        sa.Column("released_from", sa.String(24)),
        sa.Column("portions", JSONB, nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("asked", JSONB),
        sa.Column("asked_by", sa.Uuid),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid),
        sa.CheckConstraint(
            "(state = 'forfeited') = (forfeit_reason IS NOT NULL)", name="forfeited_for_a_reason"
        ),
        sa.CheckConstraint(
            "(state = 'frozen') = (frozen_from IS NOT NULL)", name="frozen_from_set"
        ),
        sa.CheckConstraint(
            "(state = 'released') = (release_reason IS NOT NULL)", name="released_for_a_reason"
        ),
        sa.CheckConstraint(
            "(state IN ('released', 'forfeited', 'lapsed')) = (ended_at IS NOT NULL)",
            name="ended_when",
        ),
        sa.CheckConstraint(
            "state IN ('required', 'paid', 'locked', 'released', 'applied_to_price', 'converted_to_performance', 'forfeited', 'frozen', 'lapsed')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('locked', 'applied_to_price', 'converted_to_performance', 'frozen', 'forfeited') OR hold_id IS NOT NULL",
            name="held_in_the_ledger",
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint(
            "asked IS NULL OR (state = 'frozen' AND asked_by IS NOT NULL)", name="asked_is_frozen"
        ),
        sa.CheckConstraint(
            "state <> 'forfeited' OR coalesce(decided_by <> asked_by, false)", name="four_eyes"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["application_id"], ["lot_application.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["hold_id"], ["ledger_transfer.id"]),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["pay_order.id"]),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"]),
        sa.ForeignKeyConstraint(["rules_version"], ["deposit_rulebook.version"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index(
        "ix_deposit_applied",
        "deposit",
        ["lot_id"],
        postgresql_where=sa.text("state = 'applied_to_price'"),
    )
    op.create_index(
        "ix_deposit_open",
        "deposit",
        ["lot_id"],
        postgresql_where=sa.text("state IN ('required', 'paid', 'locked')"),
    )
    op.create_index(
        "ix_deposit_held",
        "deposit",
        ["id"],
        postgresql_where=sa.text(
            "state IN ('locked', 'applied_to_price', 'converted_to_performance')"
        ),
    )
    op.create_index(
        "ix_deposit_frozen", "deposit", ["id"], postgresql_where=sa.text("state = 'frozen'")
    )
    op.create_index(None, "deposit", ["party_id", "id"])
    op.create_index(None, "deposit", ["payout_id"])
    op.create_index(
        "uq_deposit_living",
        "deposit",
        ["lot_id", "party_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('released', 'lapsed')"),
    )

    # a version once printed stays; money is never deleted
    op.execute("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON deposit_rulebook FROM market_app")
    op.execute("REVOKE DELETE, TRUNCATE ON deposit FROM market_app")
    op.bulk_insert(
        sa.table(
            "deposit_rulebook",
            sa.column("version", sa.String),
            sa.column("params", JSONB),
            sa.column("source", sa.Text),
            sa.column("trust", sa.String),
            sa.column("in_force_from", sa.DateTime(timezone=True)),
        ),
        [
            {
                "version": "2026-1",
                "params": _RULES,
                "source": _COURT,
                "trust": "excerpt",
                "in_force_from": datetime(2026, 1, 1, tzinfo=UTC),
            }
        ],
    )


def downgrade() -> None:
    op.drop_table("deposit")
    op.drop_table("deposit_rulebook")
