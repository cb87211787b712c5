"""The operator on duty (演示值班): decides on applications to the stage, and annuls one result.

A visitor who logs in as the operator may be faster: his decisions stand.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.life_types import AnnulGround
from app.auctions.types import LotOutcome, LotView, Shelf
from app.core.actor import SYSTEM, Actor
from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork
from app.seed import content, robots
from app.seed.acts import ANNULLED
from app.seed.cast import BIDDERS
from app.seed.content import DemoPerson
from app.seed.rules import SEALED_MODES

log = logging.getLogger("market.seed")

DECIDES_AFTER: Final = timedelta(seconds=90)  # a visitor's application; those of robots at once
SETTLES_AFTER: Final = timedelta(seconds=40)  # between a close and its annulment
NOTE: Final = "演示市场由值班运营人员代为审核，材料内容未作实质核查。"
STATEMENT: Final = (
    "演示：成交公示期间收到异议，经核对，公告所述指标与检测报告不一致，影响价格判断，"
    "依照规则撤销本次结果；已缴款项全部退还，供给信息恢复。"
)


async def decide(tx: Tx) -> int:
    """Accept what waits for a decision in lots of the stage; returns how many."""
    done = 0
    for application_id in await tx.run(_list_due):
        try:
            done += await tx.run(_accept, application_id=application_id)
        except DomainError as error:  # somebody was faster, or it is too late
            log.info("demonstration decision refused", extra={"code": error.code})
    return done


async def annul(tx: Tx) -> int:
    """Annul the result of the lot that shows it, once it is sold; returns how many."""
    return await tx.run(_annul)


async def find_operator(uow: UnitOfWork) -> Actor | None:
    """The operator of the demonstration, as long as he holds the role."""
    person = _operator()
    for holder in await accounts.list_role_holders(uow, actor=SYSTEM):
        if holder.name == person.name and Role.operator in holder.roles:
            roles = frozenset({Role.operator.value})
            return Actor(person_id=holder.person_id, roles=roles, name=person.name)
    return None


def _operator() -> DemoPerson:
    return next(p for p in content.people() if Role.operator in p.platform_roles)


async def _list_due(uow: UnitOfWork) -> list[UUID]:
    operator = await find_operator(uow)
    if operator is None:
        return []
    waiting = (await auctions.list_applications(uow, actor=operator)).items
    if not waiting:
        return []
    numbers = {
        number
        for shelf in (Shelf.coming, Shelf.running)
        for number in await robots.list_stage(uow, shelf=shelf)
    }
    due = []
    for line in waiting:
        if line.lot_number in numbers:
            lot = await auctions.show_lot(uow, number=line.lot_number)
            if uow.now - line.applied_at >= DECIDES_AFTER or line.party_name in _at_once(lot):
                due.append(line.id)
    return due


def _at_once(lot: LotView) -> set[str]:
    """Names of those whose applications the demonstration wrote itself."""
    own = robots.guests_of(lot) if lot.mode in SEALED_MODES else BIDDERS
    return {o.name for o in content.organisations() if o.key in own}


async def _accept(uow: UnitOfWork, *, application_id: UUID) -> bool:
    operator = await find_operator(uow)
    if operator is None:
        return False
    await auctions.decide_application(
        uow, actor=operator, application_id=application_id, accept_it=True, note_text=NOTE
    )
    return True


async def _annul(uow: UnitOfWork) -> int:
    title = next(a.raw["title"] for a in content.achievements() if a.key == ANNULLED.offers[0])
    codes = {o.credit_code for o in content.organisations()}
    page = await auctions.list_lots(uow, shelf=Shelf.ended, limit=20)
    for lot in page.items:
        shown = lot.title.startswith(title) and lot.outcome is LotOutcome.won
        if not shown or lot.closed_at is None or uow.now - lot.closed_at < SETTLES_AFTER:
            continue
        sellers = await accounts.get_organisations(uow, ids=[lot.seller_id])
        operator = await find_operator(uow)
        if operator is None or sellers[lot.seller_id].credit_code not in codes:
            continue
        await auctions.annul_lot(
            uow,
            actor=operator,
            number=lot.number,
            ground=AnnulGround.misdescription,
            statement=STATEMENT,
            key="demo-annul",
        )
        return 1
    return 0
