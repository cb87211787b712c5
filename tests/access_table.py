"""The access table: for every route of the application, who gets through and what others get.

One line a route, kept by the author of the route:

    "GET /achievements/{number}": row(EVERYONE, number="achievement"),
    "POST /desk/offers/{number}/withdraw": row(OWNER_MANAGER, others=404, number="offer"),

- The first argument is the set of cast members who get through: any answer but 401, 403, 404, 405
  and a fault of ours. A state that says no (409) or a form with faults (422) is getting through.
- ``stranger`` and ``others`` are what the rest gets: 401 (also: led to the login), 403 or 404;
  those in ``unseen`` get 404.
- Keywords name path parameters; their values name examples that ``build_stage`` made.
- ``form`` or ``json`` is sent by a POST whose page reads the form before the verb asks who it is;
  a value ``"@achievement"`` stands for that example.
- A route with several kinds of object has a list of rows.

Add the objects a row needs in ``build_stage``, with the builders of your room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.accounts import service as accounts
from app.accounts.types import MEMBER_ROLES, PERSON_ROLES, PLATFORM_ROLES, Role
from app.core.actor import Actor
from tests.world import World
from tests.worlds.accounts import credit_code

# Who asks. Members of the owner: manager, inventor, agent, head, one role each, in the verified
# organisation that owns every example. ``foreign`` holds all four roles in another verified
# organisation, ``unverified`` in one that nobody has vouched for; ``person`` is in none.
STRANGER: Final = frozenset({"stranger"})
PLATFORM: Final = frozenset(str(role) for role in PLATFORM_ROLES | PERSON_ROLES)
MEMBERS: Final = frozenset(str(role) for role in MEMBER_ROLES)
OUTSIDERS: Final = frozenset({"person", "foreign", "unverified"})
CAST: Final = STRANGER | PLATFORM | MEMBERS | OUTSIDERS

EVERYONE: Final = CAST
SIGNED_IN: Final = CAST - STRANGER
NOT_SUPERVISOR: Final = SIGNED_IN - {"supervisor"}
READERS: Final = frozenset({"operator", "supervisor", "administrator"})  # see all, by their office
OPERATOR: Final = frozenset({"operator"})
ADMINISTRATOR: Final = frozenset({"administrator"})
ELSEWHERE: Final = frozenset({"foreign", "unverified"})  # heads of other organisations
HEADS: Final = frozenset({"head", "foreign", "unverified"})  # each in his own organisation

# Writing routes that a supervisor may use: they are about himself, not about the market.
OWN_AFFAIRS: Final = frozenset(
    {"POST /login", "POST /signup", "POST /logout", "POST /act-for", "POST /preferences"}
)


@dataclass(frozen=True)
class Row:
    """Who gets through on one route with one object, and what the others get."""

    may: frozenset[str]
    stranger: int = 401
    others: int = 403
    unseen: frozenset[str] = frozenset()
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    stream: bool = False  # an answer that does not end: only its beginning is read
    parameters: Mapping[str, str] = field(default_factory=dict)

    def expected(self, who: str) -> int:
        """0 for getting through, else the refusal's status."""
        if who in self.may:
            return 0
        if who in self.unseen:
            return 404
        return self.stranger if who == "stranger" else self.others


def row(
    may: frozenset[str],
    *,
    stranger: int = 401,
    others: int = 403,
    unseen: frozenset[str] = frozenset(),
    form: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    stream: bool = False,
    **parameters: str,
) -> Row:
    """One line of the table; see the head of this file."""
    return Row(may, stranger, others, unseen, form or {}, json, stream, parameters)


PUBLIC: Final = row(EVERYONE)
_HIDDEN: Final = row(
    READERS | {"unverified"}, stranger=404, others=404, organisation_id="hidden_organisation"
)
_STATEMENT: Final = {
    "name": "新设单位",
    "kind": "enterprise",
    "credit_code": "@free_code",
    "region": "北京市",
    "key": "access-table-key",
}

