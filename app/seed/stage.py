"""The stage: lots that keep a demo market alive, one of every kind, played by robots.

Nothing here pretends. A lot is announced, runs and is sold in real time by the same verbs as any
other, under the demonstration rulebook (short windows are allowed). What a newcomer meets:

* at once: one lot running (90 minutes), one ending soon (6 minutes), one waiting (3 hours);
* seconds later the other ways of bidding, each announced anew when it has ended (``acts``);
* after about a minute: one sold, with its deal, record and certificates; one that missed its
  hidden reserve and is in its window of negotiation; one whose result was annulled. They are short
  lots (15 seconds free, windows of 20 seconds) that the robots play to their end while the first
  page is being read.

The lots are those of organisations whose logins are not published. A visitor's own lots, and those
of the organisations he can act for as a seller, are never touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.types import LotOutcome, LotView
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState
from app.core.actor import Actor
from app.core.db import is_lost
from app.core.errors import DomainError
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from app.seed import content, duty, paying, rights, robots, rules
from app.seed.acts import MATCHED, Act
from app.seed.cast import Cast, find_cast, stage_sellers
from app.seed.content import DemoOffer

log = logging.getLogger("market.seed")

RULEBOOK: Final = "demo-2"
ROUND_S: Final = 3
ROUNDS_A_TOP_UP: Final = 20  # a top-up each minute
LONG: Final = 100  # lots or offers of one seller that are looked at, the newest first
RENEW_BEFORE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StageOffer:
    """An offer that may go on the stage: its case number, its seller, its start and step."""

    id: UUID
    key: str
    number: str
    seller: Actor
    start_minor: int
    step_minor: int
    free: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands and what could: the stage's offers and lots, the newest lots first."""

    offers: tuple[StageOffer, ...]
    lots: tuple[LotView, ...]

    @property
    def by_key(self) -> Mapping[str, LotView]:
        """The open lots of acts with their own offers."""
        keys = {offer.id: offer.key for offer in self.offers}
        return {keys[lot.offer_id]: lot for lot in self.lots if not lot.is_over}

    @property
    def pool(self) -> list[LotView]:
        """The lots of the offers that belong to no act."""
        pooled = {offer.id for offer in self.offers if offer.key not in rules.NAMED}
        return [lot for lot in self.lots if lot.offer_id in pooled]

    def shown(self) -> frozenset[str]:
        """Keys of what was put on at any time."""
        lots = {lot.offer_id for lot in self.lots}
        return frozenset(offer.key for offer in self.offers if offer.id in lots)


async def keep_alive(tx: Tx, settings: Settings) -> None:
    """Keep the demonstration alive until cancelled; one task in the worker, in demo mode only.

    A fault here is logged and must not stop the worker's real work; only a lost database is
    raised, as everywhere in the worker.
    """
    rounds, sealer = 0, Sealer(settings.secret_key)
    while True:
        if rounds % ROUNDS_A_TOP_UP == 0:
            await _survive(top_up(tx, whole=True))
            await _survive(tx.run(paying.open_accounts, sealer=sealer))
        await _survive(robots.register(tx, settings))
        await _survive(duty.decide(tx))
        await _survive(paying.pay_deposits(tx, settings))
        await _survive(robots.play_robots(tx))
        await _survive(duty.annul(tx))
        rounds += 1
        await asyncio.sleep(ROUND_S)


async def _survive(work: Awaitable[int]) -> None:
    try:
        await work
    except Exception as error:
        if is_lost(error):
            raise
        log.exception("demonstration failed")


async def top_up(tx: Tx, *, whole: bool = False) -> int:
    """Announce whatever the stage lacks now; returns how many lots. Zero without a demonstration.

    Call it once after seeding, so that the first page shows lots; ``keep_alive`` goes on with the
    ``whole`` programme. Each lot has its own transaction: what stands in the way of one is logged
    and keeps no other away.
    """
    announced = 0
    for act, offer, key in await tx.run(plan, whole=whole):
        try:
            if act is MATCHED:
                await tx.run(rights.record_holder, offer_number=offer.number, seller=offer.seller)
            await tx.run(_announce, act=act, offer=offer, key=key)
            announced += 1
        except DomainError as error:
            log.info("demonstration lot refused", extra={"act": act.name, "code": error.code})
    return announced


