"""Who may do what with demands."""

from __future__ import annotations

from typing import Final

from app.accounts.types import Role
from app.core.access import Permission

_AUTHORS: Final = frozenset({Role.manager, Role.agent, Role.head})
_MEMBERS: Final = _AUTHORS | {Role.inventor}
_PLATFORM: Final = frozenset({Role.operator, Role.publisher})

READ: Final = Permission("demands.read", everyone=True)
# What is not published is seen by its organisation and by the platform; so is a masked name.
SEE: Final = Permission(
    "demands.see_unpublished",
    platform=_PLATFORM | {Role.supervisor, Role.administrator},
    members=_MEMBERS,
)
WRITE: Final = Permission("demands.write", members=_AUTHORS)
SUBMIT: Final = Permission("demands.submit", members=_AUTHORS, verified=True)
REVIEW: Final = Permission("demands.review", platform=frozenset({Role.operator}))
SEE_REVIEW: Final = Permission(
    "demands.see_review",
    platform=frozenset({Role.operator, Role.supervisor, Role.administrator}),
)
CLOSE: Final = Permission("demands.close", platform=frozenset({Role.operator}), members=_AUTHORS)
