"""The one place that answers: may this actor do this to that?

A room names its permissions in ``access.py``; this module alone decides. A stranger to a hidden
thing gets NotFound, so that its existence is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Unauthenticated


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may do one thing.

    ``everyone``: strangers too. ``signed_in``: any person. ``platform``: holders of one of these
    platform roles, whatever it is done to. ``members``: holders of one of these roles in the
    organisation that owns the thing. ``verified``: members only of a verified organisation.
    ``barred``: holders of one of these roles never, although they are signed in.
    """

    name: str
    everyone: bool = False
    signed_in: bool = False
    platform: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    verified: bool = False
    barred: frozenset[str] = frozenset()


def may(actor: Actor, permission: Permission, *, owner: UUID | None = None) -> bool:
    """Tell whether the actor may; ``owner`` is the owning organisation, None for "his own"."""
    if permission.everyone or actor.system:
        return True
    if not actor.signed_in or actor.roles & permission.barred:
        return False
    if permission.signed_in or actor.roles & permission.platform:
        return True
    acts_for_owner = actor.organisation_id is not None and owner in (None, actor.organisation_id)
    return (
        acts_for_owner
        and bool(actor.roles & permission.members)
        and (actor.verified or not permission.verified)
    )


def require(
    actor: Actor, permission: Permission, *, owner: UUID | None = None, visible: bool = True
) -> None:
    """Refuse unless the actor may.

    Raises Unauthenticated (nobody signed in), NotFound (the thing is hidden from this actor:
    ``visible`` is False) or Forbidden. A stranger to a hidden thing gets NotFound, not a login.
    """
    if may(actor, permission, owner=owner):
        return
    if not visible:
        raise NotFound()
    if not actor.signed_in:
        raise Unauthenticated()
    if (
        permission.verified
        and not actor.verified
        and actor.roles & permission.members
        and owner in (None, actor.organisation_id)
    ):
        raise Forbidden("您的单位尚未通过认证，认证后即可办理", permission=permission.name)
    raise Forbidden(permission=permission.name)
