"""Who may do what in a sale. Reading the public face of a lot is free for everyone."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_SELLERS = frozenset({"manager", "head"})
_BUYERS = frozenset({"agent", "head"})
_MEMBERS = frozenset({"manager", "inventor", "agent", "head"})

# Nobody of the operator's takes part in a sale (拍卖法 22; DOMAIN 2.1).
STAFF: Final = frozenset({"operator", "publisher", "supervisor", "administrator"})

READ_LOT: Final = Permission("auctions.read_lot", everyone=True)
ANNOUNCE_LOT: Final = Permission("auctions.announce_lot", members=_SELLERS, verified=True)
DRAFT_LOT: Final = Permission("auctions.draft_lot", members=_SELLERS)
LIST_DRAFTS: Final = Permission("auctions.list_drafts", members=_SELLERS)
AMEND_LOT: Final = Permission("auctions.amend_lot", members=_SELLERS, verified=True)
# The operator stops and ends any lot; its seller only his own, for the reasons that are his.
STEER_LOT: Final = Permission(
    "auctions.steer_lot", platform=frozenset({"operator"}), members=_SELLERS
)
JUDGE_LOT: Final = Permission("auctions.judge_lot", platform=frozenset({"operator"}))
LIST_STANDING: Final = Permission(
    "auctions.list_standing", platform=frozenset({"operator", "supervisor"})
)
# The exchange decides who is admitted (资格确认); who looks behind a code needs a second person.
DECIDE_APPLICATION: Final = Permission(
    "auctions.decide_application", platform=frozenset({"operator"}), by_token=False
)
SEE_APPLICATIONS: Final = Permission(
    "auctions.see_applications", platform=frozenset({"operator", "supervisor"})
)
ANSWER_COMPLAINT: Final = Permission(
    "auctions.answer_complaint", platform=frozenset({"operator", "supervisor"}), by_token=False
)
LOOK_BEHIND: Final = Permission(
    "auctions.look_behind", platform=frozenset({"supervisor"}), by_token=False
)
APPROVE_LOOK: Final = Permission(
    "auctions.approve_look", platform=frozenset({"supervisor", "administrator"}), by_token=False
)
LIST_LOOKS: Final = Permission(
    "auctions.list_looks", platform=frozenset({"supervisor", "administrator"})
)
# Deposits: money is a matter of people, no program decides about any.
SEE_DEPOSITS: Final = Permission(
    "auctions.see_deposits",
    platform=frozenset({"operator", "supervisor", "administrator"}),
    by_token=False,
)
JUDGE_DEPOSIT: Final = Permission(
    "auctions.judge_deposit", platform=frozenset({"operator"}), by_token=False
)
BID: Final = Permission("auctions.bid", members=_BUYERS, verified=True)
SEE_OWN_PLACE: Final = Permission("auctions.see_own_place", members=_MEMBERS)
LIST_OWN: Final = Permission("auctions.list_own", members=_MEMBERS)
# The secrets of a finished sale, for whoever examines it; by a person, never by a token.
OPEN_SALE: Final = Permission(
    "auctions.open_sale", platform=frozenset({"supervisor"}), by_token=False
)
READ_CERTIFICATE: Final = Permission(
    "auctions.read_certificate", platform=frozenset({"operator", "supervisor"}), members=_MEMBERS
)
