"""A tiny encoder for tests: eight axes of meaning, each with the words that point along it."""

import math
from collections.abc import Sequence
from typing import Final

from search.types import Vector

AXES: Final = (
    ("电池", "储能", "充电", "蓄电", "隔膜"),
    ("污水", "废水", "脱氮", "反硝化", "净化水质"),
    ("高炉", "转炉", "炼铁", "除尘灰", "冶炼"),
    ("膜", "过滤", "纳滤"),
    ("石墨烯", "散热", "导热", "降温"),
    ("耐火", "陶瓷", "窑"),
    ("雷达", "监测", "传感"),
)


class TinyEncoder:
    """Says of a text which axes its words lie on; the last axis is for texts on none.

    ``calls`` keeps every list of texts that was encoded, in order.
    """

    name = "tiny-1"
    dimensions = len(AXES) + 1

    def __init__(self, name: str = name) -> None:
        self.name = name
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """One vector of length 1 for each text."""
        self.calls.append(list(texts))
        return [point(text) for text in texts]

    def encode_questions(self, texts: Sequence[str]) -> list[Vector]:
        """The same: questions and documents lie in one space."""
        return self.encode(texts)


def point(text: str) -> Vector:
    """Where a text lies: each axis by how many of its words the text holds."""
    found = [float(sum(text.count(word) for word in words)) for words in AXES]
    length = math.hypot(*found)
    if not length:
        return (*found, 1.0)
    return (*(part / length for part in found), 0.0)
