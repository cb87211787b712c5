"""What standing promises when two do it at once, on real connections with real commits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.accounts import service, tokens
from app.accounts.errors import JoinRequestDecided, TooManyTokens
from app.accounts.types import Role
from app.core.errors import InvalidToken
from app.core.tx import Tx, UnitOfWork
from tests.races.accounts.test_rivals import results_of, together
from tests.world import World


@pytest.fixture
def real_world(real_tx: Tx) -> World:
    """Builders whose work is committed."""
    return World(real_tx)


async def test_two_heads_decide_one_request_once(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    second = await real_world.member(org, {"head"})
    request_id = await real_tx.run(
        service.ask_to_join, actor=person, organisation_id=org.id, roles={Role.agent}
    )
    asked: dict[str, Any] = {"organisation_id": org.id, "request_id": request_id}
    met = asyncio.Barrier(2)

    async def decide(uow: UnitOfWork, *, approve: bool) -> Any:
        await uow.session.execute(text("SELECT 1"))
        await met.wait()
        if approve:
            return await service.approve_join_request(
                uow, actor=org.head, roles={Role.agent}, **asked
            )
        return await service.refuse_join_request(uow, actor=second, reason="不认识", **asked)

    found = await results_of(real_tx.run(decide, approve=True), real_tx.run(decide, approve=False))
    assert found.count(JoinRequestDecided) == 1
    approved = await real_world.count("join_request", state="approved")
    assert approved == await real_world.count("membership", person_id=person.person_id)
    assert await real_world.count("inbox_message", person_id=person.person_id) == 1


async def test_two_approvals_make_one_member(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    request_id = await real_tx.run(
        service.ask_to_join, actor=person, organisation_id=org.id, roles={Role.agent}
    )
    verb = together(service.approve_join_request, 4)
    found = await results_of(
        *(
            real_tx.run(
                verb,
                actor=org.head,
                organisation_id=org.id,
                request_id=request_id,
                roles={Role.agent},
            )
            for _ in range(4)
        )
    )
    assert found.count(JoinRequestDecided) == 3
    assert await real_world.count("membership", person_id=person.person_id) == 1


async def test_one_form_sent_twice_asks_once(real_tx: Tx, real_world: World) -> None:
    org, person = await real_world.organisation(), await real_world.person()
    verb = together(service.ask_to_join, 4)
    found = await results_of(
        *(
            real_tx.run(verb, actor=person, organisation_id=org.id, roles={Role.agent})
            for _ in range(4)
        )
    )
    assert len(set(found)) == 1
    assert await real_world.count("join_request") == 1


def new_token(key: str) -> dict[str, Any]:
    return {
        "name": "对接程序",
        "organisation_id": None,
        "scopes": ["accounts:read"],
        "days": 30,
        "key": key,
    }


async def test_rivals_never_make_more_tokens_than_allowed(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person()
    verb = together(service.create_token, 14)
    found = await results_of(
        *(real_tx.run(verb, actor=person, **new_token(f"token-{n:04d}")) for n in range(14))
    )
    assert found.count(TooManyTokens) == 14 - tokens.MOST_TOKENS
    assert await real_world.count("api_token") == tokens.MOST_TOKENS


async def test_one_form_makes_one_token_and_one_secret(real_tx: Tx, real_world: World) -> None:
    person = await real_world.person()
    verb = together(service.create_token, 5)
    found = await results_of(
        *(real_tx.run(verb, actor=person, **new_token("token-0001")) for _ in range(5))
    )
    assert len([made for made in found if made.secret]) == 1
    assert len({made.token.id for made in found}) == 1


async def test_a_token_revoked_while_it_is_used_is_known_no_more(
    real_tx: Tx, real_world: World
) -> None:
    person = await real_world.person()
    made = await real_tx.run(service.create_token, actor=person, **new_token("token-0001"))
    assert made.secret is not None
    secret, revoked = made.secret, asyncio.Event()

    async def use() -> int:
        used = 0
        while True:
            ended = revoked.is_set()  # why: read before asking, so that the order is certain
            try:
                await real_tx.run(service.resolve_token, secret)
            except InvalidToken:
                return used
            assert not ended, "a revoked token let somebody in"
            used += 1

    async def revoke() -> None:
        await asyncio.sleep(0.05)
        await real_tx.run(service.revoke_token, actor=person, token_id=made.token.id)
        revoked.set()

    *uses, _ = await asyncio.gather(*(use() for _ in range(4)), revoke())
    assert any(uses)
