"""The one place that answers: may this actor do this to that?

A room names its permissions in ``access.py``; this module alone decides. A stranger to a hidden
thing gets NotFound, so that its existence is not told.

An API token has scopes: it may what its person may, as far as the permission's scope is among them.
The scope stands in the permission's name: ``<room>:read`` when its verb says so, else
``<room>:write``, which includes reading in the same room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, ScopeMissing, Unauthenticated
from app.core.watch import note_event

READING: Final = ("see", "list", "read")  # verbs of permissions that change nothing


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may do one thing.

    ``everyone``: strangers too. ``signed_in``: any person. ``platform``: holders of one of these
    platform roles, whatever it is done to. ``members``: holders of one of these roles in the
    organisation that owns the thing. ``verified``: members only of a verified organisation.
    ``barred``: holders of one of these roles never, although they are signed in.
    ``any_token``: a token needs no scope for it (asking who it is). ``by_token``: False for what a
    person does himself only, whatever scopes a token has.
    """

    name: str
    everyone: bool = False
    signed_in: bool = False
    platform: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    verified: bool = False
    barred: frozenset[str] = frozenset()
    any_token: bool = False
    by_token: bool = True

    @property
    def scope(self) -> str:
        """What a token needs for it: ``catalogue:read`` for ``catalogue.see_hidden``."""
        room, _, verb = self.name.partition(".")
        return f"{room}:{'read' if verb.partition('_')[0] in READING else 'write'}"


def has_scope(actor: Actor, permission: Permission) -> bool:
    """Whether a token's scopes reach as far as this; always without a token."""
    if actor.scopes is None or permission.everyone or permission.any_token:
        return True
    room = permission.scope.partition(":")[0]
    return not actor.scopes.isdisjoint({permission.scope, f"{room}:write"})


def may(actor: Actor, permission: Permission, *, owner: UUID | None = None) -> bool:
    """Tell whether the actor may; ``owner`` is the owning organisation, None for "his own"."""
    if permission.everyone or actor.system:
        return True
    if not has_scope(actor, permission) or (actor.scopes is not None and not permission.by_token):
        return False
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
    A token whose person may, but which lacks the scope, gets ScopeMissing: it learns nothing that
    its person does not know.
    """
    if may(actor, permission, owner=owner):
        return
    note_event("access.refused", person_id=actor.person_id, permission=permission.name)
    if actor.scopes is not None and may(replace(actor, scopes=None), permission, owner=owner):
        if permission.by_token:
            raise ScopeMissing.of(permission.scope)
        raise Forbidden("访问令牌不能办理此事，请登录后在页面上操作", permission=permission.name)
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
