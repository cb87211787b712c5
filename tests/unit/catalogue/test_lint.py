"""The listing lint: it speaks where something is missing and is quiet where all is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.catalogue.lint import lint_achievement
from app.catalogue.types import (
    AchievementContent,
    IpKind,
    IpRight,
    Level,
    NationalField,
    PracticeStage,
    Severity,
)

GOOD = AchievementContent(
    owner_number="KJ-1",
    title="锂电池隔膜的陶瓷涂覆工艺",
    abstract="在 12 微米聚烯烃基膜上双面涂覆 2 微米氧化铝浆料。" * 6,
    keywords=("隔膜",),
    field=NationalField.modern_energy,
    problem="隔膜受热收缩引起短路。",
    alternative="与未涂覆基膜相比，180 ℃热收缩率由 40% 降到 3%。",
    proof="第三方检测报告。",
    trl=7,
    trl_evidence="中试线 200 小时运行记录",
    trl_assessor="某检测中心",
    trl_assessed_on=date(2026, 5, 1),
    practice_stage=PracticeStage.pilot,
    level=Level.domestic_leading,
    rights=(IpRight(IpKind.know_how, "浆料配方"),),
)


def test_a_full_record_is_left_in_peace() -> None:
    assert lint_achievement(GOOD) == []


@pytest.mark.parametrize(
    ("given", "field", "severity"),
    [
        ({"title": "隔膜"}, "title", Severity.warning),
        ({"title": "一种新型高效关键技术"}, "title", Severity.warning),
        ({"title": "新型锂电池隔膜的陶瓷涂覆工艺"}, "title", Severity.advice),
        ({"abstract": ""}, "abstract", Severity.warning),
        ({"abstract": "在 12 微米基膜上涂覆。"}, "abstract", Severity.advice),
        ({"abstract": "在聚烯烃基膜上双面涂覆氧化铝浆料。" * 8}, "abstract", Severity.advice),
        ({"problem": ""}, "problem", Severity.warning),
        ({"alternative": ""}, "alternative", Severity.warning),
        ({"proof": ""}, "proof", Severity.warning),
        ({"trl": None, "practice_stage": None}, "trl", Severity.advice),
        ({"trl_evidence": ""}, "trl_evidence", Severity.warning),
        ({"trl": 5, "practice_stage": None, "trl_evidence": ""}, "trl_evidence", Severity.advice),
        ({"trl_assessor": ""}, "trl_assessor", Severity.advice),
        ({"practice_stage": PracticeStage.researching}, "practice_stage", Severity.warning),
        ({"rights": ()}, "rights", Severity.advice),
        ({"field": None}, "field", Severity.advice),
        ({"keywords": ()}, "keywords", Severity.advice),
    ],
)
def test_one_gap_gives_one_hint(given: dict[str, Any], field: str, severity: Severity) -> None:
    hints = lint_achievement(replace(GOOD, **given))
    assert [(hint.field, hint.severity) for hint in hints] == [(field, severity)]


def test_praise_needs_evidence() -> None:
    praised = replace(GOOD, abstract=GOOD.abstract + "国内领先，填补国内空白。")
    assert lint_achievement(praised) == []
    bare = replace(praised, proof="", trl_evidence="", trl_assessor="", level=Level.not_evaluated)
    assert "abstract" in {hint.field for hint in lint_achievement(bare)}
    claimed = replace(GOOD, proof="", trl_assessor="")
    assert "level" in {hint.field for hint in lint_achievement(claimed)}


def test_warnings_come_first() -> None:
    hints = lint_achievement(AchievementContent(owner_number="1", title="隔膜"))
    severities = [hint.severity for hint in hints]
    assert severities == sorted(severities, key=lambda s: s is not Severity.warning)
    assert Severity.warning in severities
    assert Severity.advice in severities
