"""Natural persons in holder columns are masked; organisations keep their names."""

from __future__ import annotations

import pytest

from app.core.personal import is_person_name, mask_holders, split_holders

# fmt: off
PEOPLE = [
    "王芳", "李志强", "欧阳修文", "黄和浩然", "阿尔泰斯", "方正", "王园园", "张建社", "李学会",
    "王航天", "钱保中", "冷定刚", "ＺＨ·李明", "菲利普·普朗斯",
    "S·科撒尔特", "买买提·阿不都拉", "John A. Smith",
]
ORGANISATIONS = [
    "清华大学", "北京大学", "同济大学", "中科院", "中国石化", "国家电网", "赛峰集团", "苹果公司",
    "华电厂", "三一重工股份有限公司", "夏普株式会社", "株式会社KT", "郑州市妇幼保健院",
    "马山县山城壮鼓协会", "惠安县风宸广告设计部", "生态环境部环境规划院",
    "慧与发展有限责任合伙企业",
    "合肥学院", "市设计院",
    "浙江省舟山海洋生态环境监测站", "中国人民解放军32039部队",
    "荷兰应用自然科学研究组织", "东风农场",
    "国家粮食和物资储备局山东局八三二处", "罗伯特·博世有限公司", "上海市七宝中学", "永丰合作社",
    "Siemens AG", "Fudan University", "LG 电子株式会社",
]
# fmt: on


@pytest.mark.parametrize("name", PEOPLE)
def test_people(name: str) -> None:
    assert is_person_name(name)


@pytest.mark.parametrize("name", ORGANISATIONS)
def test_organisations(name: str) -> None:
    assert not is_person_name(name)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("张宗明;李念广；张先锋", "张**；李**；张**"),
        ("北京科技大学 ; 清华大学", "北京科技大学；清华大学"),
        ("张三、李四", "张**；李**"),
        (
            "中国科学院、水利部成都山地灾害与环境研究所",
            "中国科学院、水利部成都山地灾害与环境研究所",
        ),
        ("Acme, Inc.; 王磊", "Acme, Inc.；王**"),
        ("同济大学|同济大学", "同济大学"),
        ("", ""),
        ("张**", "张**"),
    ],
)
def test_cells_of_several_holders(cell: str, shown: str) -> None:
    assert mask_holders(cell) == shown
    assert mask_holders(shown) == shown


def test_splitting_keeps_the_order() -> None:
    assert split_holders("乙公司；甲公司;乙公司") == ["乙公司", "甲公司"]
