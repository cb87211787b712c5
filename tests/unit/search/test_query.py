"""Any text whatever is a query."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import LONGEST, MOST_TERMS, make_plan, suggestion_query


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("污水", "('污水'|'废水')"),
        ("高炉 渣", "('高炉'&'渣':*)"),
        ("高炉的料面", "('高炉'&'料面')"),
        ("钙钛矿", "('钙钛矿'|('钙钛'&'钛矿'))"),
        ("高炉炼铁", "('高炉炼铁'|('高炉'&'炼铁'))"),
        ("垃圾渗滤液", "('垃圾渗滤液'|('垃圾'&'渗滤液')|('垃圾'&'圾渗'&'渗滤'&'滤液'))"),
        ("锟铻", "'锟铻'"),
        ("氮", "'氮':*"),
        ("锂、铝", "('锂':*&'铝':*)"),
        ("3.5mm钢板", "(('3.5mm':*|'35mm':*)&'钢板')"),
        ("CN202644312U", "('cn202644312u':*|'202644312u':*)"),
    ],
)
def test_words_are_joined_by_and_with_their_ways_of_writing(text: str, strict: str) -> None:
    assert make_plan(text).strict() == strict


@pytest.mark.parametrize(
    ("text", "strict", "all_terms"),
    [
        ("高炉 装置", "'高炉'", ["高炉", "装置"]),
        ("除尘设备", "('除尘'|'收尘')", ["除尘", "设备"]),
        ("装置", "'装置'", ["装置"]),
        ("制备方法", "('制备'&'方法')", ["制备", "方法"]),
    ],
)
def test_a_word_for_a_kind_of_thing_is_required_only_alone(
    text: str, strict: str, all_terms: list[str]
) -> None:
    plan = make_plan(text)
    assert plan.strict() == strict
    assert [term.text for term in plan.terms] == all_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("请问怎样处理高炉渣？", ["处理", "高炉渣"]),
        ("我们想找能检测轴承的设备", ["检测", "轴承", "设备"]),
        ("怎么办", ["怎么办"]),
        ("如何", ["如何"]),
    ],
)
def test_words_of_asking_are_left_out_of_a_question(text: str, terms: list[str]) -> None:
    assert [term.text for term in make_plan(text).terms] == terms


@pytest.mark.parametrize("text", ["鋰電池隔膜", "锂电池 隔膜", "锂电池　隔膜", "的锂电池的隔膜"])
def test_spelling_does_not_matter(text: str) -> None:
    assert make_plan(text).strict() == make_plan("锂电池隔膜").strict()


@pytest.mark.parametrize("text", ["CG-2026-000001", "cg 2026 000001", "ＣＧ２０２６０００００１"])
def test_a_number_is_one_term_however_it_is_spaced(text: str) -> None:
    plan = make_plan(text)
    assert len(plan.terms) == 1
    assert "'cg2026000001':*" in plan.strict()


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u3000"])
def test_nothing_asked(text: str) -> None:
    plan = make_plan(text)
    assert plan.blank
    assert plan.terms == ()


@pytest.mark.parametrize("text", ["😀", "&|!()<->:*", "的", "一种", "\ud800", "\0", "--", "'"])
def test_nothing_that_can_be_searched(text: str) -> None:
    plan = make_plan(text)
    assert not plan.blank
    assert plan.terms == ()


def test_operators_are_only_characters() -> None:
    plan = make_plan("'; DROP TABLE search_document; -- a:* & !b")
    assert not re.search(r"[!;\\-]", plan.strict())


def test_a_very_long_text_counts_by_its_beginning() -> None:
    plan = make_plan("锂电池隔膜 " * 20_000)
    assert plan.cut
    assert [term.text for term in plan.terms] == ["锂电池", "隔膜"]


def test_there_is_a_limit_to_terms() -> None:
    plan = make_plan(" ".join(f"word{at}" for at in range(100)))
    assert len(plan.terms) == MOST_TERMS
    assert plan.cut


def test_leaving_out_terms_tries_each_of_them() -> None:
    plan = make_plan("高炉 料面 雷达")
    assert plan.all_but(1) == "(('高炉'&'料面')|('高炉'&'雷达')|('料面'&'雷达'))"
    assert plan.all_but(2) == "('高炉'|'料面'|'雷达')"
    assert plan.all_but(3) == ""


def test_the_last_word_may_be_unfinished_in_a_suggestion() -> None:
    assert suggestion_query(make_plan("高炉 雷")) == "('高炉'&'^雷':*)"


def test_a_small_word_of_a_long_question_is_not_marked_alone() -> None:
    marks = make_plan("怎样让电池不起火").marks()
    assert {"电池", "起火"} <= set(marks)
    assert not {"怎样", "不"} & set(marks)
    assert make_plan("火").marks() == ("火",)  # unless it is all that was typed


@given(st.text(st.characters(), max_size=LONGEST + 50))
def test_any_text_makes_a_plan(text: str) -> None:
    plan = make_plan(text)
    plan.strict().encode()
    assert bool(plan.terms) == bool(plan.strict()) == bool(plan.loose()) == bool(plan.near())
    assert len(plan.terms) <= MOST_TERMS
    assert all(plan.marks())
    if plan.terms:
        assert suggestion_query(plan)
