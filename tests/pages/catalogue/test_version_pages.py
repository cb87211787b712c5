"""Pages of versions and of what changed between two, without JavaScript."""

from __future__ import annotations

import httpx2

from tests.world import World


async def test_what_changed_is_marked_by_more_than_colour(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("东海大学")
    record = await world.edited_achievement(org)
    place = f"/achievements/{record.number}"
    browser = await world.logged_in_client(client, world.stranger)
    assert f'href="{place}/versions"' in (await browser.get(place)).text
    shown = (await browser.get(f"{place}/versions")).text
    assert "第 4 版" in shown
    assert "第 1 版" not in shown
    changes = (await browser.get(f"{place}/versions/compare?old=3&new=4")).text
    assert (
        '<del><span class="vh">［删除］</span>双面<span class="vh">［删除完］</span></del>'
        in changes
    )
    assert '<ins><span class="vh">［新增］</span>单面' in changes
    assert "钱一" not in changes
    assert 'data-mark="removed"' in changes
    whole = (await browser.get(f"{place}/versions/3")).text
    assert "双面涂覆" in whole
    assert "<del>" not in whole
    assert (await browser.get(f"{place}/versions/1")).status_code == 404
    assert (await browser.get(f"{place}/versions/{2**70}")).status_code == 404


async def test_a_manager_hides_a_version_and_erases_a_name(
    client: httpx2.AsyncClient, world: World
) -> None:
    org = await world.organisation("东海大学")
    record = await world.edited_achievement(org)
    desk = f"/desk/achievements/{record.number}"
    browser = await world.logged_in_client(client, org.head)
    page = (await browser.get(f"/achievements/{record.number}/versions")).text
    assert "钱一" in page
    refused = await browser.post(f"{desk}/versions/3/hide", data={"reason": " "})
    assert refused.status_code == 422
    assert "请写明隐藏的原因" in refused.text
    hidden = await browser.post(f"{desk}/versions/3/hide", data={"reason": "误公开"})
    assert hidden.status_code == 303
    name_id = page.partition("/names/")[2].partition("/erase")[0]
    erased = await browser.post(f"{desk}/names/{name_id}/erase")
    assert erased.status_code == 303
    page = (await browser.get(f"/achievements/{record.number}/versions")).text
    assert "已隐藏：误公开" in page
    assert "钱一" not in page
