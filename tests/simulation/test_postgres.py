"""Ten seeds through PostgreSQL: the same answers and the same end as in memory, to the last hash.

The real store keeps the sale; only the clock, the beats and the salts are the simulation's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.auctions import desk, vault
from app.auctions.desk import Move, Outcome, Sale, Service, Sight
from app.auctions.engine.canonical import SALT_BYTES, Committed
from app.auctions.engine.codec import to_json
from app.auctions.engine.types import Act, Place
from app.auctions.heads import write_head
from app.auctions.models import Lot, LotBidder
from app.auctions.store import SqlStore
from app.auctions.vault import Secret
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from app.simulation.play import Player, begin
from app.simulation.running import complete
from app.simulation.scenario import Scenario, draw
from app.simulation.store import TOLERANCE, Crash, Durable, MemoryHouse, World, fingerprint, publish
from tests.world import World as Market

# why these: between them they take every mode, and stops, crashes, repeats, rights and maxima
SEEDS = (113, 129, 151, 257, 272, 421, 428, 462, 541, 587)


class SimulatedStore(SqlStore):
    """The market's own store at an instant, with salts, that the seed says."""

    def __init__(self, uow: UnitOfWork, house: SqlHouse, bidder_id: UUID | None = None) -> None:
        super().__init__(uow, bidder_id=bidder_id)
        self.house = house

    async def lock(self, lot_id: UUID) -> Sale:
        sale = await super().lock(lot_id)
        return replace(sale, tolerance=TOLERANCE, jump_limit=self.house.scenario.jump_limit)

    async def look(self, sale: Sale, code: str, key: str) -> Sight:
        return replace(await super().look(sale, code, key), now=self.house.world.now)

    async def read_now(self) -> datetime:
        return self.house.world.now

    async def read_service(self, sale: Sale, now: datetime) -> Service:
        return self.house.world.service(now)

    def draw_salt(self) -> bytes:
        return self.house.draw_salt()


class SqlHouse:
    """A sale in PostgreSQL, with the face of the one in memory."""

    def __init__(
        self, scenario: Scenario, world: World, tx: Tx, bidders: Mapping[str, UUID]
    ) -> None:
        self.scenario, self.world, self.tx, self.bidders = scenario, world, tx, bidders
        self.salts = Random(f"salt/{scenario.seed}")
        self.lot_id = new_id()

    def draw_salt(self) -> bytes:
        return self.salts.randbytes(SALT_BYTES)

    async def publish(self, model: UUID) -> None:
        """Make the lot of the scenario after the model of another one."""
        await self.tx.run(self._publish, model, publish(self.scenario, self.draw_salt))

    async def _publish(self, uow: UnitOfWork, model: UUID, durable: Durable) -> None:
        other = await uow.session.get(Lot, model)
        assert other is not None
        columns = {one.key: getattr(other, one.key) for one in Lot.__table__.columns}
        terms, sale = self.scenario.terms, durable.sale
        columns |= {
            "id": self.lot_id,
            "number": sale.number,
            "idempotency_key": f"simulated-{self.scenario.seed}",
            "mode": terms.mode.value,
            "terms": to_json(terms),
            "start_minor": terms.start_minor,
            "free_starts_at": terms.free_starts_at,
            "free_ends_at": terms.free_ends_at,
            "window_s": terms.window_s,
            "due_at": terms.free_starts_at,
            "seq": 0,
            "genesis_hash": durable.genesis,
            "head_hash": durable.genesis,
        }
        lot = Lot(**columns)
        write_head(lot, sale.head)
        uow.session.add(lot)
        await uow.session.flush()
        if durable.reserve is not None:
            what, value = Committed.reserve.value, durable.reserve.value
            wrapped = await vault.get_wrapped_key(uow, lot.id)
            secret = Secret(0, "", what, value, durable.reserve.salt)
            lot.reserve_sealed = vault.seal_secret(uow.sealer, wrapped, lot.id, secret)
            lot.reserve_kind, lot.reserve_commitment = "hidden", durable.reserve_commitment

    async def read(self) -> Sale:
        async def verb(uow: UnitOfWork) -> Sale:
            return await SimulatedStore(uow, self).lock(self.lot_id)

        return await self.tx.run(verb)

    async def admit(self, place: Place) -> None:
        async def verb(uow: UnitOfWork) -> None:
            uow.session.add(
                LotBidder(
                    lot_id=self.lot_id,
                    bidder_id=self.bidders[place.code],
                    code=place.code,
                    state="admitted",
                    admitted_at=uow.now,
                    rank=place.rank,
                    values=dict(place.values),
                )
            )

        await self.tx.run(verb)

    async def submit(
        self,
        code: str,
        act: Act,
        amount_minor: int | None,
        key: str,
        *,
        confirm_jump: bool = False,
        crash: bool = False,
    ) -> Outcome:
        async def verb(uow: UnitOfWork) -> Outcome:
            outcome = await desk.submit(
                SimulatedStore(uow, self, self.bidders[code]),
                self.lot_id,
                code=code,
                act=act,
                amount_minor=amount_minor,
                key=key,
                confirm_jump=confirm_jump,
            )
            if crash:
                raise Crash
            return outcome

        return await self.tx.run(verb)

    async def advance(self, *, crash: bool = False) -> Outcome:
        async def verb(uow: UnitOfWork) -> Outcome:
            outcome = await desk.advance(SimulatedStore(uow, self), self.lot_id)
            if crash:
                raise Crash
            return outcome

        return await self.tx.run(verb)

    async def change(self, move: Move) -> Outcome:
        async def verb(uow: UnitOfWork) -> Outcome:
            return await desk.change(SimulatedStore(uow, self), self.lot_id, move)

        return await self.tx.run(verb)

    async def restart(self) -> None:
        """Every transaction starts from what was committed: it knows nothing of the one before."""


async def test_ten_seeds_through_postgresql_end_as_in_memory(world: Market, tx: Tx) -> None:
    model = await world.lot()
    parties = [(await world.organisation()).id for _ in range(6)]
    for seed in SEEDS:
        scenario = draw(seed, length=14)
        in_memory = Player(scenario, MemoryHouse(scenario, begin(scenario)))
        expected = complete(in_memory.play())
        bidders = {one.code: parties[n] for n, one in enumerate(scenario.places)}
        house = SqlHouse(scenario, begin(scenario), tx, bidders)
        await house.publish(model.id)
        player = Player(scenario, house)
        sale = await player.play()
        assert player.log == in_memory.log, seed
        assert player.sent == in_memory.sent, seed
        assert _comparable(sale) == _comparable(expected), seed
        assert fingerprint(sale) == fingerprint(expected), seed


def _comparable(sale: Sale) -> dict[str, Any]:
    return {"seq": sale.seq, "hash": sale.hash, "head": to_json(sale.head)}
