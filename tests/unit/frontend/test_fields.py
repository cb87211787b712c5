"""Parsers at their edges: what input methods type, and what must not be guessed."""

from datetime import UTC, date, datetime

import pytest

from app.core.money import MAX_MINOR, Money
from frontend.forms import fields
from frontend.forms.fields import Refused


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1000", 100_000),
        ("¥1,000.5", 100_050),
        ("￥１，０００．５０", 100_050),
        ("１２３", 12_300),
        ("0", 0),
        ("0.01", 1),
        (" 12 000 ", 1_200_000),
        ("12.5万", 12_500_000),
        ("12.5 万元", 12_500_000),
        ("0.0001万", 100),
        ("1,234,567.89元", 123_456_789),
        ("+5", 500),
        ("5.", 500),
        ("CNY 88", 8_800),
        (str(MAX_MINOR // 100), MAX_MINOR),
    ],
)
def test_money_is_read(typed: str, minor: int) -> None:
    assert fields.money_yuan()(typed) == Money(minor)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-5", "负数"),
        ("−5", "负数"),
        ("－５", "负数"),
        ("1e30", "科学计数法"),
        ("1E3", "科学计数法"),
        ("1.005", "两位小数"),
        ("0.0000001万", "两位小数"),
        ("1,0000", "千分位"),
        ("10,00", "千分位"),
        (",100", "千分位"),
        ("1.2.3", "小数点"),
        ("NaN", "数字金额"),
        ("inf", "数字金额"),
        ("十万", "数字金额"),
        ("面议", "数字金额"),
        ("", "数字金额"),
        ("¥", "数字金额"),
        ("1+1", "数字金额"),
        ("①", "数字金额"),
        ("١٢٣", "数字金额"),
        (str(2**63), "不能超过"),
        ("9" * 5000, "不能超过"),
        (str(MAX_MINOR // 100 + 1), "不能超过"),
    ],
)
def test_money_says_what_is_wrong(typed: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        fields.money_yuan()(typed)


def test_money_keeps_its_bounds() -> None:
    parse = fields.money_yuan(minimum=Money(100), maximum=Money(200))
    assert parse("1") == Money(100)
    assert parse("2") == Money(200)
    with pytest.raises(Refused, match=r"不能低于 ¥1\.00"):
        parse("0.99")
    with pytest.raises(Refused, match=r"不能超过 ¥2\.00"):
        parse("2.01")


def test_text_is_trimmed_and_measured() -> None:
    assert fields.text()("  锂电池\r\n隔膜 ") == "锂电池 隔膜"
    assert fields.text(lines=True)("一\r\n二\r三") == "一\n二\n三"
    assert fields.text(maximum=3)("😀😀😀") == "😀😀😀"
    with pytest.raises(Refused, match="最多填写 3 个字，现在是 4 个字"):
        fields.text(maximum=3)("一二三四")
    with pytest.raises(Refused, match="至少填写 5 个字"):
        fields.text(minimum=5)("一二三四 ")


@pytest.mark.parametrize("typed", ["a\0b", "\x1b[31m", "\ud800"])
def test_text_refuses_what_no_database_stores(typed: str) -> None:
    with pytest.raises(Refused, match="无法显示"):
        fields.text()(typed)


@pytest.mark.parametrize(
    ("typed", "value"), [("7", 7), ("１２", 12), ("1,000", 1000), ("-3", -3), ("−3", -3)]
)
def test_integers_are_read(typed: str, value: int) -> None:
    assert fields.integer(minimum=-10)(typed) == value


@pytest.mark.parametrize("typed", ["", "1.5", "1e3", "x", "²", str(2**63), "9" * 60])
def test_integers_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        fields.integer()(typed)


def test_percent() -> None:
    assert fields.percent_bp()("12.5%") == 1250
    assert fields.percent_bp()("１２．５％") == 1250
    for typed in ("12.345", "101", "-1", ""):
        with pytest.raises(Refused):
            fields.percent_bp()(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-22",
        "2026/11/22",
        "2026.11.22",
        "2026年11月22日",
        "２０２６－１１－２２",
        " 2026-11-22 ",
    ],
)
def test_days_are_read(typed: str) -> None:
    assert fields.day()(typed) == date(2026, 11, 22)


@pytest.mark.parametrize("typed", ["", "2026-02-29", "2026-13-01", "22-11-2026", "0206-01-01"])
def test_days_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        fields.day()(typed)


def test_days_keep_their_bounds() -> None:
    parse = fields.day(minimum=date(2026, 1, 1), maximum=date(2026, 12, 31))
    assert parse("2026-01-01") == date(2026, 1, 1)
    with pytest.raises(Refused, match="不能早于 2026-01-01"):
        parse("2025-12-31")
    with pytest.raises(Refused, match="不能晚于 2026-12-31"):
        parse("2027-01-01")


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-22T18:30",
        "2026-11-22 18:30:00",
        "2026年11月22日 18时30分",
        "２０２６－１１－２２　１８：３０",
        "2026-11-22T18:30:00.000",
    ],
)
def test_moments_are_beijing_time(typed: str) -> None:
    assert fields.instant()(typed) == datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["", "2026-11-22", "18:30", "2026-11-22 24:01", "2026-11-22 8:75"]
)
def test_moments_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        fields.instant()(typed)


def test_choice() -> None:
    assert fields.choice(["a", "b"])("b") == "b"
    with pytest.raises(Refused):
        fields.choice(["a", "b"])("c")


def test_email_and_mobile() -> None:
    assert fields.email()("Li.Wei＠Example.COM") == "Li.Wei@example.com"
    assert fields.mobile()("+86 138-0013-8000") == "13800138000"
    assert fields.mobile()("１３８００１３８０００") == "13800138000"
    for typed in ("a@b", "a b@c.cn", "a@b..cn", "@x.cn", "a@x.cn\nb@x.cn", "x" * 300 + "@a.cn"):
        with pytest.raises(Refused):
            fields.email()(typed)
    for typed in ("1380013800", "23800138000", "138001380000"):
        with pytest.raises(Refused):
            fields.mobile()(typed)


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "//evil.cn", "http://", "http://a b", 'http://a"b', "http://[::1"],
)
def test_urls_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        fields.url()(typed)


def test_urls_are_read() -> None:
    assert fields.url()(" https://例子.cn/路径?q=1 ") == "https://例子.cn/路径?q=1"
