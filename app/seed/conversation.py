"""What has happened in the demonstration already: an edited record, a co-owner who is asked, an
entry that waits for its researcher, questions between houses, views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from app.catalogue import service as catalogue
from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    CoOwner,
    Disposal,
    LumpSum,
    NationalField,
    OfferContent,
)
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.inquiries import service as inquiries
from app.inquiries.types import AboutKind, Wish
from app.seed.cast import Cast

EDITED: Final = "tool-wear"
SHARED: Final = "leak-pipe"
ASKED: Final = "bess-fire"
WAITING: Final = "denit"

_FOR_RESEARCHER: Final = AchievementContent(
    owner_number="YS-HE-901",
    title="高温合金榫槽拉削刀具再制造与涂层修复工艺",
    abstract="对失效拉刀刃口做激光熔覆补材后五轴数控重磨，再沉积两层氮铝钛硅涂层。"
    "修复 3 次后刃口半径偏差不超过 4 μm，单把刀具费用为新刀的 42%。",
    keywords=("拉削刀具", "再制造"),
    field=NationalField.smart_green_manufacturing,
    applications="航空发动机轮盘榫槽加工",
    trl=6,
)


async def seed_conversation(
    uow: UnitOfWork, cast: Cast, records: Mapping[str, AchievementFacts]
) -> None:
    """Through the verbs that the visitors' own forms call."""
    await _edit(uow, cast, records[EDITED])
    await _ask_co_owner(uow, cast, records[SHARED])
    await catalogue.enter_for_person(
        uow,
        actor=cast.actor("operator"),
        organisation_id=cast.organisations["hengchuan"],
        person_id=cast.people["inventor"],
        content=_FOR_RESEARCHER,
        key="demo-behalf",
    )
    await _ask(uow, cast, records)
    buyers = [cast.organisations[key] for key in ("qingyuan", "xunxi")]
    await catalogue.add_views(
        uow,
        seen={
            (records[key].id, house): count
            for key, counts in ((ASKED, (6, 2, 31)), (EDITED, (1, 4, 18)), (WAITING, (0, 5, 12)))
            for house, count in zip((*buyers, None), counts, strict=True)
            if count
        },
    )


async def _edit(uow: UnitOfWork, cast: Cast, record: AchievementFacts) -> None:
    """A published record says more than before; its earlier words stay to be compared."""
    manager = cast.actor("manager")
    view = await catalogue.show_achievement(uow, actor=manager, number=record.number)
    old = view.content
    first, *rest = old.completers
    await catalogue.edit_achievement(
        uow,
        actor=manager,
        number=record.number,
        version=record.version,
        content=replace(
            old,
            abstract=old.abstract.rstrip("。")
            + "。终端已在两家用户的 36 台机床上连续运行九个月，换刀提前量可按班次设定。",
            keywords=(*old.keywords[:2], "预测性维护"),
            proof="两家用户的运行记录和第三方检测报告（2026 年 9 月）。",
            trl=min(9, (old.trl or 5) + 1),
            completers=(first, *reversed(rest)),
        ),
    )


async def _ask_co_owner(uow: UnitOfWork, cast: Cast, record: AchievementFacts) -> None:
    """A record owned together: an exclusive licence waits for the co-owner's word."""
    manager = cast.actor("manager")
    view = await catalogue.show_achievement(uow, actor=manager, number=record.number)
    house = cast.actor("buyer2-head")
    assert house.organisation_id is not None, "the co-owner's head acts for it"
    await catalogue.edit_achievement(
        uow,
        actor=manager,
        number=record.number,
        version=record.version,
        content=replace(
            view.content,
            co_owners=(CoOwner(house.organisation_name, house.organisation_id, 3000),),
        ),
    )
    offer = await catalogue.draft_offer(
        uow,
        actor=manager,
        achievement_number=record.number,
        content=OfferContent(
            disposal=Disposal.exclusive,
            terms=LumpSum(Money(2_600_000_00)),
            conditions="许可范围限供水管网；使用费按共有份额分配。",
            period_years=5,
        ),
        key="demo-shared",
    )
    await catalogue.ask_consents(
        uow,
        actor=manager,
        offer_number=offer.number,
        breadth=catalogue.ConsentBreadth.terms,
    )


async def _ask(uow: UnitOfWork, cast: Cast, records: Mapping[str, AchievementFacts]) -> None:
    """One question that was answered, and one that waits."""
    number = await inquiries.open_inquiry(
        uow,
        actor=cast.actor("buyer"),
        kind=AboutKind.achievement,
        number=records[ASKED].number,
        title="适用的电池舱尺寸和改造周期",
        body="我们有 40 座 20 尺磷酸铁锂储能舱。装置能否在不停运的情况下加装？单舱改造要多久？",
        wish=Wish.meeting,
        key="demo-ask-1",
    )
    await inquiries.write_message(
        uow,
        actor=cast.actor("manager"),
        number=number,
        body="20 尺舱可以加装，传感部分不停运，喷射管路需单舱停运约 6 小时。可以约一次现场查看。",
        key="demo-answer-1",
    )
    await inquiries.open_inquiry(
        uow,
        actor=cast.actor("buyer2"),
        kind=AboutKind.achievement,
        number=records[WAITING].number,
        title="冬季低温下的脱氮效果",
        body="进水温度低于 12 ℃ 时总氮去除率有无运行数据？",
        wish=Wish.here,
        key="demo-ask-2",
    )
