"""Rivals: two workers, two tellers, a digest that is made while a message comes in."""

from __future__ import annotations

import asyncio

from app.core.tx import Tx, UnitOfWork
from app.inbox import delivering, queries, sending, service
from app.inbox.digest import sweep_digests
from app.inbox.errors import TooManyEndpoints
from app.inbox.types import Contact, SendState
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import Keeping, notice, queued_deliveries
from tests.worlds.receiver import SEALER, receiving, webhooks


async def test_two_workers_deliver_one_webhook_once(real_tx: Tx) -> None:
    world = World(real_tx)
    org = await world.organisation()
    async with receiving() as receiver:
        await real_tx.run(
            service.register_endpoint,
            actor=org.head,
            sealer=SEALER,
            url=receiver.url,
            kinds=["test.happened"],
            known=["test.happened"],
            key="register-1",
        )
        for number in range(5):
            await real_tx.run(
                service.post_event, notice=notice(), key=f"k{number}", organisation_id=org.id
            )
        # several sweeps at once, and every job handed out to four workers
        await asyncio.gather(*(real_tx.run(delivering.sweep_deliveries) for _ in range(4)))
        jobs = await queued_deliveries(real_tx)
        assert len(jobs) == 5
        states = await asyncio.gather(
            *(
                delivering.deliver(real_tx, webhooks(), item=item, attempt=attempt)
                for item, attempt in jobs * 4
            )
        )
    assert sorted(state or "" for state in states) == [""] * 15 + [SendState.sent] * 5
    assert len({got.headers["webhook-id"] for got in receiver.got}) == len(receiver.got) == 5


async def test_two_workers_send_one_mail_once(real_tx: Tx) -> None:
    world = World(real_tx)
    reader = await world.person()
    contact = Contact("person", id_of(reader))
    sends = (
        real_tx.run(
            service.send, contact=contact, channel="email", subject="s", body="b", key="same"
        )
        for _ in range(6)
    )
    assert sum(await asyncio.gather(*sends)) == 1
    await asyncio.gather(*(real_tx.run(sending.sweep_dispatches) for _ in range(4)))
    [row] = await world.rows("SELECT id, attempts FROM dispatch")
    keeping = Keeping()
    post = keeping.post()
    await asyncio.gather(
        *(sending.send_dispatch(real_tx, post, item=row.id, attempt=row.attempts) for _ in range(4))
    )
    assert len(keeping.mails) == 1


async def test_many_tellers_tell_once(real_tx: Tx) -> None:
    world = World(real_tx)
    people = [id_of(await world.person()) for _ in range(3)]
    told = await asyncio.gather(
        *(
            real_tx.run(service.post, person_ids=people[::turn], notice=notice(), key="same")
            for turn in (1, -1, 1, -1, 1, -1)
        )
    )
    assert sum(told) == 3
    assert await world.count("inbox_message") == 3


async def test_a_message_during_a_digest_is_in_the_next_one(real_tx: Tx) -> None:
    """Its row waits for the lock of the digest being made, and is due again afterwards."""
    world = World(real_tx)
    person = id_of(await world.person())
    await real_tx.run(service.post, person_ids=[person], notice=notice(), key="first")
    await world.rows(
        "UPDATE inbox_preference SET digest_due_at = market_now() - interval '1 hour' RETURNING 1"
    )
    locked, go_on = asyncio.Event(), asyncio.Event()

    async def slow_digest(uow: UnitOfWork) -> None:
        [preference] = await queries.lock_due_digests(uow, 10)
        taken = await queries.take_for_digest(uow, person)
        assert len(taken) == 1
        locked.set()
        await go_on.wait()
        preference.digest_due_at = None

    digest = asyncio.create_task(real_tx.run(slow_digest))
    await locked.wait()
    rival = asyncio.create_task(
        real_tx.run(service.post, person_ids=[person], notice=notice(), key="second")
    )
    for _ in range(500):
        # one database a test: whoever waits for another's transaction here is the rival
        if await world.rows("SELECT 1 FROM pg_locks WHERE NOT granted") or rival.done():
            break
        await asyncio.sleep(0.01)
    assert not rival.done(), "it waits for the digest"
    go_on.set()
    await asyncio.gather(digest, rival)
    [row] = await world.rows("SELECT digest_due_at FROM inbox_preference")
    assert row.digest_due_at is not None
    assert await world.count("inbox_message", for_digest=True) == 1


async def test_two_digests_at_once_make_one_mail(real_tx: Tx) -> None:
    world = World(real_tx)
    person = id_of(await world.person())
    await real_tx.run(service.post, person_ids=[person], notice=notice(), key="first")
    await world.rows(
        "UPDATE inbox_preference SET digest_due_at = market_now() - interval '1 hour' RETURNING 1"
    )
    await asyncio.gather(*(real_tx.run(sweep_digests) for _ in range(4)))
    assert await world.count("dispatch") == 1


async def test_the_number_of_endpoints_holds_under_rivals(real_tx: Tx) -> None:
    world = World(real_tx)
    org = await world.organisation()

    async def register(number: int) -> bool:
        try:
            await real_tx.run(
                service.register_endpoint,
                actor=org.head,
                sealer=SEALER,
                url="https://example.com/",
                kinds=["test.happened"],
                known=["test.happened"],
                key=f"register-{number}",
            )
        except TooManyEndpoints:
            return False
        return True

    made = await asyncio.gather(*(register(number) for number in range(16)))
    assert sum(made) == 10
    assert await world.count("webhook_endpoint") == 10
