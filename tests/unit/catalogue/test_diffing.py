"""What changed between two contents, and what it costs to say so."""

from __future__ import annotations

import random
import time
from datetime import date

import pytest

from app.catalogue.diffing import (
    MAX_WORDS,
    Mark,
    compare_contents,
    compare_texts,
    describe_content,
)
from app.catalogue.packing import compute_sha256, pack_content, unpack_content
from app.catalogue.types import (
    AchievementContent,
    Completer,
    CoOwner,
    IpKind,
    IpRight,
    LegalStatus,
    NationalField,
    Region,
)
from app.core.ids import new_id

BARE = AchievementContent("KJ-1", "隔膜")


def sides(old: str, new: str) -> tuple[str, str]:
    """Both texts put together again from the pieces."""
    pieces = compare_texts(old, new)
    return (
        "".join(p.text for p in pieces if p.mark is not Mark.added),
        "".join(p.text for p in pieces if p.mark is not Mark.removed),
    )


def test_words_are_marked_and_the_rest_stays() -> None:
    pieces = compare_texts("双面涂覆 2 微米氧化铝。已有样品。", "单面涂覆 2 微米氧化铝。已有样品。")
    assert [(p.text, p.mark) for p in pieces] == [
        ("双面", Mark.removed),
        ("单面", Mark.added),
        ("涂覆 2 微米氧化铝。已有样品。", Mark.same),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("", "新"), ("旧", ""), ("甲\n\n乙", "甲\n乙"), ("。。。", "。"), ("a b", "a  b")],
)
def test_the_pieces_hold_both_texts(old: str, new: str) -> None:
    assert sides(old, new) == (old, new)


def test_any_two_texts_are_held_whole() -> None:
    draw = random.Random(7)
    for _ in range(200):
        old, new = (
            "".join(draw.choice("的一是。在\n了a 1，") for _ in range(draw.randrange(60)))
            for _ in range(2)
        )
        assert sides(old, new) == (old, new)


@pytest.mark.parametrize("unit", ["甲。乙。", "甲 乙 ", "字", "x" * 40 + "。"])
def test_repetition_costs_no_seconds(unit: str) -> None:
    old, new = unit * 5000, (unit + "丙。") * 4000
    start = time.perf_counter()
    assert sides(old, new) == (old, new)
    assert time.perf_counter() - start < 2
    assert len(compare_texts("甲" * 9 * MAX_WORDS, "乙" * 9 * MAX_WORDS)) == 2


def test_fields_are_told_in_chinese_and_in_the_forms_order() -> None:
    old = AchievementContent("KJ-1", "隔膜", keywords=("膜",), field=NationalField.modern_energy)
    new = AchievementContent(
        "KJ-1", "隔膜", keywords=("膜", "涂覆"), trl=5, trl_assessed_on=date(2026, 5, 1)
    )
    changes = compare_contents(old, new)
    assert [c.label for c in changes] == ["关键词", "技术领域", "成熟度等级", "评价日期"]
    assert [(p.text, p.mark, p.word) for p in changes[1].pieces] == [
        ("现代能源", Mark.removed, True)
    ]
    assert [p.text for p in changes[3].pieces] == ["2026-05-01"]
    assert compare_contents(new, new) == ()


def test_rows_are_matched_by_what_names_them() -> None:
    one = IpRight(IpKind.invention, "甲", application_number="CN2021100000016")
    old = AchievementContent(
        "K", "T", rights=(one,), completers=(Completer("钱一"), Completer("孙二")),
        co_owners=(CoOwner("西山研究院", None, 3000),),
    )  # fmt: skip
    granted = IpRight(
        IpKind.invention,
        "甲",
        application_number="CN2021100000016",
        legal_status=LegalStatus.granted,
    )
    new = AchievementContent(
        "K", "T", rights=(granted, IpRight(IpKind.know_how, "诀窍")),
        completers=(Completer("孙二"), Completer("钱一")),
    )  # fmt: skip
    rights, completers, owners = compare_contents(old, new)
    assert [row.mark for row in rights.rows] == [Mark.changed, Mark.added]
    assert [[p.text for p in row.cells[0]] for row in completers.rows] == [["2", "1"], ["1", "2"]]
    assert [row.mark for row in owners.rows] == [Mark.removed]
    assert owners.rows[0].cells[1][0].text == "30%"


def test_a_packed_content_comes_back_and_holds_no_name() -> None:
    person = new_id()
    content = AchievementContent(
        "KJ-1", "隔膜", keywords=("膜",), region=Region.beijing, researched_from=date(2020, 1, 1),
        completers=(Completer("钱一", role="负责"), Completer(person_id=person)),
        co_owners=(CoOwner("西山研究院", new_id(), 3000),),
        rights=(IpRight(IpKind.invention, "甲", status_on=date(2026, 1, 1), ipc="H01M"),),
    )  # fmt: skip
    name_id = new_id()
    packed = pack_content(content, {"钱一": name_id})
    assert "钱一" not in str(packed)
    assert unpack_content(packed, {name_id: "钱一"}) == content
    assert unpack_content(packed, {}).completers[0] == Completer("", role="负责")
    assert compute_sha256(packed) == compute_sha256(dict(reversed(packed.items())))
    assert compute_sha256(packed) != compute_sha256(pack_content(BARE, {}))


def test_a_whole_record_is_described_by_its_filled_fields() -> None:
    assert [c.name for c in describe_content(BARE)] == ["title", "owner_number"]
