"""A record's content as canonical JSON, and back: what a version row holds, and its hash.

Empty fields are left out. Names of completers who are not members never stand in it: they are
replaced by the id of a row in ``achievement_completer_name``, which can be emptied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.catalogue.types import (
    AchievementContent,
    AchievementKind,
    Attribute,
    Completer,
    CoOwner,
    Embodiment,
    IpKind,
    IpRight,
    LegalStatus,
    Level,
    PracticeStage,
    Stage,
)
from app.core.official import Labelled, NationalField, Region

WORDS: Final[Mapping[str, type[Labelled]]] = {
    "field": NationalField,
    "kind": AchievementKind,
    "attribute": Attribute,
    "embodiment": Embodiment,
    "level": Level,
    "stage": Stage,
    "practice_stage": PracticeStage,
    "region": Region,
}
DAYS: Final = frozenset({"trl_assessed_on", "researched_from", "researched_to"})
_RIGHT_DAYS: Final = frozenset({"status_on", "filed_on", "published_on", "expires_on"})
_ROWS: Final = frozenset({"co_owners", "completers", "rights"})
_RIGHT_FIELDS: Final = frozenset(f.name for f in fields(IpRight))


def pack_content(content: AchievementContent, name_ids: Mapping[str, UUID]) -> dict[str, Any]:
    """The content as JSON values; ``name_ids`` names each completer who is not a member."""
    packed: dict[str, Any] = {
        f.name: _plain(getattr(content, f.name)) for f in fields(content) if f.name not in _ROWS
    }
    packed["co_owners"] = [
        _full({"name": row.name, "party_id": _plain(row.party_id), "share_bp": row.share_bp})
        for row in content.co_owners
    ]
    packed["completers"] = [
        _full(
            {
                "person_id": _plain(row.person_id),
                "name_id": None if row.person_id else str(name_ids[row.name]),
                "role": row.role,
            }
        )
        for row in content.completers
    ]
    packed["rights"] = [
        _full({f.name: _plain(getattr(row, f.name)) for f in fields(row)}) for row in content.rights
    ]
    return _full(packed)


def unpack_content(packed: Mapping[str, Any], names: Mapping[UUID, str]) -> AchievementContent:
    """The content of a version; a name that ``names`` lacks comes out empty.

    Fields this program no longer knows are passed over, fields it did not know then are empty.
    """
    values: dict[str, Any] = {}
    for f in fields(AchievementContent):
        value = packed.get(f.name)
        if value is None or f.name in _ROWS:
            continue
        if f.name in WORDS:
            value = WORDS[f.name](value)
        elif f.name in DAYS:
            value = date.fromisoformat(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[f.name] = value
    return AchievementContent(
        owner_number=values.pop("owner_number", ""),
        title=values.pop("title", ""),
        co_owners=tuple(_co_owner(row) for row in packed.get("co_owners", ())),
        completers=tuple(_completer(row, names) for row in packed.get("completers", ())),
        rights=tuple(_right(row) for row in packed.get("rights", ())),
        **values,
    )


def compute_sha256(packed: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: keys sorted, no spaces, UTF-8."""
    plain = json.dumps(packed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Labelled):
        return value.value
    return str(value) if isinstance(value, (date, UUID)) else value


def _full(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _co_owner(row: Mapping[str, Any]) -> CoOwner:
    return CoOwner(row.get("name", ""), _uuid(row.get("party_id")), row.get("share_bp"))


def _completer(row: Mapping[str, Any], names: Mapping[UUID, str]) -> Completer:
    name_id = _uuid(row.get("name_id"))
    return Completer(
        name=names.get(name_id, "") if name_id else "",
        person_id=_uuid(row.get("person_id")),
        role=row.get("role", ""),
    )


def _right(row: Mapping[str, Any]) -> IpRight:
    values = {name: value for name, value in row.items() if name in _RIGHT_FIELDS}
    values |= {name: date.fromisoformat(values[name]) for name in _RIGHT_DAYS & values.keys()}
    kind = IpKind(values.pop("kind", IpKind.other))
    status = LegalStatus(values.pop("legal_status", LegalStatus.unknown))
    return IpRight(kind=kind, legal_status=status, **values)
