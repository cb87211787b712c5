"""Access: messages, preferences, webhooks, and a demonstration's outgoing mail."""

from __future__ import annotations

from typing import Final

from app.core.sealing import Sealer
from app.inbox import service
from app.inbox.types import Notice
from tests.access.rows import CAST, HEADS, SIGNED_IN, Row, Stage, row
from tests.world import World
from tests.worlds.accounts import id_of

OWN: Final = frozenset({"head"})
NOBODY: Final = CAST - CAST
UNSEEN: Final = CAST - OWN

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /desk/inbox": row(SIGNED_IN),
    "POST /desk/inbox/read": row(SIGNED_IN),
    "POST /desk/inbox/messages/{message_id}": row(
        frozenset({"manager"}), stranger=401, others=404, message_id="message"
    ),
    "GET /desk/inbox/preferences": row(SIGNED_IN),
    "POST /desk/inbox/preferences": row(SIGNED_IN, form={"mail": "daily", "language": "en"}),
    "GET /desk/webhooks": row(HEADS),
    "POST /desk/webhooks": row(HEADS, form={"url": "https://127.0.0.1/", "kinds": "market.x"}),
    "GET /desk/webhooks/{endpoint_id}": row(OWN, unseen=UNSEEN, endpoint_id="endpoint"),
    "POST /desk/webhooks/{endpoint_id}/kinds": row(
        OWN, unseen=UNSEEN, form={"kinds": "market.lot_closed"}, endpoint_id="endpoint"
    ),
    "POST /desk/webhooks/{endpoint_id}/test": row(OWN, unseen=UNSEEN, endpoint_id="endpoint"),
    "POST /desk/webhooks/{endpoint_id}/secret": row(OWN, unseen=UNSEEN, endpoint_id="endpoint"),
    "POST /desk/webhooks/{endpoint_id}/enable": row(OWN, unseen=UNSEEN, endpoint_id="endpoint"),
    "POST /desk/webhooks/{endpoint_id}/deliveries/{item}": row(
        OWN, unseen=UNSEEN, endpoint_id="endpoint", item="delivery"
    ),
    "POST /desk/webhooks/{endpoint_id}/remove": row(
        OWN, unseen=UNSEEN, endpoint_id="endpoint_to_remove"
    ),
    # the tests' market is no demonstration: there is no such page, for nobody
    "GET /demo/outbox": row(NOBODY, stranger=404, others=404),
}


async def build(stage: Stage, world: World) -> None:
    """A message of the manager, and two webhooks of his organisation."""
    told = {id_of(stage.cast["manager"])}
    notice = Notice("test.told", "测试", "", "/desk")
    await world.tx.run(service.post, person_ids=told, notice=notice, key="access-table")
    [message] = await world.rows("SELECT id FROM inbox_message WHERE key = 'access-table'")
    stage.examples["message"] = str(message.id)
    made = {}
    for name in ("endpoint", "endpoint_to_remove"):
        made[name], _ = await world.tx.run(
            service.register_endpoint,
            actor=stage.cast["head"],
            sealer=Sealer("x" * 32),
            url="https://example.com/hook",
            kinds=["market.lot_closed"],
            known=["market.lot_closed"],
            key=f"access-{name}",
        )
        stage.examples[name] = str(made[name].id)
    await world.tx.run(
        service.send_test,
        actor=stage.cast["head"],
        endpoint_id=made["endpoint"].id,
        key="access-table",
    )
    [delivery] = await world.rows("SELECT id FROM webhook_delivery")
    stage.examples["delivery"] = str(delivery.id)
