"""Access: inquiries."""

from __future__ import annotations

from typing import Final

from app.inquiries import service
from app.inquiries.types import AboutKind, Wish
from tests.access.rows import ELSEWHERE, MEMBERS, Row, Stage, row
from tests.world import World

ASKERS: Final = MEMBERS | ELSEWHERE
QUESTION: Final = {"title": "产能", "body": "年产多少平方米？", "wish": "here"}
# The owner of the thread's subject, ``foreign`` who asks, and the platform, which reads only.
HOUSES: Final = MEMBERS | {"foreign"}
OUTSIDE: Final = frozenset(
    {"stranger", "person", "unverified", "broker", "publisher", "administrator"}
)


def thread(may: frozenset[str], form: dict[str, str] | None = None) -> Row:
    """A step in a thread."""
    return row(may, stranger=404, unseen=OUTSIDE, form=form, number="inquiry")


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /ask/{kind}/{number}": row(ASKERS, kind="about", number="asked_about"),
    "POST /ask/{kind}/{number}": row(ASKERS, form=QUESTION, kind="about", number="asked_about"),
    "GET /desk/inquiries": row(ASKERS),
    "GET /desk/inquiries/{number}": thread(HOUSES | {"operator", "supervisor"}),
    "POST /desk/inquiries/{number}/messages": thread(HOUSES, {"body": "一千万平方米。"}),
    "POST /desk/inquiries/{number}/close": thread(HOUSES),
}


async def build(stage: Stage, world: World) -> None:
    """A published record, and a thread about it."""
    record = await world.achievement(stage.owner)
    number = await world.tx.run(
        service.open_inquiry,
        actor=stage.foreign.head,
        kind=AboutKind.achievement,
        number=record.number,
        title="产能",
        body="年产多少平方米？",
        wish=Wish.here,
        key="access-inquiry",
    )
    stage.examples |= {"inquiry": number, "about": "achievement", "asked_about": record.number}
