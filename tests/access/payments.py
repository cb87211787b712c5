"""Access: money. One's own deposits, and what operators decide; supervisors only read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from app.auctions import service as auctions
from app.payments import service as payments
from app.payments.ports import DayStatement, StatementRow
from tests.access.rows import ELSEWHERE, MEMBERS, OPERATOR, PUBLIC, READERS, Row, Stage, row
from tests.world import World
from tests.worlds.payments import account_number

ROWS: Final[dict[str, Row | list[Row]]] = {
    # believed by its signature alone: a wrong one is 400, whoever asks
    "POST /payments/webhooks/bank": PUBLIC,
    "GET /lots/{number}/deposit": row(MEMBERS, unseen=ELSEWHERE, number="deposit_lot"),
    "GET /desk/deposits": row(MEMBERS | ELSEWHERE),
    "GET /review/payments": row(READERS),
    "GET /review/payouts": row(READERS),
    "POST /review/payouts/{payout_id}/retry": row(OPERATOR, payout_id="payout"),
    "GET /review/refunds": row(READERS),
    "GET /review/refunds/new": row(READERS),
    "POST /review/payments/{receipt_id}/refund": row(
        OPERATOR, form={"amount": "1", "note": "误付"}, receipt_id="receipt"
    ),
    "POST /review/refunds/{payout_id}/{word}": row(
        OPERATOR, form={"note": "不同意"}, payout_id="payout", word="word_refuse"
    ),
    "GET /review/statements": row(READERS),
    "POST /review/statements": row(OPERATOR, form={"day": "2026-01-05"}),
    "GET /review/differences": row(READERS),
    "POST /review/differences/{difference_id}/settle": row(
        OPERATOR, form={"note": "已核对"}, difference_id="difference"
    ),
    "GET /review/deposits": row(READERS),
    "GET /review/deposits/{deposit_id}": row(READERS, deposit_id="deposit"),
    "POST /review/deposits/{deposit_id}/{word}": row(
        OPERATOR, form={"statement": "争议"}, deposit_id="deposit", word="word_freeze"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A deposit of the owner's for somebody else's lot, a payout on its way, a difference."""
    sale = await world.lot_with_deposit()
    await world.tx.run(
        auctions.apply_to_lot,
        actor=stage.owner.head,
        number=sale.number,
        confirmed=True,
        key="access-table-deposit",
    )
    order = await world.deposit_order(sale, stage.owner)
    await world.arrive(await world.payment(order, stage.owner, account_number()))
    day = date(2026, 1, 5)
    at = datetime(2026, 1, 5, 4, tzinfo=UTC)
    unknown = StatementRow("X-access", True, 100, at)
    await world.tx.run(payments.reconcile_day, statement=DayStatement(day, (unknown,)))
    found = {
        "receipt": "SELECT id FROM receipt",
        "payout": "SELECT id FROM payout",
        "difference": "SELECT id FROM bank_difference",
        "deposit": "SELECT id FROM deposit",
    }
    stage.examples |= {name: str((await world.rows(sql))[0].id) for name, sql in found.items()}
    stage.examples |= {
        "deposit_lot": sale.number,
        "word_refuse": "refuse",
        "word_freeze": "freeze",
    }
