"""Values as they are shown."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.i18n import translate
from app.core.money import Money
from frontend import show

INSTANT = datetime(2026, 11, 22, 16, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "shown"),
    [(0, "¥0.00"), (1, "¥0.01"), (123_456_789, "¥1,234,567.89"), (-5, "−¥0.05")],
)
def test_yuan(minor: int, shown: str) -> None:
    assert show.yuan(minor) == shown
    assert show.yuan(Money(minor)) == shown


def test_yuan_short_and_typed() -> None:
    assert show.yuan_short(386_000_000) == "¥3,860,000"
    assert show.yuan_short(386_000_050) == "¥3,860,000.50"
    assert show.yuan_typed(386_000_050) == "3860000.50"
    assert show.yuan_typed(None) == ""


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (980_000, "9,800 元"),
        (999_999, "9,999.99 元"),
        (1_000_000, "1 万元"),
        (386_500_000, "386.5 万元"),
        (386_567_891, "386.57 万元"),
        (12_000_000_000, "1.2 亿元"),
        (-386_500_000, "-386.5 万元"),
    ],
)
def test_wan(minor: int, shown: str) -> None:
    assert show.wan("zh-CN", minor) == shown


def test_wan_in_english() -> None:
    assert show.wan("en", 48_632_000_000) == "¥486.32 million"
    assert show.wan("en", 980_050) == "¥9,800.5"


def test_instants_are_shown_in_beijing_time() -> None:
    assert show.datetime_cn(INSTANT) == "2026-11-23 00:05"
    assert show.datetime_seconds(INSTANT) == "2026-11-23 00:05:09"
    assert show.clock_cn(INSTANT) == "00:05:09"
    assert show.date_cn("zh-CN", INSTANT) == "2026年11月23日"
    assert show.date_cn("en", date(2026, 1, 2)) == "2026-01-02"
    assert show.datetime_local(INSTANT) == "2026-11-23T00:05"
    assert show.iso(INSTANT) == "2026-11-23T00:05:09.000+08:00"


def test_what_is_missing_is_a_dash() -> None:
    assert {show.yuan(None), show.wan("en", None), show.datetime_cn(None), show.number(None)} == {
        "—"
    }


def test_capped_counts_say_so() -> None:
    assert show.count("zh-CN", 9_999, 10_000) == "9,999"
    assert show.count("zh-CN", 10_000, 10_000) == "1万+"
    assert show.count("en", 10_000, 10_000) == "10,000+"
    assert show.count("zh-CN", 12_345) == "12,345"


def test_percent() -> None:
    assert [show.percent_bp(v) for v in (0, 1250, 1255, 10_000)] == [
        "0%",
        "12.5%",
        "12.55%",
        "100%",
    ]


def test_states_speak_chinese() -> None:
    assert show.state_label("limited") == "限时报价中"
    assert show.state_tone("limited") == "live"
    assert show.state_label("strange") == "strange"
    assert show.state_tone("strange") == "calm"


def test_an_end_at_midnight_is_read_as_its_last_day() -> None:
    midnight = datetime(2026, 12, 22, 16, tzinfo=UTC)  # 00:00 of the 23rd in Beijing
    assert show.last_day(midnight) == date(2026, 12, 22)
    assert show.last_day(midnight + timedelta(seconds=1)) is None
    assert show.last_day(None) is None


def test_marks_of_sources_are_written_out() -> None:
    assert (
        show.cited("加价幅度：P-惠、P-动；自定")
        == "加价幅度：惠州大亚湾竞价须知、动态报价实施办法；自定"
    )


def test_a_state_has_the_tone_of_its_label_too() -> None:
    assert show.state_tone("供给中") == show.state_tone("offered") == "good"
    assert show.state_tone("没有这种状态") == "calm"


@pytest.mark.parametrize("kind", show.KINDS)
def test_one_thing_is_named_as_one(kind: str) -> None:
    label = show.kind_label(kind)
    assert show.kind_one("zh-CN", kind) == show.kind_one("zh-CN", label) == label
    single = show.kind_one("en", kind)
    assert f"{single}s" == translate("en", label)
    assert show.kind_one("en", label) == single
