"""Who may do what with achievements and offers."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_READERS = frozenset({"operator", "publisher", "supervisor", "administrator"})
_AUTHORS = frozenset({"manager", "inventor"})
_MEMBERS = frozenset({"manager", "inventor", "agent", "head"})
_MANAGER = frozenset({"manager"})
_OPERATOR = frozenset({"operator"})

# What is not public is seen by the owner's members and by the platform.
SEE_HIDDEN: Final = Permission("catalogue.see_hidden", platform=_READERS, members=_MEMBERS)
LIST_OWN: Final = Permission("catalogue.list_own", members=_MEMBERS)
DRAFT: Final = Permission("catalogue.draft_achievement", members=_AUTHORS)
EDIT: Final = Permission("catalogue.edit_achievement", members=_AUTHORS)
# A published record is public: only the manager changes it.
EDIT_PUBLISHED: Final = Permission("catalogue.edit_published", members=_MANAGER)
SUBMIT: Final = Permission("catalogue.submit_achievement", members=_MANAGER, verified=True)
WITHDRAW: Final = Permission("catalogue.withdraw_achievement", platform=_OPERATOR, members=_MANAGER)
REVIEW: Final = Permission("catalogue.review_achievements", platform=_OPERATOR)
SEE_REVIEW: Final = Permission(
    "catalogue.see_review", platform=frozenset({"operator", "supervisor", "administrator"})
)

CLAIM: Final = Permission("catalogue.claim_imported", members=_MANAGER, verified=True)
DECIDE_CLAIM: Final = Permission("catalogue.decide_claim", platform=_OPERATOR)

DRAFT_OFFER: Final = Permission("catalogue.draft_offer", members=_MANAGER)
PUBLISH_OFFER: Final = Permission("catalogue.publish_offer", members=_MANAGER, verified=True)
WITHDRAW_OFFER: Final = Permission("catalogue.withdraw_offer", platform=_OPERATOR, members=_MANAGER)
