"""Webhooks to a real https server: pinned to the checked address, verified by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.inbox import delivering, reaching, service
from app.inbox.delivering import Webhooks
from app.inbox.reaching import make_reach
from app.inbox.types import EndpointState, SendState
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.certificates import server_tls, trusting
from tests.worlds.inbox import notice, queued_deliveries
from tests.worlds.receiver import LONG, SEALER, receiving

NAME = "hooks.partner.test"


@pytest.fixture(autouse=True)
def _trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with trusting(tmp_path, monkeypatch):
        yield


@dataclass
class Names:
    """A name service that can change its mind between two questions."""

    answers: list[str]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


def production(names: Names, *, allow: str = "127.0.0.0/8") -> Webhooks:
    """What a market in production has, by its settings."""
    settings = Settings(
        mode=Mode.production,
        secret_key="secret-of-production-" * 3,
        public_url="https://market.test",
        webhook_allow=allow,
    )
    reach = dataclasses.replace(make_reach(settings), resolve=names.resolve)
    return Webhooks(reach, SEALER, settings.public_url)


async def subscribe(tx: Tx, world: World, url: str) -> Org:
    """An organisation that waits for one event at an address."""
    org = await world.organisation()
    await tx.run(
        service.register_endpoint,
        actor=org.head,
        sealer=SEALER,
        url=url,
        kinds=["test.happened"],
        known=("test.happened",),
        key="register-1",
    )
    await tx.run(service.post_event, notice=notice(), key="k", organisation_id=org.id)
    return org


async def run(tx: Tx, webhooks: Webhooks) -> SendState | None:
    """One try."""
    await tx.run(delivering.sweep_deliveries)
    [(item, attempt)] = await queued_deliveries(tx)
    return await delivering.deliver(tx, webhooks, item=item, attempt=attempt)


async def last_error(world: World) -> str:
    [row] = await world.rows("SELECT last_error FROM webhook_delivery")
    return str(row.last_error)


async def test_it_goes_to_the_checked_address_under_its_name(tx: Tx, world: World) -> None:
    """The name turns to a trap a moment later; nobody asks it again."""
    tls = server_tls(NAME)
    names = Names(["127.0.0.1", "127.0.0.2"])
    async with receiving(tls) as receiver:
        async with receiving(server_tls(NAME, "trap.test"), "127.0.0.2", receiver.port) as trap:
            await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
            assert await run(tx, production(names)) is SendState.sent
            assert (trap.got, trap.names) == ([], [])
        assert names.asked == [NAME]
        assert receiver.names == [NAME], "the certificate was asked for by name"
        [got] = receiver.got
    assert got.line == "POST /hook HTTP/1.1"
    assert got.headers["host"] == f"{NAME}:{receiver.port}"
    assert got.headers["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("named", ["other.partner.test", "127.0.0.1"])
async def test_a_certificate_for_another_name_is_refused(tx: Tx, world: World, named: str) -> None:
    """Also one for the very address that the connection goes to."""
    async with receiving(server_tls(named)) as receiver:
        await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        assert await run(tx, production(Names(["127.0.0.1"]))) is SendState.waiting
        assert receiver.got == [], "not a byte of it was sent"
    assert "TLS" in await last_error(world)


async def test_an_unknown_authority_is_refused(
    tx: Tx, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    reaching._tls.cache_clear()
    async with receiving(server_tls(NAME)) as receiver:
        await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        assert await run(tx, production(Names(["127.0.0.1"]))) is SendState.waiting
        assert receiver.got == []
    assert "TLS" in await last_error(world)


async def test_without_the_setting_the_machine_itself_is_not_reached(tx: Tx, world: World) -> None:
    async with receiving(server_tls(NAME)) as receiver:
        await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        strict = production(Names(["127.0.0.1"]), allow="")
        assert await run(tx, strict) is SendState.waiting
        assert (receiver.got, receiver.names) == ([], [])
    assert "内部网络" in await last_error(world)


async def test_a_redirect_is_not_followed(tx: Tx, world: World) -> None:
    names = Names(["127.0.0.1"])
    async with receiving(server_tls(NAME)) as receiver:
        receiver.statuses = [307]
        await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        assert await run(tx, production(names)) is SendState.waiting
        assert len(receiver.got) == 1
    assert names.asked == [NAME]
    assert "307" in await last_error(world)


async def test_a_slow_answer_and_a_long_one_are_cut(
    tx: Tx, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "TIMEOUT_S", 0.3)
    async with receiving(server_tls(NAME)) as receiver:
        await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        receiver.dripping, receiver.statuses = True, [200, 200]  # a 204 has no body at all
        assert await run(tx, production(Names(["127.0.0.1"]))) is SendState.waiting
        assert "没有答复" in await last_error(world)
        monkeypatch.setattr(reaching, "TIMEOUT_S", 10)
        receiver.dripping, receiver.endless = False, True
        await clock.advance(minutes=1)
        assert await run(tx, production(Names(["127.0.0.1"]))) is SendState.sent, "it said 200"
    assert receiver.sent < LONG / 2


async def test_gone_switches_it_off(tx: Tx, world: World) -> None:
    async with receiving(server_tls(NAME)) as receiver:
        receiver.statuses = [410]
        org = await subscribe(tx, world, f"https://{NAME}:{receiver.port}/hook")
        assert await run(tx, production(Names(["127.0.0.1"]))) is SendState.dead
    [endpoint] = await tx.run(service.list_endpoints, actor=org.head)
    assert (endpoint.state, endpoint.reason) == (
        EndpointState.disabled,
        delivering.DISABLED_GONE,
    )
    later = await tx.run(service.post_event, notice=notice(), key="k2", organisation_id=org.id)
    assert later == 0
