"""Access: applications to lots, complaints, looks behind codes."""

from __future__ import annotations

from typing import Final

from app.auctions import service
from tests.access.rows import CAST, ELSEWHERE, MEMBERS, OPERATOR, Row, Stage, row
from tests.world import World

# ``foreign`` applies to a lot of the owner's; nobody else's house may know.
APPLICANT: Final = frozenset({"foreign"})
DECIDERS: Final = frozenset({"operator", "supervisor"})
SUPERVISOR: Final = frozenset({"supervisor"})
UNVEILERS: Final = frozenset({"supervisor", "administrator"})
UNSEEN: Final = CAST - APPLICANT - DECIDERS


def own(form: dict[str, str] | None = None, *, example: str = "application") -> Row:
    """A step with one's own application; the platform sees it and does nothing in his name."""
    return row(APPLICANT, stranger=404, others=404, form=form, application_id=example)


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /lots/{number}/apply": row(APPLICANT, number="demanding_lot"),
    "POST /lots/{number}/apply": row(APPLICANT, number="demanding_lot"),
    "GET /desk/applications": row(MEMBERS | ELSEWHERE),
    "GET /desk/applications/{application_id}": row(
        APPLICANT | DECIDERS, stranger=404, others=404, application_id="application"
    ),
    "POST /desk/applications/{application_id}/withdraw": own(),
    "POST /desk/applications/{application_id}/complain": own({"text": "不服"}, example="refused"),
    "GET /review/applications": row(DECIDERS),
    "GET /review/applications/{application_id}": row(DECIDERS, application_id="application"),
    "POST /review/applications/{application_id}/decide": row(
        OPERATOR, form={"accept": "yes"}, application_id="application"
    ),
    "GET /review/complaints": row(DECIDERS),
    "POST /review/complaints/{application_id}/answer": row(
        DECIDERS, form={"upheld": "no", "answer": "材料缺少"}, application_id="complained"
    ),
    "GET /review/looks": row(UNVEILERS),
    "GET /review/lots/{number}/look": row(SUPERVISOR, number="demanding_lot"),
    "POST /review/lots/{number}/look": row(
        SUPERVISOR, form={"reason": "接到举报，核对是否串通报价"}, number="demanding_lot"
    ),
    "POST /review/looks/{look_id}/approve": row(UNVEILERS, look_id="look"),
    # the one who asked is another supervisor: for this one there is nothing to read
    "POST /review/looks/{look_id}/read": row(frozenset(), unseen=SUPERVISOR, look_id="look"),
}


async def build(stage: Stage, world: World) -> None:
    """A lot that asks for papers, what became of ``foreign``'s applications to it, and a look."""
    sale = await world.demanding_lot(stage.owner)
    operator, supervisor = await world.operator(), await world.person(platform=["supervisor"])
    refused = await world.application(sale, stage.foreign)
    await world.decide(operator, refused, accept=False)
    complained = await world.application(sale, stage.foreign)
    await world.decide(operator, complained, accept=False)
    await world.tx.run(
        service.complain, actor=stage.foreign.head, application_id=complained, text="不服"
    )
    waiting = await world.application(sale, stage.foreign)
    look = await world.tx.run(
        service.look_behind,
        actor=supervisor,
        number=sale.number,
        reason="接到举报，核对是否串通报价",
        key="access-look",
    )
    stage.examples |= {
        "demanding_lot": sale.number,
        "application": str(waiting),
        "refused": str(refused),
        "complained": str(complained),
        "look": str(look),
    }
