"""API tokens: what they open, what they never open, and how they end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.accounts import service, tokens
from app.accounts.errors import OrganisationMissing, TokenMissing, TooManyTokens
from app.accounts.types import Role
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, InvalidToken, KeyReused, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of


async def make(tx: Tx, actor: Actor, *scopes: str, days: int = 30, key: str = "token-0001") -> str:
    """The secret of a new token that acts for the actor's organisation."""
    made = await tx.run(
        service.create_token,
        actor=actor,
        name="对接程序",
        organisation_id=actor.organisation_id,
        scopes=scopes or ("accounts:read",),
        days=days,
        key=key,
    )
    assert made.secret is not None
    return made.secret


async def test_a_token_is_shown_once_and_stored_as_a_hash(tx: Tx, world: World) -> None:
    org = await world.organisation()
    secret = await make(tx, org.head)
    again = await tx.run(
        service.create_token,
        actor=org.head,
        name="对接程序",
        organisation_id=org.id,
        scopes=["accounts:read"],
        days=30,
        key="token-0001",
    )
    assert again.secret is None
    assert secret not in repr(again)
    (listed,) = await tx.run(service.list_tokens, actor=org.head)
    assert (listed.hint, listed.organisation_name) == (secret[:8], org.name)
    stored = await tx.run(_row, table="api_token")
    assert secret not in str(stored)
    noted = await tx.run(_row, table="audit_entry", where="action = 'accounts.create_token'")
    assert secret not in str(noted)
    assert listed.hint not in str(noted)
    assert await world.count("audit_entry", action="accounts.create_token") == 1
    assert await world.count("inbox_message", person_id=org.head.person_id) == 1
    with pytest.raises(KeyReused):
        await make(tx, org.head, "demands:read")


async def test_it_acts_as_its_person_does_now(tx: Tx, world: World) -> None:
    org = await world.organisation()
    member = await world.member(org, {"manager"})
    secret = await make(tx, member, "catalogue:write")
    actor = await tx.run(service.resolve_token, secret)
    assert actor == replace(member, scopes=frozenset({"catalogue:write"}), token_id=actor.token_id)
    await tx.run(
        service.set_member_roles,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(member),
        roles={Role.inventor},
    )
    assert (await tx.run(service.resolve_token, secret)).roles == {"inventor"}
    await tx.run(
        service.remove_member, actor=org.head, organisation_id=org.id, person_id=id_of(member)
    )
    left = await tx.run(service.resolve_token, secret)
    assert (left.organisation_id, left.roles, left.verified) == (None, frozenset(), False)


async def test_a_supervisors_other_roles_rest_in_his_tokens_too(tx: Tx, world: World) -> None:
    org = await world.organisation()
    secret = await make(tx, org.head, "accounts:write")
    await tx.run(
        service.grant_platform_role, actor=SYSTEM, person_id=id_of(org.head), role=Role.supervisor
    )
    actor = await tx.run(service.resolve_token, secret)
    assert (actor.roles, actor.organisation_id) == (frozenset({"supervisor"}), None)


@pytest.mark.parametrize("end", ["revoked", "expired", "all ended"])
async def test_an_ended_token_lets_nobody_in(tx: Tx, world: World, clock: Clock, end: str) -> None:
    person = await world.person()
    secret = await make(tx, person, days=1)
    (listed,) = await tx.run(service.list_tokens, actor=person)
    if end == "revoked":
        for _ in range(2):
            await tx.run(service.revoke_token, actor=person, token_id=listed.id)
        assert await world.count("audit_entry", action="accounts.revoke_token") == 1
    elif end == "expired":
        await tx.run(service.resolve_token, secret)
        await clock.advance(days=1)
    else:
        await tx.run(service.end_tokens, actor=person, person_id=id_of(person))
    with pytest.raises(InvalidToken):
        await tx.run(service.resolve_token, secret)
    assert await tx.run(service.list_tokens, actor=person) == []


