"""Pure decisions on saved searches: names, when two questions are one, when to count, to tell."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from app.core.clock import SHANGHAI
from app.core.errors import Faults
from app.core.i18n import Message, _n
from app.core.plaintext import clean_line
from app.searches.errors import TooManySearches
from app.searches.types import MAX_NAME, MAX_TEXT, MAX_VALUE, MAX_VALUES, MOST_SAVED

FRESH: Final = timedelta(minutes=10)  # how old a count may be that is shown again
NEWS_AT: Final = time(7)  # our default; Beijing time, an hour before the inbox's digest

_UNSEEN: Final = frozenset({"Cc", "Cs", "Cn"})


def parse_name(raw: str) -> str:
    """One line, 1 to 60 characters. Raises Invalid."""
    typed = re.sub(r"\s+", " ", raw).strip()
    name = clean_line(typed)
    faults = Faults()
    if has_unseen(typed):
        faults.add("name", _n("含有无法显示的字符，请删除后重新填写。"))
    elif not name:
        faults.add("name", _n("请填写名称。"))
    faults.limit("name", name, MAX_NAME)
    faults.check()
    return name


def check_question(
    text: str, filters: Mapping[str, Sequence[str]], kinds: Sequence[str], known: Sequence[str]
) -> None:
    """Something is asked, in words that can be kept, of kinds that there are. Raises Invalid."""
    faults = Faults()
    if not text and not filters:
        faults.add("question", _n("请先输入检索词或选择筛选条件，再保存。"))
    faults.limit("question", text, MAX_TEXT)
    values = [value for chosen in filters.values() for value in chosen]
    if any(map(has_unseen, [text, *values])):
        faults.add("question", _n("检索条件含有无法显示的字符，请修改后重新保存。"))
    if any(len(value) > MAX_VALUE for value in values):
        message = _n("单个筛选条件最多 %(maximum)s 个字。")
        faults.add("question", Message(message, maximum=MAX_VALUE))
    if any(len(chosen) > MAX_VALUES for chosen in filters.values()):
        message = _n("同一筛选条件最多选择 %(maximum)s 项。")
        faults.add("question", Message(message, maximum=MAX_VALUES))
    if not set(kinds) <= set(known):
        faults.add("question", _n("检索条件中的类别不存在，请重新选择。"))
    faults.check()


def check_count(saved: int) -> None:
    """Raises TooManySearches when there is no room for another."""
    if saved >= MOST_SAVED:
        message = _n("最多保存 %(most)s 条检索，请先删除不再需要的。")
        raise TooManySearches(Message(message, most=MOST_SAVED), most=MOST_SAVED)


def sort_filters(filters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Filters in one order, each value once, without those that are empty."""
    return {
        str(name): sorted(set(chosen)) for name, chosen in sorted(filters.items()) if list(chosen)
    }


def compute_hash(
    folded: str, filters: Mapping[str, Sequence[str]], sort: str, *, words_only: bool
) -> str:
    """What makes two questions one (64 hexadecimal digits): words as search folds them, filters in
    any order, the sort, and whether meaning counts."""
    asked = [" ".join(folded.split()), sort_filters(filters), sort, words_only]
    return hashlib.sha256(json.dumps(asked, ensure_ascii=True).encode()).hexdigest()


def is_due(counted_at: datetime | None, now: datetime) -> bool:
    """Whether a count is too old to be shown again."""
    return counted_at is None or now - counted_at >= FRESH


def compute_news_due(now: datetime) -> datetime:
    """The next 07:00 in Beijing strictly after an instant."""
    local = now.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), NEWS_AT, SHANGHAI)
    return due if due > local else due + timedelta(days=1)


def has_unseen(text: str) -> bool:
    """Whether it holds characters that nobody can see or no database stores."""
    return any(unicodedata.category(character) in _UNSEEN for character in text)
