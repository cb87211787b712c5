"""What is searchable: one public thing of the market, as the room that owns it describes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

SEPARATOR: Final = "="


class Kind(StrEnum):
    """What kinds of things are found."""

    achievement = "achievement"
    offer = "offer"
    package = "package"
    demand = "demand"
    lot = "lot"
    notice = "notice"


class Facet(StrEnum):
    """By what results can be narrowed. Values are the words a person sees, or codes the page
    translates; several values of one facet mean any of them, several facets mean all of them."""

    kind = "kind"  # set from the document, never given
    field = "field"  # 领域
    ipc = "ipc"  # section, class and subclass, each a value: H, H01, H01M
    region = "region"
    trl = "trl"  # band, e.g. "4-6"
    disposal = "disposal"  # 转让, 许可 …
    state = "state"
    origin = "origin"  # 导入 or 录入
    holder = "holder"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to be found. Only what everybody may see belongs in here.

    ``version`` grows with every change of the thing; an older one is ignored when it comes late.
    ``number`` and ``numbers`` (case number; publication and application numbers, several in a
    cell allowed) are found whole or by their beginning, with or without dots and dashes.
    ``price_minor`` is 分 and sorts by price; None sorts last.
    """

    kind: Kind
    id: UUID
    version: int
    title: str
    published_at: datetime
    number: str = ""
    holder: str = ""
    summary: str = ""
    keywords: Sequence[str] = ()
    numbers: Sequence[str] = ()
    facets: Mapping[Facet, Sequence[str]] = field(default_factory=dict)
    price_minor: int | None = None

    def facet_words(self) -> list[str]:
        """The facets as they are stored: ``field=新材料``, each once, the kind among them."""
        words = {f"{Facet.kind}{SEPARATOR}{self.kind}": None}
        for name, values in self.facets.items():
            for value in values:
                if value and name != Facet.kind:
                    words[facet_word(name, value)] = None
        return list(words)


def facet_word(name: Facet, value: str) -> str:
    """One facet value in stored form; odd characters that no database stores are left out."""
    clean = value.replace("\0", "").encode("utf-8", "ignore").decode()
    return f"{name}{SEPARATOR}{clean.strip()[:200]}"
