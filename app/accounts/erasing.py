"""A copy of one's own data, and the end of one's own account (注销).

Deletion empties the fields and keeps the id: the audit trail, bids and deals hold ids, and what
they prove about organisations must not change. What was a person's alone is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app.accounts import (
    access,
    erasing_queries,
    letters,
    organisation_queries,
    proof_queries,
    queries,
    rules,
    vouching_queries,
)
from app.accounts.errors import AccountMoved, StillObliged
from app.accounts.logins import drop_login
from app.accounts.models import Organisation
from app.accounts.papers import take_papers_off
from app.accounts.people import note_person
from app.accounts.ports import PersonalRoom
from app.accounts.types import Role, VerificationState
from app.core.access import require
from app.core.actor import Actor
from app.core.i18n import Message
from app.core.tx import UnitOfWork


async def export_own(
    uow: UnitOfWork, *, actor: Actor, rooms: Sequence[PersonalRoom]
) -> dict[str, Any]:
    """Everything the market knows of the asker, by room, as JSON values. Raises Unauthenticated."""
    require(actor, access.EXPORT_OWN)
    assert actor.person_id is not None
    copy: dict[str, Any] = {
        "format": "market-personal-data/1",
        "written_at": uow.now.isoformat(),
        "accounts": await erasing_queries.read_account(uow, actor.person_id),
    }
    for room in rooms:
        copy[room.name] = await room.export(uow, person_id=actor.person_id)
    await note_person(uow, actor, "accounts.export_own_data", actor.person_id)
    return copy


async def list_own_obligations(
    uow: UnitOfWork, *, actor: Actor, rooms: Sequence[PersonalRoom]
) -> list[Message]:
    """What keeps the asker from deleting his account, as sentences. Raises Unauthenticated."""
    require(actor, access.SEE_OWN)
    assert actor.person_id is not None
    found = []
    if await queries.list_holders(uow, [Role.administrator]) == {actor.person_id}:
        found.append(Message("您是唯一的系统管理员，请先授予另一人该角色"))
    for room in rooms:
        found += await room.obligations(uow, person_id=actor.person_id)
    for organisation, roles in await organisation_queries.list_memberships(uow, actor.person_id):
        found += await _check_last(uow, actor.person_id, organisation, roles, rooms)
    return found


async def delete_account(
    uow: UnitOfWork, *, actor: Actor, rooms: Sequence[PersonalRoom], locale: str
) -> None:
    """End the asker's account, after his password was asked: names emptied, ways in, sessions,
    roles, memberships and what the rooms hold of his alone deleted. Cannot be taken back.

    Raises Unauthenticated, StillObliged, AccountMoved (he joined an organisation meanwhile).
    """
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    person_id = actor.person_id
    # why: roles and members change under their organisation's lock, so nobody becomes its head or
    # ceases to be another one while we look; all locks in id order, organisations before people
    locked = await erasing_queries.lock_organisations(uow, person_id)
    await erasing_queries.lock_administrators(uow)
    person = await queries.lock_living(uow, person_id)
    memberships = await organisation_queries.list_memberships(uow, person_id)
    if {organisation.id for organisation, _ in memberships} != locked:
        raise AccountMoved()
    obligations = await list_own_obligations(uow, actor=actor, rooms=rooms)
    if obligations:
        raise StillObliged(obligations)
    for login in await proof_queries.list_logins(uow, person_id):
        await drop_login(uow, login, letters.deleted_letter(), locale)
    for room in rooms:
        await room.forget(uow, person_id=person_id)
    if (shown := await vouching_queries.find_current(uow, person_id)) is not None:
        await take_papers_off(uow, shown.id)
    await proof_queries.delete_proofs(uow, person_id)
    await proof_queries.delete_sessions(uow, person_id)
    await erasing_queries.delete_belongings(uow, person_id)
    person.name, person.deleted_at = rules.DELETED_NAME, uow.now
    await note_person(
        uow, actor, "accounts.delete_account", person_id, organisations=sorted(map(str, locked))
    )


async def _check_last(
    uow: UnitOfWork,
    person_id: UUID,
    organisation: Organisation,
    roles: Collection[str],
    rooms: Sequence[PersonalRoom],
) -> list[Message]:
    """What stands against leaving one organisation: colleagues without a head, or open things."""
    others = await erasing_queries.list_other_roles(uow, organisation.id, person_id)
    if any(Role.head in held for held in others):
        return []
    if others:
        if Role.head not in roles:
            return []
        return [
            Message(
                "您是%(organisation)s唯一的负责人，请先指定新的负责人",
                organisation=organisation.name,
            )
        ]
    found = []
    if organisation.state == VerificationState.submitted:
        found.append(Message("%(organisation)s的认证申请正在审核", organisation=organisation.name))
    for room in rooms:
        found += await room.open_things(uow, organisation_id=organisation.id)
    return found