TABLE: dict[str, Row | list[Row]] = {
    # the site
    "GET /": PUBLIC,
    "GET /healthz": PUBLIC,
    "MOUNT /static": PUBLIC,
    "GET /api/v1/openapi.json": PUBLIC,
    "POST /preferences": PUBLIC,
    "GET /search": PUBLIC,
    "GET /search/suggest": PUBLIC,
    "GET /help": PUBLIC,
    "GET /help/{role}": row(EVERYONE, role="help_role"),
    # the workbench
    "GET /desk": row(SIGNED_IN),
    "GET /desk/audit": row(READERS),
    "GET /review": row(READERS),
    # accounts, the way in
    "GET /signup": PUBLIC,
    "POST /signup": PUBLIC,
    "GET /login": PUBLIC,
    "POST /login": row(EVERYONE, form={"identifier": "", "password": ""}),
    "POST /logout": PUBLIC,
    "GET /act-for": row(SIGNED_IN),
    "POST /act-for": row(SIGNED_IN),
    "GET /api/v1/me": row(SIGNED_IN),
    # accounts, its organisations
    "GET /organisations": PUBLIC,
    "GET /organisations/{organisation_id}": [
        row(EVERYONE, organisation_id="organisation"),
        _HIDDEN,
    ],
    "GET /api/v1/organisations": PUBLIC,
    "GET /api/v1/organisations/{organisation_id}": [
        row(EVERYONE, organisation_id="organisation"),
        _HIDDEN,
    ],
    "GET /desk/organisation": row(SIGNED_IN),
    "POST /desk/organisation": row(NOT_SUPERVISOR, form=_STATEMENT),
    "POST /desk/organisation/join": row(NOT_SUPERVISOR, form={"code": "@code"}),
    "POST /desk/organisation/edit": row(HEADS, form=_STATEMENT),
    "POST /desk/organisation/submit": row(HEADS),
    "POST /desk/organisation/invitations": row(HEADS, form={"roles": "agent"}),
    "POST /desk/organisation/invitations/{invitation_id}/withdraw": row(
        frozenset({"head"}), unseen=ELSEWHERE, invitation_id="invitation"
    ),
    "POST /desk/organisation/members/{person_id}": row(
        frozenset({"head"}), unseen=ELSEWHERE, form={"roles": "agent"}, person_id="member"
    ),
    "POST /desk/organisation/members/{person_id}/remove": row(
        frozenset({"head"}), unseen=ELSEWHERE, person_id="member"
    ),
    "GET /review/organisations": row(READERS),
    "POST /review/organisations/{organisation_id}/verify": row(
        OPERATOR, organisation_id="submitted_organisation"
    ),
    "POST /review/organisations/{organisation_id}/return": row(
        OPERATOR, form={"reason": "名称不符"}, organisation_id="submitted_organisation"
    ),
    # accounts, the roles on the platform
    "GET /desk/roles": row(ADMINISTRATOR),
    "POST /desk/roles": row(ADMINISTRATOR, form={"identifier": "@identifier", "role": "operator"}),
    "POST /desk/roles/{person_id}/revoke": row(
        ADMINISTRATOR, form={"role": "operator"}, person_id="member"
    ),
}


@dataclass
class Stage:
    """The cast, and the objects that rows name."""

    cast: dict[str, Actor]
    examples: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """Put examples in the place of ``"@name"``, in mappings and lists too."""
        if isinstance(value, str) and value.startswith("@"):
            return self.examples[value[1:]]
        if isinstance(value, Mapping):
            return {name: self.fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value


async def build_stage(world: World) -> Stage:
    """Make the cast and every room's examples."""
    owner = await world.organisation("示范大学", "university")
    foreign = await world.organisation("外地公司")
    unverified = await world.organisation("未认证公司", verified=False)
    cast = {
        "stranger": world.stranger,
        "person": await world.person("孤身"),
        "foreign": await world.member(foreign, MEMBER_ROLES),
        "unverified": await world.member(unverified, MEMBER_ROLES),
    }
    for role in PLATFORM_ROLES | PERSON_ROLES:
        cast[role.value] = await world.person(platform={role})
    for role in MEMBER_ROLES:
        cast[role.value] = await world.member(owner, {role})
    stage = Stage(cast)
    stage.examples |= {"organisation": str(owner.id), "hidden_organisation": str(unverified.id)}
    stage.examples["help_role"] = "manager"

    submitted = await world.organisation("待审公司", verified=False)
    await world.tx.run(
        accounts.submit_verification, actor=submitted.head, organisation_id=submitted.id
    )
    member = await world.person(identifier="member@example.com")
    codes = [
        await world.tx.run(
            accounts.invite_member,
            actor=owner.head,
            organisation_id=owner.id,
            roles={Role.agent},
            key=f"access-table-{number}",
        )
        for number in range(3)
    ]
    await world.tx.run(accounts.join_organisation, actor=member, code=codes[0].code)
    stage.examples |= {
        "submitted_organisation": str(submitted.id),
        "member": str(member.person_id),
        "identifier": "member@example.com",
        "invitation": str(codes[1].id),
        "code": codes[2].code,
        "free_code": credit_code(),
    }
    return stage
