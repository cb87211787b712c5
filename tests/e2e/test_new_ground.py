"""What a first institution does besides selling: keeping secrets, bringing in, disclosing, telling.

Each journey has its own people on one market; one of the browsers in each has no JavaScript.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import openpyxl
from playwright.sync_api import Locator, Page, expect

from app.accounts.types import SESSION_COOKIE, Role
from app.catalogue.types import CoOwner, Disposal
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.world import World
from tests.worlds.accounts import PASSWORD, Org

OpenPage = Callable[..., Page]
SECRET = "浆料固含量 41.7%，加料次序见附表。"
TABLE = """编号,成果名称,公开号,简介
E2E-1,垃圾渗滤液低能耗蒸发工艺,,蒸发能耗降低三成
E2E-2,污泥低温干化除臭装置,,臭气浓度下降九成
E2E-3,,,没有名称的一行
"""


def seat(open_page: OpenPage, market: LiveMarket, actor: Actor | None, **options: object) -> Page:
    """A browser of somebody's own, signed in without the form; nobody: a stranger's."""
    page = open_page("/healthz", **options)
    if actor is not None:
        token = market.run(lambda tx: World(tx).token(actor))
        page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": market.url}])
    return page


def part(page: Page, anchor: str) -> Locator:
    """A panel of a page, by the name that links point at."""
    return page.locator(f"section:has(#{anchor}), section#{anchor}").last


def press(within: Page | Locator, name: str | re.Pattern[str]) -> None:
    within.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    page.locator("#main").get_by_role("link", name=name).first.click()


def status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def reload_until(page: Page, words: str) -> None:
    """Wait without JavaScript: look again until the words are there."""
    for _ in range(100):
        if page.locator("#main").get_by_text(words).count():
            return
        page.wait_for_timeout(100)
        page.reload()
    raise AssertionError(f"never saw {words}")


def download(page: Page, link: Locator) -> bytes:
    with page.expect_download() as waiting:
        link.click()
    return Path(waiting.value.path()).read_bytes()


def test_a_secret_is_read_by_whom_it_was_shown_and_by_nobody_else(
    market: LiveMarket, open_page: OpenPage
) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, Org, Actor, list[Actor | None], str]:
        world = World(tx)
        owner = await world.organisation("保密示范大学", "university")
        guest = await world.organisation("受邀材料公司")
        agent = await world.member(guest, {Role.agent}, name="钱经办")
        record = await world.achievement(owner, title="隔膜涂覆浆料")
        other = (await world.organisation("没有受邀的公司")).head
        return owner.head, guest, agent, [None, await world.operator(), other], record.number

    keeper, guest, agent, outsiders, number = market.run(prepare)
    owner = seat(open_page, market, keeper, java_script_enabled=False)
    owner.goto(f"/achievements/{number}")
    follow(owner, "管理保密资料")
    owner.get_by_label("文字", exact=False).first.fill(SECRET)
    press(part(owner, "content"), "保存")
    owner.get_by_label("添加文件").set_input_files(
        {"name": "配方.txt", "mimeType": "text/plain", "buffer": SECRET.encode()}
    )
    press(owner, "上传")
    press(part(owner, "nda"), "确定文本")
    owner.get_by_label("邀请单位").fill(guest.name)
    owner.get_by_label("最后一天").fill((datetime.now(SHANGHAI) + timedelta(200)).strftime("%F"))
    press(part(owner, "guests"), "邀请")
    expect(part(owner, "guests")).to_contain_text(guest.name)

    reader = seat(open_page, market, agent)
    reader.goto("/desk/confidential")
    follow(reader, "隔膜涂覆浆料")
    expect(reader.locator("#main")).not_to_contain_text(SECRET)
    reader.get_by_label(re.compile("我已阅读全文")).check()
    press(reader, "同意并查阅")
    expect(reader.locator("#main")).to_contain_text(SECRET)
    file = reader.get_by_role("link", name="配方.txt")
    address = file.get_attribute("href") or ""
    assert download(reader, file).decode() == SECRET

    place = f"/achievements/{number}/confidential"
    for outsider in outsiders:
        stranger = seat(open_page, market, outsider)
        assert status(stranger, place) == 404
        assert stranger.request.get(address).status == 404
        assert SECRET not in stranger.request.get(f"/achievements/{number}").text()

    owner.reload()
    expect(part(owner, "openings")).to_contain_text("钱经办")
    expect(part(owner, "openings")).to_contain_text("配方.txt")
    press(part(owner, "guests"), "撤回邀请")
    expect(part(owner, "guests")).to_contain_text("已撤回")
    assert status(reader, place) == 404
    assert reader.request.get(address).status == 404


def test_a_file_is_brought_in_and_what_was_refused_comes_back(
    market: LiveMarket, open_page: OpenPage
) -> None:
    """Mapped with JavaScript, which follows the worker; confirmed without."""

    async def prepare(tx: Tx) -> Actor:
        world = World(tx)
        org = await world.organisation("导入示范大学", "university")
        return await world.member(org, {Role.manager})

    manager = market.run(prepare)
    page = seat(open_page, market, manager)
    page.goto("/desk/imports/new")
    page.get_by_label("要导入的文件").set_input_files(
        {"name": "成果.csv", "mimeType": "text/csv", "buffer": TABLE.encode("gb18030")}
    )
    press(page, "上传并识别列")
    expect(page.get_by_label("简介")).to_have_value("abstract", timeout=10_000)
    page.get_by_label("公开号").select_option("")
    press(page, "检查全部行")
    expect(page.get_by_text("检查结果，尚未写入")).to_be_visible(timeout=10_000)
    assert page.request.get("/search?q=污泥低温干化").text().count("E2E-2") == 0

    plain = seat(open_page, market, manager, java_script_enabled=False)
    plain.goto(page.url)
    press(plain, re.compile("确认导入 2 行"))
    reload_until(plain, "导入完成")
    expect(part(plain, "result")).to_contain_text("2")
    refused = download(plain, plain.get_by_role("link", name=re.compile("清单（CSV）")))
    rows = list(csv.reader(io.StringIO(refused.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert "没有名称的一行" in rows[1]
    plain.goto("/search?q=污泥低温干化")
    expect(plain.locator("#main")).to_contain_text("污泥低温干化除臭装置")


def test_a_disclosure_is_decided_and_becomes_a_draft(
    market: LiveMarket, open_page: OpenPage
) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, Actor]:
        world = World(tx)
        org = await world.organisation("披露示范研究院", "institute")
        return await world.inventor(org), org.head

    inventor, head = market.run(prepare)
    page = seat(open_page, market, inventor, java_script_enabled=False)
    page.goto("/desk/disclosures/new")
    page.get_by_label("不涉密，暂不宜公开").check()
    page.get_by_label("成果名称").fill("低温膜电极梯度催化层")
    page.get_by_label("成果是什么").fill("催化层沿厚度方向铂载量递减。")
    page.get_by_label("解决了什么问题").fill("零下三十度启动慢。")
    page.get_by_label("创新点").fill("梯度由喷涂次序给出。")
    page.get_by_label("课题来源").select_option("own")
    page.get_by_label("否", exact=True).check()
    first = page.get_by_role("group", name="第 1 完成人")
    first.get_by_label("本单位成员").select_option(index=1)
    first.get_by_label("贡献比例").fill("100")
    page.get_by_label("希望的处置方式").select_option("publish_and_convert")
    press(page, "保存草稿")
    press(page, "提交单位决定")
    expect(page.locator("#main")).to_contain_text("PL-")

    decider = seat(open_page, market, head)
    decider.goto("/desk/unit-disclosures")
    follow(decider, "低温膜电极梯度催化层")
    decider.get_by_role("group", name="决定").get_by_label("公开并推进转化").check()
    decider.get_by_label("理由").fill("执行本单位任务完成，认定为职务科技成果。")
    press(decider, "提交决定")
    expect(decider.locator("#main")).to_contain_text("认定为职务科技成果")

    page.reload()
    press(page, "转为成果草稿")
    expect(page.get_by_role("heading", name="低温膜电极梯度催化层")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("来自披露")


def test_an_edit_shows_in_the_comparison_of_versions(
    market: LiveMarket, open_page: OpenPage
) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, str]:
        world = World(tx)
        org = await world.organisation("版本示范大学", "university")
        record = await world.achievement(org, title="余热回收换热器", abstract="回收率 61%。")
        return org.head, record.number

    manager, number = market.run(prepare)
    page = seat(open_page, market, manager)
    page.goto(f"/desk/achievements/{number}/edit")
    page.get_by_label("公开简介").fill("回收率 74%。")
    page.get_by_role("button", name="保存").last.click()
    anybody = seat(open_page, market, None, java_script_enabled=False)
    anybody.goto(f"/achievements/{number}")
    follow(anybody, "版本记录")
    press(anybody, "比较")
    changed = part(anybody, "c-abstract")
    expect(changed.locator("del")).to_contain_text("61")
    expect(changed.locator("ins")).to_contain_text("74")


def test_a_co_owner_is_asked_and_consents(market: LiveMarket, open_page: OpenPage) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, Actor, str]:
        world = World(tx)
        org = await world.organisation("共有示范大学", "university")
        other = await world.organisation("共有示范集团")
        record = await world.achievement(
            org, title="氢气管道密封", co_owners=(CoOwner(other.name, other.id, share_bp=4000),)
        )
        offer = await world.offer(
            org, record, state="draft", disposal=Disposal.exclusive, period_years=5
        )
        return org.head, other.head, offer.number

    manager, co_owner, number = market.run(prepare)
    page = seat(open_page, market, manager)
    page.goto(f"/offers/{number}")
    press(page, "征询共有人同意")
    expect(part(page, "consents")).to_contain_text("共有示范集团")
    answering = seat(open_page, market, co_owner, java_script_enabled=False)
    answering.goto("/desk/consents")
    follow(answering, "氢气管道密封")
    expect(part(answering, "statement")).to_contain_text("同意")
    press(part(answering, "answer"), "同意")
    expect(answering.get_by_role("button", name="撤回同意")).to_be_visible()
    page.reload()
    expect(part(page, "consents")).to_contain_text("已同意")


def test_a_question_is_answered_and_lies_in_the_inbox(
    market: LiveMarket, open_page: OpenPage
) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, Actor, str]:
        world = World(tx)
        org = await world.organisation("咨询示范大学", "university")
        buyer = await world.organisation("咨询示范公司")
        record = await world.achievement(org, title="光伏板无水清洗")
        return org.head, await world.member(buyer, {Role.agent}), record.number

    manager, agent, number = market.run(prepare)
    asker = seat(open_page, market, agent, java_script_enabled=False)
    asker.goto(f"/achievements/{number}")
    follow(asker, "咨询权利单位")
    asker.get_by_label("主题").fill("能否用于沙漠电站")
    asker.get_by_label("想了解什么").fill("昼夜温差 50 ℃ 时还能用吗？")
    asker.get_by_label("在站内答复即可").check()
    press(asker, "发送咨询")
    expect(asker.locator("#main")).to_contain_text("昼夜温差")

    owner = seat(open_page, market, manager)
    owner.goto("/desk/inbox")
    reload_until(owner, "能否用于沙漠电站")
    owner.goto("/desk/inquiries")
    follow(owner, "能否用于沙漠电站")
    owner.get_by_label("内容", exact=True).fill("可以，已在敦煌运行一年。")
    press(owner, "发送")
    expect(owner.locator("#main")).to_contain_text("敦煌")

    asker.goto("/desk/inbox")
    reload_until(asker, "能否用于沙漠电站")
    press(asker, re.compile("能否用于沙漠电站"))
    expect(asker.locator("#main")).to_contain_text("已在敦煌运行一年")


def test_a_token_opens_the_api_until_it_is_taken_back(
    market: LiveMarket, open_page: OpenPage
) -> None:
    async def prepare(tx: Tx) -> Actor:
        return (await World(tx).organisation("接口示范公司")).head

    page = seat(open_page, market, market.run(prepare))
    page.goto("/desk/tokens")
    page.get_by_label("令牌名称").fill("科研管理系统")
    page.get_by_label(re.compile("accounts:read")).check()
    press(page, "创建令牌")
    secret = page.locator("#new-token").inner_text()
    page.reload()  # asks to send the form again: the same key makes no second token
    expect(page.locator("#new-token")).to_have_count(0)
    expect(page.locator("#main")).to_contain_text("科研管理系统")
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "e2e-token-1"}
    with httpx2.Client(base_url=market.url, headers=headers, trust_env=False) as program:
        me = program.get("/api/v1/me")
        assert me.json()["scopes"] == ["accounts:read"]
        assert "接口示范公司" in me.text
        refused = program.post("/api/v1/demands", json={"title": "无权"})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
        assert program.get("/desk").status_code in {302, 303, 401}, "a token opens no page"
        page.goto("/desk/tokens")
        press(page, re.compile("撤销"))
        answer = program.get("/api/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token")


def test_an_edition_is_published_seen_and_exported(market: LiveMarket, open_page: OpenPage) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, str, str]:
        world = World(tx)
        org = await world.organisation("目录示范大学", "university")
        record = await world.achievement(org, title="=黄河泥沙免烧砖", abstract="抗压 20 MPa。")
        return await world.person("发布员", platform={Role.publisher}), record.number, org.name

    publisher, number, holder = market.run(prepare)
    page = seat(open_page, market, publisher, java_script_enabled=False)
    page.goto("/desk/catalogues?market=1")
    follow(page, "编制新一期")
    page.get_by_label("名称", exact=True).fill("可转化科技成果目录（浏览器）")
    page.get_by_label(re.compile("^权利单位")).fill(holder)
    press(page, "保存并预览")
    expect(page.locator("#main")).to_contain_text(number)
    press(page, "发布第 1 期")

    stranger = seat(open_page, market, None)
    stranger.goto("/catalogues")
    follow(stranger, "可转化科技成果目录（浏览器）")
    expect(stranger.locator("#main")).to_contain_text("核对一致")
    content = download(stranger, stranger.get_by_role("link", name="下载 XLSX"))
    cells = [
        cell
        for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()
        for cell in row
    ]
    assert {number, holder} <= {cell.value for cell in cells}
    [title] = [cell for cell in cells if "黄河泥沙" in str(cell.value)]
    assert title.data_type == "s", "a name that begins with = is no formula"


def test_a_forgotten_password_is_set_anew_by_the_code_in_the_outbox(
    market: LiveMarket, open_page: OpenPage
) -> None:
    """The worker sends; the reader takes the code where a demonstration shows its mails."""

    async def prepare(tx: Tx) -> None:
        await World(tx).person("周忘记", identifier="forgetful@example.com")

    market.run(prepare)
    page = seat(open_page, market, None, java_script_enabled=False)
    page.goto("/forgot")
    page.get_by_label("邮箱或手机号码").fill("forgetful@example.com")
    press(page, "获取验证码")
    code = market.code_for("forgetful@example.com")
    outbox = seat(open_page, market, None)
    outbox.goto("/demo/outbox")
    expect(outbox.locator("#main")).to_contain_text(code)
    page.get_by_role("textbox", name="验证码").fill(code)
    page.get_by_role("textbox", name="新密码").fill(PASSWORD[::-1] + "-new-1")
    press(page, "设置新密码")
    page.goto("/login")
    page.get_by_label("邮箱或手机号码").fill("forgetful@example.com")
    page.get_by_role("textbox", name="密码").fill(PASSWORD[::-1] + "-new-1")
    page.locator("#main").get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
