"""Texts at rest: the source sentence and its facts, so that each reader has his language."""

from __future__ import annotations

from typing import Any

from app.core.i18n import Message


def pack(text: str) -> dict[str, Any]:
    """A constant or Message as JSON."""
    if not isinstance(text, Message):
        return {"source": text}
    return {"source": text.source, "facts": {name: _fact(f) for name, f in text.facts.items()}}


def _fact(fact: object) -> object:
    if isinstance(fact, str):
        return pack(fact) if isinstance(fact, Message) else str(fact)
    return fact if isinstance(fact, (int, float)) else str(fact)


def unpack(packed: dict[str, Any]) -> str:
    """The text that was packed."""
    facts = packed.get("facts")
    if facts is None:
        return str(packed["source"])
    return Message(
        packed["source"],
        **{name: unpack(fact) if isinstance(fact, dict) else fact for name, fact in facts.items()},
    )
