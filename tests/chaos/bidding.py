"""People who bid while processes are killed, and remember what they were told."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import timedelta

import httpx2

from tests.chaos.running import RunningMarket

STEP_MINOR = 1_000_00
START_MINOR = 100_000_00


def announce(
    market: RunningMarket, *, free_s: float = 5, window_s: int = 60, **terms: object
) -> str:
    """A lot of the demo manager; ``terms`` are what else the API takes."""
    offers = market.rows(
        "SELECT f.number FROM offer AS f JOIN organisation AS o ON o.id = f.owner_id"
        " JOIN membership AS m ON m.organisation_id = o.id JOIN login AS l USING (person_id)"
        " WHERE l.value = 'manager@demo.invalid' AND f.state = 'published'"
        " AND f.asking_minor IS NOT NULL ORDER BY f.number DESC"
    )
    manager, why = market.log_in("manager"), "no offer"
    for offer in offers:
        answer = manager.post(
            "/api/v1/lots",
            json={
                "offer_number": offer["number"],
                "start_minor": START_MINOR,
                "step_minor": STEP_MINOR,
                "free_ends_at": (market.now() + timedelta(seconds=free_s)).isoformat(),
                "window_s": window_s,
                **terms,
            },
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        if answer.status_code == 201:
            return str(answer.json()["number"])
        why = answer.text
    raise AssertionError(why)


class Bidder:
    """Bids until told to stop; asks again with the same key until it has an answer."""

    def __init__(
        self, market: RunningMarket, name: str, number: str, *, every_s: float = 0.15
    ) -> None:
        self.client = market.log_in(name)
        self.number = number
        self.every_s = every_s
        joined = self.client.post(f"/api/v1/lots/{number}/join")
        assert joined.status_code == 200, joined.text
        self.answers: dict[int, tuple[int, str]] = {}
        self.keys: dict[int, str] = {}
        self.stored: list[str] = []  # keys of maxima that were accepted
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.bid_on)

    def bid_on(self) -> None:
        while not self.stopping.is_set():
            self.bid_once()
            time.sleep(self.every_s)

    def bid_once(self) -> None:
        key, amount = uuid.uuid4().hex, 0
        while True:
            try:
                if not amount:
                    lot = self.client.get(f"/api/v1/lots/{self.number}").json()
                    amount = (lot["price_minor"] or START_MINOR) + STEP_MINOR
                answer = self.client.post(
                    f"/api/v1/lots/{self.number}/bids",
                    json={"amount_minor": amount},
                    headers={"Idempotency-Key": key},
                )
            except (httpx2.HTTPError, ValueError, KeyError):
                time.sleep(0.2)
                continue
            if answer.status_code in {201, 409}:
                told = answer.json()
                outcome = "accepted" if answer.status_code == 201 else "refused"
                self.keys[told["seq"]] = key
                self.answers[told["seq"]] = (amount, outcome)
                return
            time.sleep(0.2)


class Proxy(Bidder):
    """Stores maxima on the lot's page, a few steps above the price."""

    def bid_once(self) -> None:
        key, amount = uuid.uuid4().hex, 0
        while True:
            try:
                if not amount:
                    lot = self.client.get(f"/api/v1/lots/{self.number}").json()
                    amount = (lot["price_minor"] or START_MINOR) + 6 * STEP_MINOR
                answer = self.client.post(
                    f"/lots/{self.number}/maximum",
                    data={"amount": str(amount // 100), "key": key},
                )
            except (httpx2.HTTPError, ValueError, KeyError):
                time.sleep(0.2)
                continue
            if answer.status_code < 500:
                if answer.status_code == 303:
                    self.stored.append(key)
                return
            time.sleep(0.2)


def stop_bidding(bidders: list[Bidder]) -> None:
    """Let each have its last answer."""
    for bidder in bidders:
        bidder.stopping.set()
    for bidder in bidders:
        bidder.thread.join(60)
        assert not bidder.thread.is_alive()


def answered(bidders: list[Bidder]) -> dict[int, tuple[int, str]]:
    """What the bidders have been told so far, by number."""
    return {seq: said for bidder in bidders for seq, said in dict(bidder.answers).items()}