async def test_the_last_use_is_written_now_and_then(tx: Tx, world: World, clock: Clock) -> None:
    person = await world.person()
    secret = await make(tx, person)
    seen = []
    for minutes in (0, 2, 10):
        await clock.advance(minutes=minutes)
        await tx.run(service.resolve_token, secret)
        (listed,) = await tx.run(service.list_tokens, actor=person)
        seen.append(listed.last_used_at)
    assert None not in seen
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"scopes": []}, Invalid),
        ({"scopes": ["accounts:read", "everything"]}, Invalid),
        ({"days": 0}, Invalid),
        ({"days": 366}, Invalid),
        ({"name": " "}, Invalid),
        ({"name": "长" * 51}, Invalid),
        ({"organisation": "elsewhere"}, OrganisationMissing),
        ({"actor": Actor.stranger()}, Unauthenticated),
    ],
)
async def test_a_wrong_wish_makes_no_token(
    tx: Tx, world: World, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    org, elsewhere = await world.organisation(), await world.organisation()
    asked: dict[str, Any] = {
        "actor": org.head,
        "name": "对接程序",
        "organisation_id": elsewhere.id if wrong.pop("organisation", "") else org.id,
        "scopes": ["accounts:read"],
        "days": 30,
        "key": "token-0001",
    } | wrong
    with pytest.raises(refusal):
        await tx.run(service.create_token, **asked)
    assert await world.count("api_token") == 0
    assert await world.count("audit_entry", action="accounts.create_token") == 0


async def test_a_token_makes_and_revokes_no_token(tx: Tx, world: World) -> None:
    person = await world.person()
    secret = await make(tx, person, *service_scopes())
    actor = await tx.run(service.resolve_token, secret)
    with pytest.raises(Forbidden):
        await make(tx, actor, key="token-0002")
    with pytest.raises(Forbidden):
        await tx.run(service.list_tokens, actor=actor)
    assert actor.token_id is not None
    with pytest.raises(Forbidden):
        await tx.run(service.revoke_token, actor=actor, token_id=actor.token_id)
    assert await world.count("api_token", revoked_at=None) == 0  # NULL equals nothing
    assert await tx.run(service.resolve_token, secret) == actor


async def test_nobody_sees_or_revokes_anothers_token(tx: Tx, world: World) -> None:
    owner, other = await world.person(), await world.person()
    secret = await make(tx, owner)
    (listed,) = await tx.run(service.list_tokens, actor=owner)
    assert await tx.run(service.list_tokens, actor=other) == []
    with pytest.raises(TokenMissing):
        await tx.run(service.revoke_token, actor=other, token_id=listed.id)
    assert (await tx.run(service.resolve_token, secret)).person_id == owner.person_id


async def test_a_person_has_ten_live_tokens(tx: Tx, world: World) -> None:
    person = await world.person()
    for number in range(tokens.MOST_TOKENS):
        await make(tx, person, key=f"token-{number:04d}")
    with pytest.raises(TooManyTokens):
        await make(tx, person, key="token-more")
    listed = await tx.run(service.list_tokens, actor=person)
    await tx.run(service.revoke_token, actor=person, token_id=listed[0].id)
    await make(tx, person, key="token-more")
    assert await world.count("api_token") == tokens.MOST_TOKENS + 1


# ---------------------------------------------------------------- over HTTP


async def ask(
    client: httpx2.AsyncClient, path: str, token: str, method: str = "GET", **kwargs: Any
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "program-0001"}
    return await client.request(method, path, headers=headers, **kwargs)


async def test_a_program_asks_who_it_is(tx: Tx, world: World, client: httpx2.AsyncClient) -> None:
    org = await world.organisation()
    secret = await make(tx, org.head, "demands:read")
    answer = await ask(client, "/api/v1/me", secret)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["organisation_id"], told["scopes"]) == (str(org.id), ["demands:read"])
    lower = await client.get("/api/v1/me", headers={"authorization": f"bearer {secret}"})
    assert lower.status_code == 200
    await world.logged_in_client(client, org.head)
    assert (await client.get("/api/v1/me")).json()["scopes"] is None


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer kjm_short",
        "Bearer kjm_" + "x" * 43,
        "Bearer kjm_" + "x" * 10_000,
        "Bearer %s trailing",
        "Token %s",
        "%s",
        "Bearer kjm_é" + "x" * 42,
        ", , ,",
        "",
    ],
)
async def test_garbage_in_the_header_is_401_even_with_a_good_cookie(
    tx: Tx, world: World, client: httpx2.AsyncClient, header: str
) -> None:
    org = await world.organisation()
    secret = await make(tx, org.head)
    await world.logged_in_client(client, org.head)
    sent = header.replace("%s", secret).encode("latin-1")
    for path in ("/api/v1/me", "/api/v1/organisations"):
        answer = await client.get(path, headers=[(b"authorization", sent)])
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "invalid-token"
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert secret not in answer.text


