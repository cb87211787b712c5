"""Admission, gates and looks as people meet them, without JavaScript."""

from __future__ import annotations

import re

import httpx2

from tests.unit.files.samples import PDF
from tests.world import World

KEY = re.compile(r'name="key" value="([^"]+)"')


async def test_apply_decide_complain_answer(client: httpx2.AsyncClient, world: World) -> None:
    sale, buyer = await world.demanding_lot(), await world.organisation("求购公司")
    apply = f"/lots/{sale.number}/apply"
    browser = await world.logged_in_client(client, buyer.head)
    page = (await browser.get(apply)).text
    assert "具有隔膜生产条件" in page
    assert "营业执照" in page
    refused = await browser.post(apply, data={"statement": "有两条产线", "key": "page-apply-1"})
    assert refused.status_code == 422
    assert "有两条产线" in refused.text
    assert "请上传：营业执照" in refused.text
    sent = await browser.post(
        apply,
        data={"statement": "有两条产线", "confirmed": "1", "key": "page-apply-1"},
        files={"document-0": ("执照.pdf", PDF, "application/pdf")},
    )
    assert sent.status_code == 303
    mine = sent.headers["location"]
    assert "待审核" in (await browser.get(mine)).text
    assert mine in (await browser.get("/desk/applications")).text

    browser = await world.logged_in_client(client, await world.operator())
    assert "求购公司" in (await browser.get("/review/applications")).text
    decide = mine.replace("/desk/", "/review/")
    judged = (await browser.get(decide)).text
    assert "有两条产线" in judged
    assert "执照.pdf" in judged
    empty = await browser.post(f"{decide}/decide", data={"accept": "no"})
    assert empty.status_code == 422
    assert "请选择未通过的理由" in empty.text
    said = {"accept": "no", "reason": "condition_not_met", "note": "产线未投产"}
    assert (await browser.post(f"{decide}/decide", data=said)).status_code == 303
    assert "没有待审核的报名" in (await browser.get("/review/applications")).text

    browser = await world.logged_in_client(client, buyer.head)
    page = (await browser.get(mine)).text
    assert "不符合公告载明的受让方资格条件" in page
    assert "产线未投产" in page
    assert (await browser.post(f"{mine}/complain", data={"text": ""})).status_code == 422
    assert (await browser.post(f"{mine}/complain", data={"text": "已经投产"})).status_code == 303

    browser = await world.logged_in_client(client, await world.operator())
    assert "已经投产" in (await browser.get("/review/complaints")).text
    answer = mine.replace("/desk/applications", "/review/complaints") + "/answer"
    kept = await browser.post(answer, data={"upheld": "yes", "answer": ""})
    assert kept.status_code == 422
    done = await browser.post(answer, data={"upheld": "yes", "answer": "照片属实"})
    assert done.status_code == 303

    browser = await world.logged_in_client(client, buyer.head)
    assert "已取得竞买资格" in (await browser.get(mine)).text
    assert "已取得竞买资格" in (await browser.get(mine, headers={"Accept-Language": "zh"})).text
    english = (await browser.get(mine, headers={"Accept-Language": "en"})).text
    assert "Admitted" in english


async def test_the_names_behind_the_codes_are_shown_once(
    client: httpx2.AsyncClient, world: World
) -> None:
    sale = await world.lot()
    await world.bidder(sale, "远山隔膜有限公司")
    supervisor = await world.person("监督员", platform=["supervisor"])
    browser = await world.logged_in_client(client, supervisor)
    ask = f"/review/lots/{sale.number}/look"
    short = await browser.post(ask, data={"reason": "看看", "key": "page-look-01"})
    assert short.status_code == 422
    said = {"reason": "接到举报，核对是否串通报价", "key": "page-look-01"}
    assert (await browser.post(ask, data=said)).status_code == 303
    listed = (await browser.get("/review/looks")).text
    assert "/read" not in listed

    second = await world.person("管理员", platform=["administrator"])
    browser = await world.logged_in_client(client, second)
    listed = (await browser.get("/review/looks")).text
    approve = re.search(r'action="([^"]+/approve)"', listed)
    assert approve
    assert (await browser.post(approve[1])).status_code == 303

    browser = await world.logged_in_client(client, supervisor)
    read = re.search(r'action="([^"]+/read)"', (await browser.get("/review/looks")).text)
    assert read
    shown = await browser.post(read[1])
    assert shown.status_code == 200
    assert "远山隔膜有限公司" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    again = await browser.post(read[1])
    assert again.status_code == 409
    assert "远山隔膜有限公司" not in again.text


async def test_gates_and_a_holder_on_the_desk(client: httpx2.AsyncClient, world: World) -> None:
    seller, holder = await world.organisation(), await world.organisation("合作研究所")
    offer = await world.transfer(seller)
    right_id = await world.right(seller, offer, holder.id)
    board = f"/desk/offers/{offer.number}/clearances"
    browser = await world.logged_in_client(client, seller.head)
    page = (await browser.get(board)).text
    assert "尚不能出售" in page
    assert "合作研究所" in page
    opened = await browser.post(f"{board}/open", data={"kind": "decision"})
    assert opened.status_code == 303
    nothing = await browser.post(f"{board}/open", data={"kind": ""})
    assert nothing.status_code == 422
    typed = {"holder_name": "失联公司", "basis": "agreement", "rank": "0", "way": "public"}
    refused = await browser.post(f"{board}/rights", data=typed)
    assert refused.status_code == 422
    assert 'value="失联公司"' in refused.text

    browser = await world.logged_in_client(client, holder.head)
    assert f"/desk/rights/{right_id}" in (await browser.get("/desk/rights")).text
    assert "优先购买权待答复" in (await browser.get("/desk")).text
    answer = f"/desk/rights/{right_id}/answer"
    assert (await browser.post(answer, data={"takes_part": "no"})).status_code == 303
    late = await browser.post(answer, data={"takes_part": "yes"})
    assert late.status_code == 409

    browser = await world.logged_in_client(client, await world.operator())
    blocked = await browser.post(f"{board}/block", data={"kind": "export", "reason": "涉外"})
    assert blocked.status_code == 303
    assert "已阻止" in (await browser.get(board)).text
