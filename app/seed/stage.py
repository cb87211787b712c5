"""The stage: lots that keep a demo market alive, and the robots that bid in them.

Nothing here pretends. A lot is announced, runs and is sold in real time by the same verbs as any
other, under the demonstration rulebook (short windows are allowed). What the first start shows:

* at once: one lot running (90 minutes), one ending soon (6 minutes), one waiting (3 hours);
* after about a minute: one sold, with its deal. It is a short lot (15 seconds free, windows of 20
  seconds) that the robots play to its end while the first page is being read.

The lots are those of organisations whose logins are not published. A visitor's own lots, and those
of the organisations he can act for as a seller, are never touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.types import LotOutcome, LotTerms, LotView, Shelf
from app.catalogue import service as catalogue
from app.catalogue.types import OfferState
from app.core.actor import Actor
from app.core.db import is_lost
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import Tx, UnitOfWork
from app.seed import content, queries, rules
from app.seed.cast import Cast, find_cast
from app.seed.content import DemoOffer
from app.seed.rules import Act

log = logging.getLogger("market.seed")

RULEBOOK: Final = "demo-1"
BIDDERS: Final = ("hedu", "lanyue")
ROUND_S: Final = 3
ROUNDS_A_TOP_UP: Final = 20  # a top-up each minute
LONG: Final = 100  # lots or offers of one seller that are looked at, the newest first
RENEW_BEFORE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StageOffer:
    """An offer that may go on the stage: its case number, its seller, its start and step."""

    id: UUID
    number: str
    seller: Actor
    start_minor: int
    step_minor: int


async def keep_alive(tx: Tx) -> None:
    """Keep the demonstration alive until cancelled; one task in the worker, in demo mode only.

    A fault here is logged and must not stop the worker's real work; only a lost database is
    raised, as everywhere in the worker.
    """
    rounds = 0
    while True:
        if rounds % ROUNDS_A_TOP_UP == 0:
            await _survive(top_up(tx))
        await _survive(play_robots(tx))
        rounds += 1
        await asyncio.sleep(ROUND_S)


async def _survive(work: Awaitable[int]) -> None:
    try:
        await work
    except Exception as error:
        if is_lost(error):
            raise
        log.exception("demonstration failed")


async def top_up(tx: Tx) -> int:
    """Announce whatever the stage lacks now; returns how many lots. Zero without a demonstration.

    Call it once after seeding, so that the first page shows lots; ``keep_alive`` goes on.
    """
    return await tx.run(fill_stage)


async def play_robots(tx: Tx) -> int:
    """Let the robots bid where it is time, each lot in its own transaction; returns how many."""
    bids = 0
    for number in await tx.run(_list_running):
        try:
            bids += await tx.run(play_lot, number=number)
        except DomainError as error:  # the lot closed meanwhile, or is crowded: next round
            log.info("robot refused", extra={"lot": number, "code": error.code})
    return bids


async def fill_stage(uow: UnitOfWork) -> int:
    """Announce the missing acts, each with another offer that stands in no open lot."""
    await queries.lock_seeding(uow)
    cast = await find_cast(uow, keys=stage_sellers())
    if cast is None:
        return 0
    lots: list[LotView] = []
    for key in stage_sellers():
        page = await auctions.list_own_lots(uow, actor=cast.member(key, Role.manager), limit=LONG)
        lots += page.items
    open_lots = [lot for lot in lots if not lot.is_over]
    sold_before = any(lot.outcome is LotOutcome.won for lot in lots)
    missing = rules.find_missing_acts(open_lots, sold_before=sold_before)
    if not missing:
        return 0
    free = await _list_free_offers(uow, cast, {lot.offer_id for lot in open_lots})
    if free:
        turn = max((rules.serial(lot) for lot in lots), default=0) % len(free)
        free = [*free[turn:], *free[:turn]]
    acts = list(zip(missing, free, strict=False))
    for act, offer in acts:
        await _announce(uow, act, offer)
    return len(acts)


async def play_lot(uow: UnitOfWork, *, number: str) -> bool:
    """One robot's bid in one lot, when it is time; it joins the lot before its first one."""
    lot = await auctions.show_lot(uow, number=number)
    bids = [bid for bid in await auctions.list_public_bids(uow, lot_id=lot.id) if bid.accepted]
    amount = rules.compute_robot_bid(lot, bids)
    if amount is None or (cast := await find_cast(uow, keys=BIDDERS)) is None:
        return False
    idle = []
    for key in BIDDERS:
        robot = cast.member(key, Role.agent)
        place = await auctions.find_my_place(uow, actor=robot, lot=lot)
        if place is None or not place.leading:
            idle.append((robot, place))
    robot, place = idle[lot.seq % len(idle)]
    if place is None:
        await auctions.join_lot(uow, actor=robot, number=number)
    receipt = await auctions.place_bid(
        uow, actor=robot, number=number, amount=Money(amount), key=f"demo-{lot.seq}"
    )
    return receipt.accepted


