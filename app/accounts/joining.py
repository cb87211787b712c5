"""The verbs about asking to become a member (加入申请): ask, withdraw, approve, refuse.

Beside an invitation's code: here the person begins and a head decides. Only verified organisations
can be asked, since only they are public.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import (
    access,
    joining_queries,
    organisation_queries,
    queries,
    rules,
)
from app.accounts.errors import (
    AlreadyAsked,
    AlreadyMember,
    JoinRequestDecided,
    JoinRequestMissing,
    OrganisationMissing,
)
from app.accounts.models import Organisation
from app.accounts.organisations import let_in, lock_managed, note_organisation
from app.accounts.people import count_attempt, mask_value
from app.accounts.standing_models import JoinRequest
from app.accounts.telling import tell_organisation, tell_person
from app.accounts.types import (
    JoinRequestState,
    JoinRequestView,
    OrganisationView,
    OwnJoinRequest,
    Role,
)
from app.core.access import require
from app.core.actor import Actor
from app.core.i18n import Message
from app.core.ids import new_id
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork
from app.inbox.types import Notice

ASK_LIMIT: Final = rules.Limit("join:person", 10, timedelta(days=1))  # our default
NOTE_MAX: Final = 200
FOUND_MOST: Final = 10
PAGE: Final = 20
DESK: Final = "/desk/organisation"
ASKING: Final = "/desk/organisation/join-requests"


async def search_organisations(
    uow: UnitOfWork, *, actor: Actor, word: str
) -> list[OrganisationView]:
    """Verified organisations by 统一社会信用代码 or by a part of the name, at most ten.

    Raises Unauthenticated, Forbidden (a supervisor), Invalid (one letter finds too much).
    """
    require(actor, access.JOIN)
    word = rules.parse_search(word)
    code = unicodedata.normalize("NFKC", word).upper()
    by_code = await organisation_queries.list_verified_by_code(uow, code)
    found = by_code or await joining_queries.list_verified_with(uow, word, FOUND_MOST)
    return [organisation.view() for organisation in found]


async def ask_to_join(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    roles: Collection[Role],
    note_text: str = "",
) -> UUID:
    """Ask a verified organisation's heads to be let in, in the roles wished; returns the request.

    The same request again is the one that is open. Raises Unauthenticated, Forbidden (a
    supervisor), OrganisationMissing, Invalid, AlreadyMember, AlreadyAsked, TooManyAttempts.
    """
    require(actor, access.JOIN)
    assert actor.person_id is not None
    organisation = await organisation_queries.lock_organisation(uow, organisation_id)
    if not organisation.view().verified:
        raise OrganisationMissing()
    rules.check_member_roles(roles)
    if note_text.strip():
        note_text = rules.parse_line(note_text, "note", NOTE_MAX)
    await queries.keep_living(uow, actor.person_id)
    if await organisation_queries.find_member(uow, organisation_id, actor.person_id):
        raise AlreadyMember()
    seen = await joining_queries.find_open(uow, organisation_id, actor.person_id)
    if seen is not None:
        if (set(seen.roles), seen.note) != (set(roles), note_text):
            raise AlreadyAsked()
        return seen.id
    await count_attempt(uow, ASK_LIMIT, str(actor.person_id))
    request = JoinRequest(
        id=new_id(),
        organisation_id=organisation_id,
        person_id=actor.person_id,
        roles=sorted(roles),
        note=note_text,
        state=JoinRequestState.pending.value,
        reason="",
        asked_at=await uow.stamp(),
    )
    uow.session.add(request)
    await uow.session.flush()
    await note_organisation(
        uow, actor, "accounts.ask_to_join", organisation_id, request_id=str(request.id)
    )
    await tell_organisation(
        uow,
        organisation_id=organisation_id,
        roles={Role.head},
        notice=Notice(
            kind="accounts.join_requested",
            subject="有人申请加入您的单位",
            body="请核实申请人身份后同意或拒绝。",
            href=f"{DESK}#join-requests",
            facts={"request_id": str(request.id)},
        ),
        key=f"join:{request.id}",
    )
    return request.id


async def withdraw_join_request(uow: UnitOfWork, *, actor: Actor, request_id: UUID) -> None:
    """Take one's own open request back; one already taken back stays so.

    Raises Unauthenticated, Forbidden, JoinRequestMissing (also another's), JoinRequestDecided.
    """
    require(actor, access.JOIN)
    seen = await joining_queries.get_request(uow, request_id)
    if seen.person_id != actor.person_id:
        raise JoinRequestMissing()
    await organisation_queries.lock_organisation(uow, seen.organisation_id)
    request = await joining_queries.get_request(uow, request_id)
    if request.state == JoinRequestState.withdrawn.value:
        return
    _check_open(request)
    request.state, request.decided_at = JoinRequestState.withdrawn.value, await uow.stamp()
    await note_organisation(
        uow,
        actor,
        "accounts.withdraw_join_request",
        request.organisation_id,
        request_id=str(request_id),
    )


async def approve_join_request(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    request_id: UUID,
    roles: Collection[Role],
) -> None:
    """Let the person in, in the roles that the head chooses.

    Raises Forbidden, OrganisationMissing, JoinRequestMissing, JoinRequestDecided, Invalid,
    AlreadyMember, PersonMissing (he has left the market).
    """
    organisation = await lock_managed(uow, actor, organisation_id)
    request = await _get_of(uow, organisation_id, request_id)
    rules.check_member_roles(roles)
    _check_open(request)
    await queries.keep_living(uow, request.person_id)
    await let_in(uow, organisation_id, request.person_id, roles)
    await _decide(uow, actor, request, JoinRequestState.approved)
    await note_organisation(
        uow,
        actor,
        "accounts.approve_join_request",
        organisation_id,
        request_id=str(request_id),
        person_id=str(request.person_id),
        roles=sorted(roles),
    )
    await _tell_applicant(uow, request, organisation)


async def refuse_join_request(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, request_id: UUID, reason: str
) -> None:
    """Say no, with a reason that the person reads.

    Raises Forbidden, OrganisationMissing, JoinRequestMissing, JoinRequestDecided, Invalid.
    """
    organisation = await lock_managed(uow, actor, organisation_id)
    request = await _get_of(uow, organisation_id, request_id)
    reason = rules.parse_line(reason, "reason", NOTE_MAX, "请填写拒绝理由")
    _check_open(request)
    request.reason = reason
    await _decide(uow, actor, request, JoinRequestState.refused)
    await note_organisation(
        uow,
        actor,
        "accounts.refuse_join_request",
        organisation_id,
        request_id=str(request_id),
        person_id=str(request.person_id),
    )
    await _tell_applicant(uow, request, organisation)


async def list_join_requests(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    after: str | None = None,
    limit: int = PAGE,
) -> Page[JoinRequestView]:
    """The open requests to an organisation, oldest first, for its heads. Raises Forbidden,
    Invalid (a broken cursor)."""
    require(actor, access.MANAGE, owner=organisation_id)
    rows = await joining_queries.list_open(uow, organisation_id, decode_id(after), limit + 1)
    shown = [
        JoinRequestView(
            id=request.id,
            person_id=request.person_id,
            name=name,
            identifier=mask_value(identifier or ""),
            roles=frozenset(map(Role, request.roles)),
            note=request.note,
            asked_at=request.asked_at,
        )
        for request, name, identifier in rows[:limit]
    ]
    return Page(shown, encode_cursor(shown[-1].id) if len(rows) > limit else None)


async def list_own_join_requests(uow: UnitOfWork, *, actor: Actor) -> list[OwnJoinRequest]:
    """What the asker asked, newest first, at most ten. Raises Unauthenticated, Forbidden."""
    require(actor, access.JOIN)
    assert actor.person_id is not None
    return [
        OwnJoinRequest(
            id=request.id,
            organisation_id=request.organisation_id,
            organisation_name=name,
            roles=frozenset(map(Role, request.roles)),
            state=JoinRequestState(request.state),
            reason=request.reason,
            asked_at=request.asked_at,
        )
        for request, name in await joining_queries.list_own(uow, actor.person_id, FOUND_MOST)
    ]


async def _get_of(uow: UnitOfWork, organisation_id: UUID, request_id: UUID) -> JoinRequest:
    request = await joining_queries.get_request(uow, request_id)
    if request.organisation_id != organisation_id:
        raise JoinRequestMissing()
    return request


def _check_open(request: JoinRequest) -> None:
    if request.state != JoinRequestState.pending.value:
        raise JoinRequestDecided(state=request.state)


async def _decide(
    uow: UnitOfWork, actor: Actor, request: JoinRequest, state: JoinRequestState
) -> None:
    request.state, request.decided_at = state.value, await uow.stamp()
    request.decided_by = actor.person_id


async def _tell_applicant(
    uow: UnitOfWork, request: JoinRequest, organisation: Organisation
) -> None:
    approved = request.state == JoinRequestState.approved.value
    said = (
        Message("您已是%(organisation)s的成员，可以切换到该单位办理业务。",
                organisation=organisation.name)
        if approved
        else Message("%(organisation)s没有同意您的加入申请，理由见申请记录。",
                     organisation=organisation.name)
    )  # fmt: skip
    await tell_person(
        uow,
        person_id=request.person_id,
        notice=Notice(
            kind="accounts.join_approved" if approved else "accounts.join_refused",
            subject="加入单位的申请已通过" if approved else "加入单位的申请未通过",
            body=said,
            href="/act-for" if approved else ASKING,
            facts={"organisation_id": str(organisation.id)},
        ),
        key=f"join-decided:{request.id}",
    )
