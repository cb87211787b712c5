"""What tests look at of disclosures: a view, messages, and what no table may hold any more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from app.core.actor import Actor
from app.core.tx import Tx, UnitOfWork
from app.disclosures import service
from app.disclosures.types import DisclosureView


async def show(tx: Tx, actor: Actor, disclosure_id: UUID) -> DisclosureView:
    """A disclosure as this reader sees it."""
    view, _ = await tx.run(service.show_disclosure, actor=actor, disclosure_id=disclosure_id)
    return view


async def told(tx: Tx, person: Actor, kind: str) -> int:
    """How many messages of a kind a person has."""

    async def verb(uow: UnitOfWork) -> int:
        rows = await uow.session.execute(
            text("SELECT count(*) FROM inbox_message WHERE person_id = :who AND kind = :kind"),
            {"who": person.person_id, "kind": kind},
        )
        return int(rows.scalar_one())

    return await tx.run(verb)


async def nothing_is_left_of(tx: Tx, *words: str) -> None:
    """No table that could have held them holds these words."""

    async def dump(uow: UnitOfWork) -> str:
        found = ""
        for table in (
            "disclosure",
            "disclosure_version",
            "disclosure_completer",
            "audit_entry",
            "fact",
            "search_document",
        ):
            rows = await uow.session.execute(text(f"SELECT x::text FROM {table} AS x"))
            found += "\n".join(rows.scalars())
        return found

    kept = await tx.run(dump)
    assert [word for word in words if word in kept] == []
