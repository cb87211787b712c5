"""What must hold after every kill, read from the database while the market serves on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.audit import service as audit
from app.core.tx import Tx
from app.ledger import service as ledger
from tests.chaos.bidding import Bidder, answered
from tests.chaos.running import RunningMarket


@dataclass
class Walk:
    """How far the audit chain has been walked; each look goes on from there."""

    position: int = 0
    head: bytes = bytes(32)


def check_lot(market: RunningMarket, number: str, bidders: list[Bidder]) -> int:
    """Nothing that was answered is lost or there twice; numbers have no gap, the price never falls,
    the lot's head is its last event. How many answers were looked up."""
    told = answered(bidders)  # before the look: what is answered meanwhile may be in it or not
    stored_keys = {key for bidder in bidders for key in list(bidder.stored)}
    keys = {bidder.keys[seq]: seq for bidder in bidders for seq in dict(bidder.answers)}
    (lot,) = market.rows("SELECT id, seq, head_hash FROM lot WHERE number = $1", number)
    bids = market.rows(
        "SELECT seq, idempotency_key, amount_minor, price_after_minor, outcome, hash FROM bid"
        " WHERE lot_id = $1 AND seq <= $2 ORDER BY seq",
        lot["id"],
        lot["seq"],
    )
    steps = market.rows(
        "SELECT seq, hash FROM lot_event WHERE lot_id = $1 AND seq <= $2", lot["id"], lot["seq"]
    )
    hashes = {row["seq"]: row["hash"] for row in [*bids, *steps]}
    assert len(hashes) == len(bids) + len(steps), "one number twice"
    assert sorted(hashes) == list(range(1, lot["seq"] + 1)), "numbers have a gap"
    if lot["seq"]:
        assert hashes[lot["seq"]] == lot["head_hash"]
    stored = {row["seq"]: row for row in bids}
    for seq, (amount, outcome) in told.items():
        assert stored[seq]["outcome"] == outcome, f"{number}: {seq} was answered otherwise"
        assert stored[seq]["amount_minor"] in {amount, None}  # a refused amount may be sealed
    of_key = {row["idempotency_key"]: row["seq"] for row in bids if row["idempotency_key"]}
    assert stored_keys <= of_key.keys(), "a maximum that was answered is lost"
    assert {key: of_key.get(key) for key in keys} == keys, "one key, two numbers"
    accepted = [row["price_after_minor"] for row in bids if row["outcome"] == "accepted"]
    prices = [price for price in accepted if price]  # a maximum before the first bid has none
    assert prices == sorted(prices)
    return len(told) + len(stored_keys)


def check_books(market: RunningMarket, walk: Walk) -> None:
    """The ledger is even, account by account; the audit chain holds from where it was last seen."""

    async def look(tx: Tx) -> None:
        faults = await tx.run(ledger.verify_books)
        books = await tx.run(ledger.sum_books)
        assert faults == []
        assert books.balanced
        fault, walk.position, walk.head = await tx.run(
            audit.verify_chain, after=walk.position, previous=walk.head
        )
        assert fault is None, fault

    market.work(look)


def longest_gap(market: RunningMarket, lot_id: UUID) -> float:
    """Seconds of the longest gap in service that touched the lot's current cycle."""
    gaps = market.rows(
        "SELECT o.started_at, o.ended_at FROM service_outage AS o JOIN lot AS l"
        " ON o.ended_at > l.cycle_starts_at AND o.started_at < l.cycle_ends_at"
        " WHERE l.id = $1",
        lot_id,
    )
    return max(((g["ended_at"] - g["started_at"]).total_seconds() for g in gaps), default=0.0)
