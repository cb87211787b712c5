"""Achievements and offers in a real browser: accessible, narrow, dark, and written by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.accounts.types import SESSION_COOKIE
from app.catalogue import service
from app.catalogue.types import (
    Completer,
    CoOwner,
    Disposal,
    Instalment,
    Instalments,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    PracticeStage,
)
from app.core.money import Money
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.world import World

OpenPage = Callable[..., Page]


@dataclass
class Scene:
    """Sessions and numbers of one small catalogue."""

    manager: str
    operator: str
    draft: str
    submitted: str
    imported: str
    full: str
    offer: str
    draft_offer: str


@pytest.fixture(scope="module")
def scene(market: LiveMarket) -> Scene:
    return market.run(build)


async def build(tx: Tx) -> Scene:
    world = World(tx)
    org = await world.organisation("东海大学", kind="university")
    full = await world.achievement(
        org,
        title="锂离子电池隔膜双面陶瓷涂覆与在线厚度控制工艺",
        abstract="在 12 微米聚烯烃基膜上双面涂覆 2 微米氧化铝浆料，180 ℃热收缩率低于 3%。\n" * 3,
        keywords=("隔膜", "涂覆"),
        problem="隔膜受热收缩引起电池内短路。",
        alternative="与未涂覆基膜相比，180 ℃热收缩率由 40% 降到 3%。",
        proof="第三方检测报告 2026-118。",
        trl=7,
        trl_evidence="中试线连续运行 200 小时的记录",
        trl_assessor="某检测中心",
        trl_assessed_on=date(2026, 5, 1),
        practice_stage=PracticeStage.pilot,
        level=Level.domestic_leading,
        completers=(Completer("钱一", role="总体设计"), Completer(person_id=org.head.person_id)),
        co_owners=(CoOwner("西山研究院", share_bp=3000),),
        rights=(
            IpRight(
                IpKind.utility_model,
                "一种涂覆机",
                publication_number="CN202644312U",
                legal_status=LegalStatus.granted,
                status_on=date(2026, 1, 5),
            ),
            IpRight(IpKind.know_how, "浆料配方"),
        ),
    )
    offer = await world.offer(org, full, period_years=5)  # needs no co-owner's consent
    parts = (
        Instalment(Money(30_000_00), date(2027, 1, 31)),
        Instalment(Money(70_000_00), None, "验收合格"),
    )
    draft_offer = await world.offer(
        org,
        full,
        state="draft",
        disposal=Disposal.exclusive,
        period_years=5,
        terms=Instalments(parts),
    )
    operator = await world.operator()
    imported = await world.imported(org)
    claimant = await world.organisation()
    await tx.run(
        service.claim_imported,
        actor=claimant.head,
        number=imported.number,
        evidence="专利登记簿副本，登记号 2026-001。",
        key="scene-claim-1",
    )
    return Scene(
        manager=await world.token(org.head),
        operator=await world.token(operator),
        draft=(await world.achievement(org, state="draft", title="隔膜")).number,
        submitted=(await world.achievement(org, state="submitted")).number,
        imported=imported.number,
        full=full.number,
        offer=offer.number,
        draft_offer=draft_offer.number,
    )


@pytest.fixture
def open_as(open_page: OpenPage, base_url: str) -> OpenPage:
    """Opens a page with a session: ``open_as(scene.manager, "/desk/offers")``."""

    def open_it(token: str, path: str, **options: object) -> Page:
        page = open_page("/healthz", **options)
        if token:
            page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": base_url}])
        page.goto(path)
        return page

    return open_it


PLACES = [
    ("", "/achievements/{full}"),
    ("", "/achievements/{imported}"),
    ("", "/offers/{offer}"),
    ("manager", "/achievements/{draft}"),
    ("manager", "/offers/{draft_offer}"),
    ("manager", "/desk/achievements"),
    ("manager", "/desk/achievements/new"),
    ("manager", "/desk/achievements/{full}/edit"),
    ("manager", "/desk/achievements/{full}/offer"),
    ("manager", "/desk/offers"),
    ("operator", "/achievements/{submitted}"),
    ("operator", "/review/achievements"),
    ("operator", "/review/claims"),
]


@pytest.mark.parametrize(("who", "place"), PLACES)
def test_pages_are_accessible_and_fit(
    scene: Scene,
    open_as: OpenPage,
    inspect_page: Callable[[Page], None],
    who: str,
    place: str,
) -> None:
    page = open_as(getattr(scene, who, ""), place.format_map(vars(scene)))
    inspect_page(page)
    page.emulate_media(color_scheme="dark")
    inspect_page(page)
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)
    if folder := os.environ.get("MARKET_LOOK"):
        name = place.format_map(vars(scene)).strip("/").replace("/", "-")
        page.screenshot(path=Path(folder) / f"{name}-dark-360.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False])
def test_an_achievement_is_registered_by_hand(
    scene: Scene, open_as: OpenPage, script: bool
) -> None:
    page = open_as(scene.manager, "/desk/achievements/new", java_script_enabled=script)
    page.get_by_label("成果名称").fill("高炉煤气干法脱硫工艺")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写此项")
    page.get_by_label("单位编号").fill(f"KJ-HAND-{script}")
    page.get_by_label("公开简介").fill("脱硫效率 98%，运行成本低于每千立方米 3 元。")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("heading", name="高炉煤气干法脱硫工艺")).to_be_visible()
    expect(page.get_by_role("heading", name="填写建议")).to_be_visible()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".heading").get_by_text("待审核")).to_be_visible()
