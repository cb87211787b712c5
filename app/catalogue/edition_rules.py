"""Pure decisions on editions and plans: what may be written, the order of rows, their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from app.catalogue.edition_types import (
    ConversionEntry,
    ConversionPlanContent,
    EditionContent,
    EditionFacts,
    EditionSort,
    EditionState,
    Selection,
    Visibility,
)
from app.catalogue.errors import EditionEmpty, EditionStateForbids, EditionTooLarge
from app.core.errors import Faults
from app.core.i18n import _n
from app.core.official import NationalField, Region
from app.core.plaintext import clean_line, clean_text

MAX_SIZE: Final = 1000  # achievements of one edition; more want a narrower selection (own rule)
MAX_LIST: Final = 2000  # lines of one conversion list
MAX_TITLE, MAX_PERIOD, MAX_FOREWORD, MAX_STEP = 200, 60, 4000, 500
_PLACES: Final = {field: place for place, field in enumerate(NationalField)}


def check_content(content: EditionContent) -> EditionContent:
    """The content cleaned. Raises Invalid."""
    faults = Faults()
    cleaned = replace(
        content,
        title=faults.limit("title", clean_line(content.title), MAX_TITLE),
        period=faults.limit("period", clean_line(content.period), MAX_PERIOD),
        foreword=faults.limit("foreword", clean_text(content.foreword), MAX_FOREWORD),
    )
    if not cleaned.title:
        faults.add("title", _n("请填写名称。"))
    trl = content.selection.trl_from
    if trl is not None and not 1 <= trl <= 9:
        faults.add("trl_from", _n("技术成熟度应为 1 至 9 级。"))
    faults.check()
    return cleaned


def check_plan(content: ConversionPlanContent) -> ConversionPlanContent:
    """The plan cleaned. Raises Invalid."""
    faults = Faults()
    step = faults.limit("next_step", clean_text(content.next_step), MAX_STEP)
    faults.check()
    return replace(content, next_step=step)


def check_draft(facts: EditionFacts) -> None:
    """A published edition never changes. Raises EditionStateForbids."""
    if facts.state is not EditionState.draft:
        raise EditionStateForbids(state=facts.state)


def check_size(size: int, maximum: int = MAX_SIZE) -> None:
    """Raises EditionEmpty without a row, EditionTooLarge beyond ``maximum``."""
    if size == 0:
        raise EditionEmpty()
    if size > maximum:
        raise EditionTooLarge(maximum=maximum)


# ---------------------------------------------------------------- selection


def dump_selection(selection: Selection) -> dict[str, Any]:
    """A selection as JSON values."""
    return {
        "fields": sorted(selection.fields),
        "regions": sorted(selection.regions),
        "kinds": sorted(selection.kinds),
        "trl_from": selection.trl_from,
        "owner_id": str(selection.owner_id) if selection.owner_id else None,
        "since_last": selection.since_last,
        "with_imported": selection.with_imported,
        "sort": selection.sort.value,
    }


def read_selection(kept: Mapping[str, Any]) -> Selection:
    """A selection from its JSON values; without any (a conversion list), the empty one."""
    if not kept:
        return Selection()
    return Selection(
        fields=frozenset(map(NationalField, kept["fields"])),
        regions=frozenset(map(Region, kept["regions"])),
        kinds=frozenset(kept["kinds"]),
        trl_from=kept["trl_from"],
        owner_id=UUID(kept["owner_id"]) if kept["owner_id"] else None,
        since_last=kept["since_last"],
        with_imported=kept["with_imported"],
        sort=EditionSort(kept["sort"]),
    )


# ---------------------------------------------------------------- rows


def section_place(section: str) -> int:
    """Sections stand in the order of the national fields, what has none at the end."""
    return _PLACES[NationalField(section)] if section else len(_PLACES)


def order_rows(
    rows: Iterable[tuple[UUID, dict[str, Any]]], sort: EditionSort
) -> list[tuple[UUID, dict[str, Any]]]:
    """Rows by section, inside each as asked; the number settles what is equal."""
    found = sorted(rows, key=lambda row: str(row[1]["number"]))
    match sort:
        case EditionSort.newest:
            found.sort(key=lambda row: str(row[1]["published_at"]), reverse=True)
        case EditionSort.by_title:
            found.sort(key=lambda row: str(row[1]["title"]))
        case EditionSort.maturity:
            found.sort(key=lambda row: row[1]["trl"] or 0, reverse=True)
    found.sort(key=lambda row: section_place(row[1]["field"] or ""))
    return found


def compute_edition_hash(
    head: Mapping[str, Any], rows: Sequence[tuple[int, str, Mapping[str, Any]]]
) -> str:
    """SHA-256 of canonical JSON (sorted keys, no spaces): the head, then every row in order."""
    body = {"head": dict(head), "rows": [[n, section, content] for n, section, content in rows]}
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def freeze_entry(entry: ConversionEntry, visibility: Visibility) -> dict[str, Any]:
    """One line of a conversion list as it is frozen; a public one tells no plan of the unit."""
    shown: dict[str, Any] = {
        "number": entry.number,
        "title": entry.title,
        "field": entry.field.value if entry.field else None,
        "status": entry.status.value,
        "route": entry.route.value if entry.route else None,
    }
    if visibility is Visibility.internal:
        shown |= {
            "responsible_id": str(entry.responsible_id) if entry.responsible_id else None,
            "next_step": entry.next_step,
            "target_on": entry.target_on.isoformat() if entry.target_on else None,
        }
    return shown
