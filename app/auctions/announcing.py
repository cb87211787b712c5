"""Announcements of a published lot (公告): a kind, a statement in words, public facts.

None is ever edited. The key of an announcement makes the step that it announces happen once.
"""

from __future__ import annotations

from typing import Any, Final

from app.auctions import life_queries
from app.auctions.life_types import AnnouncementKind
from app.auctions.models import Lot, LotAnnouncement
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, KeyReused
from app.core.i18n import Message
from app.core.ids import new_id
from app.core.tx import UnitOfWork

LEAST_STATEMENT: Final = 4
MOST_STATEMENT: Final = 2_000


def key_of_market(kind: AnnouncementKind, what: object = "") -> str:
    """The key of what the market itself announces. It holds a space, which no request's key may:
    nobody can take it before, and so keep a lot from closing."""
    return f"market {kind.value} {what}".strip()


def check_statement(statement: str) -> None:
    """A step is explained in words, 4 to 2000 characters. Raises Invalid."""
    length = len(statement.strip())
    if not LEAST_STATEMENT <= length <= MOST_STATEMENT:
        text = Message(
            "请写明说明，%(least)s 至 %(most)s 个字，将随公告公布",
            least=LEAST_STATEMENT,
            most=MOST_STATEMENT,
        )
        raise Invalid([FieldError("statement", text)])


async def find_said(
    uow: UnitOfWork, lot: Lot, kind: AnnouncementKind, key: str, reason: str, statement: str
) -> LotAnnouncement | None:
    """What this key already announced of the lot. Raises KeyReused when it was something else."""
    said = await life_queries.find_announcement(uow, lot.id, key)
    if said is None:
        return None
    if (said.kind, said.statement, said.facts.get("reason", "")) != (kind, statement, reason):
        raise KeyReused()
    return said


async def announce(
    uow: UnitOfWork,
    actor: Actor,
    lot: Lot,
    kind: AnnouncementKind,
    statement: str,
    key: str,
    **facts: Any,
) -> None:
    """Add one announcement to a locked lot."""
    said = {name: str(value) if isinstance(value, str) else value for name, value in facts.items()}
    uow.session.add(
        LotAnnouncement(
            id=new_id(),
            lot_id=lot.id,
            kind=kind.value,
            statement=statement,
            facts=said,
            key=key,
            at=await uow.stamp(),
            by=actor.person_id,
        )
    )
