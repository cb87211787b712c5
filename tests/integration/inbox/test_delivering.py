"""Webhooks: signed, delivered once, tried again for a day, then switched off and told."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from app.core.errors import Forbidden, Invalid, KeyReused, NotFound, Unauthenticated
from app.core.tx import Tx
from app.inbox import delivering, reaching, service
from app.inbox.errors import DeliveryUnderWay, EndpointMissing, TooManyEndpoints
from app.inbox.outgoing import Undelivered
from app.inbox.reaching import Reach
from app.inbox.types import EndpointState, EndpointView, SendState
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.inbox import deliver_everything, notice, queued_deliveries
from tests.worlds.receiver import LONG, SEALER, Receiver, receiving, webhooks

KINDS = ("test.happened", "market.happened")


async def register(tx: Tx, org: Org, url: str = "https://example.com/hook", **changes: Any) -> Any:
    said: dict[str, Any] = {
        "actor": org.head,
        "sealer": SEALER,
        "url": url,
        "kinds": list(KINDS),
        "known": KINDS,
        "key": "register-1",
    }
    return await tx.run(service.register_endpoint, **(said | changes))


async def run_deliveries(tx: Tx) -> list[SendState | None]:
    """One round of the worker."""
    await tx.run(delivering.sweep_deliveries)
    return [
        await delivering.deliver(tx, webhooks(), item=item, attempt=attempt)
        for item, attempt in await queued_deliveries(tx)
    ]


def is_signed(receiver: Receiver, secret: str, number: int = 0) -> bool:
    """What a receiver checks, written from the standard's text."""
    got = receiver.got[number]
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return got.headers["webhook-signature"] == "v1," + b64encode(digest).decode()


async def tell(tx: Tx, org: Org, key: str = "k", **changes: Any) -> int:
    return await tx.run(
        service.post_event, notice=notice(**changes), key=key, organisation_id=org.id
    )