async def plan(uow: UnitOfWork, *, whole: bool) -> list[tuple[Act, StageOffer, str]]:
    """The missing acts, each with an offer that stands in no open lot and the key of its lot.

    The key counts the lots of the offer, so that two processes that plan the same announce one.
    """
    found = await look(uow)
    if found is None:
        return []
    free = {offer.key: offer for offer in found.offers if offer.free}
    pool = [offer for offer in free.values() if offer.key not in rules.NAMED]
    if pool:
        turn = max((rules.serial(lot) for lot in found.lots), default=0) % len(pool)
        pool = [*pool[turn:], *pool[:turn]]
    acts = rules.find_missing_acts(
        [lot for lot in found.pool if not lot.is_over],
        sold_before=any(lot.outcome is LotOutcome.won for lot in found.pool),
    )
    chosen = list(zip(acts, pool, strict=False))
    if whole:
        for act in rules.find_missing_own(found.by_key, found.shown()):
            own = [free[key] for key in act.offers if key in free]
            # of several the one that was put on the longest time ago
            own.sort(key=lambda offer: max(_serials(found, offer), default=0))
            chosen += [(act, offer) for offer in own[:1]]
    return [
        (act, offer, f"demo-{offer.key}-{len(_serials(found, offer)) + 1}") for act, offer in chosen
    ]


async def look(uow: UnitOfWork) -> Stage | None:
    """The stage as it stands; None without a demonstration."""
    cast = await find_cast(uow, keys=stage_sellers())
    if cast is None:
        return None
    lots: list[LotView] = []
    for key in stage_sellers():
        page = await auctions.list_own_lots(uow, actor=cast.member(key, Role.manager), limit=LONG)
        lots += page.items
    offers = await _list_offers(uow, cast, {lot.offer_id for lot in lots if not lot.is_over})
    known = {offer.id for offer in offers}
    return Stage(tuple(offers), tuple(lot for lot in lots if lot.offer_id in known))


def _serials(stage: Stage, offer: StageOffer) -> list[int]:
    return [rules.serial(lot) for lot in stage.lots if lot.offer_id == offer.id]


async def _list_offers(uow: UnitOfWork, cast: Cast, busy: set[UUID]) -> list[StageOffer]:
    """The stage's offers; the free ones are renewed where they run out."""
    titles = {a.key: a.raw["title"] for a in content.achievements()}
    wanted = {
        (titles[o.achievement], o.content.disposal): o
        for o in content.offers()
        if o.start_minor is not None
    }
    found = []
    for key in stage_sellers():
        seller = cast.member(key, Role.manager)
        page = await catalogue.list_own_offers(uow, actor=seller, limit=LONG)
        for view in page.items:
            facts = view.facts
            demo = wanted.get((view.achievement_title, facts.disposal))
            if demo is None:
                continue
            runs_out = facts.expires_at is None or facts.expires_at < uow.now + RENEW_BEFORE
            free = facts.id not in busy and facts.state in (
                OfferState.published,
                OfferState.expired,
            )
            if free and runs_out:
                await catalogue.renew_offer(
                    uow, actor=seller, number=facts.number, version=facts.version
                )
            found.append(_stage_offer(demo, facts.id, facts.number, seller, free=free))
    return sorted(found, key=lambda offer: offer.number)


def _stage_offer(
    demo: DemoOffer, offer_id: UUID, number: str, seller: Actor, *, free: bool
) -> StageOffer:
    assert demo.start_minor is not None
    assert demo.step_minor is not None
    return StageOffer(offer_id, demo.key, number, seller, demo.start_minor, demo.step_minor, free)


async def _announce(uow: UnitOfWork, *, act: Act, offer: StageOffer, key: str) -> None:
    now = await uow.stamp()
    number = await auctions.announce_lot(
        uow,
        actor=offer.seller,
        offer_number=offer.number,
        terms=act.terms(offer.start_minor, offer.step_minor, now),
        key=key,
        rulebook_version=RULEBOOK,
    )
    log.info("demonstration lot announced", extra={"lot": number, "act": act.name})
