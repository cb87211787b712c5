"""Rows of demands in files."""

from __future__ import annotations

import pytest

from app.core.official import NationalField, Region
from app.demands.importing import LAYOUT, prepare
from app.imports.service import map_header
from app.imports.types import RowRefusedError


def test_headers_in_two_languages() -> None:
    english, faults = map_header(["demand_id", "title", "content"], LAYOUT)
    assert list(english.fields.values()) == ["owner_number", "title", "problem"]
    assert faults == []
    chinese, faults = map_header(["需求名称", "企业名称", "拟解决的问题", "联系电话"], LAYOUT)
    assert list(chinese.fields.values()) == ["title", "holder", "problem"]
    assert chinese.ignored == ("联系电话",)
    assert map_header(["title"], LAYOUT)[1] == ["缺少必需的列：需求内容"]


def test_a_row_is_cleaned() -> None:
    row = prepare(
        2,
        {
            "owner_number": " Ｄ-1 ",
            "title": "污水<br>脱氮",
            "problem": "一、现状\r\n\r\n二、电话 13812345678",
            "holder": "王磊",
            "field": "现代能源",
            "region": "河南省",
        },
    )
    assert (row.owner_number, row.title, row.holder) == ("D-1", "污水 脱氮", "王**")
    assert row.problem == "一、现状\n二、电话 138****5678"
    assert (row.field, row.region) == (NationalField.modern_energy, Region.henan)


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ({"title": "甲", "problem": " \n "}, ["problem"]),
        ({"title": "", "problem": ""}, ["title", "problem"]),
        ({"title": "长" * 301, "problem": "乙"}, ["title"]),
        ({"title": "甲", "problem": "乙", "owner_number": "1" * 65}, ["owner_number"]),
    ],
)
def test_refusals(cells: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(RowRefusedError) as caught:
        prepare(2, cells)
    assert [field for field, _, _ in caught.value.faults] == fields


def test_without_a_number_the_same_title_is_the_same_demand() -> None:
    one = prepare(2, {"title": "甲", "problem": "乙"})
    other = prepare(3, {"title": "甲", "problem": "丙"})
    assert one.owner_number == other.owner_number
    assert one.content_hash != other.content_hash
