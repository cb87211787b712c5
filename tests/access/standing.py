"""Access: tokens, requests to join, verification of persons, bank accounts."""

from __future__ import annotations

from typing import Final

from app.accounts import service as accounts
from app.accounts.types import Role
from tests.access.rows import (
    ELSEWHERE,
    NOT_SUPERVISOR,
    PUBLIC,
    SIGNED_IN,
    Row,
    Stage,
    row,
)
from tests.world import World

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /help/api": PUBLIC,
    "GET /desk/tokens": row(SIGNED_IN),
    "POST /desk/tokens": row(
        SIGNED_IN, form={"name": "对接程序", "scopes": "accounts:read", "days": "30"}
    ),
    "POST /desk/tokens/{token_id}/revoke": row(frozenset(), others=404, token_id="token"),
    # asking to join
    "GET /desk/organisation/join-requests": row(NOT_SUPERVISOR),
    "POST /desk/organisation/join-requests": row(
        NOT_SUPERVISOR, form={"organisation": "@organisation", "roles": "agent"}
    ),
    "POST /desk/organisation/join-requests/{request_id}/withdraw": row(
        frozenset(), unseen=NOT_SUPERVISOR, request_id="join_request"
    ),
    "POST /desk/organisation/join-requests/{request_id}/approve": row(
        frozenset({"head"}), unseen=ELSEWHERE, form={"roles": "agent"}, request_id="join_request"
    ),
    "POST /desk/organisation/join-requests/{request_id}/refuse": row(
        frozenset({"head"}), unseen=ELSEWHERE, form={"reason": "不认识"}, request_id="join_request"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """Objects of standing."""
    person = await world.person("令牌持有人")
    made = await world.tx.run(
        accounts.create_token,
        actor=person,
        name="对接程序",
        organisation_id=None,
        scopes=["accounts:read"],
        days=30,
        key="access-table-token",
    )
    asking = await world.person("申请加入的人")
    request_id = await world.tx.run(
        accounts.ask_to_join, actor=asking, organisation_id=stage.owner.id, roles={Role.agent}
    )
    stage.examples |= {"join_request": str(request_id)}
    stage.examples |= {"token": str(made.token.id)}
