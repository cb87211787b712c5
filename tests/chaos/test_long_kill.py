"""kill -9 of each process in the middle of an import and of a bidding minute.

Real processes, never claimed repeatable, minutes long: ``make chaos-long`` runs it.
"""

from __future__ import annotations

import json
import signal
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.chaos.bidding import Bidder, announce, stop_bidding
from tests.chaos.invariants import check_lot, longest_gap
from tests.chaos.running import RunningMarket

pytestmark = pytest.mark.chaos_long

VICTIMS = ["web", "worker", "postgres"]
TOLERANCE_S = 5
# why: the worker that ended with PostgreSQL imports for two to three seconds before it looks
RESTART_S = 5
SUSPENSIONS = "SELECT suspended_at, resumes_at FROM lot_suspension WHERE lot_id = $1"


def bid_for(market: RunningMarket, number: str, seconds: float, victim: str | None) -> list[Bidder]:
    bidders = [Bidder(market, name, number) for name in ("buyer", "buyer2")]
    for bidder in bidders:
        bidder.thread.start()
    time.sleep(seconds / 2)
    if victim:
        market.kill(victim)
    time.sleep(seconds / 2)
    stop_bidding(bidders)
    return bidders


def wait_for_end(market: RunningMarket, number: str, seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = dict(
            market.rows(
                "SELECT l.id, l.state, l.outcome, l.cycle_starts_at, l.cycle_ends_at, l.closed_at"
                " FROM lot AS l WHERE l.number = $1",
                number,
            )[0]
        )
        if row["state"] in {"closed", "suspended"}:
            return row
        time.sleep(0.2)
    raise AssertionError(f"{number} neither closed nor was suspended")


@pytest.mark.parametrize("victim", VICTIMS)
def test_no_answered_bid_is_lost(market: RunningMarket, victim: str) -> None:
    number = announce(market)
    bidders = bid_for(market, number, 14, victim)
    market.wait_until_up(60)
    print(number, check_lot(market, number, bidders), "answers")
    ended = wait_for_end(market, number, 90)
    if ended["state"] == "suspended":
        # a slow restart: the gap was longer than the rulebook tolerates
        assert longest_gap(market, ended["id"]) > TOLERANCE_S
        return
    assert ended["outcome"] == "won"
    assert ended["closed_at"] == ended["cycle_ends_at"]
    deadline = time.monotonic() + 30
    while not market.rows("SELECT 1 FROM deal WHERE origin_id = $1", ended["id"]):
        assert time.monotonic() < deadline, "no deal was opened"
        time.sleep(0.2)
    code, said = market.run("verify", "audit")
    assert code == 0, said


@pytest.mark.parametrize("victim", ["web", "postgres"])
@pytest.mark.parametrize("outage_s", [0, 9])
def test_a_lot_whose_end_falls_into_a_gap(
    market: RunningMarket, victim: str, outage_s: float
) -> None:
    """Longer than the tolerance: suspended, then resumed with a full cycle. Shorter: closed."""
    number = announce(market)
    bidders = bid_for(market, number, 7, None)
    lot = market.rows("SELECT id, cycle_ends_at FROM lot WHERE number = $1", number)[0]
    time.sleep(max(0.0, (lot["cycle_ends_at"] - market.now()).total_seconds() - 1.0))
    keeper = psutil.Process(market.process.pid)
    if outage_s:
        keeper.send_signal(signal.SIGSTOP)  # nobody restarts what is killed now
    market.kill(victim)
    time.sleep(outage_s)
    if outage_s:
        keeper.send_signal(signal.SIGCONT)
    market.wait_until_up(60)
    up_at = time.monotonic()
    ended = wait_for_end(market, number, 10)
    waited = time.monotonic() - up_at
    longest = longest_gap(market, ended["id"])
    print(number, check_lot(market, number, bidders), "answers")
    print(f"{number}: {victim} gap {longest:.1f} s, {ended['state']} {waited:.1f} s after restart")
    suspended = market.rows(SUSPENSIONS, lot["id"])
    assert bool(suspended) == (longest > TOLERANCE_S)
    assert waited < RESTART_S
    if not suspended:
        assert ended["closed_at"] == lot["cycle_ends_at"]
        return
    deadline = time.monotonic() + 10
    while suspended[0]["resumes_at"] is None:  # the gap has ended, the sweep comes to it
        assert time.monotonic() < deadline
        suspended = market.rows(SUSPENSIONS, lot["id"])
    pause = suspended[0]["resumes_at"] - suspended[0]["suspended_at"]
    code, said = market.run("clock", f"+{int(pause.total_seconds())}s")
    assert code == 0, said
    resumed = wait_until_resumed(market, number)
    assert resumed["cycle_ends_at"] - resumed["cycle_starts_at"] == timedelta(seconds=60)


def wait_until_resumed(market: RunningMarket, number: str) -> dict[str, timedelta]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        row = market.rows(
            "SELECT state, cycle_starts_at, cycle_ends_at FROM lot WHERE number = $1", number
        )[0]
        if row["state"] == "limited":
            return dict(row)
        time.sleep(0.2)
    raise AssertionError("the lot was not resumed")


ROWS = 12_000


def make_file(folder: Path, name: str) -> Path:
    """A file of made achievements, large enough to be killed in the middle."""
    path = folder / f"{name}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(ROWS):
            row = {
                "成果编号": f"{name}-{n:05d}",
                "成果名称": f"一种用于第{n}号生产线的节能干燥装置及其控制方法",
                "摘要": f"用热泵回收第{n}号生产线的湿热空气，每吨产品能耗降低 {n % 37 + 5}%。",
                "权利人": "演示装备研究所",
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


@pytest.mark.parametrize("victim", [*VICTIMS, "import"])
def test_an_import_goes_on_where_it_was(market: RunningMarket, victim: str, tmp_path: Path) -> None:
    name = f"K{uuid.uuid4().hex[:6]}"
    file = make_file(tmp_path, name)
    owner = market.rows("SELECT id FROM organisation WHERE state = 'verified' LIMIT 1")[0]
    words = ("import", "achievements", str(file), "--owner", str(owner["id"]))
    first = market.command(*words)
    query = f"SELECT count(*) AS n FROM achievement WHERE owner_number LIKE '{name}-%'"
    while market.rows(query)[0]["n"] < ROWS // 5:
        assert first.poll() is None, first.communicate()[0]
        time.sleep(0.05)
    if victim == "import":
        first.kill()
    else:
        market.kill(victim)
    said = first.communicate(timeout=120)[0]
    assert "Traceback" not in said, said
    market.wait_until_up(60)
    before = market.rows(query)[0]["n"]
    code, said = market.run(*words)
    assert code == 0, said
    print(f"{victim}: {before} rows had been committed; then: {said.splitlines()[-1]}")
    counts = market.rows(
        "SELECT count(*) AS rows, count(DISTINCT owner_number) AS numbers,"
        " (SELECT count(*) FROM search_document AS d JOIN achievement AS x ON x.id = d.id"
        f"  WHERE x.owner_number LIKE '{name}-%') AS found"
        f" FROM achievement WHERE owner_number LIKE '{name}-%'"
    )[0]
    assert (counts["rows"], counts["numbers"], counts["found"]) == (ROWS, ROWS, ROWS)
    code, said = market.run("verify", "audit")
    assert code == 0, said
