"""One line a route: who gets through, and what the others get.

A room keeps its lines in ``tests/access/<room>.py``: ``ROWS``, and ``build(stage, world)``, which
makes the objects that rows name. ``tests/access_table.py`` puts the rooms together.

    "GET /achievements/{number}": row(EVERYONE, number="achievement"),
    "POST /desk/offers/{number}/withdraw": row(OWNER_MANAGER, others=404, number="offer"),

- The first argument is the set of cast members who get through: any answer but 401, 403, 404, 405
  and a fault of ours. A state that says no (409) or a form with faults (422) is getting through.
- ``stranger`` and ``others`` are what the rest gets: 401 (also: led to the login), 403 or 404;
  those in ``unseen`` get 404.
- Keywords name path parameters; their values name examples that ``build`` made.
- ``form`` or ``json`` is sent by a POST whose page reads the form before the verb asks who it is;
  a value ``"@achievement"`` stands for that example.
- ``stream``: an answer that does not end; only its beginning is read.
- A route with several kinds of object has a list of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.accounts.types import MEMBER_ROLES, PERSON_ROLES, PLATFORM_ROLES
from app.core.actor import Actor
from tests.worlds.accounts import Org

# Who asks. Members of the owner: manager, inventor, agent, head, one role each, in the verified
# organisation that owns every example. ``foreign`` holds all four roles in another verified
# organisation, ``unverified`` in one that nobody has vouched for; ``person`` is in none.
STRANGER: Final = frozenset({"stranger"})
PLATFORM: Final = frozenset(str(role) for role in PLATFORM_ROLES | PERSON_ROLES)
MEMBERS: Final = frozenset(str(role) for role in MEMBER_ROLES)
OUTSIDERS: Final = frozenset({"person", "foreign", "unverified"})
CAST: Final = STRANGER | PLATFORM | MEMBERS | OUTSIDERS

EVERYONE: Final = CAST
SIGNED_IN: Final = CAST - STRANGER
NOT_SUPERVISOR: Final = SIGNED_IN - {"supervisor"}
READERS: Final = frozenset({"operator", "supervisor", "administrator"})  # see all, by their office
OPERATOR: Final = frozenset({"operator"})
ADMINISTRATOR: Final = frozenset({"administrator"})
ELSEWHERE: Final = frozenset({"foreign", "unverified"})  # heads of other organisations
HEADS: Final = frozenset({"head", "foreign", "unverified"})  # each in his own organisation


@dataclass(frozen=True)
class Row:
    """Who gets through on one route with one object, and what the others get."""

    may: frozenset[str]
    stranger: int = 401
    others: int = 403
    unseen: frozenset[str] = frozenset()
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    stream: bool = False  # an answer that does not end: only its beginning is read
    parameters: Mapping[str, str] = field(default_factory=dict)

    def expected(self, who: str) -> int:
        """0 for getting through, else the refusal's status."""
        if who in self.may:
            return 0
        if who in self.unseen:
            return 404
        return self.stranger if who == "stranger" else self.others


def row(
    may: frozenset[str],
    *,
    stranger: int = 401,
    others: int = 403,
    unseen: frozenset[str] = frozenset(),
    form: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    stream: bool = False,
    **parameters: str,
) -> Row:
    """One line of the table; see the head of this file."""
    return Row(may, stranger, others, unseen, form or {}, json, stream, parameters)


PUBLIC: Final = row(EVERYONE)


@dataclass
class Stage:
    """The cast, and the objects that rows name."""

    cast: dict[str, Actor]
    owner: Org  # owns every example unless its name says otherwise
    foreign: Org
    unverified: Org
    examples: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """Put examples in the place of ``"@name"``, in mappings and lists too."""
        if isinstance(value, str) and value.startswith("@"):
            return self.examples[value[1:]]
        if isinstance(value, Mapping):
            return {name: self.fill(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value
