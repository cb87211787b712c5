"""Rivals at admission: one decision, one code, whoever comes first."""

from app.auctions import service
from app.auctions.admission_errors import ApplicationStateForbids
from app.auctions.types import RefusalReason
from app.core.tx import Tx
from tests.races.rivals import together
from tests.world import World


async def test_two_operators_decide_once_and_one_code_is_drawn(
    real_tx: Tx, real_world: World
) -> None:
    world = real_world
    sale, buyer = await world.demanding_lot(documents=()), await world.organisation()
    application_id = await world.application(sale, buyer, documents=0)
    operators = [await world.operator() for _ in range(4)]
    done, refused = await together(
        *(world.decide(operator, application_id) for operator in operators[:2]),
        *(
            world.decide(
                operator, application_id, accept=False, reason=RefusalReason.condition_not_met
            )
            for operator in operators[2:]
        ),
    )
    assert len(done) == 1
    assert [type(one) for one in refused] == [ApplicationStateForbids] * 3
    assert await world.count("lot_bidder") <= 1
    (row,) = await world.rows("SELECT state FROM lot_application")
    assert row.state == ("admitted" if await world.count("lot_bidder") else "refused")


async def test_a_deposit_that_is_told_twice_draws_one_code(real_tx: Tx, real_world: World) -> None:
    world = real_world
    sale, buyer = await world.demanding_lot(documents=()), await world.organisation()
    application_id = await world.application(sale, buyer, documents=0)
    await world.run_sql("UPDATE lot_application SET state = 'accepted', decided_at = market_now()")
    admitted, refused = await together(
        *(real_tx.run(service.admit_when_ready, application_id=application_id) for _ in range(6))
    )
    assert admitted == [True] * 6
    assert refused == []
    assert await world.count("lot_bidder") == 1


async def test_who_joins_from_two_windows_has_one_code(real_tx: Tx, real_world: World) -> None:
    world = real_world
    sale, buyer = await world.lot(), await world.organisation()
    places, refused = await together(
        *(real_tx.run(service.join_lot, actor=buyer.head, number=sale.number) for _ in range(6))
    )
    assert len({place.code for place in places}) == 1
    assert refused == []
    assert await world.count("lot_application") == 1
