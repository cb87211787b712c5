"""Builders of people and organisations, through the public verbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text
from stdnum.cn import uscc

from app.accounts import service
from app.accounts.types import (
    SESSION_COOKIE,
    Identifier,
    IdentifierKind,
    OrganisationKind,
    OrganisationView,
    Role,
)
from app.core.actor import SYSTEM, Actor
from app.core.tx import Tx, UnitOfWork

PASSWORD = "大市场-测试-2026"

_serial = count(1)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, worked out once a process."""
    return service.hash_password(PASSWORD)


def credit_code() -> str:
    """A fresh 统一社会信用代码 with a right check digit."""
    body = f"91110000{next(_serial):09d}"
    return body + str(uscc.calc_check_digit(body))


def id_of(actor: Actor) -> UUID:
    """The id of a person who is somebody."""
    assert actor.person_id is not None
    return actor.person_id


@dataclass(frozen=True)
class Org:
    """An organisation and its head, who is also its manager and agent."""

    view: OrganisationView
    head: Actor

    @property
    def id(self) -> UUID:
        return self.view.id

    @property
    def name(self) -> str:
        return self.view.name


class AccountsBuilders:
    """People, organisations, roles and logged-in browsers."""

    tx: Tx

    @property
    def stranger(self) -> Actor:
        """Nobody in particular."""
        return Actor.stranger()

    async def person(
        self, name: str = "李研", *, platform: Iterable[str] = (), identifier: str | None = None
    ) -> Actor:
        """A person with a login (``PASSWORD``) and platform roles, acting for no organisation."""
        parsed = (
            service.parse_identifier(identifier)
            if identifier
            else Identifier(IdentifierKind.email, f"person-{next(_serial)}@example.com")
        )
        person_id = await self.tx.run(
            service.sign_up, name=name, identifier=parsed, password_hash=password_hash()
        )
        assert person_id is not None, "the identifier is taken"
        for role in platform:
            await self.tx.run(
                service.grant_platform_role, actor=SYSTEM, person_id=person_id, role=Role(role)
            )
        roles = frozenset(str(role) for role in platform)
        return Actor(person_id=person_id, roles=roles, name=name)

    async def operator(self) -> Actor:
        """A platform operator."""
        return await self.person("周运营", platform={Role.operator})

    async def organisation(
        self,
        name: str | None = None,
        kind: OrganisationKind | str = OrganisationKind.enterprise,
        *,
        verified: bool = True,
        region: str = "北京市",
        head: Actor | None = None,
    ) -> Org:
        """An organisation with its head (head, manager, agent); verified unless said otherwise."""
        founder = head or await self.person("王负责")
        founded = await self.tx.run(
            service.found_organisation,
            actor=founder,
            name=name or f"示范科技有限公司{next(_serial)}",
            kind=OrganisationKind(kind),
            credit_code=credit_code(),
            region=region,
            key=f"world-{next(_serial):06d}",
        )
        acting = replace(
            founder,
            organisation_id=founded.id,
            organisation_name=founded.name,
            roles=founder.roles | {"head", "manager", "agent"},
        )
        if verified:
            await self.tx.run(service.submit_verification, actor=acting, organisation_id=founded.id)
            founded = await self.tx.run(
                service.verify_organisation, actor=SYSTEM, organisation_id=founded.id
            )
        return Org(founded, replace(acting, verified=verified))

    async def member(
        self, org: Org, roles: Iterable[str] = ("manager",), *, name: str = "张成员"
    ) -> Actor:
        """A new colleague with exactly these roles, acting for the organisation."""
        person = await self.person(name)
        chosen = {Role(role) for role in roles}
        invitation = await self.tx.run(
            service.invite_member,
            actor=org.head,
            organisation_id=org.id,
            roles=chosen,
            key=f"world-{next(_serial):06d}",
        )
        await self.tx.run(service.join_organisation, actor=person, code=invitation.code)
        return replace(
            person,
            organisation_id=org.id,
            organisation_name=org.name,
            roles=frozenset(str(role) for role in chosen),
            verified=org.view.verified,
        )

    async def token(self, actor: Actor) -> str:
        """The token of a new session that acts as the actor does."""
        assert actor.person_id is not None
        token = await self.tx.run(service.log_in, person_id=actor.person_id)
        await self.tx.run(
            service.act_for, actor=actor, token=token, organisation_id=actor.organisation_id
        )
        return token

    async def logged_in_client(
        self, client: httpx2.AsyncClient, actor: Actor
    ) -> httpx2.AsyncClient:
        """The same browser, now signed in as the actor (the stranger: signed out)."""
        client.cookies.clear()
        if actor.signed_in:
            token = await self.token(actor)
            client.cookies.set(SESSION_COOKIE, token, domain=client.base_url.host)
        return client

    async def count(self, table: str, **columns: Any) -> int:
        """How many rows of a table have these values; for "and then nothing changed"."""
        return await self.tx.run(_count_rows, table=table, columns=columns)


async def _count_rows(uow: UnitOfWork, *, table: str, columns: dict[str, Any]) -> int:
    where = " AND ".join(f"{column} = :{column}" for column in columns) or "true"
    counted = await uow.session.execute(
        text(f"SELECT count(*) FROM {table} WHERE {where}"), columns
    )
    return int(counted.scalar_one())
