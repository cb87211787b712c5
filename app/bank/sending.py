"""The bank's own clockwork: what arrives, what settles, and the webhooks that tell of it.

Nothing is kept in memory between rounds, so a bank that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import Final

import httpx2

from app.bank import outbox
from app.bank.book import Book
from app.bank.keys import Keys
from app.bank.payouts import end_due_payouts
from app.bank.switching import take_switch
from app.bank.transfers import book_due_transfers

log = logging.getLogger("bank.sending")

LOOK_EVERY_S: Final = 0.2
AT_ONCE: Final = 8
ANSWER_S: Final = 10.0


def keep_book(book: Book) -> int:
    """Book what has arrived and end the payouts that are due. How many."""
    try:
        return book_due_transfers(book) + end_due_payouts(book)
    except sqlite3.OperationalError:
        log.exception("the book could not be written")
        return 0


class Sender:
    """Tells events to the webhook; ``address`` empty: they wait."""

    def __init__(
        self,
        book: Book,
        keys: Keys,
        address: str,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._book, self._keys, self._address = book, keys, address
        # why no environment: a proxy of the machine is no way to the market
        self._client = httpx2.AsyncClient(
            transport=transport, timeout=ANSWER_S, follow_redirects=False, trust_env=False
        )

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await asyncio.gather(self._keep_books(), self._keep_telling())
        finally:
            await self._client.aclose()

    async def go_round(self) -> int:
        """Book, settle and tell once what is due. How much there was."""
        booked = await asyncio.to_thread(keep_book, self._book)
        due = await asyncio.to_thread(outbox.list_due, self._book, AT_ONCE) if self._address else ()
        await asyncio.gather(*(self._tell(row) for row in due))
        return booked + len(due)

    async def _keep_books(self) -> None:
        while True:
            await asyncio.to_thread(keep_book, self._book)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _keep_telling(self) -> None:
        """Several at once, so that one answer that does not come holds up no other."""
        under_way: dict[int, asyncio.Task[None]] = {}
        while self._address:
            due = await asyncio.to_thread(outbox.list_due, self._book, AT_ONCE)
            for row in due:
                if row["seq"] not in under_way:
                    under_way[row["seq"]] = asyncio.create_task(self._tell(row))
            if under_way:
                await asyncio.wait(
                    under_way.values(),
                    timeout=LOOK_EVERY_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            else:
                await asyncio.sleep(LOOK_EVERY_S)
            for seq, task in list(under_way.items()):
                if task.done():
                    task.result()
                    del under_way[seq]

    async def _tell(self, event: sqlite3.Row) -> None:
        if await self._deliver(event["id"], event["body"].encode()):
            await asyncio.to_thread(outbox.note_told, self._book, event["seq"])
        else:
            await asyncio.to_thread(outbox.note_untold, self._book, event["seq"])

    async def _deliver(self, event: str, body: bytes) -> bool:
        """One attempt: whether the webhook has taken it."""
        if await asyncio.to_thread(self._is_dropped):
            return False
        timestamp = str(self._book.clock() // outbox.SECOND)
        headers = {
            "Content-Type": "application/json",
            "Bank-Timestamp": timestamp,
            "Bank-Event": event,
            "Bank-Signature": self._keys.sign(timestamp, event, body),
        }
        try:
            answer = await self._client.post(self._address, content=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            log.info("event %s not delivered: %s", event, type(error).__name__)
            return False
        if not answer.is_success:
            log.info("event %s not taken: %s", event, answer.status_code)
        return answer.is_success

    def _is_dropped(self) -> bool:
        with self._book.writing() as db:
            return take_switch(db, "drop_webhooks")
