"""The door of the catalogue: its verbs.

Achievements: ``entry``; entry on behalf: ``behalf``; claims: ``claiming``; files: ``attachments``;
an owner's offers: ``offering``; co-owners' consents: ``consenting``, ``consent_ends``; what lots
and deals do with an offer: ``disposing``; the confidential layer: ``confidential`` and its
neighbours; editions: ``editions``, ``edition_freezing``; plans: ``planning``; who looked:
``interest``; what is shown: ``show``; what was said before: ``versioning``, ``version_show``;
side by side: ``comparing``.
Imports: ``import_service``.
"""

from app.catalogue.attachments import (
    attach_public,
    detach_public,
    guard_claim,
    guard_public,
    list_claim_files,
    list_public_files,
)
from app.catalogue.behalf import (
    confirm_entry,
    enter_for_person,
    find_house,
    list_confirmations,
    list_entered,
    list_researchers,
    refuse_entry,
    show_confirmation,
)
from app.catalogue.claiming import accept_claim, claim_imported, refuse_claim
from app.catalogue.comparing import Compared, list_compared
from app.catalogue.confidential import (
    attach_confidential,
    decline_guest,
    detach_confidential,
    find_invitee,
    invite_guest,
    keep_confidential,
    revoke_guest,
    write_nda,
)
from app.catalogue.confidential_reading import (
    accept_nda,
    guard_confidential,
    open_confidential,
    request_confidential,
)
from app.catalogue.confidential_showing import (
    list_openings,
    list_rooms,
    show_kept,
    show_line,
)
from app.catalogue.consent_ends import (
    guard_consent_file,
    list_asked_consents,
    list_consent_proofs,
    list_missing_consents,
    show_consent,
    show_consent_board,
    withdraw_consent,
)
from app.catalogue.consent_types import ConsentBreadth
from app.catalogue.consenting import (
    answer_consent,
    ask_consents,
    check_proof,
    send_proof,
)
from app.catalogue.disposing import (
    complete_offer,
    release_offer,
    reserve_offer,
    take_back_offer,
)
from app.catalogue.edition_freezing import freeze_conversion_list, publish_edition
from app.catalogue.edition_show import (
    list_editions,
    list_editions_of_achievement,
    list_own_editions,
    show_draft,
    show_edition,
)
from app.catalogue.editions import choose_rows, discard_edition, draft_edition, edit_edition
from app.catalogue.entry import (
    draft_achievement,
    edit_achievement,
    publish_achievement,
    return_achievement,
    submit_achievement,
    withdraw_achievement,
)
from app.catalogue.interest import (
    ViewCounter,
    add_views,
    show_interest,
    sweep_old_views,
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
from app.catalogue.planning import set_plan
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
from app.catalogue.version_show import (
    compare_versions,
    list_former_names,
    list_versions,
    show_version,
)
from app.catalogue.versioning import erase_former_name, hide_version

__all__ = [
    "Compared",
    "ConsentBreadth",
    "ViewCounter",
    "accept_claim",
    "accept_nda",
    "add_views",
    "answer_consent",
    "ask_consents",
    "attach_confidential",
    "attach_public",
    "check_proof",
    "choose_rows",
    "claim_imported",
    "compare_versions",
    "complete_offer",
    "confirm_entry",
    "decline_guest",
    "detach_confidential",
    "detach_public",
    "discard_edition",
    "draft_achievement",
    "draft_edition",
    "draft_offer",
    "edit_achievement",
    "edit_edition",
    "edit_offer",
    "enter_for_person",
    "erase_former_name",
    "find_house",
    "find_invitee",
    "find_offer",
    "freeze_conversion_list",
    "get_achievement",
    "get_offer",
    "guard_claim",
    "guard_confidential",
    "guard_consent_file",
    "guard_public",
    "hide_version",
    "invite_guest",
    "keep_confidential",
    "lint_achievement",
    "list_achievements",
    "list_asked_consents",
    "list_claim_files",
    "list_compared",
    "list_confirmations",
    "list_consent_proofs",
    "list_editions",
    "list_editions_of_achievement",
    "list_entered",
    "list_former_names",
    "list_missing_consents",
    "list_openings",
    "list_own_achievements",
    "list_own_editions",
    "list_own_offers",
    "list_public_files",
    "list_researchers",
    "list_rooms",
    "list_versions",
    "list_waiting_achievements",
    "list_waiting_claims",
    "open_confidential",
    "publish_achievement",
    "publish_edition",
    "publish_offer",
    "refuse_claim",
    "refuse_entry",
    "release_offer",
    "renew_offer",
    "request_confidential",
    "reserve_offer",
    "return_achievement",
    "revoke_guest",
    "send_proof",
    "set_plan",
    "show_achievement",
    "show_confirmation",
    "show_consent",
    "show_consent_board",
    "show_draft",
    "show_edition",
    "show_interest",
    "show_kept",
    "show_line",
    "show_offer",
    "show_version",
    "submit_achievement",
    "sweep_expired_offers",
    "sweep_old_views",
    "take_back_offer",
    "withdraw_achievement",
    "withdraw_consent",
    "withdraw_offer",
    "write_nda",
]
