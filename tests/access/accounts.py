"""Access: people and organisations."""

from __future__ import annotations

from typing import Final

from app.accounts import service as accounts
from app.accounts.types import Role
from tests.access.rows import (
    ADMINISTRATOR,
    ELSEWHERE,
    EVERYONE,
    HEADS,
    NOT_SUPERVISOR,
    OPERATOR,
    PUBLIC,
    READERS,
    SIGNED_IN,
    Row,
    Stage,
    row,
)
from tests.world import World
from tests.worlds.accounts import credit_code

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

ROWS: Final[dict[str, Row | list[Row]]] = {
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
    "POST /desk/roles/sign-out": row(ADMINISTRATOR, form={"whom": "@identifier"}),
    "POST /desk/roles/{person_id}/revoke": row(
        ADMINISTRATOR, form={"role": "operator"}, person_id="member"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """Objects of accounts."""
    stage.examples |= {
        "organisation": str(stage.owner.id),
        "hidden_organisation": str(stage.unverified.id),
    }
    submitted = await world.organisation("待审公司", verified=False)
    await world.tx.run(
        accounts.submit_verification, actor=submitted.head, organisation_id=submitted.id
    )
    member = await world.person(identifier="member@example.com")
    codes = [
        await world.tx.run(
            accounts.invite_member,
            actor=stage.owner.head,
            organisation_id=stage.owner.id,
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
