"""The mix is what it says, and a run finds out where it is not."""

from pathlib import Path

import pytest

from bench.mixing import (
    SHARES,
    Group,
    Question,
    WrongMix,
    check_words,
    mix,
    read_questions,
)
from search.documents import Facet
from search.query import make_plan

RARE = Question(Group.rare, "砧木 苗木")
COMMON = Question(Group.common, "方法")
FILTERED = Question(Group.filtered, "", ((Facet.kind, "offer"), (Facet.trl, "7-9")))


def test_the_file_has_its_shares_and_no_question_twice() -> None:
    questions = read_questions()
    assert len(questions) >= 60
    assert len(set(questions)) == len(questions)
    for group, share in SHARES.items():
        assert sum(one.group is group for one in questions) == pytest.approx(share * len(questions))


def test_every_question_asks_what_it_seems_to() -> None:
    for one in read_questions():
        words = [term.text for term in make_plan(one.text).terms]
        assert words == one.text.split()
        assert {facet.value for facet in one.request().filters} == {f for f, _ in one.filters}


def test_half_of_the_filtered_ones_have_a_word() -> None:
    filtered = [one for one in read_questions() if one.group is Group.filtered]
    assert sum(bool(one.text) for one in filtered) * 2 == len(filtered)


def test_a_file_with_other_shares_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queries.tsv"
    path.write_text("# all alike\nrare\t砧木 苗木\ncommon\t方法\n", "utf-8")
    with pytest.raises(WrongMix, match="0 of 2 questions are middling, not 30%"):
        read_questions(path)


@pytest.mark.parametrize("line", ["seldom\t砧木", "filtered\t\tcolour=red;kind=offer"])
def test_unknown_groups_and_facets_are_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "queries.tsv"
    path.write_text(line, "utf-8")
    with pytest.raises(ValueError, match="is not a valid"):
        read_questions(path)


def test_a_mix_takes_each_question_as_often_and_is_the_same_every_time() -> None:
    questions = read_questions()
    mixed = mix(questions, 3 * len(questions))
    assert {mixed.count(one) for one in questions} == {3}
    assert mixed == mix(questions, 3 * len(questions))
    assert mixed != mix(questions, 3 * len(questions), seed=2)
    assert mix(questions, 7) == mixed[:7]


def test_a_fitting_mix_has_nothing_wrong() -> None:
    words = {RARE: [0.0, 0.01], COMMON: [0.2], FILTERED: []}
    assert list(check_words([RARE, COMMON, FILTERED], words, dict.fromkeys(words, 1))) == []


@pytest.mark.parametrize(
    ("question", "words", "found", "says"),
    [
        (RARE, [0.001, 0.0101], 1, "砧木 苗木 (rare) has a word in 1.01% of the documents"),
        (RARE, [0.001], 1, "砧木 苗木 is 1 words"),
        (RARE, [0.001, 0.001], 0, "砧木 苗木 (rare) finds nothing"),
        (COMMON, [0.1999], 1, "方法 (common) has a word in 19.99% of the documents"),
        (Question(Group.middling, "电压"), [0.0099], 1, "电压 (middling) has a word in 0.99%"),
        (Question(Group.filtered, "方法", FILTERED.filters[:1]), [0.5], 1, "has 1 filters, not 2"),
    ],
)
def test_what_does_not_fit_is_told(
    question: Question, words: list[float], found: int, says: str
) -> None:
    (wrong,) = check_words([question], {question: words}, {question: found})
    assert says in wrong
