"""What keeps a look behind the codes honest: its key, its words, its people, its list."""

from dataclasses import replace

import pytest

from app.auctions import service
from app.auctions.admission_errors import LookMissing, LookStateForbids
from app.auctions.admission_types import MAX_NOTE
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused
from app.core.ids import new_id
from app.core.tx import Tx
from tests.conftest import Clock
from tests.integration.auctions.test_looking import ask, people
from tests.world import World


async def offered(tx: Tx, actor: Actor) -> tuple[bool, bool]:
    """Whether the list lets the actor approve, and read, the one look there is."""
    [line] = (await tx.run(service.list_looks, actor=actor)).items
    return line.may_approve, line.may_read


async def test_a_key_asks_about_one_lot_and_is_its_supervisor_s(tx: Tx, world: World) -> None:
    sale, other = await world.lot(), await world.lot()
    supervisor, _ = await people(world)
    look_id = await ask(tx, supervisor, sale)
    with pytest.raises(KeyReused):
        await ask(tx, supervisor, other)
    colleague, _ = await people(world)
    assert await ask(tx, colleague, sale) != look_id
    assert await world.count("lot_look") == 2


async def test_blanks_are_no_reason_and_a_reason_fits_its_row(tx: Tx, world: World) -> None:
    sale = await world.lot()
    supervisor, _ = await people(world)
    for reason in ("看看" + " " * 20, "查" * (MAX_NOTE + 1)):
        with pytest.raises(Invalid):
            await ask(tx, supervisor, sale, reason)
    assert await world.count("lot_look") == 0


async def test_one_second_person_is_enough_and_the_hour_is_his(tx: Tx, world: World) -> None:
    sale = await world.lot()
    supervisor, second = await people(world)
    _, third = await people(world)
    look_id = await ask(tx, supervisor, sale)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    with pytest.raises(LookStateForbids):
        await tx.run(service.approve_look, actor=third, look_id=look_id)
    [row] = await world.rows("SELECT approved_by FROM lot_look")
    assert row.approved_by == second.person_id


async def test_who_is_no_supervisor_any_more_reads_nothing(tx: Tx, world: World) -> None:
    sale = await world.lot()
    supervisor, second = await people(world)
    look_id = await ask(tx, supervisor, sale)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    with pytest.raises(Forbidden):
        await tx.run(
            service.read_names, actor=replace(supervisor, roles=frozenset()), look_id=look_id
        )
    assert len(await world.rows("SELECT 1 FROM lot_look WHERE read_at IS NULL")) == 1


async def test_a_look_that_nobody_asked_for_is_missing(tx: Tx, world: World) -> None:
    supervisor, second = await people(world)
    with pytest.raises(LookMissing):
        await tx.run(service.approve_look, actor=second, look_id=new_id())
    with pytest.raises(LookMissing):
        await tx.run(service.read_names, actor=supervisor, look_id=new_id())


async def test_the_second_persons_are_told(tx: Tx, world: World) -> None:
    sale = await world.lot()
    supervisor, second = await people(world)
    await ask(tx, supervisor, sale)
    rows = await world.rows(
        "SELECT person_id FROM inbox_message WHERE kind = 'auctions.look_asked'"
    )
    assert second.person_id in {row.person_id for row in rows}


async def test_the_list_offers_what_the_verbs_allow(tx: Tx, world: World, clock: Clock) -> None:
    sale = await world.lot()
    supervisor, second = await people(world)
    colleague, _ = await people(world)
    look_id = await ask(tx, supervisor, sale)
    assert await offered(tx, supervisor) == (False, False)
    assert await offered(tx, second) == await offered(tx, colleague) == (True, False)
    await tx.run(service.approve_look, actor=second, look_id=look_id)
    assert await offered(tx, supervisor) == (False, True)
    demoted = replace(supervisor, roles=frozenset({"administrator"}))
    for actor in (second, colleague, demoted):
        assert await offered(tx, actor) == (False, False)
    await clock.advance(hours=1)
    assert await offered(tx, supervisor) == (False, False)
    again = await ask(tx, supervisor, sale, key="look-2")
    await tx.run(service.approve_look, actor=second, look_id=again)
    await tx.run(service.read_names, actor=supervisor, look_id=again)
    newest = (await tx.run(service.list_looks, actor=supervisor)).items[0]
    assert not newest.may_read
    with pytest.raises(Forbidden):
        await tx.run(service.list_looks, actor=await world.operator())
