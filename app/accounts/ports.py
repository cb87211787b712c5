"""What accounts asks the rooms above it about one person: a copy, what is open, what to forget.

A room that has something of people writes it in its ``personal.py``; ``app.personal`` puts the
rooms together. All run in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Self
from uuid import UUID

from app.core.i18n import Message
from app.core.tx import UnitOfWork

Export = Callable[..., Awaitable[dict[str, Any]]]
Obligations = Callable[..., Awaitable[list[Message]]]
Forget = Callable[..., Awaitable[None]]


async def _nothing(_uow: UnitOfWork, **_of: UUID) -> list[Message]:
    return []


async def _forget_nothing(_uow: UnitOfWork, **_of: UUID) -> None:
    return None


@dataclass(frozen=True, slots=True)
class PersonalRoom:
    """One room's answers.

    ``export(uow, person_id=)``: JSON of what the person wrote or did there. ``obligations(uow,
    person_id=)``: what keeps him from leaving. ``open_things(uow, organisation_id=)``: what is
    still open in an organisation, asked when he is the last there. ``forget(uow, person_id=)``:
    delete what is his alone.
    """

    name: str
    export: Export
    obligations: Obligations
    open_things: Obligations
    forget: Forget

    @classmethod
    def of(cls, name: str, module: ModuleType) -> Self:
        """A room's ``personal`` module; only the export must be there."""
        return cls(
            name,
            module.export_personal,
            getattr(module, "list_obligations", _nothing),
            getattr(module, "list_open_things", _nothing),
            getattr(module, "forget_personal", _forget_nothing),
        )
