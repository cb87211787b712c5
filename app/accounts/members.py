"""The verbs about members: invite, join, change roles, remove."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from uuid import UUID

from app.accounts import (
    access,
    joining_queries,
    organisation_queries,
    queries,
    rules,
)
from app.accounts.errors import InvitationMissing
from app.accounts.models import Invitation
from app.accounts.organisations import (
    let_in,
    lock_managed,
    note_organisation,
    show_organisation,
)
from app.accounts.people import mask_value
from app.accounts.types import (
    DeskView,
    InvitationView,
    MembershipState,
    MemberView,
    OrganisationView,
    Role,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import KeyReused
from app.core.ids import new_id
from app.core.tx import UnitOfWork


async def invite_member(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    roles: Collection[Role],
    key: str,
    note_text: str = "",
) -> InvitationView:
    """Make a one-time code for one colleague (邀请码), by a head, who hands it over himself.

    No identifier is asked for, so nobody learns who has an account. Valid for seven days.
    Raises Forbidden, OrganisationMissing, Invalid, KeyReused.
    """
    await lock_managed(uow, actor, organisation_id)
    rules.check_member_roles(roles)
    if (seen := await organisation_queries.find_invited(uow, organisation_id, key)) is not None:
        if set(seen.roles) != set(roles):
            raise KeyReused()
        return _invitation_view(seen)
    if note_text.strip():
        note_text = rules.parse_line(note_text, "note", rules.NOTE_MAX)
    invitation = Invitation(
        id=new_id(),
        organisation_id=organisation_id,
        code=rules.make_code(secrets.token_bytes(10)),
        roles=sorted(roles),
        note=note_text,
        invited_by=actor.person_id,
        expires_at=uow.now + rules.INVITATION_LIMIT,
        idempotency_key=key,
    )
    uow.session.add(invitation)
    await note_organisation(
        uow, actor, "accounts.invite_member", organisation_id, invitation_id=str(invitation.id)
    )
    return _invitation_view(invitation)


async def withdraw_invitation(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, invitation_id: UUID
) -> None:
    """Make an unused code worthless, by a head. Raises Forbidden, InvitationMissing."""
    await lock_managed(uow, actor, organisation_id)
    invitation = await organisation_queries.get_invitation(uow, organisation_id, invitation_id)
    invitation.expires_at = min(invitation.expires_at, uow.now)
    await note_organisation(
        uow,
        actor,
        "accounts.withdraw_invitation",
        organisation_id,
        invitation_id=str(invitation_id),
    )


async def join_organisation(uow: UnitOfWork, *, actor: Actor, code: str) -> OrganisationView:
    """Become a member by a code; the same person with the same code joins once.

    Raises Unauthenticated, Forbidden (a supervisor), InvitationMissing (unknown, used by another
    or expired), AlreadyMember.
    """
    require(actor, access.JOIN)
    assert actor.person_id is not None
    code = rules.parse_code(code)
    found = await organisation_queries.get_open_invitation(uow, code)
    organisation = await organisation_queries.lock_organisation(uow, found.organisation_id)
    await queries.keep_living(uow, actor.person_id)
    invitation = await organisation_queries.get_open_invitation(uow, code)
    if invitation.used_by is not None and invitation.used_by != actor.person_id:
        raise InvitationMissing()
    if invitation.used_by == actor.person_id:
        if not await organisation_queries.find_member(uow, organisation.id, actor.person_id):
            raise InvitationMissing()
        return organisation.view()
    await let_in(uow, organisation.id, actor.person_id, map(Role, invitation.roles))
    invitation.used_by, invitation.used_at = actor.person_id, uow.now
    await joining_queries.close_open(uow, organisation.id, actor.person_id)
    await note_organisation(
        uow,
        actor,
        "accounts.join_organisation",
        organisation.id,
        invitation_id=str(invitation.id),
        roles=sorted(invitation.roles),
    )
    return organisation.view()


async def set_member_roles(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    person_id: UUID,
    roles: Collection[Role],
) -> None:
    """Change what a member may do, by a head.

    Raises Forbidden, OrganisationMissing, MemberMissing, Invalid, LastHead.
    """
    await lock_managed(uow, actor, organisation_id)
    rules.check_member_roles(roles)
    member = await organisation_queries.get_member(uow, organisation_id, person_id)
    heads = await organisation_queries.count_other_heads(uow, organisation_id, person_id)
    rules.check_keeps_head(heads, roles)
    member.roles = sorted(roles)
    await note_organisation(
        uow,
        actor,
        "accounts.set_member_roles",
        organisation_id,
        person_id=str(person_id),
        roles=sorted(roles),
    )


async def remove_member(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, person_id: UUID
) -> None:
    """End a membership, by a head; his sessions stop acting for the organisation at once.

    Raises Forbidden, OrganisationMissing, MemberMissing, LastHead.
    """
    await lock_managed(uow, actor, organisation_id)
    member = await organisation_queries.get_member(uow, organisation_id, person_id)
    heads = await organisation_queries.count_other_heads(uow, organisation_id, person_id)
    rules.check_keeps_head(heads, ())
    member.state = MembershipState.removed.value
    await queries.leave_sessions(uow, person_id, organisation_id)
    await note_organisation(
        uow, actor, "accounts.remove_member", organisation_id, person_id=str(person_id)
    )


async def show_desk(uow: UnitOfWork, *, actor: Actor) -> DeskView | None:
    """The organisation the asker acts for; None when he acts for none. Raises Unauthenticated."""
    require(actor, access.SEE_SELF)
    if actor.organisation_id is None:
        return None
    own_id = actor.organisation_id
    organisation = await show_organisation(uow, actor=actor, organisation_id=own_id)
    members = await list_members(uow, actor=actor, organisation_id=own_id)
    manages = may(actor, access.MANAGE, owner=own_id)
    invitations = (
        await list_invitations(uow, actor=actor, organisation_id=own_id) if manages else []
    )
    return DeskView(
        organisation,
        tuple(members),
        tuple(invitations),
        may_manage=manages,
        may_edit=manages and rules.is_editable(organisation.state),
    )


async def list_members(uow: UnitOfWork, *, actor: Actor, organisation_id: UUID) -> list[MemberView]:
    """Active members in order of joining. Raises Forbidden, OrganisationMissing."""
    await show_organisation(uow, actor=actor, organisation_id=organisation_id)
    require(actor, access.SEE_MEMBERS, owner=organisation_id)
    found = await organisation_queries.list_members(uow, organisation_id)
    return [
        MemberView(
            member.person_id,
            name,
            frozenset(map(Role, member.roles)),
            mask_value(identifier),
            member.joined_at,
            verified,
        )
        for member, name, identifier, verified in found
    ]


async def list_invitations(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID
) -> list[InvitationView]:
    """Codes that can still be used, newest first; for heads. Raises Forbidden."""
    require(actor, access.MANAGE, owner=organisation_id)
    found = await organisation_queries.list_open_invitations(uow, organisation_id)
    return [_invitation_view(invitation) for invitation in found]


async def share_members(uow: UnitOfWork, *, one: UUID, other: UUID) -> bool:
    """Whether somebody belongs to both organisations; for rooms that keep related parties apart.
    Asks no permission, and never says who."""
    return await organisation_queries.share_members(uow, one, other)


async def has_staff(uow: UnitOfWork, *, organisation_id: UUID) -> bool:
    """Whether a member works for the platform; asks no permission, and never says who."""
    return await organisation_queries.has_staff(uow, organisation_id)


async def works_for(uow: UnitOfWork, *, person_id: UUID, organisation_id: UUID) -> bool:
    """Whether a person is an active member; asks no permission."""
    return await organisation_queries.find_member(uow, organisation_id, person_id) is not None


def _invitation_view(invitation: Invitation) -> InvitationView:
    return InvitationView(
        invitation.id,
        invitation.code,
        frozenset(map(Role, invitation.roles)),
        invitation.note,
        invitation.expires_at,
    )