async def test_two_headers_are_no_token(tx: Tx, world: World, client: httpx2.AsyncClient) -> None:
    secret = await make(tx, await world.person())
    both = [("Authorization", f"Bearer {secret}")] * 2
    assert (await client.get("/api/v1/me", headers=both)).status_code == 401


async def test_the_password_of_a_proxy_is_not_ours(
    world: World, client: httpx2.AsyncClient
) -> None:
    await world.logged_in_client(client, await world.person())
    answer = await client.get("/api/v1/me", headers={"Authorization": "Basic dTpw"})
    assert answer.status_code == 200


async def test_a_token_opens_no_page_and_is_read_in_no_address(
    tx: Tx, world: World, client: httpx2.AsyncClient
) -> None:
    secret = await make(tx, (await world.organisation()).head, *service_scopes())
    page = await ask(client, "/desk/organisation", secret)
    assert page.status_code == 401
    assert "/login" in page.text
    assert (await client.get(f"/api/v1/me?access_token={secret}")).status_code == 401
    # on a page the header excuses nobody from saying where the request comes from
    posted = await client.post(
        "/desk/organisation/submit",
        headers={"Authorization": f"Bearer {secret}", "Origin": "http://elsewhere.test"},
    )
    assert posted.status_code == 403


async def test_the_tokens_word_counts_and_not_the_cookies(
    tx: Tx, world: World, client: httpx2.AsyncClient
) -> None:
    holder, reader = await world.person("持有人"), await world.person("浏览者")
    secret = await make(tx, holder)
    await world.logged_in_client(client, reader)
    assert (await ask(client, "/api/v1/me", secret)).json()["name"] == "持有人"


async def test_a_token_without_the_scope_is_told_which_one(
    tx: Tx, world: World, client: httpx2.AsyncClient
) -> None:
    org = await world.organisation()
    secret = await make(tx, org.head, "catalogue:read")
    answer = await ask(
        client,
        "/api/v1/achievements",
        secret,
        "POST",
        json={"title": "接口登记的成果", "owner_number": "KJ-API"},
    )
    assert answer.status_code == 403, answer.text
    assert (answer.json()["code"], answer.json()["scope"]) == ("scope-missing", "catalogue:write")
    assert 'scope="catalogue:write"' in answer.headers["www-authenticate"]
    assert await world.count("achievement") == 0
    secret = await make(tx, org.head, "catalogue:write", key="token-0002")
    client.headers.pop("Origin")
    made = await ask(
        client,
        "/api/v1/achievements",
        secret,
        "POST",
        json={"title": "接口登记的成果", "owner_number": "KJ-API"},
    )
    assert made.status_code == 201, made.text
    assert await world.count("achievement") == 1
    actor = await tx.run(service.resolve_token, secret)
    noted = await tx.run(_row, table="audit_entry", where="action LIKE 'catalogue.%'")
    assert noted.facts["token_id"] == str(actor.token_id)


def service_scopes() -> list[str]:
    """Every scope there is."""
    return sorted(service.SCOPES)


async def _row(uow: UnitOfWork, *, table: str, where: str = "true") -> Any:
    return (await uow.session.execute(text(f"SELECT * FROM {table} WHERE {where}"))).one()
