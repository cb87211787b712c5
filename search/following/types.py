"""What a follower is, and how it stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

Key = tuple[str, UUID]
"""A document by its kind and id."""


class Follower(Protocol):
    """Takes in documents as they are now; what is gone from the index it takes out.

    ``name`` is what it is registered by, ``batch`` how many documents it takes at once.
    """

    @property
    def name(self) -> str: ...

    @property
    def batch(self) -> int: ...

    async def take(self, keys: Sequence[Key]) -> Collection[Key]:
        """Take these in, all or none, and answer those that engines should now take (again).

        Raises EngineDown (try later; nothing moves) or EngineRefused (a document among them is
        not taken; the caller finds out which).
        """


class Change(NamedTuple):
    """One document that is due; ``change_no`` says which change of it is meant."""

    kind: str
    id: UUID
    change_no: int

    @property
    def key(self) -> Key:
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class Standing:
    """How a follower stands: for figures, checks and the people who look after the market.

    ``waiting`` stops at ``queries.COUNTED``. ``lag_s`` is how long the first of what is due has
    waited. ``fault`` says why it takes nothing since ``down_at``; "" when it does.
    """

    name: str
    waiting: int
    dead: int
    lag_s: float
    fault: str
    down_at: datetime | None
    filled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dead:
    """A document that was given up, with the follower's own reason (in its own language)."""

    follower: str
    kind: str
    id: UUID
    number: str
    title: str
    reason: str
    dead_at: datetime
