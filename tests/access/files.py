"""Access: files. Who may read one is the owning room's to say."""

from __future__ import annotations

from typing import Final

from app.accounts import service as accounts
from app.catalogue import service as catalogue
from tests.access.catalogue import AUTHORS, draft
from tests.access.rows import EVERYONE, HEADS, READERS, Row, Stage, row
from tests.world import World

NOBODY: Final[frozenset[str]] = frozenset()


def file(may: frozenset[str], file_id: str) -> Row:
    """A file; for those who may not read it, it is not there."""
    return row(may, stranger=404, others=404, file_id=file_id)


PUBLIC_FILES: Final = "/desk/achievements/{number}/files"
EVIDENCE: Final = "/desk/organisation/evidence"

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /files/{file_id}": [
        file(NOBODY, "no_file"),
        file(EVERYONE, "public_file"),
        file(READERS, "claim_file"),
        file(READERS | {"unverified"}, "evidence_file"),
        file(frozenset({"manager", "foreign"}), "room_file"),
    ],
    f"GET {PUBLIC_FILES}": draft(AUTHORS, {}, "draft"),
    f"POST {PUBLIC_FILES}": draft(AUTHORS, {}, "draft"),
    f"POST {PUBLIC_FILES}/{{file_id}}/remove": row(
        frozenset({"manager"}), number="filed", file_id="public_file"
    ),
    f"GET {EVIDENCE}": row(HEADS),
    f"POST {EVIDENCE}": row(HEADS),
    f"POST {EVIDENCE}/{{file_id}}/remove": row(HEADS, file_id="evidence_file"),
}


async def build(stage: Stage, world: World) -> None:
    """A public attachment, evidence of a claim and of an organisation."""
    record = await world.achievement(stage.owner)
    public = await world.tx.run(
        catalogue.attach_public,
        actor=stage.cast["manager"],
        number=record.number,
        staged=[await world.staged()],
        key="access-public",
    )
    imported = await world.imported(stage.foreign)
    claimant = await world.organisation("另一认领单位")
    claim = await world.tx.run(
        catalogue.claim_imported,
        actor=claimant.head,
        number=imported.number,
        evidence="专利登记簿副本",
        files=[await world.staged()],
        key="access-claim-file",
    )
    reader = await world.operator()
    shown = await world.tx.run(catalogue.list_claim_files, actor=reader, claim_ids=[claim.id])
    evidence = await world.tx.run(
        accounts.attach_evidence,
        actor=stage.cast["unverified"],
        organisation_id=stage.unverified.id,
        staged=[await world.staged()],
        key="access-evidence",
    )
    stage.examples |= {
        "no_file": "01890000-0000-7000-8000-000000000000",
        "filed": record.number,
        "public_file": str(public[0].id),
        "claim_file": str(shown[claim.id][0].id),
        "evidence_file": str(evidence[0].id),
    }
