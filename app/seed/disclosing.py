"""Disclosures and a catalogue edition of the demonstration, through the rooms' own verbs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts.types import Role
from app.catalogue import service as catalogue
from app.catalogue.types import EditionContent, Selection
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.official import NationalField
from app.core.tx import UnitOfWork
from app.disclosures import service as disclosures
from app.disclosures.types import (
    Completer,
    Decision,
    DecisionContent,
    DisclosureContent,
    DisclosureFacts,
    Funding,
    Publication,
    PublicationKind,
    Secrecy,
    Wish,
)
from app.seed.cast import Cast

UNIT: Final = "hengchuan"
WAITING: Final = DisclosureContent(
    title="面向冻土路基的光纤温变联合监测方法（演示）",
    summary="沿路基埋设一根光缆，同时解调温度和应变，按冻融周期修正零点，提前给出融沉预警。",
    problem="冻土路基测点稀、布线贵，单点传感器坏一个就少一段，融沉往往巡检时才发现。",
    novelty="用同一根光缆分离温度与应变，并以冻融周期作为自校准的基准，不需要另设参考段。",
    field=NationalField.smart_city,
    funding=Funding.provincial,
    fiscal=True,
    project_name="高寒地区交通设施健康监测（演示项目）",
    project_number="2025-YS-017",
    secrecy=Secrecy.internal,
    obligations="与某铁路局的合作协议约定：对方在本单位许可第三方之前享有三十日优先知情权（演示）。",
    wish=Wish.apply_patent,
)
ACCEPTED: Final = DisclosureContent(
    title="低温环境锂电池组分区自加热控制方法（演示）",
    summary="按单体温差分区控制自加热电流，零下三十度环境下十分钟内使电池组可充电。",
    problem="高寒地区电池组整体加热耗电多、温差大，边缘单体常被过充。",
    novelty="以单体温差而不是平均温度决定各区电流，并限制相邻区的温度梯度。",
    field=NationalField.modern_energy,
    funding=Funding.own,
    fiscal=False,
    secrecy=Secrecy.open,
    wish=Wish.publish_and_convert,
)
DECISION: Final = DecisionContent(
    Decision.publish_and_convert,
    "经成果转化专班 2026 年第 9 次会议审议：执行本单位任务并主要利用本单位条件完成，"
    "认定为职务科技成果；已完成专利申请，同意登记成果并以普通许可方式推进转化（演示）。",
)
EDITION: Final = EditionContent(
    title="可转化科技成果目录",
    period="演示期",
    foreword="本期目录收录平台已发布、技术成熟度七级以上的成果，按国家八大领域编排，"
    "供企业、园区和投资机构查阅。目录中的单位、成果和数据均为演示内容。",
    selection=Selection(trl_from=7),
)


async def enter_disclosures(uow: UnitOfWork, cast: Cast) -> None:
    """One that waits for its unit, one that was accepted and became a draft, one edition."""
    author = cast.member(UNIT, Role.inventor)
    today = uow.now.astimezone(SHANGHAI).date()
    fair = Publication(PublicationKind.conference, "全国冻土工程学术年会", today + timedelta(60))
    await _disclose(uow, author, WAITING, (fair,), "waiting")
    waiting = await _disclose(uow, author, ACCEPTED, (), "accepted")
    decided = await disclosures.decide_disclosure(
        uow,
        actor=cast.member(UNIT, Role.head),
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=DECISION,
    )
    await disclosures.draft_achievement(uow, actor=author, disclosure_id=decided.id)
    publisher = cast.actor("publisher")
    draft = await catalogue.draft_edition(
        uow, actor=publisher, content=EDITION, market=True, key="demo-edition"
    )
    await catalogue.publish_edition(
        uow, actor=publisher, edition_id=draft.id, version=draft.version
    )


async def _disclose(
    uow: UnitOfWork,
    author: Actor,
    content: DisclosureContent,
    publications: tuple[Publication, ...],
    key: str,
) -> DisclosureFacts:
    made = await disclosures.draft_disclosure(
        uow,
        actor=author,
        content=_with(content, publications, author.person_id),
        key=f"demo-disclosure-{key}",
    )
    return await disclosures.submit_disclosure(
        uow, actor=author, disclosure_id=made.id, version=made.version
    )


def _with(
    content: DisclosureContent, publications: tuple[Publication, ...], author_id: UUID | None
) -> DisclosureContent:
    return replace(
        content,
        publications=publications,
        completers=(
            Completer(person_id=author_id, contribution="总体方案与试验", share_bp=6000),
            Completer("演示合作者甲", contribution="算法与软件", share_bp=2500),
            Completer("演示合作者乙", contribution="样机与现场测试", share_bp=1500),
        ),
    )
