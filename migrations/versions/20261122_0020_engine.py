"""Auctions: every mode of bidding, drafts, events, stored maxima, keys.

Step: expand.
Lock: lot, lot_bidder and bid for as long as their new columns and checks take; the checks read the
tables once.
Old code keeps working because: what it does not know has a default, and nothing it knows has gone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.rulebooks import delete_rulebooks, insert_rulebooks

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    grow_lot()
    grow_bidding()
    create_events()
    create_secrets()
    create_life()
    insert_rulebooks()
    op.execute(
        "REVOKE UPDATE, DELETE, TRUNCATE ON lot_event, lot_key, lot_announcement FROM market_app"
    )
    op.execute("REVOKE TRUNCATE ON lot_proxy, lot_draft FROM market_app")


def grow_lot() -> None:
    """What every bid rewrites stands in no index, so that its updates stay on the page."""
    for column in (
        sa.Column("terms", JSONB),
        sa.Column("reserve_kind", sa.String(8), nullable=False, server_default="none"),
        sa.Column("reserve_sealed", sa.LargeBinary),
        sa.Column("reserve_commitment", sa.String(64)),
        sa.Column("registration_starts_at", MOMENT),
        sa.Column("registration_ends_at", MOMENT),
        sa.Column("shift", sa.Interval, nullable=False, server_default=sa.text("interval '0'")),
        sa.Column("leader_rank", sa.BigInteger),
        sa.Column("rival", sa.String(8)),
        sa.Column("bidders_turn", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("asked", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("exercised", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("waived", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("rung", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("limited_starts_at", MOMENT),
        sa.Column("suspended_from", sa.String(16)),
        sa.Column("suspended_at", MOMENT),
        sa.Column("ending", sa.String(24)),
        sa.Column("genesis_hash", sa.String(64)),
        sa.Column("head_hash", sa.String(64)),
        sa.Column("deposit_minor", sa.BigInteger),
        sa.Column("deposit_due_at", MOMENT),
        sa.Column("admission", sa.String(8), nullable=False, server_default="open"),
        sa.Column("conditions", sa.Text, nullable=False, server_default=""),
        sa.Column("documents", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("auctioneer", JSONB),
        sa.Column("negotiation_ends_at", MOMENT),
        sa.Column("notice", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("relisted_from", sa.Uuid, sa.ForeignKey("lot.id")),
    ):
        op.add_column("lot", column)
    op.drop_constraint(op.f("ck_lot_terms_positive"), "lot", type_="check")
    op.create_check_constraint("terms_positive", "lot", "start_minor > 0 AND step_minor >= 0")
    op.drop_constraint(op.f("ck_lot_won_has_winner"), "lot", type_="check")
    op.create_check_constraint(
        "won_has_winner", "lot", "outcome IS DISTINCT FROM 'won' OR leader_id IS NOT NULL"
    )
    op.create_check_constraint(
        "hidden_reserve_is_sealed",
        "lot",
        "(reserve_kind = 'hidden') = (reserve_sealed IS NOT NULL)",
    )
    op.create_check_constraint(
        "suspended_says_from",
        "lot",
        "(suspended_from IS NULL) = (suspended_at IS NULL)"
        " AND (suspended_from IS NULL OR state = 'suspended')",
    )
    op.create_check_constraint(
        "deposit_positive", "lot", "deposit_minor IS NULL OR deposit_minor > 0"
    )
    # the lots that were put up again after this one
    op.create_index(
        "ix_lot_relisted_from",
        "lot",
        ["relisted_from"],
        postgresql_where=sa.text("relisted_from IS NOT NULL"),
    )
    # the calendar of lots
    op.create_index(None, "lot", ["free_starts_at", "id"])
    # negotiation windows that run out
    op.create_index(
        "ix_lot_negotiation_ends_at",
        "lot",
        ["negotiation_ends_at"],
        postgresql_where=sa.text("negotiation_ends_at IS NOT NULL"),
    )
    # the sweep of deposits: what a sale that was undone has to give back
    op.create_index(
        "ix_lot_undone",
        "lot",
        ["id"],
        postgresql_where=sa.text("outcome IN ('terminated', 'annulled')"),
    )
    op.add_column("rulebook", sa.Column("shown_from", MOMENT))


def grow_bidding() -> None:
    op.add_column("lot_bidder", sa.Column("rank", sa.BigInteger))
    op.add_column(
        "lot_bidder", sa.Column("values", JSONB, nullable=False, server_default=sa.text("'{}'"))
    )
    for name in ("bid_in_free", "confirmed"):
        op.add_column(
            "lot_bidder", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        )
    for column in (
        sa.Column("act", sa.String(8), nullable=False, server_default="bid"),
        sa.Column("state_after", sa.String(16)),
        sa.Column("note", sa.String(8)),
        sa.Column("commitment", sa.String(64)),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("hash", sa.String(64)),
        sa.Column("standing_price_minor", sa.BigInteger),
        sa.Column("standing_leader_code", sa.String(8)),
    ):
        op.add_column("bid", column)
    op.alter_column("bid", "amount_minor", nullable=True)
    op.alter_column("bid", "idempotency_key", nullable=True)
    op.drop_constraint(op.f("ck_bid_accepted_is_price"), "bid", type_="check")
    op.create_check_constraint(
        "accepted_is_price",
        "bid",
        "outcome <> 'accepted' OR act NOT IN ('bid', 'match', 'accept', 'raise')"
        " OR (price_after_minor = amount_minor AND amount_minor IS NOT NULL)",
    )
    op.create_check_constraint(
        "secret_is_sealed",
        "bid",
        "(commitment IS NULL) = (sealed IS NULL)"
        " AND (act NOT IN ('seal', 'store') OR amount_minor IS NULL)",
    )
    op.create_check_constraint(
        "person_has_key", "bid", "(origin = 'manual') = (idempotency_key IS NOT NULL)"
    )


def create_events() -> None:
    op.create_table(
        "lot_event",
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("seq > 0", name="seq_positive"),
        sa.CheckConstraint("at <= decided_at", name="noted_after"),
    )


def create_secrets() -> None:
    op.create_table(
        "lot_key",
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lot_proxy",
        sa.Column("lot_id", sa.Uuid, primary_key=True),
        sa.Column("bidder_id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("stored_seq", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "bidder_id"], ["lot_bidder.lot_id", "lot_bidder.bidder_id"]
        ),
    )


def create_life() -> None:
    op.create_table(
        "lot_draft",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("seller_id", sa.Uuid, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("offer_id", sa.Uuid, sa.ForeignKey("offer.id")),
        sa.Column("form", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("relisted_from", sa.Uuid, sa.ForeignKey("lot.id")),
        sa.Column("created_by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.UniqueConstraint("seller_id", "idempotency_key"),
    )
    # the seller's desk, newest first
    op.create_index(None, "lot_draft", ["seller_id", "id"])
    op.create_table(
        "lot_announcement",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Uuid, sa.ForeignKey("person.id")),
        sa.UniqueConstraint("lot_id", "key"),
    )
    # what was announced of a lot, in order
    op.create_index(None, "lot_announcement", ["lot_id", "at"])
    # staff suspend without a gap in service, and go on within days after the cause has ended
    op.alter_column("lot_suspension", "gap_started_at", nullable=True)
    for name in ("cause_ended_at", "resume_by"):
        op.add_column("lot_suspension", sa.Column(name, MOMENT))
    op.create_check_constraint(
        "outage_has_gap",
        "lot_suspension",
        "reason <> 'service_outage' OR gap_started_at IS NOT NULL",
    )


def downgrade() -> None:
    for table in ("lot_announcement", "lot_draft", "lot_proxy", "lot_key", "lot_event"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_lot_suspension_outage_has_gap"), "lot_suspension", type_="check")
    op.execute("DELETE FROM lot_suspension WHERE gap_started_at IS NULL")
    op.alter_column("lot_suspension", "gap_started_at", nullable=False)
    for name in ("cause_ended_at", "resume_by"):
        op.drop_column("lot_suspension", name)
    delete_rulebooks()
    shrink_bidding()
    shrink_lot()


def shrink_bidding() -> None:
    for name in ("person_has_key", "secret_is_sealed", "accepted_is_price"):
        op.drop_constraint(op.f(f"ck_bid_{name}"), "bid", type_="check")
    op.execute("DELETE FROM bid WHERE act <> 'bid' OR origin <> 'manual'")
    op.alter_column("bid", "idempotency_key", nullable=False)
    op.alter_column("bid", "amount_minor", nullable=False)
    op.create_check_constraint(
        "accepted_is_price", "bid", "outcome <> 'accepted' OR price_after_minor = amount_minor"
    )
    for name in (
        "act",
        "state_after",
        "note",
        "commitment",
        "sealed",
        "hash",
        "standing_price_minor",
        "standing_leader_code",
    ):
        op.drop_column("bid", name)
    for name in ("rank", "values", "bid_in_free", "confirmed"):
        op.drop_column("lot_bidder", name)


def shrink_lot() -> None:
    op.drop_column("rulebook", "shown_from")
    for name in (
        "ix_lot_relisted_from",
        "ix_lot_negotiation_ends_at",
        "ix_lot_undone",
        op.f("ix_lot_free_starts_at_id"),
    ):
        op.drop_index(name, "lot")
    for name in (
        "terms_positive",
        "won_has_winner",
        "hidden_reserve_is_sealed",
        "suspended_says_from",
        "deposit_positive",
    ):
        op.drop_constraint(op.f(f"ck_lot_{name}"), "lot", type_="check")
    for name in (
        "terms",
        "reserve_kind",
        "reserve_sealed",
        "reserve_commitment",
        "registration_starts_at",
        "registration_ends_at",
        "shift",
        "leader_rank",
        "rival",
        "bidders_turn",
        "asked",
        "exercised",
        "waived",
        "rung",
        "limited_starts_at",
        "suspended_from",
        "suspended_at",
        "ending",
        "genesis_hash",
        "head_hash",
        "deposit_minor",
        "deposit_due_at",
        "admission",
        "conditions",
        "documents",
        "auctioneer",
        "negotiation_ends_at",
        "notice",
        "relisted_from",
    ):
        op.drop_column("lot", name)
    op.execute("UPDATE lot SET outcome = 'unsold', leader_id = NULL, leader_code = NULL,"
               " price_minor = NULL WHERE outcome IS NOT NULL AND outcome <> 'won'")  # fmt: skip
    op.execute("UPDATE lot SET step_minor = 1 WHERE step_minor = 0")
    op.create_check_constraint("terms_positive", "lot", "start_minor > 0 AND step_minor > 0")
    op.create_check_constraint(
        "won_has_winner",
        "lot",
        "outcome IS NULL OR (outcome = 'won') = (leader_id IS NOT NULL)",
    )
