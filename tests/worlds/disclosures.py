"""Builders of disclosures, through the public verbs."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any, cast

from app.core.actor import Actor
from app.core.official import NationalField
from app.core.tx import Tx
from app.disclosures import service
from app.disclosures.types import (
    Completer,
    Decision,
    DecisionContent,
    DisclosureContent,
    DisclosureFacts,
    Funding,
    Secrecy,
    Wish,
)
from tests.worlds.accounts import AccountsBuilders, Org

_serial = count(1)


def disclosure_content(author: Actor, **given: Any) -> DisclosureContent:
    """Content that a unit can decide on; fields given replace it."""
    content = DisclosureContent(
        title="低温甲醇燃料电池的膜电极",
        summary="在 −20 ℃ 下启动的膜电极，采用梯度催化层。",
        problem="现有膜电极低温启动慢、寿命短。",
        novelty="催化层沿厚度方向梯度分布。",
        field=NationalField.modern_energy,
        funding=Funding.provincial,
        fiscal=True,
        project_name="低温燃料电池关键技术",
        project_number="2024C01001",
        secrecy=Secrecy.internal,
        wish=Wish.apply_patent,
        completers=(
            Completer(person_id=author.person_id, contribution="总体设计", share_bp=7000),
            Completer(name="外单位合作者", contribution="测试", share_bp=3000),
        ),
    )
    return replace(content, **given)


def decision(what: Decision | str = Decision.apply_patent, **given: Any) -> DecisionContent:
    """A decision with reasons."""
    return replace(
        DecisionContent(decision=Decision(what), note="经审议，属于执行本单位任务完成的成果。"),
        **given,
    )


class DisclosureBuilders:
    """Disclosures in any state."""

    tx: Tx

    async def disclosure(
        self, author: Actor, *, state: str = "submitted", **content: Any
    ) -> DisclosureFacts:
        """A disclosure of the author's unit: draft or submitted."""
        made = await self.tx.run(
            service.draft_disclosure,
            actor=author,
            content=disclosure_content(author, **content),
            key=f"world-disclosure-{next(_serial):06d}",
        )
        if state == "submitted":
            made = await self.tx.run(
                service.submit_disclosure,
                actor=author,
                disclosure_id=made.id,
                version=made.version,
            )
        return made

    async def decided(
        self, org: Org, author: Actor, what: Decision | str = Decision.apply_patent, **given: Any
    ) -> DisclosureFacts:
        """A disclosure that a head of the unit decided on."""
        waiting = await self.disclosure(author)
        return await self.tx.run(
            service.decide_disclosure,
            actor=org.head,
            disclosure_id=waiting.id,
            version=waiting.version,
            decision=decision(what, **given),
        )

    async def inventor(self, org: Org, name: str = "李发明") -> Actor:
        """A colleague who writes disclosures and decides on none."""
        return await cast(AccountsBuilders, self).member(org, {"inventor"}, name=name)
