"""The door of the catalogue: its verbs.

Achievements: ``entry``; claims: ``claiming``; an owner's offers: ``offering``; what lots and
deals do with an offer: ``disposing``; what is shown: ``show``; what was said before:
``versioning``. Imports: ``import_service``.
"""

from app.catalogue.claiming import accept_claim, claim_imported, refuse_claim
from app.catalogue.disposing import complete_offer, release_offer, reserve_offer
from app.catalogue.entry import (
    draft_achievement,
    edit_achievement,
    publish_achievement,
    return_achievement,
    submit_achievement,
    withdraw_achievement,
)
from app.catalogue.lint import lint_achievement
from app.catalogue.offering import (
    draft_offer,
    edit_offer,
    publish_offer,
    renew_offer,
    sweep_expired_offers,
    withdraw_offer,
)
from app.catalogue.show import (
    find_offer,
    get_achievement,
    get_offer,
    list_achievements,
    list_own_achievements,
    list_own_offers,
    list_waiting_achievements,
    list_waiting_claims,
    show_achievement,
    show_offer,
)
from app.catalogue.versioning import (
    compare_versions,
    erase_former_name,
    hide_version,
    list_former_names,
    list_versions,
    show_version,
)

__all__ = [
    "accept_claim",
    "claim_imported",
    "compare_versions",
    "complete_offer",
    "draft_achievement",
    "draft_offer",
    "edit_achievement",
    "edit_offer",
    "erase_former_name",
    "find_offer",
    "get_achievement",
    "get_offer",
    "hide_version",
    "lint_achievement",
    "list_achievements",
    "list_former_names",
    "list_own_achievements",
    "list_own_offers",
    "list_versions",
    "list_waiting_achievements",
    "list_waiting_claims",
    "publish_achievement",
    "publish_offer",
    "refuse_claim",
    "release_offer",
    "renew_offer",
    "reserve_offer",
    "return_achievement",
    "show_achievement",
    "show_offer",
    "show_version",
    "submit_achievement",
    "sweep_expired_offers",
    "withdraw_achievement",
    "withdraw_offer",
]
