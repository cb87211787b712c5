"""What an organisation is told, its programs may be told: every kind of notice has a name there.

Kinds are read from the source, so a new one fails here until it is offered to webhooks or named
below with the reason why not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.main import WEBHOOK_KINDS

ROOMS: Final = Path(__file__).parents[2] / "app"
# What makes a notice: the value itself, and the helpers of rooms that are handed its kind.
MAKERS: Final = frozenset({"Notice", "Sentence", "_notice", "_tell", "tell_owner", "_close"})
KIND: Final = re.compile(r"^[a-z]+\.[a-z_]+$")
# Kinds that no organisation is told, each with who is.
NOT_OFFERED: Final = {
    "accounts.organisation_submitted": "the platform's operators",
    "accounts.person_verification_submitted": "the platform's operators",
    "accounts.person_verified": "the person alone",
    "accounts.person_returned": "the person alone",
    "accounts.join_approved": "the person who asked",
    "accounts.join_refused": "the person who asked",
    "accounts.token_created": "the person whose token it is",
    "auctions.application_received": "the platform's operators",
    "auctions.complaint_filed": "the platform's operators and supervisors",
    "auctions.look_asked": "the platform's supervisors and administrators",
    "catalogue.achievement_submitted": "the platform's operators",
    "catalogue.claim_requested": "the platform's operators",
    "catalogue.consent_proof_sent": "the platform's operators",
    "catalogue.confirmation_asked": "the researcher alone: it waits for his own word",
    "catalogue.entry_confirmed": "the person who entered it",
    "catalogue.entry_refused": "the person who entered it",
    "demands.demand_submitted": "the platform's operators",
    "disclosures.decided": "the completers alone",
    "inbox.dispatch_died": "the platform's administrators",
    "auctions.deposit_to_approve": "the platform's operators",
    "payments.bank_contradicts": "the platform's operators",
    "payments.order_stuck": "the platform's operators",
    "payments.payout_stuck": "the platform's operators",
    "payments.refund_asked": "the platform's operators",
    "payments.statement_differs": "the platform's operators",
    "payments.statement_unread": "the platform's operators",
    "searches.new_results": "the person alone: he keeps the searches",
    "inbox.endpoint_disabled": "the heads, by message: the webhook it is about is off",
}


# The audit's words that a helper is handed together with the kind.
ACTIONS: Final = frozenset(
    {"accounts.verify_person", "accounts.return_person", "accounts.confirm_member"}
)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that make a notice."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in MAKERS:
                yield node


def kinds_of(path: Path) -> Iterator[str]:
    """The kinds that a module's notices have."""
    tree = ast.parse(path.read_text("utf-8"))
    rooms = {"market", *(room.name for room in ROOMS.iterdir() if room.is_dir())}
    for call in calls(tree):
        kinds = [word.value for word in call.keywords if word.arg == "kind"]
        for given in kinds:
            assert not isinstance(given, ast.JoinedStr), f"{path}: a kind is written whole"
        for given in (*call.args, *kinds):
            for node in ast.walk(given):
                said = node.value if isinstance(node, ast.Constant) else None
                if isinstance(said, str) and KIND.match(said) and said.split(".")[0] in rooms:
                    yield said


def told() -> set[str]:
    """Every kind of notice in the source."""
    found = {kind for path in sorted(ROOMS.rglob("*.py")) for kind in kinds_of(path)}
    return found - ACTIONS


def test_every_kind_is_offered_or_named_with_a_reason() -> None:
    unknown = told() - set(WEBHOOK_KINDS) - set(NOT_OFFERED)
    assert not unknown, "offer them to webhooks (WEBHOOK_KINDS of the room) or say why not"
    assert not set(WEBHOOK_KINDS) & set(NOT_OFFERED)


def test_nothing_is_offered_that_is_never_told() -> None:
    assert set(WEBHOOK_KINDS) | set(NOT_OFFERED) == told()
