"""Rows of achievements as files hold them, cleaned and judged: pure, no database.

Columns go by Chinese or English names. What is safe to clean is cleaned (markup, invisible
characters, full-width numbers); what would need a guess is refused with a reason. Natural persons
named as holders are masked here, before anything is stored or shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.catalogue.patents import (
    MalformedNumberError,
    PatentKind,
    check_application_number,
    check_publication_number,
    find_application_kind,
    split_numbers,
)
from app.core.personal import mask_holders
from app.core.plaintext import clean_code, clean_line, clean_text, mask_contacts
from app.imports.service import compute_content_hash, parse_date
from app.imports.types import ImportKind, Layout, RowRefusedError

MAX_TITLE, MAX_TEXT, MAX_NUMBER, MAX_HOLDER, MAX_WORDS = 300, 20_000, 64, 500, 200

HEADERS: Mapping[str, tuple[str, ...]] = {
    "title": (
        *("名称", "成果名称", "科技成果名称", "专利名称", "发明名称", "标题", "题名"),
        *("title", "name", "titlezh"),
    ),
    "owner_number": (
        *("编号", "成果编号", "登记号", "批准登记号", "成果登记号", "单位编号"),
        *("id", "number", "ownernumber", "achievementid"),
    ),
    "application_number": (
        *("申请号", "专利申请号", "专利号", "申请专利号"),
        *("applicationnumber", "applicationno", "patentnumber"),
    ),
    "publication_numbers": (
        *("公开号", "公告号", "公开公告号", "授权公告号", "公布号"),
        *("publicationnumbers", "publicationnumber", "publicationno"),
    ),
    "holder": (
        *("权利人", "专利权人", "申请专利权人", "申请人", "完成单位", "持有人", "所属单位", "单位"),
        *("第一完成单位", "成果持有单位", "assignee", "applicant", "owner", "holder"),
    ),
    "abstract": (
        *("摘要", "简介", "成果简介", "技术简介", "成果介绍", "内容简介"),
        *("abstract", "intro", "summary", "description"),
    ),
    "first_claim": ("首项权利要求", "主权项", "权利要求1", "firstclaim"),
    "prospect": ("市场前景", "应用前景", "前景", "推广前景", "prospect"),
    "cooperation": ("合作方式", "转让方式", "转化方式", "cooperation"),
    "patent_kind": ("专利类型", "类型", "知识产权类型", "patenttype"),
    "legal_status": ("法律状态", "当前法律状态", "legalstatus"),
    "legal_status_on": ("法律状态日期", "法律状态公告日", "legalstatusdate"),
    "application_on": ("申请日", "申请日期", "applicationdate"),
    "publication_on": ("公开日", "公告日", "公开公告日", "授权公告日", "publicationdate"),
    "main_ipc": ("主分类号", "主ipc", "mainipc"),
    "ipc": ("分类号", "ipc", "ipc分类号", "国际专利分类", "ipcsubclasses"),
    "keywords": ("关键词", "keywords"),
}

_PATENT_KINDS = {
    "发明": PatentKind.invention,
    "实用新型": PatentKind.utility_model,
    "外观设计": PatentKind.design,
}
_IPC = re.compile(r"[A-H]\d{2}[A-Z](?:\d{1,4}/\d{2,6})?")
_IPC_SEPARATORS = re.compile(r"[;；|,，\s]+")

Fault = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class AchievementRow:
    """One clean achievement.

    ``owner_number`` is the file's number, else the patent's, else derived from holder and title.
    ``ipc`` holds subclasses and groups without their edition, the main one first. ``holder`` is a
    text for reading: it makes no party.
    """

    line: int
    owner_number: str
    title: str
    holder: str = ""
    abstract: str = ""
    first_claim: str = ""
    prospect: str = ""
    cooperation: str = ""
    keywords: tuple[str, ...] = ()
    patent_kind: PatentKind | None = None
    application_number: str = ""
    publication_numbers: tuple[str, ...] = ()
    granted: bool = False
    legal_status: str = ""
    legal_status_on: date | None = None
    application_on: date | None = None
    publication_on: date | None = None
    ipc: tuple[str, ...] = ()
    content_hash: str = field(default="", compare=False)

    @property
    def identities(self) -> tuple[tuple[str, str], ...]:
        """Each number may stand in a file once."""
        numbers = [("编号", self.owner_number)]
        if self.application_number and self.application_number != self.owner_number:
            numbers.append(("申请号", self.application_number))
        numbers += [("公开号", n) for n in self.publication_numbers if n != self.owner_number]
        return tuple(numbers)

    @property
    def is_patent(self) -> bool:
        return bool(self.application_number or self.publication_numbers)


def prepare(line: int, cells: Mapping[str, str]) -> AchievementRow:
    """Clean one row; raises RowRefusedError with every fault found in it."""
    faults: list[Fault] = []
    content = {**_read_texts(cells, faults), **_read_patent(cells, faults)}
    content["owner_number"] = _read_owner_number(cells, content, faults)
    if faults:
        raise RowRefusedError(faults)
    return AchievementRow(line=line, content_hash=compute_content_hash(content), **content)


LAYOUT: Layout[AchievementRow] = Layout(ImportKind.achievements, HEADERS, ("title",), prepare)


def _read_texts(cells: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    title = mask_contacts(clean_line(cells.get("title", "")))
    if not title:
        faults.append(("title", "名称为空", ""))
    content: dict[str, Any] = {"title": title}
    content["holder"] = mask_holders(clean_text(cells.get("holder", "")))
    for name in ("abstract", "first_claim", "prospect", "cooperation"):
        content[name] = mask_contacts(clean_text(cells.get(name, "")))
    limits = {"title": MAX_TITLE, "holder": MAX_HOLDER, "cooperation": MAX_WORDS}
    for name, text in content.items():
        if len(text) > (limit := limits.get(name, MAX_TEXT)):
            faults.append((name, f"超过 {limit} 字", text))
    words = re.split(r"[;；,，、|\s]+", clean_line(cells.get("keywords", "")))
    content["keywords"] = tuple(dict.fromkeys(filter(None, words)))[:10]
    return content


def _read_patent(cells: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    def read(name: str, parse: Callable[[str], Any], text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            faults.append((name, str(error), text))
            return None

    number = cells.get("application_number", "").strip()
    if number:
        number = read("application_number", check_application_number, number) or ""
    found = [
        read("publication_numbers", check_publication_number, text)
        for text in split_numbers(cells.get("publication_numbers", ""))
    ]
    publications = [publication for publication in found if publication is not None]
    content: dict[str, Any] = {
        "application_number": number,
        "publication_numbers": tuple(dict.fromkeys(p.text for p in publications)),
        "granted": any(p.granted for p in publications),
        "legal_status": clean_line(cells.get("legal_status", ""))[:MAX_WORDS],
        "ipc": read("ipc", _read_ipc, f"{cells.get('main_ipc', '')};{cells.get('ipc', '')}") or (),
    }
    kinds = {p.kind for p in publications}
    kinds |= {find_application_kind(number)} if number else set()
    if typed := cells.get("patent_kind", "").strip():
        kind = read("patent_kind", _read_kind, typed)
        kinds |= {kind} if kind else set()
    if len(kinds) > 1:
        faults.append(("patent_kind", "专利类型与号码不符，或一行中的号码类型不同", typed))
    content["patent_kind"] = kinds.pop() if len(kinds) == 1 else None
    for name in ("legal_status_on", "application_on", "publication_on"):
        content[name] = read(name, parse_date, cells.get(name, ""))
    applied, published = content["application_on"], content["publication_on"]
    if applied and published and published < applied:
        faults.append(("publication_on", "公开日早于申请日", cells["publication_on"]))
    return content


def _read_owner_number(
    cells: Mapping[str, str], content: Mapping[str, Any], faults: list[Fault]
) -> str:
    number = clean_code(cells.get("owner_number", ""))
    if len(number) > MAX_NUMBER:
        faults.append(("owner_number", f"编号超过 {MAX_NUMBER} 字", number))
    if number:
        return number
    if content["application_number"]:
        return str(content["application_number"])
    if content["publication_numbers"]:
        return str(content["publication_numbers"][0])
    # why: a file without numbers must still not double its rows the second time
    identity = f"{content['holder']}\n{content['title']}".encode()
    return "T-" + hashlib.sha256(identity).hexdigest()[:20]


def _read_kind(text: str) -> PatentKind:
    for word, kind in _PATENT_KINDS.items():
        if word in text:
            return kind
    try:
        return PatentKind(text.strip().lower().replace(" ", "_"))
    except ValueError:
        raise MalformedNumberError("专利类型应为发明、实用新型或外观设计") from None


def _read_ipc(text: str) -> tuple[str, ...]:
    """E01B3/32(2006.01)I;E01B9/10(2006.01)I -> E01B3/32, E01B9/10."""
    codes = []
    for part in filter(None, _IPC_SEPARATORS.split(clean_line(text))):
        match = _IPC.match(clean_code(part).upper())
        if match is None:
            raise ValueError("IPC 分类号无法识别")
        codes.append(match.group())
    return tuple(dict.fromkeys(codes))
