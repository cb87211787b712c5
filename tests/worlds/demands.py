"""Builders of demands, through the public verbs."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any, cast

from app.core.actor import SYSTEM, Actor
from app.core.official import NationalField, Region
from app.core.tables import Row
from app.core.tx import Tx
from app.demands import import_service, service
from app.demands.types import Cooperation, DemandContent, DemandState, DemandView
from app.imports import service as imports
from tests.worlds.accounts import AccountsBuilders

_serial = count(1)

COMPLETE = DemandContent(
    title="高盐废水低成本脱氮工艺",
    field=NationalField.resources_ecology,
    problem="现有生化工艺在含盐量超过 3% 时脱氮效率急剧下降，需要耐盐工艺。",
    targets="出水总氮低于 15 mg/L，吨水成本低于 2 元",
    budget_minor=500_000_00,
    cooperation=(Cooperation.joint, Cooperation.licence),
    region=Region.hebei,
)


class DemandsBuilders:
    """Demands in any state."""

    tx: Tx

    async def demand(
        self, author: Actor, *, state: DemandState | str = DemandState.published, **content: Any
    ) -> DemandView:
        """A complete demand of the author's organisation, taken as far as ``state``."""
        view = await self.tx.run(
            service.create_demand,
            actor=author,
            content=replace(COMPLETE, **content),
            key=f"world-demand-{next(_serial):06d}",
        )
        if state == DemandState.draft:
            return view
        view = await self.tx.run(
            service.submit_demand, actor=author, number=view.number, version=view.version
        )
        if state == DemandState.submitted:
            return view
        if state == DemandState.returned:
            return await self.tx.run(
                service.return_demand,
                actor=SYSTEM,
                number=view.number,
                version=view.version,
                reason="请补充现有设备情况",
            )
        view = await self.tx.run(
            service.publish_demand, actor=SYSTEM, number=view.number, version=view.version
        )
        if state == DemandState.published:
            return view
        return await self.tx.run(
            service.close_demand, actor=author, number=view.number, version=view.version
        )

    async def imported_demand(self, **cells: str) -> str:
        """One demand brought in by a fresh transfer centre; returns its number."""
        care = await cast(AccountsBuilders, self).organisation(kind="transfer_agency")
        layout = import_service.LAYOUT
        header, _ = imports.map_header(cells, layout)
        rows = [Row(2, {column: cells[column] for column in header.fields})]
        batch = await self.tx.run(
            imports.open_batch,
            actor=SYSTEM,
            kind=layout.kind,
            care_id=care.id,
            file_sha256="0" * 64,
            file_name="需求.csv",
        )
        [chunk] = imports.read_chunks(rows, header, layout)
        await self.tx.run(
            import_service.write_demands, actor=SYSTEM, batch_id=batch.id, chunk=chunk
        )
        page = await self.tx.run(service.list_demands, actor=SYSTEM, limit=1)
        return page.items[0].number
