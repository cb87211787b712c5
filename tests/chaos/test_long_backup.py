"""A backup of a market in the middle of bidding and an import, restored beside it.

Real processes; ``make chaos-long`` runs it. One that is killed leaves nothing that looks whole.
"""

from __future__ import annotations

import csv
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app import archive
from tests.chaos.bidding import Bidder, announce, answered, stop_bidding
from tests.chaos.running import RunningMarket

pytestmark = pytest.mark.chaos_long

ROWS = 6000


@pytest.fixture
def folder() -> Iterator[Path]:
    # why not pytest's folder: root's is closed, and PostgreSQL runs as an ordinary user
    made = Path(tempfile.mkdtemp(prefix="market-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def market(folder: Path) -> Iterator[RunningMarket]:
    running = RunningMarket(folder / "data")
    running.start()
    yield running
    running.stop()


def write_table(path: Path) -> None:
    """Achievements for an import that lasts longer than the backup."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["标题", "摘要"])
        writer.writerows(
            [f"锂电池隔膜涂覆方法第{n}号", f"一种用于储能电站的第{n}种隔膜涂覆方法。"]
            for n in range(ROWS)
        )


def bid_for(market: RunningMarket, number: str) -> list[Bidder]:
    bidders = [Bidder(market, name, number) for name in ("buyer", "buyer2")]
    for bidder in bidders:
        bidder.thread.start()
    return bidders


def test_what_was_answered_before_the_backup_is_in_it(market: RunningMarket, folder: Path) -> None:
    number = announce(market)
    table = folder / "rows.csv"
    write_table(table)
    bidders = bid_for(market, number)
    time.sleep(2)
    owner = market.rows(
        "SELECT o.id FROM organisation AS o JOIN membership AS m ON m.organisation_id = o.id"
        " JOIN login AS l USING (person_id) WHERE l.value = 'manager@demo.invalid'"
    )[0]["id"]
    importing = market.command("import", "achievements", str(table), "--owner", str(owner))
    time.sleep(2)
    before = answered(bidders)
    began = time.monotonic()
    status, said = market.run("backup", str(folder / "backup"), "--verify")
    took = time.monotonic() - began
    assert status == 0, said
    after = answered(bidders)
    stop_bidding(bidders)
    importing.send_signal(signal.SIGINT)
    importing.communicate(timeout=60)
    print(f"{len(before)} bids before, {len(after) - len(before)} during {took:.1f} s of backup")
    assert len(after) > len(before), "the market stood still while it was backed up"
    check_restored(folder, number, before)


def check_restored(folder: Path, number: str, before: dict[int, tuple[int, str]]) -> None:
    """A second market on a second folder and a second port has everything answered before."""
    second = RunningMarket(folder / "second")
    status, said = second.run("restore", str(folder / "backup"))
    assert status == 0, said
    print(said)
    second.start()
    try:
        rows = second.rows(
            "SELECT b.seq, b.amount_minor, b.outcome FROM bid AS b JOIN lot AS l ON l.id = b.lot_id"
            " WHERE l.number = $1 ORDER BY b.seq",
            number,
        )
        stored = {row["seq"]: (row["amount_minor"], row["outcome"]) for row in rows}
        assert {seq: stored.get(seq) for seq in before} == before
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        for words in (("verify", "audit"), ("verify", "ledger")):
            status, said = second.run(*words)
            assert status == 0, said
        # new audit entries are sealed: the restored market's clock of transactions goes on
        position = "SELECT coalesce(max(position), 0) AS n FROM audit_seal"
        sealed, deadline = second.rows(position)[0]["n"], time.monotonic() + 30
        second.log_in("manager")
        while second.rows(position)[0]["n"] <= sealed and time.monotonic() < deadline:
            time.sleep(0.5)
        assert second.rows(position)[0]["n"] > sealed
        manifest = archive.read_manifest(folder / "backup")
        assert sealed >= manifest.audit["position"]
    finally:
        second.stop()


def test_a_killed_backup_leaves_nothing_that_looks_whole(
    market: RunningMarket, folder: Path
) -> None:
    killed = 0
    for delay in (2.0, 2.5, 3.0, 3.5, 4.0):
        process = market.command("backup", str(folder / "backup"))
        time.sleep(delay)
        if process.poll() is not None:
            break
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            child.send_signal(signal.SIGKILL)
        process.communicate()
        killed += 1
        if (folder / "backup").exists():
            break
    assert killed
    if (folder / "backup").exists():
        status, said = market.run("verify", "backup", str(folder / "backup"))
    else:
        status, said = market.run("backup", str(folder / "backup"))
    assert status == 0, said
    status, said = market.run("backup", str(folder / "again"))
    assert status == 0, said
    assert list(folder.glob(".market-backup-*")) == []
