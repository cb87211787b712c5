"""Which text stands for a document, and how its lines become one direction."""

import math
from collections.abc import Sequence

import pytest

from search.embedding import (
    SUMMARY,
    encode_meanings,
    floor_of,
    meaning_text,
    question_text,
    text_hash,
)
from search.types import Vector


class _Letters:
    """East for a text with an a, north for one with a b, both for both, west for none."""

    name, dimensions = "letters", 2

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        found = [("a" in text, "b" in text) for text in texts]
        return [
            (math.sqrt(0.5), math.sqrt(0.5))
            if all(has)
            else (float(has[0]) or float(has[1]) - 1.0, float(has[1]))
            for has in found
        ]

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        return self.encode(texts)


def test_the_title_is_one_line_and_all_else_another() -> None:
    assert (
        meaning_text("一种鋰電池", "电池 隔膜", "本发明\n公开")
        == "一种锂电池\n电池 隔膜 本发明 公开"
    )


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [(("题", "", ""), "题"), (("", "", "文"), "文"), (("", "", ""), ""), (("题", " ", "\n"), "题")],
)
def test_what_is_empty_makes_no_line(texts: tuple[str, str, str], meaning: str) -> None:
    assert meaning_text(*texts) == meaning


def test_only_the_beginning_of_a_summary_counts() -> None:
    assert meaning_text("题", "", "文" * 5_000) == "题\n" + "文" * SUMMARY


def test_a_document_lies_between_its_lines() -> None:
    between, alone = encode_meanings(_Letters(), ["a\nb", "b"])
    assert between == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))
    assert alone == (0.0, 1.0)


def test_each_document_has_its_own_lines() -> None:
    vectors = encode_meanings(_Letters(), ["a", "a\nb", "b\nb"])
    assert vectors == [(1.0, 0.0), pytest.approx((0.7071, 0.7071), abs=1e-4), (0.0, 1.0)]
    assert all(math.hypot(*vector) == pytest.approx(1) for vector in vectors)


def test_lines_that_cancel_out_leave_the_title() -> None:
    assert encode_meanings(_Letters(), ["a\n-"]) == [(1.0, 0.0)]


def test_no_document_needs_no_vector() -> None:
    assert encode_meanings(_Letters(), []) == []


def test_a_question_is_written_as_titles_are() -> None:
    assert question_text(" 怎樣讓\n電池  充電 ") == "怎样让 电池 充电"


def test_an_unknown_model_has_a_floor_too() -> None:
    assert 0 < floor_of("https://models.example/v1") < 1
    assert floor_of("use-m3-0.2.1") == 0.30


def test_equal_texts_have_one_hash() -> None:
    assert text_hash("锂电池") == text_hash("锂电池") != text_hash("钠电池")
    assert len(text_hash("")) == 16
