"""Who is asking, for which organisation (单位), and in which roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """One asker for the length of one request.

    ``roles`` holds the platform roles and the roles in ``organisation_id``: a person acts for one
    organisation at a time. ``verified`` says whether that organisation has been verified,
    ``person_verified`` whether the person has (实名). ``scopes`` is None for a person in his
    browser, who may do all that his roles allow; an API token, named by ``token_id``, has only
    these. ``unread`` is how many messages wait for him, counted up to 100: every page shows it.
    """

    person_id: UUID | None
    organisation_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    verified: bool = False
    name: str = ""
    organisation_name: str = ""
    system: bool = False
    person_verified: bool = False
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    unread: int = field(default=0, compare=False)

    @classmethod
    def stranger(cls) -> Actor:
        """Nobody in particular."""
        return cls(person_id=None)

    @property
    def signed_in(self) -> bool:
        return self.person_id is not None


# The market itself: timers and listeners act as it. No request can become it.
SYSTEM = Actor(person_id=None, system=True, name="系统")
