"""What the tables themselves refuse, whoever writes: each rule of a row, and what nobody unwrites.

The verbs refuse all of it before. These are for the hand in the database and the verb of tomorrow.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auctions import service
from app.auctions.life_types import AnnulGround, SuspendReason
from app.auctions.record import record_sale
from tests.integration.auctions.steps import do
from tests.world import World
from tests.worlds.records import sold

Build = Callable[[World], Awaitable[Any]]


async def running_lot(world: World) -> None:
    """A lot with one bid, which the staff have stopped."""
    sale = await world.lot()
    await world.bid(sale, await world.bidder(sale), 100_000)
    operator = await world.operator()
    await do(world.tx, service.suspend_lot, operator, sale, reason=SuspendReason.complaint)


async def open_lot(world: World) -> None:
    await world.lot()


async def two_drafts(world: World) -> None:
    seller = await world.organisation(kind="university")
    for key in ("rows-draft-1", "rows-draft-2"):
        await world.tx.run(service.draft_lot, actor=seller.head, offer_number="", form={}, key=key)


async def applications(world: World) -> None:
    """One that was taken back and one that waits, of the same house."""
    sale, buyer = await world.demanding_lot(), await world.organisation()
    first = await world.application(sale, buyer)
    await world.tx.run(service.withdraw_application, actor=buyer.head, application_id=first)
    await world.application(sale, buyer)


async def complaint(world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation()
    application_id = await world.application(sale, buyer)
    await world.decide(await world.operator(), application_id, accept=False)
    await world.tx.run(
        service.complain, actor=buyer.head, application_id=application_id, text="产线见附件"
    )


async def two_looks(world: World) -> None:
    sale, supervisor = await world.lot(), await world.person(platform=["supervisor"])
    for key in ("rows-look-1", "rows-look-2"):
        await world.tx.run(
            service.look_behind,
            actor=supervisor,
            number=sale.number,
            reason="接到举报，核对是否串通报价",
            key=key,
        )


async def gate_and_rights(world: World) -> None:
    """A gate of a transfer that is open, and two holders who were told."""
    seller = await world.organisation(kind="university")
    offer = await world.transfer(seller)
    for _ in range(2):
        await world.right(seller, offer, (await world.organisation()).id)


async def two_gates(world: World) -> None:
    await gate_and_rights(world)
    await world.run_sql(
        "INSERT INTO clearance (id, offer_id, owner_id, kind, state, basis, reason, opened_by,"
        " opened_at) SELECT gen_random_uuid(), offer_id, owner_id, 'other', state, basis, reason,"
        " opened_by, opened_at FROM clearance"
    )


async def two_records(world: World) -> None:
    """A sale that was won and then undone: two records, and a certificate of each kind."""
    sale = await sold(world)
    await world.tx.run(
        service.annul_lot,
        actor=await world.operator(),
        number=sale.number,
        ground=AnnulGround.collusion,
        statement="查明竞买人之间串通报价",
        key="rows-annul-1",
    )
    await world.tx.run(record_sale, lot_id=sale.id)


async def nothing(world: World) -> None:
    """The rules of the gates come with the market."""


# how a table comes to a row: its rules, each with what breaks it and no other
RULES: dict[tuple[Build, str], list[tuple[str, str]]] = {
    (open_lot, "lot"): [
        ("terms_positive", "start_minor = 0"),
        ("terms_positive", "step_minor = -1"),
        (
            "won_has_winner",
            "state = 'closed', outcome = 'won', closed_at = market_now(), due_at = NULL",
        ),
        ("hidden_reserve_is_sealed", "reserve_kind = 'hidden'"),
        ("hidden_reserve_is_sealed", "reserve_sealed = '\\x00'"),
        ("deposit_positive", "deposit_minor = 0"),
    ],
    (running_lot, "lot"): [
        ("suspended_says_from", "suspended_at = NULL"),
        ("suspended_says_from", "suspended_from = NULL"),
        ("suspended_says_from", "state = 'free'"),
    ],
    (running_lot, "bid"): [
        ("accepted_is_price", "amount_minor = amount_minor + 1"),
        ("accepted_is_price", "amount_minor = NULL"),
        ("secret_is_sealed", "commitment = 'c'"),
        ("secret_is_sealed", "sealed = '\\x00'"),
        ("secret_is_sealed", "act = 'seal'"),
        ("secret_is_sealed", "act = 'store'"),
        ("person_has_key", "idempotency_key = NULL"),
        ("person_has_key", "origin = 'proxy'"),
    ],
    (running_lot, "lot_event"): [
        ("seq_positive", "seq = seq - 3"),
        ("noted_after", "at = decided_at + interval '1 s'"),
    ],
    (running_lot, "lot_suspension"): [
        ("outage_has_gap", "reason = 'service_outage'"),
    ],
    (two_drafts, "lot_draft"): [
        ("seller_id_idempotency_key", "idempotency_key = 'k'"),
    ],
    (running_lot, "lot_announcement"): [
        ("lot_id_key", "key = 'k'"),
    ],
    (applications, "lot_application"): [
        ("state_known", "state = 'lost', decided_at = applied_at, due_at = NULL"),
        ("refused_with_reason", "reason = 'staff'"),
        ("refused_with_reason", "state = 'refused', decided_at = applied_at, due_at = NULL"),
        ("waits_until", "due_at = NULL"),
        ("waits_until", "due_at = applied_at"),
        ("decided_when", "state = 'admitted', due_at = NULL"),
        ("current", "state = 'submitted', due_at = applied_at"),
        ("lot_id_party_id_idempotency_key", "idempotency_key = 'k'"),
    ],
    (complaint, "application_complaint"): [
        ("has_text", "text = ''"),
        ("answered_with_words", "upheld = true, answered_at = filed_at"),
        ("answered_with_words", "upheld = true, answer = '成立'"),
    ],
    (two_looks, "lot_look"): [
        ("has_reason", "reason = ''"),
        ("second_person", "approved_by = asked_by, approved_at = asked_at, expires_at = asked_at"),
        ("approved_when", "approved_at = asked_at"),
        ("approved_when", "expires_at = asked_at"),
        ("read_when_approved", "read_at = asked_at"),
        ("asked_by_idempotency_key", "idempotency_key = 'k'"),
    ],
    (nothing, "clearance_rule"): [
        ("span", "in_force_to = in_force_from - 1"),
        ("days_positive", "days = 0"),
        ("days_positive", "public_days = 0"),
    ],
    (gate_and_rights, "clearance"): [
        ("state_known", "state = 'lost', decided_at = opened_at"),
        ("passed_on_something", "state = 'passed', basis = '', decided_at = opened_at"),
        ("blocked_with_reason", "state = 'blocked', reason = '', decided_at = opened_at"),
        ("decided_when", "state = 'passed', basis = '声明'"),
    ],
    (two_gates, "clearance"): [
        ("offer_id_kind", "kind = 'other'"),
    ],
    (gate_and_rights, "preemption_right"): [
        ("rank_known", "rank = 0"),
        ("rank_known", "rank = 100"),
        ("party_or_name", "holder_name = '甲'"),
        ("party_or_name", "holder_id = NULL, way = 'paper'"),
        ("reached_here", "holder_id = NULL, holder_name = '甲'"),
        ("in_order", "notified_at = served_at + interval '1 s'"),
        ("in_order", "answer_by = served_at"),
        ("answered_when", "response = 'waive'"),
        ("answered_when", "response = 'lost', responded_at = served_at"),
        (
            "bids_when_taking_part",
            "bidder_id = holder_id, response = 'waive', responded_at = served_at",
        ),
        ("holder", "holder_id = owner_id"),
        ("owner_id_idempotency_key", "idempotency_key = 'k'"),
    ],
    (two_records, "sale_record"): [
        ("sha256_is_hex", "sha256 = upper(sha256)"),
        ("size_positive", "size = 0"),
        ("size_positive", "revision = 0"),
        ("certificate_has_number", "number = NULL"),
        ("certificate_has_number", "kind = 'public'"),
        ("lot_id_kind_revision", "revision = 1"),
        ("number", "number = CASE WHEN number IS NULL THEN NULL ELSE 'ZS-1' END"),
    ],
}
BUILDS = list(dict.fromkeys(build for build, _ in RULES))


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
async def test_a_row_that_says_what_cannot_be_is_refused(
    connection: AsyncConnection, world: World, build: Build
) -> None:
    """Tried as the superuser: most of these rows the serving role may not rewrite at all."""
    await build(world)
    await connection.execute(text("SET ROLE NONE"))
    cases = [
        (table, *case) for (its, table), rules in RULES.items() if its is build for case in rules
    ]
    for table, rule, wrong in cases:
        with pytest.raises(IntegrityError, match=f'"(ck|uq)_{table}_{rule}"'):
            async with connection.begin_nested():
                await connection.execute(text(f"UPDATE {table} SET {wrong}"))


KEPT = {
    "lot_event": ("UPDATE", "DELETE", "TRUNCATE"),
    "lot_key": ("UPDATE", "DELETE", "TRUNCATE"),
    "lot_announcement": ("UPDATE", "DELETE", "TRUNCATE"),
    "sale_record": ("UPDATE", "DELETE", "TRUNCATE"),
    "lot_application": ("DELETE", "TRUNCATE"),
    "application_complaint": ("DELETE", "TRUNCATE"),
    "lot_look": ("DELETE", "TRUNCATE"),
    "clearance": ("DELETE", "TRUNCATE"),
    "clearance_rule": ("DELETE", "TRUNCATE"),
    "preemption_right": ("DELETE", "TRUNCATE"),
    "lot_proxy": ("TRUNCATE",),
    "lot_draft": ("TRUNCATE",),
}


@pytest.mark.parametrize("table", KEPT)
async def test_what_is_kept_for_ever_the_market_cannot_take_away(
    connection: AsyncConnection, table: str
) -> None:
    columns = await connection.execute(
        text("SELECT column_name FROM information_schema.columns WHERE table_name = :t LIMIT 1"),
        {"t": table},
    )
    column = columns.scalar_one()
    ways = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table}",
    }
    for way in KEPT[table]:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with connection.begin_nested():
                await connection.execute(text(ways[way]))
