"""Pages of money, without JavaScript: pay, see, ask, approve, settle, decide."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import httpx2

from app.auctions import service as auctions
from app.auctions.life_types import Amendment
from app.core.tx import Tx
from app.payments import service
from app.payments.ports import DayStatement, StatementRow
from frontend.show import datetime_cn
from tests.conftest import Clock
from tests.world import World
from tests.worlds.payments import FakeBank, account_number


async def test_a_bidder_reads_what_to_pay_and_where_it_stands(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot_with_deposit()
    org = await world.organisation("受让科技有限公司")
    browser = await world.logged_in_client(client, org.head)
    assert (await browser.get(f"/lots/{sale.number}/deposit")).status_code == 404
    org, number = await world.applicant(sale)
    browser = await world.logged_in_client(client, org.head)
    page = await browser.get(f"/lots/{sale.number}/deposit")
    assert "正在向银行登记缴款单" in page.text
    assert page.headers["cache-control"] == "private, no-store"
    bank = FakeBank()
    await world.work_orders(bank)
    text = (await browser.get(f"/lots/{sale.number}/deposit")).text
    order = await world.deposit_order(sale, org)
    for shown in (order.number, "1100006007018888", "20,000", "http://bank.invalid/counter/"):
        assert shown in text
    assert number not in text, "of the own account the last four digits only"
    assert number[-4:] in text
    await world.arrive(await world.payment(order, org, account_number()))
    await world.arrive(await world.payment(order, org, number))
    await world.hear_money()
    text = (await browser.get(f"/lots/{sale.number}/deposit")).text
    assert "非本人账户" in text
    assert "已锁定" in text
    assert "前往银行付款" not in text
    assert sale.number in (await browser.get("/desk/deposits")).text
    english = await browser.get("/desk/deposits", headers={"Accept-Language": "en"})
    assert "My deposits" in english.text
    table = await browser.get("/desk/deposits?format=csv")
    assert table.status_code == 200
    assert sale.number in table.text


async def test_the_room_speaks_of_paying_only_until_it_is_paid(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot_with_deposit()
    org, number = await world.applicant(sale)
    browser = await world.logged_in_client(client, org.head)
    text = (await browser.get(f"/lots/{sale.number}")).text
    assert "缴纳保证金" in text
    await world.arrive(await world.payment(await world.deposit_order(sale, org), org, number))
    await world.hear_money()
    text = (await browser.get(f"/lots/{sale.number}")).text
    assert "查看保证金" in text
    assert "缴纳保证金" not in text
    english = await browser.get(f"/lots/{sale.number}", headers={"Accept-Language": "en"})
    assert "See the deposit" in english.text


async def test_the_bidder_reads_the_end_that_was_put_off(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    sale = await world.lot_with_deposit()
    org, _ = await world.applicant(sale)
    before = (await world.show_lot(sale.number)).free_ends_at
    after = before + timedelta(days=1)
    await tx.run(
        auctions.amend_lot,
        actor=sale.seller.head,
        number=sale.number,
        changes=Amendment(free_ends_at=after),
        statement="延长报价时间",
        key="put-off-1",
    )
    browser = await world.logged_in_client(client, org.head)
    for page in (f"/lots/{sale.number}/deposit", "/desk/deposits"):
        text = (await browser.get(page)).text
        assert datetime_cn(after) in text, page
        assert datetime_cn(before) not in text, page


async def test_operators_see_the_money_and_two_of_them_refund(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    org = await world.organisation("已付公司")
    number = await world.bank_account(org)
    order = await world.order(org)
    await world.arrive(await world.payment(order, org, number))
    await world.arrive(await world.payment(order, org, number))
    first, second = await world.operator(), await world.operator()
    browser = await world.logged_in_client(client, first)
    text = (await browser.get("/review/payments")).text
    assert "重复缴款" in text
    assert "已付公司" in text
    await world.work_payouts(FakeBank(mood="final"))
    stuck = (await browser.get("/review/payouts?stuck=1")).text
    assert "银行拒绝，须人工核查" in stuck
    (payout,) = await world.rows("SELECT id FROM payout")
    assert (await browser.post(f"/review/payouts/{payout.id}/retry")).status_code == 303
    missing = await browser.get("/review/refunds/new?order=ZF-2026-999999")
    assert missing.status_code == 404
    form = (await browser.get(f"/review/refunds/new?order={order.number}")).text
    action = re.search(r'action="(/review/payments/[^"]+/refund)"', form)
    assert action is not None
    wrong = await browser.post(action[1], data={"amount": "1e30", "note": "误付"})
    assert wrong.status_code == 422
    assert 'value="1e30"' in wrong.text
    said = {"amount": "100.50", "note": "协商一致", "key": "refund-page-1"}
    assert (await browser.post(action[1], data=said)).status_code == 303
    page = (await browser.get("/review/refunds")).text
    assert "由您提出" in page
    (asked,) = await world.rows("SELECT id FROM payout WHERE state = 'asked'")
    own = await browser.post(f"/review/refunds/{asked.id}/approve")
    assert own.status_code == 403
    assert "另一位运营人员" in own.text
    browser = await world.logged_in_client(client, second)
    assert (await browser.post(f"/review/refunds/{asked.id}/approve")).status_code == 303
    gone = await browser.post(f"/review/refunds/{asked.id}/approve")
    assert gone.status_code == 409


async def test_operators_compare_days_and_settle_differences(
    client: httpx2.AsyncClient, world: World, tx: Tx
) -> None:
    real, _ = await world.real_and_market_now()
    day = real.date() - timedelta(days=2)
    unknown = StatementRow("X-1", True, 777_00, real)
    await tx.run(service.reconcile_day, statement=DayStatement(day, (unknown,)))
    browser = await world.logged_in_client(client, await world.operator())
    assert "有差异" in (await browser.get("/review/statements")).text
    text = (await browser.get("/review/differences")).text
    assert "银行有、平台无" in text
    assert "¥777.00" in text
    (row,) = await world.rows("SELECT id FROM bank_difference")
    refused = await browser.post(f"/review/differences/{row.id}/settle", data={"note": " "})
    assert refused.status_code == 422
    settled = await browser.post(f"/review/differences/{row.id}/settle", data={"note": "手续费"})
    assert settled.status_code == 303
    assert "没有未处理的差异" in (await browser.get("/review/differences")).text
    future = await browser.post("/review/statements", data={"day": "2999-01-01"})
    assert future.status_code == 422
    assert (await browser.post("/review/statements", data={"day": str(day)})).status_code == 303
    assert isinstance(day, date)


async def test_an_operator_decides_about_a_defaulted_deposit(
    client: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    sale = await world.lot_with_deposit()
    org = await world.paying_bidder(sale)
    await world.bid(sale, org, 100_000)
    await clock.advance(seconds=3700)
    await world.beat()
    await world.sweep_lots()
    await world.sweep_deposits()
    (row,) = await world.rows("SELECT id FROM deposit")
    deposit_id: UUID = row.id
    await world.deliver_facts()
    (deal,) = await world.rows("SELECT number FROM deal")
    browser = await world.logged_in_client(client, org.head)
    shown = (await browser.get(f"/deals/{deal.number}")).text
    assert "保证金已抵作价款" in shown
    assert "¥80,000" in shown, "of 100,000 a deposit of 20,000 is paid"
    browser = await world.logged_in_client(client, await world.operator())
    assert org.name in (await browser.get("/review/deposits?only=held")).text
    page = f"/review/deposits/{deposit_id}"
    assert "不予退还" in (await browser.get(page)).text
    wrong = await browser.post(
        f"{page}/forfeit",
        data={"reason": "refuses_to_pay", "use-seller": "1", "statement": "拒付"},
    )
    assert wrong.status_code == 422
    assert "合计须等于保证金金额" in wrong.text
    for word, data in (
        ("freeze", {"statement": "争议"}),
        ("lift", {"statement": "调解"}),
        (
            "forfeit",
            {"reason": "refuses_to_pay", "use-seller": "20,000", "statement": "拒付价款"},
        ),
    ):
        done = await browser.post(f"{page}/{word}", data=data)
        assert done.status_code == 303, done.text
    assert "由您提出" in (await browser.get(page)).text
    own = await browser.post(f"{page}/approve")
    assert own.status_code == 403
    browser = await world.logged_in_client(client, await world.operator())
    assert "拟不予退还，待复核" in (await browser.get("/review/deposits/" + str(deposit_id))).text
    assert (await browser.post(f"{page}/approve")).status_code == 303
    assert "未按约定支付价款" in (await browser.get(page)).text
