"""What a verifier says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where one part of the proof does not hold; ``seq`` None: the whole file."""

    seq: int | None
    what: str

    @property
    def sentence(self) -> str:
        place = "文件" if self.seq is None else f"第 {self.seq} 号事件"
        return f"{place}：{self.what}"


class Broken(Exception):
    """Raised inside the verifier at the first difference; becomes a Fault."""

    def __init__(self, what: str, seq: int | None = None) -> None:
        super().__init__(what)
        self.fault = Fault(seq, what)
