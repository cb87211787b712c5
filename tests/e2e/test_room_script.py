"""The lot room's script against a server that fails on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_room import FakeRoom

OpenPage = Callable[..., Page]


@pytest.fixture
def room() -> Iterator[FakeRoom]:
    made = FakeRoom().start()
    yield made
    made.stop()


@pytest.fixture
def opened(room: FakeRoom, open_page: OpenPage) -> Page:
    """The room's page, connected."""
    page = open_page(f"{room.url}/lots/X")
    expect(page.locator("[data-conn]")).to_have_text("实时连接正常")
    return page


def test_bids_of_others_arrive(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    expect(opened.locator("[data-price]")).to_have_text("¥3,200,000")
    expect(opened.locator("[data-price-label]")).to_have_text("当前最高报价")
    expect(opened.locator("[data-leader]")).to_have_text("C01")
    expect(opened.locator("[data-next]")).to_have_text("¥3,250,000")
    expect(opened.locator("[data-amount]")).to_have_value("3250000")
    expect(opened.locator("[data-announce]")).to_have_text("最新报价 ¥3,200,000，C01")
    room.place("C02", steps=3)
    expect(opened.locator("[data-price]")).to_have_text("¥3,350,000")
    expect(opened.locator("[data-feed] li")).to_have_count(2)
    expect(opened.locator("[data-curve] circle")).to_have_count(2)
    expect(opened.locator("[data-feed] li").first).to_contain_text("C02")


def test_a_refused_bid_of_others_changes_nothing(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    room.place("C05", refused=True)
    room.place("C02")  # its number follows, so the refused one was heard
    expect(opened.locator("[data-price]")).to_have_text("¥3,250,000")
    expect(opened.locator("[data-feed] li")).to_have_count(2)
    expect(opened.locator("[data-count]")).to_have_text("2")
    expect(opened.locator("[data-curve] circle")).to_have_count(2)
    assert room.connections == 1


def test_nothing_is_missed_over_a_broken_gateway(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    expect(opened.locator("[data-feed] li")).to_have_count(1)
    room.events_status = 502
    room.break_connections()
    expect(opened.locator("[data-conn]")).to_have_text("连接中断，正在重连")
    room.place("C02")
    room.place("C04")
    room.events_status = 200
    expect(opened.locator("[data-conn]")).to_have_text("实时连接正常", timeout=15_000)
    expect(opened.locator("[data-price]")).to_have_text("¥3,300,000")
    expect(opened.locator("[data-feed] li")).to_have_count(3)


def test_a_lost_event_is_asked_for_again(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    expect(opened.locator("[data-feed] li")).to_have_count(1)
    room.place("C02", told=False)
    room.place("C04")
    expect(opened.locator("[data-feed] li")).to_have_count(3)
    expect(opened.locator("[data-count]")).to_have_text("3")


def test_a_repeated_event_is_taken_once(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    room.send(room.bid_event(room.bids[0]))
    room.place("C02")
    expect(opened.locator("[data-feed] li")).to_have_count(2)


def test_a_bid_is_sent_without_leaving_the_page(room: FakeRoom, opened: Page) -> None:
    opened.get_by_role("button", name="¥3,300,000").click()
    expect(opened.locator("[data-amount]")).to_have_value("3300000")
    opened.get_by_role("button", name="确认报价").click()
    expect(opened.locator("[data-told]")).to_contain_text("报价已接受")
    expect(opened.locator("[data-announce-now]")).to_contain_text("报价已接受")
    assert opened.url.endswith("/lots/X")
    assert len(room.bids) == 1
    expect(opened.locator("[data-room]")).to_have_class(re.compile("is-leading"))


def test_an_answer_older_than_what_was_heard_does_not_unsay_it(
    room: FakeRoom, opened: Page
) -> None:
    room.passed_by = "C01"
    opened.get_by_role("button", name="确认报价").click()
    expect(opened.locator("[data-announce-now]")).to_have_text(re.compile("."))
    expect(opened.locator("[data-feed] li")).to_have_count(2)
    expect(opened.locator("#bid [name=key]")).not_to_have_value(room.keys[0])  # a new box
    expect(opened.locator("[data-price]")).to_have_text("¥3,250,000")
    expect(opened.locator("[data-leader]")).to_have_text("C01")
    expect(opened.locator("[data-my-place]")).to_have_text("您目前不是最高报价人")
    expect(opened.locator("[data-next]")).to_have_text("¥3,300,000")
    expect(opened.locator("[data-amount]")).to_have_value("3300000")
    expect(opened.locator("[data-told] .alert")).to_have_count(0)


def test_a_refusal_stands_beside_the_field(room: FakeRoom, opened: Page) -> None:
    opened.locator("[data-amount]").fill("1")
    opened.get_by_role("button", name="确认报价").click()
    expect(opened.locator("[data-bid-result]").first).to_contain_text("报价不得低于")
    expect(opened.locator("[data-amount]")).to_have_value("1")
    expect(opened.locator("[data-amount]")).to_have_attribute("aria-invalid", "true")
    room.place("C01")  # what was typed is not replaced by the new least amount
    expect(opened.locator("[data-next]")).to_have_text("¥3,250,000")
    expect(opened.locator("[data-amount]")).to_have_value("1")
    opened.locator("[data-amount]").fill("3250000")
    opened.get_by_role("button", name="确认报价").click()
    expect(opened.locator("[data-told]")).to_contain_text("报价已接受")
    assert len(room.keys) == 2


def test_a_lost_answer_does_not_become_a_second_bid(room: FakeRoom, opened: Page) -> None:
    room.drop_answers = 2
    opened.get_by_role("button", name="确认报价").click()
    expect(opened.locator("[data-told]")).to_contain_text("报价已接受", timeout=10_000)
    assert len(room.bids) == 1
    assert len(room.keys) == 1


def test_the_end_is_shown_at_once(room: FakeRoom, opened: Page) -> None:
    room.place("C01")
    room.change("closed", "won")
    expect(opened.locator("[data-phase]")).to_have_text("竞价已结束")
    expect(opened.locator(".result")).to_contain_text("C01 竞得", timeout=10_000)
    expect(opened.get_by_role("button", name="确认报价")).to_have_count(0)


def test_the_countdown_follows_the_server_not_the_reader(
    room: FakeRoom, open_page: OpenPage
) -> None:
    page = open_page(f"{room.url}/help")
    page.clock.install(time="2020-01-01T00:00:00Z")  # a reader's clock six years late
    page.goto(f"{room.url}/lots/X")
    page.clock.run_for(1500)
    shown = page.locator("[data-countdown]").text_content() or ""
    assert re.fullmatch(r"00:0[45]:\d\d", shown), shown


def test_the_room_is_accessible(
    room: FakeRoom, open_page: OpenPage, inspect_page: Callable[[Page], None]
) -> None:
    room.place("C01")
    page = open_page(f"{room.url}/lots/X")
    inspect_page(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    inspect_page(page)


def test_bidding_without_script(room: FakeRoom, open_page: OpenPage) -> None:
    page = open_page(f"{room.url}/lots/X", java_script_enabled=False)
    expect(page.locator("svg.chart-bid-curve")).to_be_visible()
    expect(page.get_by_role("button", name="+1 档")).to_be_hidden()
    page.get_by_label("我的报价（元）").fill("3200000")
    page.get_by_role("button", name="确认报价").click()
    expect(page.locator("[data-told]")).to_contain_text("报价已接受")
    expect(page.locator("[data-price]")).to_have_text("¥3,200,000")


def test_twenty_fast_bids_are_read_aloud_at_most_twice(room: FakeRoom, open_page: OpenPage) -> None:
    page = open_page(f"{room.url}/help")
    page.clock.install()
    page.goto(f"{room.url}/lots/X")
    expect(page.locator("[data-conn]")).to_have_text("实时连接正常")
    page.evaluate(
        """() => {
            window.heard = [];
            const regions = document.querySelectorAll('[data-announce], [data-announce-now]');
            for (const region of regions) {
                new MutationObserver(() => window.heard.push(region.textContent))
                    .observe(region, {childList: true, characterData: true, subtree: true});
            }
        }"""
    )
    for number in range(1, 21):
        room.place(f"C{number % 7 + 10}")
        expect(page.locator("[data-count]")).to_have_text(str(number))
        page.clock.run_for(100)
    page.clock.run_for(6000)
    heard = page.evaluate("window.heard")
    assert heard == ["最新报价 ¥3,200,000，C11", "最新报价 ¥4,150,000，C16"]


def test_being_passed_is_said_once_and_not_while_the_own_maximum_answers(
    room: FakeRoom, open_page: OpenPage
) -> None:
    room.place("C03")  # one's own
    page = open_page(f"{room.url}/help")
    page.clock.install()
    page.goto(f"{room.url}/lots/X")
    expect(page.locator("[data-room]")).to_have_class(re.compile("is-leading"))
    room.place("C01")
    room.place("C03")  # one's maximum answers at once
    expect(page.locator("[data-count]")).to_have_text("3")
    page.clock.run_for(1000)
    expect(page.locator("[data-announce-now]")).to_be_empty()
    room.place("C01")
    expect(page.locator("[data-room]")).to_have_class(re.compile("is-behind"))
    page.clock.run_for(1000)
    expect(page.locator("[data-announce-now]")).to_contain_text("您的报价已被超过")


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_reader_whose_clock_is_an_hour_wrong_is_told_and_sees_the_right_time(
    room: FakeRoom, open_page: OpenPage, hours: int
) -> None:
    page = open_page(f"{room.url}/help")
    now = datetime.now(UTC)
    page.clock.install(time=now + timedelta(hours=hours))
    page.goto(f"{room.url}/lots/X")
    page.clock.run_for(1500)
    left = (room.ends_at - datetime.now(UTC)).total_seconds()
    shown = page.locator("[data-countdown]").text_content() or ""
    minutes, seconds = int(shown[3:5]), int(shown[6:])
    assert shown.startswith("00:")
    assert abs(minutes * 60 + seconds - left) < 10
    said = f"您的设备{'快' if hours > 0 else '慢'} 60 分钟"
    expect(page.locator("[data-clock-offset]")).to_have_text(said)
    room.place("C01")  # extends: the end comes from the server, too
    expect(page.locator("[data-price]")).to_have_text("¥3,200,000")
    assert (page.locator("[data-countdown]").text_content() or "").startswith("00:0")


def test_what_is_being_typed_outlives_the_end_of_a_phase(room: FakeRoom, opened: Page) -> None:
    field = opened.locator("[data-amount]")
    field.fill("4200000")
    opened.locator("summary", has_text="自动出价").click()
    opened.get_by_label("最高限价（元）").fill("5000000")
    field.focus()
    before = opened.locator("#bid [name=key]").input_value()
    room.change("free")
    expect(opened.locator("[data-phase]")).to_have_text("自由报价期，距结束")
    expect(opened.locator("#bid [name=key]")).not_to_have_value(before)  # the box is a new one
    expect(opened.locator("[data-amount]")).to_have_value("4200000")
    expect(opened.locator("[data-amount]")).to_be_focused()
    expect(opened.get_by_label("最高限价（元）")).to_have_value("5000000")
    room.place("C01")
    expect(opened.locator("[data-price]")).to_have_text("¥3,200,000")
    expect(opened.locator("[data-amount]")).to_have_value("4200000")


def test_a_bid_that_nobody_answers_may_be_sent_again(room: FakeRoom, open_page: OpenPage) -> None:
    page = open_page(f"{room.url}/help")
    page.clock.install()
    page.goto(f"{room.url}/lots/X")
    expect(page.locator("[data-conn]")).to_have_text("实时连接正常")
    page.route("**/bids", lambda route: route.abort())
    page.get_by_role("button", name="确认报价").click()
    expect(page.locator("[data-announce-now]")).to_contain_text("正在确认是否送达")
    page.clock.run_for(60_000)
    unanswered = page.locator("[data-bid-result] .wrong").first
    for _ in range(40):  # each try waits for the network, then for the clock
        if unanswered.count():
            break
        page.clock.run_for(20_000)
    expect(unanswered).to_contain_text("同一次报价不会重复计算")
    key = page.locator("#bid [name=key]").input_value()
    page.unroute("**/bids")
    page.get_by_role("button", name="确认报价").click()
    expect(page.locator("[data-told]")).to_contain_text("报价已接受")
    assert room.keys == [key]
