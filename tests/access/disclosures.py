"""Access: disclosures. Outsiders and the platform do not learn that one is there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.disclosures import service
from app.files import service as files
from app.files.types import FileKind, Staged
from tests.access.rows import CAST, ELSEWHERE, HEADS, READERS, Row, Stage, row
from tests.world import World

AUTHOR: Final = frozenset({"inventor"})
AUTHORS: Final = frozenset({"manager", "inventor"})
DECIDERS: Final = frozenset({"manager", "head"})
INSIDERS: Final = AUTHORS | DECIDERS
OUTSIDE: Final = CAST - INSIDERS
VERSION: Final = {"version": "1"}


def inside(may: frozenset[str], form: dict[str, str] | None = None) -> Row:
    """A step on what was submitted: insiders are refused, for others it is not there."""
    return row(may, stranger=404, unseen=OUTSIDE, form=form, disclosure_id="disclosure")


def draft(form: dict[str, str] | None = None) -> Row:
    """A draft is its author's alone."""
    return row(
        AUTHOR,
        stranger=404,
        others=404,
        form=form,
        disclosure_id="disclosure_draft",
        file_id="disclosure_file",
    )


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /desk/disclosures": row(INSIDERS | ELSEWHERE),
    "GET /desk/disclosures/new": row(AUTHORS | ELSEWHERE),
    "POST /desk/disclosures/new": row(AUTHORS | ELSEWHERE, form={"title": "一项成果"}),
    "GET /desk/disclosures/{disclosure_id}": [
        inside(INSIDERS),
        draft(),
    ],
    "GET /desk/disclosures/{disclosure_id}/edit": draft(),
    "POST /desk/disclosures/{disclosure_id}/edit": draft({**VERSION, "title": "改过的名称"}),
    "POST /desk/disclosures/{disclosure_id}/files/{file_id}/remove": draft(),
    "POST /desk/disclosures/{disclosure_id}/submit": draft(VERSION),
    "POST /desk/disclosures/{disclosure_id}/withdraw": inside(AUTHOR, VERSION),
    "POST /desk/disclosures/{disclosure_id}/decide": inside(
        DECIDERS, {**VERSION, "decision": "apply_patent", "note": "理由充分"}
    ),
    "POST /desk/disclosures/{disclosure_id}/achievement": inside(AUTHORS),
    "GET /desk/unit-disclosures": row(DECIDERS | ELSEWHERE),
    "POST /desk/unit-disclosures/period": row(HEADS, form={"days": "10", "source": "本单位规定"}),
    "GET /review/disclosures": row(READERS),
}


async def build(stage: Stage, world: World) -> None:
    """An inventor's draft with an attachment, and what he submitted."""
    author = stage.cast["inventor"]
    record = await world.disclosure(author, state="draft")
    waiting = await world.disclosure(author)
    file = await world.tx.run(
        files.attach,
        actor=author,
        staged=Staged("0" * 64, 1, FileKind.txt, "说明.txt", Path(__file__)),
        owner_kind=service.OWNER_KIND,
        owner_id=record.id,
        key="access-disclosure",
    )
    stage.examples |= {
        "disclosure": str(waiting.id),
        "disclosure_draft": str(record.id),
        "disclosure_file": str(file.id),
    }
