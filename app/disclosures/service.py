"""The door of disclosures: its verbs.

An author's: ``entry``; the unit's: ``deciding``; what is shown: ``show``; files: ``guard_file``.
"""

from __future__ import annotations

from app.core.actor import Actor
from app.core.tx import UnitOfWork
from app.disclosures.deciding import decide_disclosure, draft_achievement, set_period
from app.disclosures.entry import (
    OWNER_KIND,
    detach_file,
    draft_disclosure,
    edit_disclosure,
    get_seen,
    submit_disclosure,
    withdraw_disclosure,
)
from app.disclosures.jobs import sweep_reminders
from app.disclosures.show import (
    get_period,
    link_of_achievement,
    list_own_disclosures,
    list_settled_disclosures,
    list_waiting_disclosures,
    show_disclosure,
    show_unit,
)
from app.files.types import FileView

__all__ = [
    "OWNER_KIND",
    "decide_disclosure",
    "detach_file",
    "draft_achievement",
    "draft_disclosure",
    "edit_disclosure",
    "get_period",
    "guard_file",
    "link_of_achievement",
    "list_own_disclosures",
    "list_settled_disclosures",
    "list_waiting_disclosures",
    "set_period",
    "show_disclosure",
    "show_unit",
    "submit_disclosure",
    "sweep_reminders",
    "withdraw_disclosure",
]


async def guard_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """An attachment is read by whoever may read its disclosure. Raises DisclosureMissing."""
    await get_seen(uow, actor, file.owner_id)