def stage_sellers() -> list[str]:
    """Keys of the organisations that sell on the stage: nobody's login is published there."""
    shown = {p.organisation for p in content.people() if p.shown}
    return [o.key for o in content.organisations() if o.key not in {*shown, *BIDDERS}]


async def _list_running(uow: UnitOfWork) -> list[str]:
    """Numbers of the open lots of the stage."""
    page = await auctions.list_lots(uow, shelf=Shelf.running, limit=LONG)
    open_lots = [lot for lot in page.items if lot.is_open]
    sellers = await accounts.get_organisations(uow, ids={lot.seller_id for lot in open_lots})
    codes = {o.credit_code for o in content.organisations() if o.key in stage_sellers()}
    return [lot.number for lot in open_lots if sellers[lot.seller_id].credit_code in codes]


async def _list_free_offers(uow: UnitOfWork, cast: Cast, busy: set[UUID]) -> list[StageOffer]:
    """The stage's offers that stand in no open lot, renewed where they run out."""
    titles = {a.key: a.raw["title"] for a in content.achievements()}
    wanted = {
        (titles[o.achievement], o.content.disposal): o
        for o in content.offers()
        if o.start_minor is not None
    }
    free = []
    for key in stage_sellers():
        seller = cast.member(key, Role.manager)
        page = await catalogue.list_own_offers(uow, actor=seller, limit=LONG)
        for view in page.items:
            facts = view.facts
            demo = wanted.get((view.achievement_title, facts.disposal))
            if demo is None or facts.id in busy:
                continue
            runs_out = facts.expires_at is None or facts.expires_at < uow.now + RENEW_BEFORE
            if facts.state in (OfferState.published, OfferState.expired):
                if runs_out:
                    await catalogue.renew_offer(
                        uow, actor=seller, number=facts.number, version=facts.version
                    )
                free.append(_stage_offer(demo, facts.id, facts.number, seller))
    return sorted(free, key=lambda offer: offer.number)


def _stage_offer(demo: DemoOffer, offer_id: UUID, number: str, seller: Actor) -> StageOffer:
    assert demo.start_minor is not None
    assert demo.step_minor is not None
    return StageOffer(offer_id, number, seller, demo.start_minor, demo.step_minor)


async def _announce(uow: UnitOfWork, act: Act, offer: StageOffer) -> None:
    now = await uow.stamp()
    opens_at = now + act.opens_in if act.opens_in else None
    number = await auctions.announce_lot(
        uow,
        actor=offer.seller,
        offer_number=offer.number,
        terms=LotTerms(
            start_minor=offer.start_minor,
            step_minor=offer.step_minor,
            free_starts_at=opens_at,
            free_ends_at=(opens_at or now) + act.free,
            window_s=act.window_s,
        ),
        key=f"demo-{new_id()}",
        rulebook_version=RULEBOOK,
    )
    log.info("demonstration lot announced", extra={"lot": number, "act": act.name})
