"""The door of clearances: its verbs.

Gates: ``gates``; rights of pre-emption: ``rights``; what is shown: ``reading``.
"""

from __future__ import annotations

from app.clearances.gates import (
    FILES,
    ask,
    block_clearance,
    guard_file,
    lift_clearance,
    list_rights,
    open_clearance,
    settle_clearance,
)
from app.clearances.reading import (
    list_candidates,
    list_own_rights,
    show_board,
    show_notice,
    show_right,
)
from app.clearances.rights import FILES as RIGHT_FILES
from app.clearances.rights import (
    answer_right,
    guard_right_file,
    record_answer,
    record_right,
    sweep_silent_rights,
)

__all__ = [
    "FILES",
    "RIGHT_FILES",
    "answer_right",
    "ask",
    "block_clearance",
    "guard_file",
    "guard_right_file",
    "lift_clearance",
    "list_candidates",
    "list_own_rights",
    "list_rights",
    "open_clearance",
    "record_answer",
    "record_right",
    "settle_clearance",
    "show_board",
    "show_notice",
    "show_right",
    "sweep_silent_rights",
]
