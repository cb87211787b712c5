"""The door of auctions: its verbs, by what they are about.

Admission: ``admission``, ``deciding``, ``admission_reading``; a look behind the codes: ``looking``.
Selling: ``selling`` (announce, bid); the clock: ``closing`` (heartbeat, sweep); reading:
``reading``.
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
from app.auctions.closing import beat, sweep_lots
from app.auctions.deciding import (
    answer_complaint,
    complain,
    decide_application,
    sweep_applications,
)
from app.auctions.looking import approve_look, list_looks, look_behind, read_names
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
from app.auctions.selling import announce_lot, place_bid

__all__ = [
    "APPLICATION_FILES",
    "MOST_BIDS",
    "admit_when_ready",
    "announce_lot",
    "answer_complaint",
    "apply_to_lot",
    "approve_look",
    "beat",
    "complain",
    "decide_application",
    "find_my_place",
    "find_obstacle",
    "guard_application_file",
    "join_lot",
    "list_applications",
    "list_complaints",
    "list_joined_lots",
    "list_looks",
    "list_lots",
    "list_own_applications",
    "list_own_lots",
    "list_public_bids",
    "list_suspensions",
    "look_behind",
    "place_bid",
    "read_live",
    "read_names",
    "show_application",
    "show_apply",
    "show_lot",
    "show_rulebook",
    "show_rulebook_in_force",
    "sweep_applications",
    "sweep_lots",
    "withdraw_application",
]
