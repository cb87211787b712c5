"""People and organisations in a real browser: from the sign-up to a colleague's first visit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.accounts.service import submit_verification
from app.accounts.types import SESSION_COOKIE, Role
from app.core.actor import Actor
from app.core.tx import Tx
from tests.e2e.serving import LiveMarket
from tests.world import World
from tests.worlds.accounts import PASSWORD, credit_code

OpenPage = Callable[..., Page]
Inspect = Callable[[Page], None]


def enter(page: Page, market: LiveMarket, actor: Actor) -> None:
    """Sign the browser in without the form."""
    token = market.run(lambda tx: World(tx).token(actor))
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": market.url}])


def inspect_everywhere(page: Page, inspect_page: Inspect) -> None:
    """Light, dark, and on a phone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    inspect_page(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_newcomer_founds_an_organisation_and_a_colleague_joins(
    market: LiveMarket, open_page: OpenPage, script: bool
) -> None:
    number = "13911110001" if script else "13911110002"
    name = f"浏览器{'一' if script else '二'}号研究院"
    page = open_page("/signup", java_script_enabled=script)
    page.get_by_label("姓名").fill("孙创办")
    page.get_by_label("邮箱或手机号码").fill(number)
    page.get_by_label("密码").fill("short")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("alert")).to_contain_text("密码至少 8 个字符")
    expect(page.get_by_label("姓名")).to_have_value("孙创办")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_role("textbox", name="验证码").fill("12")
    page.get_by_role("button", name="完成注册").click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    page.get_by_role("textbox", name="验证码").fill(market.code_for(number))
    page.get_by_role("button", name="完成注册").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()

    page.goto("/desk/organisation")
    page.get_by_label("单位全称").fill(name)
    page.get_by_label("单位类型").select_option(label="科研院所")
    page.get_by_label("统一社会信用代码", exact=True).fill(credit_code().lower())
    page.get_by_label("所在地区").select_option("四川省")
    page.get_by_role("button", name="创建单位").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_label("经办人").last.check()
    page.get_by_label("备注").fill("小吴")
    page.get_by_role("button", name="生成邀请码").click()
    code = page.get_by_role("region", name="邀请同事").locator("code").inner_text()
    page.get_by_role("button", name="申请认证").click()
    expect(page.get_by_text("认证申请正在审核")).to_be_visible()

    colleague = market.run(lambda tx: World(tx).person("吴同事"))
    page.context.clear_cookies()
    enter(page, market, colleague)
    page.goto("/desk/organisation")
    page.get_by_role("textbox", name="邀请码").fill(code.replace("-", " ").lower())
    page.get_by_role("button", name="加入单位").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("row", name="吴同事")).to_contain_text("经办人")


def test_pages_of_accounts_are_accessible_and_fit(
    market: LiveMarket, open_page: OpenPage, inspect_page: Inspect
) -> None:
    async def prepare(tx: Tx) -> tuple[Actor, Actor, Actor, str]:
        world = World(tx)
        org = await world.organisation("名称很长的省级科学技术成果转移转化示范研究院", "institute")
        await world.member(org, {Role.inventor, Role.agent}, name="成员甲")
        waiting = await world.organisation("等待认证的单位", verified=False)
        await tx.run(submit_verification, actor=waiting.head, organisation_id=waiting.id)
        administrator = await world.person("管理员", platform={Role.administrator})
        return org.head, await world.operator(), administrator, f"/organisations/{org.id}"

    head, operator, administrator, public = market.run(prepare)
    page = open_page("/signup")
    page.get_by_role("button", name="获取验证码").click()
    inspect_everywhere(page, inspect_page)
    for path in ("/organisations", public, "/forgot", "/privacy", "/signup/code"):
        page.goto(path)
        inspect_everywhere(page, inspect_page)
    for actor, paths in (
        (head, ("/desk/organisation", "/act-for", "/desk/account", "/desk/account/delete")),
        (operator, ("/review/organisations",)),
        (administrator, ("/desk/roles",)),
    ):
        page.context.clear_cookies()
        enter(page, market, actor)
        for path in paths:
            page.goto(path)
            for summary in page.locator("#main details > summary").all():
                summary.click()
            inspect_everywhere(page, inspect_page)
