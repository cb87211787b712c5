"""A right of pre-emption on the stage: put on record, answered, settled, before its lot."""

from __future__ import annotations

from typing import Final

from app.accounts.types import Role
from app.clearances import service as clearances
from app.clearances.types import ClearanceKind, ClearanceState, RightBasis, ServiceWay
from app.core.actor import Actor
from app.core.tx import UnitOfWork
from app.seed.cast import find_cast

HOLDER: Final = "xunxi"  # its logins are published: a visitor can take a price by right
ANSWER: Final = "本单位为委托开发的委托人，参加竞价并保留优先购买权（演示）。"
BASIS: Final = "委托开发合同 YS-2024-031 第九条；优先购买权人已答复参加（演示，虚构）。"


async def record_holder(uow: UnitOfWork, *, offer_number: str, seller: Actor) -> None:
    """Name the holder of the right in an offer, let him answer, and settle the gate. Twice is
    once."""
    cast = await find_cast(uow, keys=(HOLDER,))
    if cast is None:
        return
    right_id = await clearances.record_right(
        uow,
        actor=seller,
        offer_number=offer_number,
        holder_id=cast.organisations[HOLDER],
        holder_name="",
        basis=RightBasis.commissioner,
        rank=1,
        way=ServiceWay.workbench,
        key="demo-right",
    )
    await clearances.answer_right(
        uow,
        actor=cast.member(HOLDER, Role.head),
        right_id=right_id,
        takes_part=True,
        note_text=ANSWER,
    )
    board = await clearances.show_board(uow, actor=seller, offer_number=offer_number)
    for gate in board.clearances:
        facts = gate.facts
        if facts.kind is ClearanceKind.preemption and facts.state is ClearanceState.open:
            await clearances.settle_clearance(
                uow, actor=seller, clearance_id=facts.id, basis=BASIS, key="demo-right"
            )
