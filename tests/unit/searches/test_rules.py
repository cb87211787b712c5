"""Saved searches: names, when two questions are one, when to count and to tell."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import Invalid
from app.searches import rules
from app.searches.errors import TooManySearches
from app.searches.types import MAX_NAME, MAX_TEXT, MAX_VALUE, MAX_VALUES

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)  # in Beijing
KINDS = ["achievement", "offer"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("隔膜", "隔膜"),
        ("  隔膜 \t\n 陶瓷  ", "隔膜 陶瓷"),
        ("名" * MAX_NAME, "名" * MAX_NAME),
        ("名" * (MAX_NAME + 1), None),
        ("名" * 10_000, None),
        ("", None),
        (" \n ", None),
        ("\u200b\u200b", None),  # nothing to be seen
        ("名\0", None),
        ("名\x1b[31m", None),
        ("名\ud800", None),
    ],
)
def test_a_name_is_one_line_that_can_be_seen(raw: str, name: str | None) -> None:
    with pytest.raises(Invalid) if name is None else nullcontext() as refused:
        assert rules.parse_name(raw) == name
    if refused is not None:
        assert [error.field for error in refused.value.errors] == ["name"]


@pytest.mark.parametrize(
    ("text", "filters", "sentence"),
    [
        ("隔膜", {}, ""),
        ("", {"kind": ["offer"]}, ""),
        ("", {}, "请先输入检索词"),
        ("字" * MAX_TEXT, {"field": ["值" * MAX_VALUE] * MAX_VALUES}, ""),
        ("字" * (MAX_TEXT + 1), {}, "最多填写 300 个字"),
        ("隔\0膜", {}, "无法显示"),
        ("隔膜", {"field": ["新\x07材料"]}, "无法显示"),
        ("隔膜", {"field": ["值" * (MAX_VALUE + 1)]}, "最多 200 个字"),
        ("隔膜", {"field": ["值"] * (MAX_VALUES + 1)}, "最多选择 20 项"),
        ("隔膜", {"kind": ["offer", "none"]}, "类别不存在"),
    ],
)
def test_a_question_asks_something_that_can_be_kept(
    text: str, filters: dict[str, list[str]], sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence) if sentence else nullcontext() as refused:
        rules.check_question(text, filters, filters.get("kind", []), KINDS)
    if refused is not None:
        assert {error.field for error in refused.value.errors} == {"question"}


def test_all_faults_of_a_question_are_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_question("字" * 301, {"kind": ["none"]}, ["none"], KINDS)
    assert len(refused.value.errors) == 2


def test_the_refusal_names_the_limit() -> None:
    rules.check_count(49)
    with pytest.raises(TooManySearches, match="最多保存 50 条"):
        rules.check_count(50)


def asked(
    text: str = "隔膜", sort: str = "relevance", words_only: bool = False, **filters: list[str]
) -> str:
    return rules.compute_hash(text, filters, sort, words_only=words_only)


def test_order_and_blanks_make_no_other_question() -> None:
    assert asked(" 锂电池   隔膜 ") == asked("锂电池 隔膜")
    assert asked(region=["北京", "浙江"], field=["新材料"]) == asked(
        field=["新材料"], region=["浙江", "北京", "浙江"]
    )
    assert asked(region=[]) == asked()


def test_whatever_changes_the_answer_makes_another_question() -> None:
    questions = [
        asked(),
        asked("电池"),
        asked(sort="newest"),
        asked(words_only=True),
        asked(region=["北京"]),
        asked(region=["北京", "浙江"]),
        asked(field=["北京"]),
        asked('隔膜", {"region": ["北京"]}, "relevance'),
    ]
    assert len(set(questions)) == len(questions)


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (None, True),
        (timedelta(0), False),
        (rules.FRESH - timedelta(microseconds=1), False),
        (rules.FRESH, True),
        (-timedelta(seconds=1), False),  # counted while the page was on its way
    ],
)
def test_a_count_is_due_after_ten_minutes(age: timedelta | None, due: bool) -> None:
    assert rules.is_due(None if age is None else NOON - age, NOON) is due


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 5, 1, 22, 59, 59, tzinfo=UTC), 1),  # 06:59:59 in Beijing on the 2nd
        (datetime(2026, 5, 1, 23, 0, tzinfo=UTC), 2),  # 07:00 itself
        (NOON, 1),
    ],
)
def test_news_are_due_at_the_next_seven_in_the_morning(now: datetime, day: int) -> None:
    assert rules.compute_news_due(now) == datetime(2026, 5, day, 23, tzinfo=UTC)
