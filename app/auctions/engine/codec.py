"""The engine's words as plain JSON and back, and the form in which events are published.

Written generically from the dataclasses themselves: a field that a mode adds is stored and read
without a line here, and what was stored before it had the field gets the field's default.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from app.auctions.engine.canonical import commit, instant, plain
from app.auctions.engine.types import Act, Change, Entry, Submission

T = TypeVar("T")

_MICROSECOND: Final = timedelta(microseconds=1)
_ALWAYS_SECRET: Final = frozenset({Act.store, Act.seal})


def to_json(value: object) -> Any:
    """Terms, Head, Entry, Change, Place … as plain JSON. Spans in whole microseconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(one) for one in value]
    return plain(value)


def from_json(kind: type[T], stored: object) -> T:
    """The engine's word of a kind. Raises ValueError for what cannot be one of it."""
    made: T = _read(kind, stored)
    return made


def _read(kind: Any, stored: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if stored is None:
            return None
        return _read(next(one for one in get_args(kind) if one is not type(None)), stored)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in _of(list, stored))
    if origin is not None:  # a Mapping with text for keys
        value = get_args(kind)[1]
        return {str(key): _read(value, one) for key, one in _of(dict, stored).items()}
    if is_dataclass(kind):
        return _read_fields(kind, _of(dict, stored))
    return _read_plain(kind, stored)


def _read_plain(kind: Any, stored: Any) -> Any:
    if kind in (object, Any):
        return plain(stored)
    if issubclass(kind, StrEnum):
        return kind(stored)
    if kind is datetime:
        at = datetime.fromisoformat(_of(str, stored))
        if at.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return at.astimezone(UTC)
    if kind is timedelta:
        return _of(int, stored) * _MICROSECOND
    return _of(kind, stored)


def _of(kind: type[T], stored: object) -> T:
    if type(stored) is not kind:
        raise ValueError(f"{kind.__name__} expected, not {type(stored).__name__}")
    return stored


def _read_fields(kind: Any, stored: dict[str, Any]) -> Any:
    known = _fields_of(kind)
    if unknown := stored.keys() - known.keys():
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    for name, (_, needed) in known.items():
        if needed and name not in stored:
            raise ValueError(f"{kind.__name__} needs {name}")
    return kind(**{name: _read(known[name][0], one) for name, one in stored.items()})


@cache
def _fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Each field's type, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        one.name: (hints[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
    }


# ---- what is published --------------------------------------------------------------------------


def is_secret(submission: Submission, *, accepted: bool) -> bool:
    """Whether a submission's amount is published as a commitment alone.

    A maximum and a sealed bid always (also one that is taken away), the amount of what was refused
    where it had one: what somebody would have paid is nobody's business.
    """
    return submission.act in _ALWAYS_SECRET or (
        not accepted and submission.amount_minor is not None
    )


def secret_of(submission: Submission) -> dict[str, Any]:
    """What is committed to and kept sealed: the amount in 分, beside it what WEIGHTED weighs."""
    values = dict(submission.place.values)
    weighed = {"values": values} if submission.act is Act.seal and values else {}
    return {"amount_minor": submission.amount_minor, **weighed}


def commit_submission(lot_number: str, seq: int, submission: Submission, salt: bytes) -> str:
    """The commitment of a secret submission, by the number it gets."""
    code, act = submission.place.code, submission.act.value
    return commit(lot_number, seq, code, act, secret_of(submission), salt)


def public_entry(
    seq: int, entry: Entry, at: datetime, commitment: str | None = None
) -> dict[str, Any]:
    """An entry as it is hashed and published; ``at`` is the instant of its decision.

    The amount of a refused entry, a maximum and a sealed bid are never in it.
    """
    hidden = entry.reason is not None or entry.act in _ALWAYS_SECRET
    shown = to_json(entry) | ({"amount_minor": None} if hidden else {})
    return {"kind": "entry", "seq": seq, "at": instant(at), "commitment": commitment, **shown}


def public_change(
    seq: int, change: Change, decided_at: datetime, beat_at: datetime | None = None
) -> dict[str, Any]:
    """A step as it is hashed and published.

    ``change.at`` is when it took effect, ``decided_at`` when it was written down, ``beat_at`` the
    last sign of life of the service that was known then (None: the step did not depend on it).
    """
    return {
        "kind": "change",
        "seq": seq,
        "decided_at": instant(decided_at),
        "beat_at": None if beat_at is None else instant(beat_at),
        **to_json(change),
    }
