"""The door of auctions: its verbs, by what they are about.

Admission: ``admission``, ``deciding``, ``admission_reading``; a look behind the codes: ``looking``.
Selling: ``drafting``, ``publishing``, ``bidding``; a published lot: ``amending``,
``stewarding``, ``negotiating``; deposits: ``deposits``, ``deposit_judging``, ``deposit_reading``;
the clock: ``closing`` (heartbeat, sweep); reading: ``reading``, ``life_reading``.
"""

from app.auctions.admission import (
    admit_when_ready,
    apply_to_lot,
    join_lot,
    withdraw_application,
)
from app.auctions.admission_reading import (
    guard_application_file,
    list_applications,
    list_complaints,
    list_own_applications,
    show_application,
    show_apply,
)
from app.auctions.admitting import FILES as APPLICATION_FILES
from app.auctions.amending import amend_lot
from app.auctions.bidding import (
    accept_price,
    confirm_limited,
    exercise_right,
    match_price,
    place_bid,
    raise_bid,
    seal_bid,
    store_maximum,
    waive_right,
)
from app.auctions.closing import beat, sweep_lots
from app.auctions.deciding import (
    answer_complaint,
    complain,
    decide_application,
    sweep_applications,
)
from app.auctions.deposit_judging import (
    approve_forfeiture,
    convert_deposit,
    forfeit_deposit,
    freeze_deposit,
    lift_freeze,
    refuse_forfeiture,
    return_deposit,
)
from app.auctions.deposit_reading import (
    find_deposit,
    list_deposits,
    list_own_deposits,
    may_judge_deposits,
    show_any_deposit,
    show_deposit,
)
from app.auctions.deposits import read_paid, sweep_deposits
from app.auctions.drafting import draft_lot, drop_draft, edit_draft, list_drafts, show_draft
from app.auctions.life_queries import has_defaulted
from app.auctions.life_reading import (
    find_steps,
    list_announcements,
    list_calendar,
    list_events,
    list_public_steps,
    list_standing,
)
from app.auctions.looking import approve_look, list_looks, look_behind, read_names
from app.auctions.negotiating import end_negotiation, sweep_negotiations
from app.auctions.publishing import announce_lot, check_lot, publish_lot, relist_lot
from app.auctions.reading import (
    MOST_BIDS,
    find_my_place,
    find_obstacle,
    list_joined_lots,
    list_lots,
    list_own_lots,
    list_public_bids,
    list_suspensions,
    read_live,
    show_lot,
    show_rulebook,
    show_rulebook_in_force,
)
from app.auctions.record import (
    find_certificate,
    find_file,
    open_secrets_of,
    read_certificate,
    read_record,
    show_records,
)
from app.auctions.scores import find_scores
from app.auctions.stewarding import (
    annul_lot,
    end_cause,
    fail_lot,
    resume_lot,
    suspend_lot,
    terminate_lot,
)

__all__ = [
    "APPLICATION_FILES",
    "MOST_BIDS",
    "accept_price",
    "admit_when_ready",
    "amend_lot",
    "announce_lot",
    "annul_lot",
    "answer_complaint",
    "apply_to_lot",
    "approve_forfeiture",
    "approve_look",
    "beat",
    "check_lot",
    "complain",
    "confirm_limited",
    "convert_deposit",
    "decide_application",
    "draft_lot",
    "drop_draft",
    "edit_draft",
    "end_cause",
    "end_negotiation",
    "exercise_right",
    "fail_lot",
    "find_certificate",
    "find_deposit",
    "find_file",
    "find_my_place",
    "find_obstacle",
    "find_scores",
    "find_steps",
    "forfeit_deposit",
    "freeze_deposit",
    "guard_application_file",
    "has_defaulted",
    "join_lot",
    "lift_freeze",
    "list_announcements",
    "list_applications",
    "list_calendar",
    "list_complaints",
    "list_deposits",
    "list_drafts",
    "list_events",
    "list_joined_lots",
    "list_looks",
    "list_lots",
    "list_own_applications",
    "list_own_deposits",
    "list_own_lots",
    "list_public_bids",
    "list_public_steps",
    "list_standing",
    "list_suspensions",
    "look_behind",
    "match_price",
    "may_judge_deposits",
    "open_secrets_of",
    "place_bid",
    "publish_lot",
    "raise_bid",
    "read_certificate",
    "read_live",
    "read_names",
    "read_paid",
    "read_record",
    "refuse_forfeiture",
    "relist_lot",
    "resume_lot",
    "return_deposit",
    "seal_bid",
    "show_any_deposit",
    "show_application",
    "show_apply",
    "show_deposit",
    "show_draft",
    "show_lot",
    "show_records",
    "show_rulebook",
    "show_rulebook_in_force",
    "store_maximum",
    "suspend_lot",
    "sweep_applications",
    "sweep_deposits",
    "sweep_lots",
    "sweep_negotiations",
    "terminate_lot",
    "waive_right",
    "withdraw_application",
]
