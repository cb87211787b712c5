"""What changed between two versions of a record: field by field, word by word. Pure.

The work is bounded: a text is compared sentence by sentence first, and only sentences that differ
are compared word by word, while both sides stay short. Beyond that a changed passage is shown as
taken away and written anew, which is true and cheap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache
from importlib import import_module
from re import findall
from typing import TYPE_CHECKING, Final, TypeVar

from app.catalogue.types import AchievementContent, Completer, CoOwner, IpRight
from app.core.i18n import _n
from app.core.official import Labelled

if TYPE_CHECKING:
    from rjieba import Jieba

# Sentences of one text, and words of one changed passage (each side), that are compared one by
# one, and how many pairs of them may be equal: a text that says the same thousand times would cost
# seconds otherwise. At these ends a comparison takes some 0.2 s, one of the form's length 2 ms.
MAX_SENTENCES: Final = 1500
MAX_WORDS: Final = 600
MAX_PAIRS: Final = 60_000


class Mark(StrEnum):
    """What became of a piece or a row."""

    same = "same"
    removed = "removed"
    added = "added"
    changed = "changed"  # rows only


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; ``word`` says that it is a word of a list, to be translated."""

    text: str
    mark: Mark = Mark.same
    word: bool = False


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row of a list (a right, a completer, a co-owner): its cells in the columns' order."""

    mark: Mark
    cells: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs: ``pieces`` of a text or value, or ``rows`` under ``columns``."""

    name: str
    label: str
    pieces: tuple[Piece, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[RowChange, ...] = ()


LABELS: Final[Mapping[str, str]] = {
    "title": _n("成果名称"),
    "owner_number": _n("单位编号"),
    "abstract": _n("公开简介"),
    "keywords": _n("关键词"),
    "field": _n("技术领域"),
    "applications": _n("应用领域"),
    "industry": _n("应用行业"),
    "problem": _n("解决的问题"),
    "alternative": _n("优于哪种现有做法"),
    "proof": _n("成熟度的证明"),
    "trl": _n("成熟度等级"),
    "practice_stage": _n("实践阶段"),
    "trl_evidence": _n("证明材料"),
    "trl_assessor": _n("评价人（机构）"),
    "trl_assessed_on": _n("评价日期"),
    "kind": _n("成果类别"),
    "attribute": _n("成果属性"),
    "embodiment": _n("体现形式"),
    "level": _n("成果水平"),
    "stage": _n("所处阶段"),
    "region": _n("所在地区"),
    "researched_from": _n("研究开始"),
    "researched_to": _n("研究结束"),
}
_TEXTS: Final = frozenset({"title", "abstract", "problem", "alternative", "proof", "trl_evidence"})
_NAMELESS: Final = _n("（姓名已删除）")

T = TypeVar("T")
Cell = tuple[str, bool]  # what is shown, and whether it is a word to be translated
Key = tuple[str, ...]


def compare_contents(old: AchievementContent, new: AchievementContent) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of the form. Completers bear their names for showing."""
    changes = [
        FieldChange(name, label, _compare_values(name, getattr(old, name), getattr(new, name)))
        for name, label in LABELS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    if old.rights != new.rights:
        changes.append(
            FieldChange(
                "rights",
                _n("知识产权"),
                columns=_RIGHT_COLUMNS,
                rows=_compare_rows(old.rights, new.rights, _right_key, _right_cells),
            )
        )
    if old.completers != new.completers:
        changes.append(
            FieldChange(
                "completers",
                _n("完成人"),
                columns=(_n("排序"), _n("姓名"), _n("贡献")),
                rows=_compare_rows(
                    tuple(enumerate(old.completers, 1)),
                    tuple(enumerate(new.completers, 1)),
                    lambda row: (str(row[1].person_id or ""), row[1].name),
                    _completer_cells,
                ),
            )
        )
    if old.co_owners != new.co_owners:
        changes.append(
            FieldChange(
                "co_owners",
                _n("共有人"),
                columns=(_n("共有单位"), _n("份额"), _n("平台单位")),
                rows=_compare_rows(
                    old.co_owners, new.co_owners, lambda row: (row.name,), _co_owner_cells
                ),
            )
        )
    return tuple(changes)


def describe_content(content: AchievementContent) -> tuple[FieldChange, ...]:
    """Every field that holds something, in the order of the form: a record read as a whole."""
    return compare_contents(AchievementContent("", ""), content)


# ---------------------------------------------------------------- texts


def compare_texts(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as pieces that stayed, went or came, in reading order."""
    before, after = _sentences(old), _sentences(new)
    if not _is_cheap(before, after, MAX_SENTENCES):
        return _replaced(old, new)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            pieces.append(Piece("".join(before[i1:i2])))
        else:
            pieces += _compare_words("".join(before[i1:i2]), "".join(after[j1:j2]))
    return _joined(pieces)


def _compare_words(old: str, new: str) -> tuple[Piece, ...]:
    if not old or not new:
        return _replaced(old, new)
    before, after = _words(old), _words(new)
    if not _is_cheap(before, after, MAX_WORDS):
        return _replaced(old, new)
    pieces: list[Piece] = []
    kept = 0
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            text = "".join(before[i1:i2])
            kept += len(text)
            pieces.append(Piece(text))
        else:
            pieces += _replaced("".join(before[i1:i2]), "".join(after[j1:j2]))
    # why: two passages with little in common read as confetti when marked word by word
    return tuple(pieces) if kept * 2 >= min(len(old), len(new)) else _replaced(old, new)


def _is_cheap(before: Sequence[str], after: Sequence[str], longest: int) -> bool:
    """Whether comparing costs little: both short enough, and few pairs alike."""
    if max(len(before), len(after)) > longest:
        return False
    one, other = Counter(before), Counter(after)
    return sum(count * other[part] for part, count in one.items()) <= MAX_PAIRS


def _replaced(old: str, new: str) -> tuple[Piece, ...]:
    both = (Piece(old, Mark.removed), Piece(new, Mark.added))
    return tuple(piece for piece in both if piece.text)


def _opcodes(
    before: Sequence[str], after: Sequence[str]
) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbours with one mark become one piece."""
    out: list[Piece] = []
    for piece in pieces:
        if out and out[-1].mark is piece.mark:
            out[-1] = Piece(out[-1].text + piece.text, piece.mark)
        else:
            out.append(piece)
    return tuple(out)


def _sentences(text: str) -> list[str]:
    return findall(r"[^。！？；!?;\n]*[。！？；!?;\n]+|[^。！？；!?;\n]+", text)


@cache
def _cutter() -> Jieba:
    # why so late: it loads a dictionary, and most commands cut no word
    jieba: Jieba = import_module("rjieba").Jieba()
    return jieba


def _words(text: str) -> list[str]:
    return list(_cutter().cut(text, hmm=False))


# ---------------------------------------------------------------- values and rows


def _compare_values(name: str, old: object, new: object) -> tuple[Piece, ...]:
    if name in _TEXTS:
        return compare_texts(str(old or ""), str(new or ""))
    (before, word_before), (after, word_after) = _cell(old), _cell(new)
    pieces = (Piece(before, Mark.removed, word_before), Piece(after, Mark.added, word_after))
    return tuple(piece for piece in pieces if piece.text)


def _cell(value: object) -> Cell:
    """A value as it is shown: a word by its label, a day as 2026-05-01, a list with 、."""
    if value is None:
        return "", False
    if isinstance(value, Labelled):
        return value.label, True
    if isinstance(value, tuple):
        return "、".join(value), False
    return (value.isoformat() if isinstance(value, date) else str(value)), False


_RIGHT_COLUMNS: Final = (
    _n("类别"),
    _n("名称"),
    _n("申请号"),
    _n("公开（公告）号"),
    _n("权利人"),
    _n("法律状态"),
    _n("状态日期"),
    _n("申请日"),
    _n("公开（公告）日"),
    _n("届满日"),
    _n("分类号"),
)


def _right_key(row: IpRight) -> Key:
    return (row.publication_number or row.application_number or row.title, row.kind.value)


def _right_cells(row: IpRight) -> tuple[Cell, ...]:
    return tuple(
        _cell(value)
        for value in (
            row.kind,
            row.title,
            row.application_number,
            row.publication_number,
            row.holder_name,
            row.legal_status,
            row.status_on,
            row.filed_on,
            row.published_on,
            row.expires_on,
            row.ipc,
        )
    )


def _completer_cells(numbered: tuple[int, Completer]) -> tuple[Cell, ...]:
    place, row = numbered
    return (str(place), False), (row.name or _NAMELESS, not row.name), (row.role, False)


def _co_owner_cells(row: CoOwner) -> tuple[Cell, ...]:
    share = "" if row.share_bp is None else f"{row.share_bp / 100:g}%"
    linked = (_n("已关联"), True) if row.party_id else ("", False)
    return (row.name, False), (share, False), linked


def _compare_rows(
    old: Sequence[T],
    new: Sequence[T],
    key: Callable[[T], Key],
    cells: Callable[[T], tuple[Cell, ...]],
) -> tuple[RowChange, ...]:
    """Rows matched by what names them, in the new order; what went stands at the end."""
    left: dict[Key, list[T]] = {}
    for row in old:
        left.setdefault(key(row), []).append(row)
    changes: list[RowChange] = []
    for row in new:
        twins = left.get(key(row))
        if not twins:
            changes.append(_whole(cells(row), Mark.added))
            continue
        before, after = cells(twins.pop(0)), cells(row)
        mark = Mark.same if before == after else Mark.changed
        changes.append(RowChange(mark, tuple(map(_changed_cell, before, after))))
    gone = [_whole(cells(row), Mark.removed) for rows in left.values() for row in rows]
    return (*changes, *gone)


def _whole(cells: tuple[Cell, ...], mark: Mark) -> RowChange:
    return RowChange(
        mark, tuple((Piece(text, mark, word),) if text else () for text, word in cells)
    )


def _changed_cell(before: Cell, after: Cell) -> tuple[Piece, ...]:
    if before == after:
        return (Piece(after[0], Mark.same, after[1]),) if after[0] else ()
    pieces = (Piece(before[0], Mark.removed, before[1]), Piece(after[0], Mark.added, after[1]))
    return tuple(piece for piece in pieces if piece.text)