async def test_an_event_arrives_signed_and_once(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        _, secret = await register(tx, org, receiver.url)
        assert await tell(tx, org) == 1
        assert await tell(tx, org) == 0
        assert await run_deliveries(tx) == [SendState.sent]
        assert await run_deliveries(tx) == []
    [got] = receiver.got
    assert got.line == "POST /hook?from=market HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert is_signed(receiver, secret)
    body = json.loads(got.body)
    assert set(body) == {"id", "kind", "occurred_at", "title", "url", "facts"}
    assert body["kind"] == "test.happened"
    assert body["url"] == "http://market.test/desk"
    assert body["facts"] == {"number": "CG-1"}
    assert "发生了一件事" not in got.body.decode(), "the text for people stays here"


async def test_only_subscribers_of_the_kind_and_the_organisation_hear(tx: Tx, world: World) -> None:
    org, other = await world.organisation(), await world.organisation()
    await register(tx, org, kinds=["test.happened"])
    await register(tx, other)
    assert await tell(tx, org, kind="test.else") == 0
    assert await tell(tx, org) == 1
    public = notice(kind="market.happened")
    assert await tx.run(service.post_event, notice=public, key="p", organisation_id=None) == 1, (
        "one of both subscribed to it"
    )


async def test_the_public_may_be_larger_than_one_statement(tx: Tx, world: World) -> None:
    org = await world.organisation()
    await register(tx, org)
    many = await world.rows(
        "INSERT INTO webhook_endpoint (id, organisation_id, url, sealed_secret, kinds, state,"
        " reason, created_at, idempotency_key) SELECT gen_random_uuid(), organisation_id, url,"
        " sealed_secret, kinds, state, reason, created_at, n::text FROM webhook_endpoint,"
        " generate_series(1, 2500) AS n RETURNING 1"
    )
    public = notice(kind="market.happened")
    told = await tx.run(service.post_event, notice=public, key="p", organisation_id=None)
    assert told == len(many) + 1
    assert await tx.run(service.post_event, notice=public, key="p", organisation_id=None) == 0


async def test_a_failure_is_tried_again_with_the_same_id(
    tx: Tx, world: World, clock: Clock
) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        receiver.statuses = [500, 302]
        endpoint, secret = await register(tx, org, receiver.url)
        await tell(tx, org)
        assert await run_deliveries(tx) == [SendState.waiting]
        assert await run_deliveries(tx) == []
        [row] = await world.rows("SELECT * FROM webhook_delivery")
        assert (row.response_status, row.attempts) == (500, 1)
        await clock.advance(seconds=10)
        assert await run_deliveries(tx) == [SendState.waiting], "a redirect is not followed"
        await clock.advance(minutes=2)
        assert await run_deliveries(tx) == [SendState.sent]
    assert len(receiver.got) == 3
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    assert all(is_signed(receiver, secret, number) for number in range(3))
    view, _ = await tx.run(service.show_endpoint, actor=org.head, endpoint_id=endpoint.id)
    assert view.failing_since is None


async def test_after_a_day_of_failures_it_is_switched_off_and_the_head_is_told(
    tx: Tx, world: World, clock: Clock
) -> None:
    org = await world.organisation()
    endpoint, _ = await register(tx, org, "http://127.0.0.1:1/nobody")
    await tell(tx, org)
    waited = timedelta()
    while await world.rows("SELECT 1 FROM webhook_delivery WHERE due_at IS NOT NULL"):
        await run_deliveries(tx)
        await clock.advance(minutes=20)
        waited += timedelta(minutes=20)
        assert waited < timedelta(days=2)
    view, log = await tx.run(service.show_endpoint, actor=org.head, endpoint_id=endpoint.id)
    assert view.state is EndpointState.disabled
    assert view.reason == delivering.DISABLED_FAILING
    [entry] = log.items
    assert (entry.state, entry.attempts) == (SendState.dead, 10)
    assert "TCP" in entry.last_error
    await deliver_everything(tx)
    assert await world.count("inbox_message", kind="inbox.endpoint_disabled") == 1
    assert await tell(tx, org, "later") == 0, "nothing more is sent to it"
    await tx.run(service.enable_endpoint, actor=org.head, endpoint_id=endpoint.id)
    assert await tell(tx, org, "again") == 1


async def test_gone_is_gone_at_once(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        receiver.statuses = [410]
        endpoint, _ = await register(tx, org, receiver.url)
        await tell(tx, org)
        await tell(tx, org, "second")
        assert await run_deliveries(tx) == [SendState.dead, None]
    assert len(receiver.got) == 1, "what waited for it is not sent"
    view, _ = await tx.run(service.show_endpoint, actor=org.head, endpoint_id=endpoint.id)
    assert (view.state, view.reason) == (EndpointState.disabled, delivering.DISABLED_GONE)


async def test_a_crash_after_the_delivery_repeats_the_same_id(
    tx: Tx, world: World, clock: Clock
) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        await register(tx, org, receiver.url)
        await tell(tx, org)
        await tx.run(delivering.sweep_deliveries)
        [(item, attempt)] = await queued_deliveries(tx)
        parcel = await tx.run(delivering.take_parcel, item=item, attempt=attempt)
        assert parcel is not None
        body, headers = delivering.pack_parcel(parcel, webhooks())
        await webhooks().reach.post(parcel.url, body=body, headers=headers)
        # ... and here the worker dies; the queue hands its job to another one
        assert await delivering.deliver(tx, webhooks(), item=item, attempt=attempt) is None
        assert await run_deliveries(tx) == []
        await clock.advance(minutes=3)
        assert await run_deliveries(tx) == [SendState.sent]
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_target_that_turned_inside_is_not_reached(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        await register(tx, org, receiver.url)
        await tell(tx, org)
        await tx.run(delivering.sweep_deliveries)
        [(item, attempt)] = await queued_deliveries(tx)
        strict = delivering.Webhooks(Reach(plain=True), SEALER, "http://market.test")
        assert await delivering.deliver(tx, strict, item=item, attempt=attempt) is SendState.waiting
        assert receiver.got == []
    [row] = await world.rows("SELECT last_error FROM webhook_delivery")
    assert "内部网络" in row.last_error["source"]


async def test_an_endless_answer_and_a_silent_one_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as receiver:
        receiver.endless, receiver.statuses = True, [200]  # a 204 has no body at all
        answer = await webhooks().reach.post(receiver.url, body=b"{}", headers={})
        assert answer.status == 200
        assert receiver.sent < LONG / 2
        receiver.endless, receiver.silent = False, True
        monkeypatch.setattr(reaching, "TIMEOUT_S", 0.2)
        with pytest.raises(Undelivered, match="没有答复"):
            await webhooks().reach.post(receiver.url, body=b"{}", headers={})


async def test_the_secret_is_told_once_and_kept_sealed(tx: Tx, world: World) -> None:
    org = await world.organisation()
    endpoint, secret = await register(tx, org)
    assert secret.startswith("whsec_")
    again, nothing = await register(tx, org)
    assert (again.id, nothing) == (endpoint.id, "")
    with pytest.raises(KeyReused):
        await register(tx, org, "https://example.com/other")
    [row] = await world.rows("SELECT * FROM webhook_endpoint")
    assert secret.removeprefix("whsec_") not in str(row)
    audit = await world.rows("SELECT facts FROM audit_entry WHERE action LIKE 'inbox.%'")
    assert len(audit) == 1
    assert "whsec" not in str(audit)


async def test_a_new_secret_makes_the_old_one_worthless(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        endpoint, old = await register(tx, org, receiver.url)
        new = await tx.run(
            service.renew_secret, actor=org.head, sealer=SEALER, endpoint_id=endpoint.id
        )
        await tell(tx, org)
        await run_deliveries(tx)
        assert is_signed(receiver, new)
        assert not is_signed(receiver, old)


async def test_a_changed_server_key_is_said_plainly(tx: Tx, world: World) -> None:
    org = await world.organisation()
    await register(tx, org)
    await tell(tx, org)
    await tx.run(delivering.sweep_deliveries)
    [(item, attempt)] = await queued_deliveries(tx)
    other = delivering.Webhooks(webhooks().reach, type(SEALER)("another" * 8), "http://market.test")
    assert await delivering.deliver(tx, other, item=item, attempt=attempt) is SendState.dead
    [row] = await world.rows("SELECT last_error FROM webhook_delivery")
    assert "密钥" in row.last_error["source"]


async def test_only_a_head_manages_and_strangers_learn_nothing(tx: Tx, world: World) -> None:
    org, other = await world.organisation(), await world.organisation()
    endpoint, _ = await register(tx, org)
    agent = await world.member(org, {"manager", "agent", "inventor"})
    operator = await world.operator()
    for actor, refusal in (
        (agent, Forbidden),
        (operator, Forbidden),
        (world.stranger, Unauthenticated),
    ):
        with pytest.raises(refusal):
            await register(tx, org, actor=actor, key="register-2")
        with pytest.raises(refusal):
            await tx.run(service.list_endpoints, actor=actor)
    for actor in (agent, operator, other.head, world.stranger):
        for verb in (service.enable_endpoint, service.remove_endpoint, service.show_endpoint):
            with pytest.raises(NotFound):
                await tx.run(verb, actor=actor, endpoint_id=endpoint.id)
        with pytest.raises(NotFound):
            await tx.run(service.renew_secret, actor=actor, sealer=SEALER, endpoint_id=endpoint.id)
        with pytest.raises(NotFound):
            await tx.run(service.send_test, actor=actor, endpoint_id=endpoint.id, key="t")
    assert await world.count("webhook_endpoint", state="active") == 1
    assert await world.count("webhook_delivery") == 0


async def test_kinds_and_numbers_are_limited(tx: Tx, world: World) -> None:
    org = await world.organisation()
    for kinds in ([], ["test.unknown"], ["test.happened", "x"]):
        with pytest.raises(Invalid):
            await register(tx, org, kinds=kinds)
    for number in range(10):
        await register(tx, org, key=f"register-{number}")
    with pytest.raises(TooManyEndpoints):
        await register(tx, org, key="register-10")
    assert await world.count("webhook_endpoint") == 10


async def test_a_test_event_and_a_second_sending(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        endpoint, _ = await register(tx, org, receiver.url)
        for _ in range(2):
            await tx.run(service.send_test, actor=org.head, endpoint_id=endpoint.id, key="t1")
        assert await run_deliveries(tx) == [SendState.sent]
        entry = await only_entry(tx, org, endpoint)
        assert (entry.kind, entry.response_status) == ("webhook.test", 204)
        await resend(tx, org, endpoint, entry.id)
        assert await run_deliveries(tx) == [SendState.sent]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len(receiver.got) == 2


async def only_entry(tx: Tx, org: Org, endpoint: EndpointView) -> Any:
    _, log = await tx.run(service.show_endpoint, actor=org.head, endpoint_id=endpoint.id)
    [entry] = log.items
    return entry


async def resend(tx: Tx, org: Org, endpoint: EndpointView, item: UUID) -> None:
    await tx.run(service.resend, actor=org.head, endpoint_id=endpoint.id, item=item)


async def test_what_is_under_way_is_not_sent_twice(tx: Tx, world: World) -> None:
    org = await world.organisation()
    endpoint, _ = await register(tx, org)
    await tell(tx, org)
    entry = await only_entry(tx, org, endpoint)
    await resend(tx, org, endpoint, entry.id)  # it waits: it is simply due now
    await tx.run(delivering.sweep_deliveries)
    with pytest.raises(DeliveryUnderWay):
        await resend(tx, org, endpoint, entry.id)
    with pytest.raises(NotFound):
        await resend(tx, org, endpoint, endpoint.id)


async def test_a_removed_endpoint_is_gone(tx: Tx, world: World) -> None:
    org = await world.organisation()
    async with receiving() as receiver:
        endpoint, _ = await register(tx, org, receiver.url)
        await tell(tx, org)
        await tx.run(service.remove_endpoint, actor=org.head, endpoint_id=endpoint.id)
        assert await run_deliveries(tx) == [None]
        assert receiver.got == []
    assert await tx.run(service.list_endpoints, actor=org.head) == []
    with pytest.raises(EndpointMissing):
        await tx.run(service.enable_endpoint, actor=org.head, endpoint_id=endpoint.id)
