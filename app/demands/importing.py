"""Rows of demands as files hold them, cleaned and judged: pure, no database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.official import NationalField, Region
from app.core.personal import mask_holders
from app.core.plaintext import clean_code, clean_line, clean_text, mask_contacts
from app.imports.service import compute_content_hash
from app.imports.types import ImportKind, Layout, RowRefusedError

MAX_TITLE, MAX_TEXT, MAX_NUMBER, MAX_HOLDER = 300, 20_000, 64, 500

HEADERS: Mapping[str, tuple[str, ...]] = {
    "title": (
        *("需求名称", "名称", "标题", "技术需求名称", "难题名称", "项目名称"),
        *("title", "name"),
    ),
    "owner_number": ("编号", "需求编号", "demandid", "id", "number", "ownernumber"),
    "problem": (
        *("需求内容", "内容", "拟解决问题", "拟解决的问题", "技术需求", "需求描述", "主要内容"),
        *("content", "problem", "description"),
    ),
    "background": ("背景", "需求背景", "研究背景", "background"),
    "targets": ("量化指标", "考核指标", "技术指标", "技术目标", "预期目标", "targets"),
    "holder": ("企业名称", "需求单位", "单位名称", "单位", "企业", "company", "holder", "owner"),
    "field": ("领域", "所属领域", "技术领域", "field"),
    "region": ("地区", "区域", "省份", "所在地区", "region"),
}


@dataclass(frozen=True, slots=True)
class DemandRow:
    """One clean demand; ``holder`` is a text for reading and makes no party."""

    line: int
    owner_number: str
    title: str
    problem: str
    background: str = ""
    targets: str = ""
    holder: str = ""
    field: NationalField | None = None
    region: Region | None = None
    content_hash: str = ""

    @property
    def identities(self) -> tuple[tuple[str, str], ...]:
        """The number, and the words themselves: the same text twice is noise to readers."""
        return (("编号", self.owner_number), ("名称和内容", f"{self.title}\n{self.problem}"))


def prepare(line: int, cells: Mapping[str, str]) -> DemandRow:
    """Clean one row; raises RowRefusedError with every fault found in it."""
    faults: list[tuple[str, str, str]] = []
    content: dict[str, Any] = {
        "title": mask_contacts(clean_line(cells.get("title", ""))),
        "holder": mask_holders(clean_text(cells.get("holder", ""))),
    }
    for name in ("problem", "background", "targets"):
        content[name] = mask_contacts(clean_text(cells.get(name, "")))
    for name, sentence in (("title", "名称为空"), ("problem", "内容为空")):
        if not content[name]:
            faults.append((name, sentence, ""))
    limits = {"title": MAX_TITLE, "holder": MAX_HOLDER}
    for name, text in content.items():
        if len(text) > (limit := limits.get(name, MAX_TEXT)):
            faults.append((name, f"超过 {limit} 字", text))
    # why: files name fields and regions in a hundred ways; what is not ours is left empty
    content["field"] = _find(NationalField, cells.get("field", ""))
    content["region"] = _find(Region, cells.get("region", ""))
    number = clean_code(cells.get("owner_number", ""))
    if len(number) > MAX_NUMBER:
        faults.append(("owner_number", f"编号超过 {MAX_NUMBER} 字", number))
    if faults:
        raise RowRefusedError(faults)
    # why: a file without numbers must still not double its rows the second time
    identity = f"{content['holder']}\n{content['title']}".encode()
    content["owner_number"] = number or "T-" + hashlib.sha256(identity).hexdigest()[:20]
    return DemandRow(line=line, content_hash=compute_content_hash(content), **content)


LAYOUT: Layout[DemandRow] = Layout(ImportKind.demands, HEADERS, ("title", "problem"), prepare)


def _find(words: Any, text: str) -> Any:
    """The member whose word begins the text (北京市 is 北京), or None."""
    text = clean_line(text)
    return next((member for member in words if text.startswith(member.label)), None)
