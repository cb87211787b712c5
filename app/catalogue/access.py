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

# Older versions: a manager or an operator hides what should not have been public.
HIDE_VERSION: Final = Permission("catalogue.hide_version", platform=_OPERATOR, members=_MANAGER)

# Consents of co-owners: the owner's manager asks, the co-owner's head or manager answers.
ASK_CONSENT: Final = Permission("catalogue.ask_consent", members=_MANAGER, verified=True)
SEE_CONSENTS: Final = Permission(
    "catalogue.see_consents", members=_MEMBERS, platform=_READERS - {"publisher"}
)
ANSWER_CONSENT: Final = Permission(
    "catalogue.answer_consent", members=frozenset({"head", "manager"}), verified=True
)
CHECK_PROOF: Final = Permission("catalogue.check_consent_proof", platform=_OPERATOR)

# Entry on behalf (代录): an operator for any organisation, a manager for his own researchers.
ENTER_FOR: Final = Permission("catalogue.enter_on_behalf", platform=_OPERATOR, members=_MANAGER)

# Who looked: the owner's members, and the platform for its statistics.
SEE_INTEREST: Final = Permission(
    "catalogue.see_interest", members=_MEMBERS, platform=frozenset({"operator", "supervisor"})
)

# The confidential layer is closed to every platform role: only its owner and whom he invites.
KEEP_CONFIDENTIAL: Final = Permission(
    "catalogue.keep_confidential", members=_MANAGER, verified=True
)
READ_CONFIDENTIAL: Final = Permission(
    "catalogue.see_confidential", members=frozenset({"agent", "head"}), verified=True
)

# Editions: the market's by its publisher, a unit's own by its manager; the head reads along.
COMPILE_MARKET: Final = Permission(
    "catalogue.compile_market_edition", platform=frozenset({"publisher"})
)
COMPILE_UNIT: Final = Permission("catalogue.compile_edition", members=_MANAGER, verified=True)
SEE_UNIT_EDITIONS: Final = Permission(
    "catalogue.see_unit_editions", members=frozenset({"manager", "head"})
)
LIST_EDITIONS: Final = Permission(
    "catalogue.list_editions",
    platform=frozenset({"publisher"}),
    members=frozenset({"manager", "head"}),
)
PLAN: Final = Permission("catalogue.plan_conversion", members=_MANAGER)
