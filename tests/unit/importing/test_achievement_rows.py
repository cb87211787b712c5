"""Rows of achievements: headers in two languages, safe cleaning, refusals with reasons."""

from __future__ import annotations

from datetime import date

import pytest

from app.catalogue.importing import LAYOUT, AchievementRow, prepare
from app.catalogue.patents import PatentKind
from app.core.tables import Row
from app.imports.service import map_header, read_chunks
from app.imports.types import Refusal, RowRefusedError

FULL = {
    "application_number": "CN201220249767.4",
    "publication_numbers": "CN202644312U",
    "publication_on": "2013.01.02",
    "application_on": "2012.05.31",
    "title": "一种钢筋混凝土轨枕<sub>2</sub>",
    "main_ipc": "E01B3/32(2006.01)I",
    "ipc": "E01B3/32(2006.01)I;E01B9/10(2006.01)I",
    "holder": "某某混凝土有限公司;李明",
    "abstract": "本实用新型公开了一种轨枕\u2011A。\n电话 13812345678",
    "legal_status": "授权",
    "legal_status_on": "20130102",
    "patent_kind": "实用新型",
}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (["id", "title", "assignee", "abstract"], ["owner_number", "title", "holder", "abstract"]),
        (["title", "intro", "owner"], ["title", "abstract", "holder"]),
        (
            ["成果名称", "成果编号", "完成单位", "成果简介", "合作方式"],
            ["title", "owner_number", "holder", "abstract", "cooperation"],
        ),
        (
            [" Title* ", "申请（专利权）人", "申请号：", "公开(公告)号", "IPC 分类号"],
            ["title", "holder", "application_number", "publication_numbers", "ipc"],
        ),
        (
            ["patent_type", "title", "legal_status", "legal_status_date"],
            ["patent_kind", "title", "legal_status", "legal_status_on"],
        ),
    ],
)
def test_headers(columns: list[str], fields: list[str]) -> None:
    header, faults = map_header(columns, LAYOUT)
    assert list(header.fields.values()) == fields
    assert faults == []
    assert header.ignored == ()


def test_unknown_columns_are_ignored_and_named() -> None:
    header, faults = map_header(["title", "序号", "发明人"], LAYOUT)
    assert header.ignored == ("序号", "发明人")
    assert faults == []


def test_header_faults() -> None:
    assert map_header(["id"], LAYOUT)[1] == ["缺少必需的列：名称"]
    [fault] = map_header(["title", "名称"], LAYOUT)[1]
    assert "含义相同" in fault


def test_a_full_record() -> None:
    row = prepare(2, FULL)
    assert row == AchievementRow(
        line=2,
        owner_number="CN201220249767.4",
        title="一种钢筋混凝土轨枕2",
        holder="某某混凝土有限公司；李**",
        abstract="本实用新型公开了一种轨枕-A。\n电话 138****5678",
        patent_kind=PatentKind.utility_model,
        application_number="CN201220249767.4",
        publication_numbers=("CN202644312U",),
        granted=True,
        legal_status="授权",
        legal_status_on=date(2013, 1, 2),
        application_on=date(2012, 5, 31),
        publication_on=date(2013, 1, 2),
        ipc=("E01B3/32", "E01B9/10"),
    )
    assert row.identities == (("编号", "CN201220249767.4"), ("公开号", "CN202644312U"))


def test_the_owners_number_goes_before_the_patents() -> None:
    assert prepare(2, {**FULL, "owner_number": " ＫＹ-2020 01 "}).owner_number == "KY-202001"
    only_publication = {"title": "甲", "publication_numbers": "CN114081026A;CN114081027A"}
    assert prepare(2, only_publication).owner_number == "CN114081026A"


def test_without_any_number_the_same_thing_has_the_same_number() -> None:
    one, again = (
        prepare(2, {"title": "甲", "holder": "A 大学"}),
        prepare(9, {"title": "甲 ", "holder": "A 大学"}),
    )
    other = prepare(3, {"title": "甲", "holder": "B 大学"})
    assert one.owner_number == again.owner_number
    assert one.content_hash == again.content_hash
    assert other.owner_number != one.owner_number


def test_any_change_changes_the_hash() -> None:
    base = prepare(2, FULL).content_hash
    assert prepare(7, FULL).content_hash == base
    for name, value in [("title", "别的"), ("legal_status", "终止"), ("ipc", "A01B1/00")]:
        assert prepare(2, {**FULL, name: value}).content_hash != base


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"title": " <b></b> "}, "title", "名称为空"),
        ({"title": "长" * 301}, "title", "超过 300 字"),
        ({"abstract": "长" * 20_001}, "abstract", "超过 20000 字"),
        ({"application_number": "CN201220249767.5"}, "application_number", "校验位"),
        ({"publication_numbers": "CN202644312U;hello"}, "publication_numbers", "应为 CN"),
        ({"patent_kind": "发明申请"}, "patent_kind", "不符"),
        ({"patent_kind": "集成电路"}, "patent_kind", "应为发明"),
        ({"ipc": "一号"}, "ipc", "IPC"),
        ({"application_on": "2012.02.30"}, "application_on", "没有这一天"),
        ({"publication_on": "去年"}, "publication_on", "日期无法识别"),
        ({"publication_on": "2012.05.30"}, "publication_on", "早于申请日"),
        ({"owner_number": "N" * 65}, "owner_number", "超过 64 字"),
    ],
)
def test_refusals(change: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(RowRefusedError) as caught:
        prepare(2, {**FULL, **change})
    assert [(f, reason in r) for f, r, _ in caught.value.faults] == [(field, True)]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    with pytest.raises(RowRefusedError) as caught:
        prepare(2, {"title": "", "application_number": "1", "publication_on": "x"})
    assert len(caught.value.faults) == 3


def test_chunks_doubles_and_refusals_point_at_lines() -> None:
    header, _ = map_header(["编号", "名称", "申请号"], LAYOUT)
    rows = [
        Row(2, {"编号": "A1", "名称": "甲", "申请号": ""}),
        Row(3, {"编号": "A2", "名称": "", "申请号": ""}),
        Row(4, {"编号": "Ａ１", "名称": "乙", "申请号": ""}),
        Row(5, {}, "该行无法解析"),
        Row(6, {"编号": "A3", "名称": "丙", "申请号": "CN1"}),
    ]
    first, second, third = read_chunks(rows, header, LAYOUT, size=2)
    assert [(c.ordinal, c.read, len(c.rows), c.refused) for c in (first, second, third)] == [
        (0, 2, 1, 1),
        (1, 2, 0, 2),
        (2, 1, 0, 1),
    ]
    assert first.refusals == (Refusal(3, "名称", "名称为空", ""),)
    assert second.refusals == (
        Refusal(4, "", "编号与第 2 行重复", "A1"),
        Refusal(5, "", "该行无法解析"),
    )
    assert (third.refusals[0].line, third.refusals[0].column) == (6, "申请号")
    assert len({first.sha256, second.sha256}) == 2
    assert second.sha256 == third.sha256, "two chunks without a good row are alike"
