"""The invented organisations and people of the demonstration: made once, found again later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.types import Role
from app.core.actor import SYSTEM, Actor
from app.core.tx import UnitOfWork
from app.seed import content
from app.seed.content import DemoOrganisation, DemoPerson

BIDDERS: Final = ("hedu", "lanyue")  # the robots


class DemoLoginTakenError(RuntimeError):
    """Somebody else signed up with a login name of the demonstration."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids by key. What ``find_cast`` finds holds no people of the platform, only members."""

    people: dict[str, UUID]
    organisations: dict[str, UUID]

    def actor(self, key: str) -> Actor:
        """The person with that key, acting in the roles the content gives him."""
        person = next(p for p in content.people() if p.key == key)
        home = next((o for o in content.organisations() if o.key == person.organisation), None)
        return Actor(
            person_id=self.people[key],
            organisation_id=self.organisations[home.key] if home else None,
            roles=frozenset(role.value for role in (*person.platform_roles, *person.member_roles)),
            verified=home is not None and home.verified,
            name=person.name,
            organisation_name=home.name if home else "",
        )

    def member(self, organisation: str, role: Role) -> Actor:
        """The first member of an organisation with a role."""
        person = next(
            p for p in content.people() if p.organisation == organisation and role in p.member_roles
        )
        return self.actor(person.key)


async def make_cast(uow: UnitOfWork, *, password_hash: str) -> Cast:
    """Sign everybody up, give the platform its people, found, join and verify organisations.

    All through the verbs that a visitor's forms call. Raises DemoLoginTakenError.
    """
    cast = Cast({}, {})
    for person in content.people():
        cast.people[person.key] = await _sign_up(uow, person, password_hash)
    for organisation in content.organisations():
        await _found(uow, cast, organisation)
    return cast


async def find_cast(uow: UnitOfWork, *, keys: Collection[str] | None = None) -> Cast | None:
    """The members of the verified demo organisations, or of those with some keys.

    None where there is no demonstration.
    """
    wanted = {
        o.name: o for o in content.organisations() if o.verified and (keys is None or o.key in keys)
    }
    found = await accounts.find_organisations_by_name(uow, names=list(wanted))
    cast = Cast({}, {})
    for name, organisation in wanted.items():
        view = next(
            (v for v in found.get(name, []) if v.credit_code == organisation.credit_code), None
        )
        if view is None:
            return None
        cast.organisations[organisation.key] = view.id
        members = await accounts.list_members(uow, actor=SYSTEM, organisation_id=view.id)
        ids = {member.name: member.person_id for member in members}
        cast.people.update(
            (p.key, ids[p.name])
            for p in content.people()
            if p.organisation == organisation.key and p.name in ids
        )
    return cast


def stage_sellers() -> list[str]:
    """Keys of the organisations that sell on the stage: nobody's login is published there."""
    shown = {p.organisation for p in content.people() if p.shown}
    return [o.key for o in content.organisations() if o.key not in {*shown, *BIDDERS}]


async def _sign_up(uow: UnitOfWork, person: DemoPerson, password_hash: str) -> UUID:
    person_id = await accounts.sign_up(
        uow,
        name=person.name,
        identifier=accounts.parse_identifier(person.email),
        password_hash=password_hash,
        proved=True,
    )
    if person_id is None:
        raise DemoLoginTakenError(f"演示账号 {person.email} 已被占用，未装入演示数据。")
    for role in person.platform_roles:
        await accounts.grant_platform_role(uow, actor=SYSTEM, person_id=person_id, role=role)
    return person_id


async def _found(uow: UnitOfWork, cast: Cast, organisation: DemoOrganisation) -> None:
    """The head founds it; it is submitted, verified by the operator, and joined by the others."""
    members = [p for p in content.people() if p.organisation == organisation.key]
    founder = next(p for p in members if Role.head in p.member_roles)
    head = Actor(person_id=cast.people[founder.key], name=founder.name)
    view = await accounts.found_organisation(
        uow,
        actor=head,
        name=organisation.name,
        kind=organisation.kind,
        credit_code=organisation.credit_code,
        region=organisation.region,
        key=f"demo-{organisation.key}",
    )
    cast.organisations[organisation.key] = view.id
    head = cast.actor(founder.key)
    await accounts.submit_verification(uow, actor=head, organisation_id=view.id)
    if organisation.verified:
        operator = cast.actor("operator")
        await accounts.verify_organisation(uow, actor=operator, organisation_id=view.id)
    for person in members:
        if person is not founder:
            await _join(uow, cast, head, view.id, person)
    await accounts.set_member_roles(
        uow,
        actor=head,
        organisation_id=view.id,
        person_id=cast.people[founder.key],
        roles=founder.member_roles,
    )


async def _join(
    uow: UnitOfWork, cast: Cast, head: Actor, organisation_id: UUID, person: DemoPerson
) -> None:
    invitation = await accounts.invite_member(
        uow,
        actor=head,
        organisation_id=organisation_id,
        roles=person.member_roles,
        key=f"demo-{person.key}",
        note_text=person.label[:50],
    )
    await uow.session.flush()
    joining = Actor(person_id=cast.people[person.key], name=person.name)
    await accounts.join_organisation(uow, actor=joining, code=invitation.code)
