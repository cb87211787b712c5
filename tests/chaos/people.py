"""The demonstration's people as the verbs know them, for what the rounds prepare by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.life_types import TerminateReason
from app.auctions.types import LotTerms
from app.catalogue import service as catalogue
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork
from app.seed import content
from app.seed.cast import Cast, find_cast
from tests.chaos.running import RunningMarket

R = TypeVar("R")
RULEBOOK = "demo-2"
STEP_MINOR = 1_000_00
START_MINOR = 100_000_00
Verb = Callable[..., Awaitable[Any]]


def verb(market: RunningMarket, do: Verb, **facts: Any) -> Any:
    """Run one verb in the market's database, as any of its processes would."""
    return market.work(lambda tx: tx.run(do, **facts))


def find_actor(market: RunningMarket, name: str) -> Actor:
    """Who logs in with NAME@demo.invalid."""
    person = next(p for p in content.people() if p.email == f"{name}@demo.invalid")
    if person.organisation:
        return _cast(market, person.organisation).actor(person.key)
    rows = market.rows("SELECT person_id FROM login WHERE value = $1", f"{name}@demo.invalid")
    roles = frozenset(role.value for role in person.platform_roles)
    return Actor(person_id=rows[0]["person_id"], roles=roles, name=person.name)


def find_head(market: RunningMarket, name: str) -> Actor:
    """The head of the organisation that NAME@demo.invalid belongs to."""
    person = next(p for p in content.people() if p.email == f"{name}@demo.invalid")
    return _cast(market, str(person.organisation)).member(str(person.organisation), Role.head)


def _cast(market: RunningMarket, organisation: str) -> Cast:
    async def look(uow: UnitOfWork) -> Cast | None:
        return await find_cast(uow, keys={organisation})

    cast: Cast | None = market.work(lambda tx: tx.run(look))
    assert cast is not None
    return cast


def publish(market: RunningMarket, *, free_s: float, **terms: Any) -> str:
    """A lot of some organisation of the demonstration, under the rulebook of demonstrations."""

    async def announce(tx: Tx) -> str:
        why = "no offer"
        for seller in await tx.run(_list_sellers):
            page = await tx.run(catalogue.list_own_offers, actor=seller, limit=50)
            now = await tx.run(_read_now)
            for offer in page.items:
                try:
                    return await tx.run(
                        auctions.announce_lot,
                        actor=seller,
                        offer_number=offer.facts.number,
                        terms=_fill(terms, now, free_s),
                        key=uuid.uuid4().hex,
                        rulebook_version=RULEBOOK,
                    )
                except DomainError as error:  # it stands in another lot, or is excluded
                    why = f"{error.code}: {error.detail}"
        raise AssertionError(why)

    return market.work(announce)


def terminate(market: RunningMarket, number: str) -> None:
    """End a lot as the operator may."""
    verb(
        market,
        auctions.terminate_lot,
        actor=find_actor(market, "operator"),
        number=number,
        reason=TerminateReason.authority,
        statement="演示结束，终止本标的，保证金全部退还。",
        key=uuid.uuid4().hex,
    )


def _fill(terms: dict[str, Any], now: Any, free_s: float) -> LotTerms:
    made = LotTerms(
        start_minor=START_MINOR,
        step_minor=STEP_MINOR,
        free_starts_at=None,
        free_ends_at=now + timedelta(seconds=free_s),
        window_s=20,
    )
    after = {name: now + by for name, by in terms.items() if isinstance(by, timedelta)}
    if "free_starts_at" in after:
        after["free_ends_at"] = after["free_starts_at"] + timedelta(seconds=free_s)
    return replace(made, **terms | after)


async def _read_now(uow: UnitOfWork) -> Any:
    return await uow.stamp()


async def _list_sellers(uow: UnitOfWork) -> list[Actor]:
    """Managers of all organisations that may sell, the shown one first."""
    cast = await find_cast(uow)
    assert cast is not None
    managers = [
        p for p in content.people() if Role.manager in p.member_roles and p.key in cast.people
    ]
    managers.sort(key=lambda p: p.email != "manager@demo.invalid")
    return [cast.actor(p.key) for p in managers]
