"""The robots (演示竞买人): they register in the lots of the stage and bid there, as visitors do."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

from app.accounts import service as accounts
from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.types import (
    Act,
    BidMode,
    BidReceipt,
    LotState,
    LotView,
    MyPlace,
    Preference,
    Shelf,
)
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.money import Money
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from app.files import service as files
from app.files.types import Staged
from app.seed import content, rules
from app.seed.cast import BIDDERS, find_cast, stage_sellers
from app.seed.rights import HOLDER
from app.seed.rules import RobotMove

log = logging.getLogger("market.seed")

LONG: Final = 100
# Whose logins are published: sealed bids are only taken of who registered before, so these are
# registered by the demonstration, and a visitor can hand one in at any time.
GUESTS: Final = ("qingyuan", "xunxi")
VALUES: Final[Mapping[str, Mapping[str, int]]] = {
    "hedu": {"research": 2_600, "team": 18},
    "lanyue": {"research": 1_800, "team": 34},
    "qingyuan": {"research": 2_200, "team": 24},
    "xunxi": {"research": 1_500, "team": 40},
}
STATEMENT: Final = "演示竞买人：符合公告载明的条件，具备中试场地和运营团队。"
PAPER_NAME: Final = "资格说明（演示）.txt"
PAPER: Final = "演示竞买人提交的演示材料，内容为虚构。\n".encode()


async def register(tx: Tx, settings: Settings) -> int:
    """Register where registration is open or a holder should take part; returns how many did."""
    done = 0
    paper: Staged | None = None
    for number in await tx.run(list_stage, shelf=Shelf.coming) + await tx.run(
        list_stage, shelf=Shelf.running
    ):
        absent, asks_paper = await tx.run(_find_absent, number=number)
        for key in absent:
            try:
                if asks_paper and paper is None:
                    # why here: no transaction may be open while a file is received
                    paper = await files.stage(
                        settings.files_dir, _stream(), name=PAPER_NAME, limit=len(PAPER)
                    )
                done += await tx.run(_enter, number=number, key=key, paper=paper)
            except DomainError as error:
                log.info("robot refused", extra={"lot": number, "code": error.code})
    return done


async def play_robots(tx: Tx) -> int:
    """Let the robots bid where it is time, each lot in its own transaction; returns how many."""
    bids = 0
    for number in await tx.run(list_stage, shelf=Shelf.running):
        try:
            bids += await tx.run(play_lot, number=number)
        except DomainError as error:  # the lot closed meanwhile, or is crowded: next round
            log.info("robot refused", extra={"lot": number, "code": error.code})
    return bids


async def list_stage(uow: UnitOfWork, *, shelf: Shelf) -> list[str]:
    """Numbers of the lots of the stage on a public list, but those that wait for their end."""
    page = await auctions.list_lots(uow, shelf=shelf, limit=LONG)
    lots = [lot for lot in page.items if not (lot.is_over or lot.is_late)]
    sellers = await accounts.get_organisations(uow, ids={lot.seller_id for lot in lots})
    codes = {o.credit_code for o in content.organisations() if o.key in stage_sellers()}
    return [lot.number for lot in lots if sellers[lot.seller_id].credit_code in codes]


async def play_lot(uow: UnitOfWork, *, number: str) -> bool:
    """One robot's move in one lot, when it is time; a lot that asks nothing is joined for it."""
    lot = await auctions.show_lot(uow, number=number)
    bids = [bid for bid in await auctions.list_public_bids(uow, lot_id=lot.id) if bid.accepted]
    sealed = sum(bid.act is Act.seal for bid in bids)
    if (
        rules.find_robot_move(lot, bids, 0) is None
        or (cast := await find_cast(uow, keys=BIDDERS)) is None
    ):
        return False
    seats = []
    for key in BIDDERS:
        robot = cast.member(key, Role.agent)
        seats.append((robot, await auctions.find_my_place(uow, actor=robot, lot=lot)))
    sealed = sum(place is not None and place.sealed_seq is not None for _, place in seats)
    move = rules.find_robot_move(lot, bids, sealed)
    idle = [seat for seat in seats if _is_idle(lot, seat[1])]
    if move is None or not idle:
        return False
    robot, place = idle[lot.seq % len(idle)]
    if place is None:
        await auctions.join_lot(uow, actor=robot, number=number)
    return await _submit(uow, robot, lot, move)


def _is_idle(lot: LotView, place: MyPlace | None) -> bool:
    """Whether it may move: it does not lead, has not sealed, and is in where one registers."""
    if place is None:
        return lot.mode is BidMode.dutch
    return not place.leading and place.sealed_seq is None


async def _submit(uow: UnitOfWork, robot: Actor, lot: LotView, move: RobotMove) -> bool:
    verbs: Mapping[Act, Callable[..., Awaitable[BidReceipt]]] = {
        Act.bid: auctions.place_bid,
        Act.store: auctions.store_maximum,
        Act.seal: auctions.seal_bid,
        Act.accept: auctions.accept_price,
    }
    receipt = await verbs[move.act](
        uow,
        actor=robot,
        number=lot.number,
        amount=Money(move.amount_minor),
        key=f"demo-{lot.seq}",
    )
    return receipt.accepted


def guests_of(lot: LotView) -> tuple[str, ...]:
    """Who registers in a lot for the demonstration before it can be bid in."""
    if lot.mode in rules.SEALED_MODES:
        return (*BIDDERS, *GUESTS)
    if lot.mode in (BidMode.dutch, BidMode.buy_now):
        return ()
    return (*BIDDERS, HOLDER) if lot.preference is Preference.match else BIDDERS


async def _find_absent(uow: UnitOfWork, *, number: str) -> tuple[list[str], bool]:
    """Keys of the organisations that should register now and have not; whether papers are asked."""
    lot = await auctions.show_lot(uow, number=number)
    joins_late = lot.mode is BidMode.dynamic and lot.state is LotState.free
    due = joins_late or lot.state is LotState.registering
    wanted = guests_of(lot) if due else ()
    if not wanted or (cast := await find_cast(uow, keys=wanted)) is None:
        return [], False
    absent = []
    for key in wanted:
        actor = cast.member(key, Role.agent)
        if await auctions.find_my_place(uow, actor=actor, lot=lot) is not None:
            continue
        shown = await auctions.show_apply(uow, actor=actor, number=number)
        if shown.application is None:
            absent.append(key)
    return absent, bool(lot.documents)


async def _enter(uow: UnitOfWork, *, number: str, key: str, paper: Staged | None) -> bool:
    cast = await find_cast(uow, keys=(key,))
    if cast is None:
        return False
    actor = cast.member(key, Role.agent)
    needs = (await auctions.show_apply(uow, actor=actor, number=number)).needs
    if needs.at_once:
        await auctions.join_lot(uow, actor=actor, number=number)
        return True
    await auctions.apply_to_lot(
        uow,
        actor=actor,
        number=number,
        statement=STATEMENT,
        confirmed=True,
        documents={place: [paper] for place in range(len(needs.documents))} if paper else {},
        values={one.key: VALUES[key][one.key] for one in needs.criteria},
        key=f"demo-{key}",
    )
    return True


async def _stream() -> AsyncIterator[bytes]:
    yield PAPER
