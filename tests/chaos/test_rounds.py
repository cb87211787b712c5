"""Twenty rounds of kill -9 in one running market, while people bid and pay; checks after each.

Web, worker, bank and PostgreSQL, one or two of them at once. Which and when is drawn from a seed
that is printed; what the processes were doing at that instant is nobody's to repeat, so neither is
a run: a failure says what was lost, and the logs beside it how.

    CHAOS_SEED=7 CHAOS_ROUNDS=5 make chaos
"""

from __future__ import annotations

import itertools
import os
import random
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from app.auctions.record import open_secrets_of, read_record
from app.auctions.types import BidMode
from app.auctions.verifying import verify_sale
from tests.chaos.bidding import Bidder, Proxy, stop_bidding
from tests.chaos.invariants import Walk, check_books, check_lot, longest_gap
from tests.chaos.paying import Till
from tests.chaos.people import find_actor, publish, terminate, verb
from tests.chaos.running import RunningMarket

pytestmark = pytest.mark.chaos

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "20"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or secrets.randbelow(10**6)
VICTIMS = ("web", "worker", "bank", "postgres")
TOLERANCE_S = 5  # of the rulebook: a longer gap in service suspends
SECOND_VICTIM = 0.25
"""How often a second process dies with the first."""


def draw(chance: random.Random) -> Iterator[tuple[str, ...]]:
    """Each of the four as often as the others; sometimes two at once."""
    while True:
        for victim in chance.sample(VICTIMS, len(VICTIMS)):
            others = [one for one in VICTIMS if one != victim]
            both = chance.random() < SECOND_VICTIM
            yield (victim, chance.choice(others)) if both else (victim,)


class Stage:
    """The lots that are bid for: one with proxies whose free period outlasts the test, and one that
    ends soon, of this mode and that.

    The second comes to its limited period at once: a gap in service longer than the rulebook
    tolerates suspends it, and it resumes by itself.
    """

    def __init__(self, market: RunningMarket) -> None:
        self.market = market
        self.bidders: dict[str, list[Bidder]] = {}
        self.ended: list[str] = []
        self.modes = itertools.cycle((BidMode.dynamic, BidMode.multi))
        self.long = self._open(publish(market, free_s=7200, proxies=True), Proxy)
        self.short = self._open_short()

    def _open_short(self) -> str:
        mode = next(self.modes)
        if mode is BidMode.dynamic:
            number = publish(self.market, free_s=4)
        else:
            opens = timedelta(seconds=5)
            number = publish(self.market, mode=mode, free_s=4, free_starts_at=opens)
        return self._open(number)

    def _open(self, number: str, *others: type[Bidder]) -> str:
        kinds: list[type[Bidder]] = [Bidder, *others]
        self.bidders[number] = [
            kind(self.market, name, number, every_s=0.3 if kind is Bidder else 1.0)
            for kind in kinds
            for name in ("buyer", "buyer2")
        ]
        for bidder in self.bidders[number]:
            bidder.thread.start()
        return number

    def go_on(self) -> None:
        """Another short lot when the last one has ended."""
        (row,) = self.market.rows("SELECT state FROM lot WHERE number = $1", self.short)
        if row["state"] == "closed":
            stop_bidding(self.bidders[self.short])
            self.ended.append(self.short)
            self.short = self._open_short()

    def check(self) -> int:
        return sum(check_lot(self.market, *one) for one in self.bidders.items())

    def end(self) -> None:
        for bidders in self.bidders.values():
            stop_bidding(bidders)


def test_rounds_of_kill_9(market: RunningMarket) -> None:
    print(f"\nseed {SEED}, {ROUNDS} rounds; a seed repeats the choice of victims, not the run")
    chance, walk = random.Random(SEED), Walk()
    victims = draw(chance)
    stage, till = Stage(market), Till(market, chance)
    try:
        for turn in range(1, ROUNDS + 1):
            began = time.monotonic()
            time.sleep(chance.uniform(0.2, 1.5))
            killed = next(victims)
            back = market.kill_and_wait(*killed)
            stage.go_on()
            time.sleep(0.3)
            answers = stage.check()
            transfers = till.check()
            check_books(market, walk)
            print(
                f"{turn:2}: {' and '.join(killed)} back after {back:.1f} s, {answers} answers and"
                f" {transfers} transfers hold, audit to {walk.position},"
                f" round of {time.monotonic() - began:.1f} s"
            )
    finally:
        stage.end()
        till.stop()
    check_end(market, stage)
    till.check_end()
    check_books(market, walk)


def check_end(market: RunningMarket, stage: Stage) -> None:
    """The lots end as they must, each won one opens a deal, and every sale proves itself offline:
    each event, hash, extension, suspension and automatic bid computed anew from its record."""
    wait_until_closed(market, stage.short, 120)
    for number in (*stage.ended, stage.short):
        (lot,) = market.rows("SELECT * FROM lot WHERE number = $1", number)
        assert lot["outcome"] == "won"
        assert lot["closed_at"] == lot["cycle_ends_at"]
        assert longest_gap(market, lot["id"]) <= TOLERANCE_S, "it should stand still"
        wait_for_deal(market, lot["id"])
        check_proof(market, number)
    terminate(market, stage.long)
    check_proof(market, stage.long)
    stage.check()
    code, said = market.run("verify", "audit")
    assert code == 0, said


def check_proof(market: RunningMarket, number: str, seconds: float = 60) -> None:
    """The record, which the worker writes after the end, and the supervisor's openings hold."""
    deadline, supervisor = time.monotonic() + seconds, find_actor(market, "supervisor")
    written = (
        "SELECT 1 FROM sale_record AS r JOIN lot AS l ON l.id = r.lot_id"
        " WHERE l.number = $1 AND r.kind = 'public'"
    )
    while not market.rows(written, number):
        assert time.monotonic() < deadline, f"no record of {number}"
        time.sleep(0.3)
    _, record = verb(market, read_record, number=number)
    reason = "核对竞价记录与开启文件"
    _, openings = verb(market, open_secrets_of, actor=supervisor, number=number, reason=reason)
    assert verify_sale(record) == []
    assert verify_sale(record, openings) == []
    (row,) = market.rows(
        "SELECT count(*) AS n FROM lot_suspension JOIN lot ON lot.id = lot_id WHERE number = $1",
        number,
    )
    print(f"{number}: {len(record):,} bytes of record hold, it stood still {row['n']} times")


def wait_until_closed(market: RunningMarket, number: str, seconds: float) -> None:
    """A lot that stands still over a gap is brought to its resumption by the market's clock."""
    deadline = time.monotonic() + seconds
    query = "SELECT state, due_at, due_at - market_now() AS wait FROM lot WHERE number = $1"
    while (row := market.rows(query, number)[0])["state"] != "closed":
        assert time.monotonic() < deadline, dict(row)
        if row["state"] == "suspended" and row["wait"] > timedelta(seconds=1):
            market.move_clock(row["wait"])
        time.sleep(0.3)


def wait_for_deal(market: RunningMarket, lot_id: UUID) -> None:
    deadline = time.monotonic() + 30
    while not market.rows("SELECT 1 FROM deal WHERE origin_id = $1", lot_id):
        assert time.monotonic() < deadline, "no deal was opened"
        time.sleep(0.3)
