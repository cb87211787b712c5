"""What inquiries announce: ids and numbers, never a word that somebody wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class _InquiryFact:
    inquiry_id: UUID
    number: str
    about_kind: str
    about_id: UUID
    owner_id: UUID
    asker_id: UUID

    def payload(self) -> dict[str, Any]:
        return {
            "inquiry_id": str(self.inquiry_id),
            "number": self.number,
            "about_kind": self.about_kind,
            "about_id": str(self.about_id),
            "owner_id": str(self.owner_id),
            "asker_id": str(self.asker_id),
        }


class InquiryOpened(_InquiryFact):
    """An organisation asked another about a public thing."""

    topic: ClassVar[str] = "inquiries.inquiry_opened.v1"


class InquiryAnswered(_InquiryFact):
    """The owner answered what waited for it: a question, or what the asker wrote since."""

    topic: ClassVar[str] = "inquiries.inquiry_answered.v1"


class InquiryEnded(_InquiryFact):
    """One of the two closed the thread."""

    topic: ClassVar[str] = "inquiries.inquiry_closed.v1"
