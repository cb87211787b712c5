"""People who pay deposits at the bank's counter while processes are killed, rightly and wrongly."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

import httpx2

from app.accounts import service as accounts
from app.auctions import service as auctions
from app.core.sealing import Sealer
from app.core.settings import DEMO_SECRET
from tests.chaos.people import find_actor, find_head, publish, terminate, verb
from tests.chaos.running import RunningMarket

DEPOSIT_MINOR = 20_000_00
EVERY_S = 0.6
STRANGER = "6222000011112222"


@dataclass
class Payer:
    """One bidder who owes a deposit, with his account and the bank's page for his order."""

    name: str
    account: str
    counter: str


class Till:
    """A lot that asks for deposits. Two bidders pay, and go on paying what does not count.

    Only the first exact payment from the own account locks a deposit; everything else has to come
    back by itself, whatever dies meanwhile.
    """

    def __init__(self, market: RunningMarket, chance: random.Random) -> None:
        self.market, self.chance = market, chance
        self.number = publish(
            market, free_s=7200, deposit_minor=DEPOSIT_MINOR, deposit_due_at=timedelta(seconds=7000)
        )
        self.payers = [self._apply(name) for name in ("buyer", "buyer2")]
        self.sent: dict[str, int] = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._pay_on)
        self.thread.start()

    def _apply(self, name: str) -> Payer:
        market, head = self.market, find_head(self.market, name)
        account = str(self.chance.randrange(10**17, 10**18))
        shown = verb(
            market,
            accounts.enter_bank_account,
            actor=head,
            organisation_id=head.organisation_id,
            holder=head.organisation_name,
            bank="示范银行",
            branch="科技支行",
            number=account,
            sealer=Sealer(DEMO_SECRET),
            key=uuid.uuid4().hex,
        )
        operator = find_actor(market, "operator")
        verb(
            market,
            accounts.verify_bank_account,
            actor=operator,
            account_id=shown.id,
            reason="开户许可证",
        )
        verb(
            market,
            auctions.apply_to_lot,
            actor=find_actor(market, name),
            number=self.number,
            confirmed=True,
            key=uuid.uuid4().hex,
        )
        query = (
            "SELECT o.id, o.counter_url FROM deposit AS d JOIN pay_order AS o ON o.id = d.order_id"
            " JOIN lot AS l ON l.id = d.lot_id WHERE l.number = $1 AND d.party_id = $2"
        )
        deadline = time.monotonic() + 60
        while True:
            (row,) = market.rows(query, self.number, head.organisation_id)
            if row["counter_url"]:
                return Payer(head.organisation_name, account, row["counter_url"])
            assert time.monotonic() < deadline, "the bank was not told of the order"
            time.sleep(0.2)

    def _pay_on(self) -> None:
        for payer in self.payers:
            self._pay(payer, payer.account, DEPOSIT_MINOR // 2)  # short
            self._pay(payer, STRANGER, DEPOSIT_MINOR)
            self._pay(payer, payer.account, DEPOSIT_MINOR)
        while not self.stopping.is_set():
            payer = self.chance.choice(self.payers)
            own = self.chance.random() < 0.7
            amount = self.chance.choice((DEPOSIT_MINOR, DEPOSIT_MINOR + 1, 500_00))
            self._pay(payer, payer.account if own else STRANGER, amount)
            time.sleep(EVERY_S)

    def _pay(self, payer: Payer, account: str, amount: int) -> None:
        """Until the counter has answered; the same key is the same transfer."""
        form = {
            "key": uuid.uuid4().hex,
            "payer_name": payer.name,
            "payer_account": account,
            "amount": f"{amount // 100}.{amount % 100:02d}",
        }
        while True:
            try:
                answer = httpx2.post(payer.counter, data=form, timeout=10)
            except httpx2.HTTPError:
                time.sleep(0.2)
                continue
            assert answer.status_code == 303, answer.text
            self.sent[form["key"]] = amount
            return

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    # ------------------------------------------------------------ what must hold

    def book(self, query: str) -> list[sqlite3.Row]:
        """Look into the bank's own file."""
        path = self.market.data_dir / "bank" / "bank.sqlite3"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            db.row_factory = sqlite3.Row
            return db.execute(query).fetchall()

    def check(self) -> int:
        """Money is where it was answered to be. How many transfers were looked up."""
        sent = dict(self.sent)
        receipts = {
            row["reference"]: row["amount_minor"]
            for row in self.market.rows("SELECT reference, amount_minor FROM receipt")
        }
        settled = self.market.rows("SELECT number FROM payout WHERE state = 'settled'")
        entries = self.book("SELECT * FROM entry ORDER BY seq")
        # why after the bank's book: what is held now may not have gone before; the other way round
        # a deposit that came home between the two looks would seem to have been held
        held = self.market.rows(
            "SELECT r.reference FROM deposit AS d JOIN receipt AS r ON r.order_id = d.order_id"
            " WHERE d.state IN ('locked', 'applied_to_price', 'frozen') AND r.counted_minor > 0"
        )
        transfers = {row["key"]: row for row in self.book("SELECT * FROM transfer")}
        for key, amount in sent.items():
            assert transfers[key]["amount"] == amount, "a transfer that was answered is lost"
            assert transfers[key]["bank_number"], "a transfer that was answered never arrived"
        arrived = {row["bank_number"]: row["amount"] for row in entries if row["direction"] == "in"}
        booked = [row["bank_number"] for row in transfers.values() if row["bank_number"] in arrived]
        assert sorted(booked) == sorted(arrived), "money from nowhere, or a transfer booked twice"
        assert receipts.items() <= arrived.items(), "a receipt that the bank does not know"
        gone = [row for row in entries if row["direction"] == "out"]
        # the number of ours, without the series that it has at the bank
        numbers = [row["payout_number"].rpartition("-")[0] for row in gone]
        assert len(numbers) == len(set(numbers)), "one payout was paid twice"
        assert {row["number"] for row in settled} <= set(numbers)
        out: dict[str, int] = {}
        for row in gone:
            out[row["payment_number"]] = out.get(row["payment_number"], 0) + row["amount"]
        assert all(amount <= arrived[number] for number, amount in out.items())
        assert not {row["reference"] for row in held} & out.keys(), "a locked deposit was paid out"
        balance = entries[-1]["balance"] if entries else 0
        assert balance == sum(arrived.values()) - sum(out.values())
        return len(sent)

    def check_end(self, seconds: float = 90) -> None:
        """Everything that did not count is back; then the lot ends and the deposits are, too.

        Payouts that met a dead bank wait longer and longer: the market's clock is moved for them.
        """
        self._wait_for_balance(len(self.payers) * DEPOSIT_MINOR, seconds)
        locked = self.market.rows(
            "SELECT d.id FROM deposit AS d JOIN lot AS l ON l.id = d.lot_id"
            " WHERE l.number = $1 AND d.state = 'locked'",
            self.number,
        )
        assert len(locked) == len(self.payers)
        terminate(self.market, self.number)
        self._wait_for_balance(0, seconds)
        self.check()
        (left,) = self.market.rows("SELECT count(*) AS n FROM payout WHERE state <> 'settled'")
        assert left["n"] == 0
        kinds = self.market.rows("SELECT kind, count(*) AS n FROM receipt GROUP BY kind")
        print("receipts:", ", ".join(f"{row['n']} {row['kind']}" for row in kinds))

    def _wait_for_balance(self, balance: int, seconds: float) -> None:
        deadline, moved = time.monotonic() + seconds, time.monotonic()
        open_payouts = "SELECT count(*) AS n FROM payout WHERE state <> 'settled'"
        while True:
            own = self._own_balance()
            (left,) = self.market.rows(open_payouts)
            if own == balance and not left["n"]:
                return
            assert time.monotonic() < deadline, f"{own} 分, {left['n']} payouts open"
            if time.monotonic() - moved > 5:
                self.market.move_clock(timedelta(minutes=2))
                moved = time.monotonic()
            time.sleep(0.3)

    def _own_balance(self) -> int:
        """What the bank holds of what was paid here; the demonstration's robots pay there too."""
        transfers = self.book("SELECT * FROM transfer")
        own = {row["bank_number"] for row in transfers if row["key"] in self.sent}
        balance = 0
        for row in self.book("SELECT * FROM entry"):
            if row["direction"] == "in" and row["bank_number"] in own:
                balance += int(row["amount"])
            if row["direction"] == "out" and row["payment_number"] in own:
                balance -= int(row["amount"])
        return balance
