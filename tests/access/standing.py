"""Access: tokens, requests to join, verification of persons, bank accounts."""

from __future__ import annotations

from typing import Final

from app.accounts import service as accounts
from tests.access.rows import PUBLIC, SIGNED_IN, Row, Stage, row
from tests.world import World

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /help/api": PUBLIC,
    "GET /desk/tokens": row(SIGNED_IN),
    "POST /desk/tokens": row(
        SIGNED_IN, form={"name": "对接程序", "scopes": "accounts:read", "days": "30"}
    ),
    "POST /desk/tokens/{token_id}/revoke": row(frozenset(), others=404, token_id="token"),
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
    stage.examples |= {"token": str(made.token.id)}
