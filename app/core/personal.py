"""Natural persons' names in columns meant for holders: recognised and masked (张**).

A holder column names organisations, but real files hold natural persons too. Names of persons may
stand in ``accounts`` only, so whoever reads such a column masks them. When in doubt a short name
is taken for a person: a masked company can be put right by its owner, a published person cannot.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(
    r"\s*[;；|\n，]\s*|\s*,(?!\s*(?:inc|ltd|llc|co|corp|gmbh|plc|s\.a)\b)\s*", re.IGNORECASE
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff〇"
_HAN_NAME = re.compile(rf"[{_HAN}]{{2,4}}")
# 菲利普·普朗斯, S·科撒尔特, 买买提·阿不都: parts joined by a middle dot
_NAME_PART = rf"[{_HAN}A-Za-z.]{{1,12}}"
_DOTTED_NAME = re.compile(rf"{_NAME_PART}(?:[·•・‧]{_NAME_PART}){{1,4}}")
_LATIN_NAME = re.compile(r"[A-Z][a-z'’-]{1,20}(?: [A-Z]\.?)?(?: [A-Z][a-z'’-]{1,20}){1,2}")

# Words that only an organisation's name holds.
_ORGANISATION = re.compile(
    "公司|大学|学院|学校|中学|小学|幼儿园|研究|科学院|医院|诊所|卫生院|保健院|集团|企业|合伙|会社"
    "|工厂|中心|协会|学会|商会|基金会|委员会|联合会|合作社|经营部|设计部|服务部|事务所|工作室|商行|商店"
    "|银行|农场|林场|牧场|渔场|林业局|公安|部队|政府|实验室|工程|技术|科技|工业|实业|电力|电网|石油"
    "|石化|铁路|航天|航空|电子|设计院|规划院|检测站|监测站|工作站|苗圃|煤矿|矿业|钢铁|制药|药业"
    "|控股|股份|有限|院所|总局|总院|出版社|报社|博物馆|图书馆|植物园|动物园"
)
_ORGANISATION_LATIN = re.compile(
    r"\b(?:inc|ltd|llc|co|corp|corporation|company|gmbh|ag|university|institute|college|plc|s\.?a"
    r"|limited|laborator(?:y|ies)|hospital|group|technologies|foundation)\b",
    re.IGNORECASE,
)
# Endings that no given name has, in a name of three characters (华电厂) and of four (市设计院).
_SHORT_ENDINGS = frozenset("厂院所局站部处矿店馆队")
_ENDINGS = _SHORT_ENDINGS | frozenset("会办校库园社")
_ORGANISATION_STARTS = ("中国", "国家", "中央", "全国", "中华")

_MASK = "**"


def is_person_name(name: str) -> bool:
    """Tell whether one holder's name looks like that of a natural person."""
    name = unicodedata.normalize("NFKC", name).strip()
    if name.startswith(_ORGANISATION_STARTS):
        return False
    if _HAN_NAME.fullmatch(name) and len(name) <= 3:
        # why: 李学会 and 王航天 are people, though the words are those of organisations
        return len(name) == 2 or name[-1] not in _SHORT_ENDINGS
    if _ORGANISATION.search(name) or _ORGANISATION_LATIN.search(name):
        return False
    if _HAN_NAME.fullmatch(name):
        return name[-1] not in _ENDINGS
    return bool(_DOTTED_NAME.fullmatch(name) or _LATIN_NAME.fullmatch(name))


def mask_person(name: str) -> str:
    """The first character and two stars: 张**; the length of the name is not told."""
    return name.strip()[:1] + _MASK


def split_holders(text: str) -> list[str]:
    """The holders named in one cell, in order, each once; an empty cell names none.

    The enumeration comma (、) separates people, but stands inside organisations' own names.
    """
    holders: list[str] = []
    for part in _SEPARATORS.split(text):
        names = part.strip().split("、")
        if len(names) == 1 or not all(map(is_person_name, names)):
            names = [part]
        for name in filter(None, map(str.strip, names)):
            if name not in holders or name.endswith(_MASK):  # two masked people may be two people
                holders.append(name)
    return holders


def mask_holders(text: str) -> str:
    """The holders of one cell, joined by a full-width semicolon, natural persons masked."""
    return "；".join(
        mask_person(name) if is_person_name(name) else name for name in split_holders(text)
    )
