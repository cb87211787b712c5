"""Builders of catalogue editions, through the public verbs."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.catalogue import service
from app.catalogue.types import EditionContent, EditionFacts, Selection, Visibility
from app.core.actor import Actor
from app.core.tx import Tx, UnitOfWork
from app.reports import service as reports

_serial = count(1)


class EditionBuilders:
    """Editions of the market and of a unit."""

    tx: Tx

    async def edition(
        self, actor: Actor, *, market: bool = False, state: str = "published", **selection: Any
    ) -> EditionFacts:
        """An edition of whatever its selection finds: draft or published."""
        made = await self.tx.run(
            service.draft_edition,
            actor=actor,
            content=EditionContent(title="可转化成果目录", selection=Selection(**selection)),
            market=market,
            key=f"world-edition-{next(_serial):06d}",
        )
        if state == "published":
            made = await self.tx.run(
                service.publish_edition, actor=actor, edition_id=made.id, version=made.version
            )
        return made

    async def conversion_edition(
        self, actor: Actor, *, visibility: Visibility = Visibility.internal
    ) -> EditionFacts:
        """The unit's conversion list, frozen as it is now."""

        async def freeze(uow: UnitOfWork) -> EditionFacts:
            return await service.freeze_conversion_list(
                uow,
                actor=actor,
                content=EditionContent(title="转化清单", visibility=visibility),
                entries=await reports.list_to_freeze(uow, actor=actor),
                key=f"world-list-{next(_serial):06d}",
            )

        return await self.tx.run(freeze)
