"""A company applies for a lot with its papers, pays the deposit at the bank's counter and bids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.auctions import service
from app.auctions.types import LotTerms
from app.core.actor import Actor
from app.core.sealing import Sealer
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.e2e.test_accounts import enter
from tests.world import World
from tests.worlds.accounts import Org

OpenPage = Callable[..., Page]
Inspect = Callable[[Page], None]

PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass(frozen=True)
class Stage:
    """A lot that asks for conditions, a paper and a deposit; who wants it, and who decides."""

    number: str
    company: Org
    account: str
    operator: Actor


@pytest.fixture
def stage(market: LiveMarket) -> Stage:
    async def build(tx: Tx) -> Stage:
        world = World(tx)
        seller, company = await world.organisation(kind="university"), await world.organisation()
        offer = await world.offer(seller)
        number = await tx.run(
            service.announce_lot,
            actor=seller.head,
            offer_number=offer.number,
            terms=LotTerms(
                start_minor=100_000_00,
                step_minor=5_000_00,
                free_starts_at=None,
                free_ends_at=await world.market_now() + timedelta(hours=2),
                window_s=120,
                deposit_minor=20_000_00,
                admission="reviewed",
                conditions="具有隔膜生产条件",
                documents=("营业执照",),
            ),
            key="journey-lot-000001",
            rulebook_version="demo-2",
        )
        sealer = Sealer(market.settings.secret_key)
        account = await world.bank_account(company, sealer=sealer)
        return Stage(number, company, account, await world.operator())

    return market.run(build)


def test_from_the_application_over_the_bank_to_the_first_bid(
    market: LiveMarket, stage: Stage, open_page: OpenPage, inspect_page: Inspect
) -> None:
    page = open_page("/help")
    enter(page, market, stage.company.head)
    page.goto(f"/lots/{stage.number}")
    page.get_by_role("link", name="报名", exact=True).click()
    page.get_by_label("如何符合上述条件").fill("现有两条产线")
    page.get_by_role("button", name="提交报名").click()
    expect(page.get_by_role("alert")).to_contain_text("请上传：营业执照")
    expect(page.get_by_label("如何符合上述条件")).to_have_value("现有两条产线")
    paper = {"name": "营业执照.pdf", "mimeType": "application/pdf", "buffer": PAPER}
    page.get_by_label("营业执照").set_input_files(paper)  # type: ignore[arg-type]
    page.get_by_label("本单位与转让方不存在关联关系").check()
    page.get_by_role("button", name="提交报名").click()
    expect(page.get_by_text("待审核")).to_be_visible()
    page.goto(f"/lots/{stage.number}")
    page.get_by_role("link", name="查看报名").click()

    expect(page.get_by_role("heading", name="竞买报名")).to_be_visible()

    operator = open_page("/help")
    enter(operator, market, stage.operator)
    operator.goto(page.url.replace("/desk/", "/review/"))
    operator.get_by_role("button", name="通过", exact=True).click()
    expect(operator).to_have_url("/review/applications")

    page.goto(f"/lots/{stage.number}")
    page.get_by_role("link", name="缴纳保证金").click()
    counter_link = page.get_by_role("link", name="前往银行付款")
    for _ in range(40):  # the bank is told of the order in a moment; the page says to look again
        if counter_link.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    inspect_page(page)
    with page.expect_popup() as popup:
        counter_link.click()
    counter = popup.value
    counter.get_by_label("付款户名").fill(stage.company.name)
    counter.get_by_label("付款账号").fill(stage.account)
    expect(counter.get_by_label("金额（元）")).to_have_value("20,000.00")
    counter.get_by_role("button", name="转账").click()
    expect(counter.get_by_role("heading", name="回单")).to_be_visible()

    paid = page.get_by_text("已锁定")
    for _ in range(60):
        if paid.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    page.goto(f"/lots/{stage.number}")
    page.get_by_label("我的报价（元）").fill("100000")
    page.get_by_role("button", name="确认报价").click()
    expect(page.locator("[data-told]")).to_contain_text("报价已接受：¥100,000.00")
