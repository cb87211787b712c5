"""The verbs about organisations: found, edit, have verified, members and invitations."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from app.accounts import access, organisation_queries, queries, rules
from app.accounts.errors import AlreadyMember, OrganisationMissing
from app.accounts.events import OrganisationReturned, OrganisationSubmitted, OrganisationVerified
from app.accounts.models import Membership, Organisation, Party
from app.accounts.types import (
    Claim,
    OrganisationKind,
    OrganisationView,
    PartyKind,
    Role,
    VerificationState,
)
from app.audit.service import note
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import FieldError, Forbidden, Invalid, KeyReused
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.paging import Page, decode_cursor, decode_place, encode_cursor
from app.core.tx import UnitOfWork

# A one-person organisation can work at once; its head narrows the roles as colleagues join.
FOUNDER_ROLES = (Role.head, Role.manager, Role.agent)
PAGE = 20


async def found_organisation(
    uow: UnitOfWork,
    *,
    actor: Actor,
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    region: str,
    key: str,
) -> OrganisationView:
    """Found an unverified organisation; the founder becomes its head, manager and agent.

    The same key returns the same organisation. Raises Unauthenticated, Forbidden (a supervisor),
    Invalid, KeyReused, CodeTaken (a verified organisation has this code).
    """
    require(actor, access.FOUND)
    assert actor.person_id is not None
    name, credit_code = _parse(name, credit_code, region)
    if (seen := await organisation_queries.find_founded(uow, actor.person_id, key)) is not None:
        if (seen.name, seen.kind, seen.credit_code) != (name, kind.value, credit_code):
            raise KeyReused()
        return seen.view()
    rules.check_code_free(await organisation_queries.count_verified(uow, credit_code))
    await queries.keep_living(uow, actor.person_id)
    organisation = Organisation(
        id=new_id(),
        name=name,
        kind=kind.value,
        credit_code=credit_code,
        region=region,
        state=VerificationState.unverified.value,
        reason="",
        founded_by=actor.person_id,
        idempotency_key=key,
    )
    uow.session.add(
        Party(id=organisation.id, kind=PartyKind.organisation.value, created_at=uow.now)
    )
    await uow.session.flush()
    uow.session.add(organisation)
    await uow.session.flush()
    await let_in(uow, organisation.id, actor.person_id, FOUNDER_ROLES)
    await note_organisation(uow, actor, "accounts.found_organisation", organisation.id)
    return organisation.view()


async def edit_organisation(
    uow: UnitOfWork,
    *,
    actor: Actor,
    organisation_id: UUID,
    name: str,
    kind: OrganisationKind,
    credit_code: str,
    region: str,
) -> OrganisationView:
    """Correct what was said of an organisation before it is (again) submitted, by its head.

    Raises Forbidden, OrganisationMissing, Invalid, NotEditable, CodeTaken.
    """
    organisation = await lock_managed(uow, actor, organisation_id)
    name, credit_code = _parse(name, credit_code, region)
    rules.check_editable(VerificationState(organisation.state))
    rules.check_code_free(await organisation_queries.count_verified(uow, credit_code))
    organisation.name, organisation.kind = name, kind.value
    organisation.credit_code, organisation.region = credit_code, region
    await note_organisation(uow, actor, "accounts.edit_organisation", organisation_id)
    return organisation.view()


async def submit_verification(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID
) -> OrganisationView:
    """Ask the platform to verify an organisation (申请认证), by its head; gives the case number.

    Raises Forbidden, OrganisationMissing, NotEditable (already submitted or verified), CodeTaken.
    """
    organisation = await lock_managed(uow, actor, organisation_id)
    rules.check_editable(VerificationState(organisation.state))
    rules.check_code_free(await organisation_queries.count_verified(uow, organisation.credit_code))
    organisation.submitted_at = await uow.stamp()
    organisation.decided_at = None
    organisation.number = organisation.number or await next_number(uow, "SL")
    organisation.state, organisation.reason = VerificationState.submitted.value, ""
    uow.record(OrganisationSubmitted(organisation_id, organisation.submitted_at))
    await note_organisation(uow, actor, "accounts.submit_verification", organisation_id)
    return organisation.view()


async def verify_organisation(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID
) -> OrganisationView:
    """Vouch for an organisation (认证通过), by an operator who is no member of it.

    Raises Forbidden, OrganisationMissing, NotUnderReview, CodeTaken.
    """
    require(actor, access.REVIEW)
    # why: all claims to the code are locked, so that only one of them can become verified
    organisation, verified_rivals = await organisation_queries.lock_claims(uow, organisation_id)
    await _check_no_member(uow, actor, organisation_id)
    rules.check_under_review(VerificationState(organisation.state))
    rules.check_code_free(verified_rivals)
    organisation.decided_at = await uow.stamp()
    organisation.state = VerificationState.verified.value
    uow.record(OrganisationVerified(organisation_id))
    await note_organisation(uow, actor, "accounts.verify_organisation", organisation_id)
    return organisation.view()


async def return_organisation(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, reason: str
) -> OrganisationView:
    """Send an application back with a reason (退回), by an operator who is no member of it.

    Raises Forbidden, OrganisationMissing, Invalid, NotUnderReview.
    """
    require(actor, access.REVIEW)
    reason = rules.parse_line(reason, "reason", rules.REASON_MAX, "请填写退回理由")
    organisation = await organisation_queries.lock_organisation(uow, organisation_id)
    await _check_no_member(uow, actor, organisation_id)
    rules.check_under_review(VerificationState(organisation.state))
    organisation.decided_at = await uow.stamp()
    organisation.state, organisation.reason = VerificationState.returned.value, reason
    uow.record(OrganisationReturned(organisation_id, organisation.decided_at))
    await note_organisation(uow, actor, "accounts.return_organisation", organisation_id)
    return organisation.view()


def may_found(actor: Actor) -> bool:
    """Whether the asker may found or join an organisation: anybody but a supervisor."""
    return may(actor, access.FOUND)


def may_review(actor: Actor) -> bool:
    """Whether the asker decides on applications, or only reads them."""
    return may(actor, access.REVIEW)


async def show_organisation(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID
) -> OrganisationView:
    """An organisation for its page: public once verified. Raises OrganisationMissing."""
    view = (await organisation_queries.get_organisation(uow, organisation_id)).view()
    if not view.verified and not may(actor, access.SEE_UNVERIFIED, owner=organisation_id):
        raise OrganisationMissing()
    return view


async def get_organisations(
    uow: UnitOfWork, *, ids: Collection[UUID]
) -> dict[UUID, OrganisationView]:
    """Organisations by id, verified or not; for rooms that hold ids."""
    return {found.id: found.view() for found in await organisation_queries.list_by_ids(uow, ids)}


async def find_organisations_by_name(
    uow: UnitOfWork, *, names: Collection[str]
) -> dict[str, list[OrganisationView]]:
    """Verified organisations by exact name; a name may have several."""
    found: dict[str, list[OrganisationView]] = {}
    for organisation in await organisation_queries.list_verified_by_names(uow, names):
        found.setdefault(organisation.name, []).append(organisation.view())
    return found


async def find_organisations(uow: UnitOfWork, *, word: str) -> list[OrganisationView]:
    """The organisations that a person may mean by one word, for the command line.

    An id finds any; a 统一社会信用代码 or an exact name finds verified ones.
    """
    word = word.strip()
    try:
        found = await organisation_queries.list_by_ids(uow, [UUID(word)])
    except ValueError:
        found = await organisation_queries.list_verified_by_code(uow, word.upper())
    if not found:
        found = await organisation_queries.list_verified_by_names(uow, [word])
    return [organisation.view() for organisation in found]


async def list_organisations(
    uow: UnitOfWork, *, after: str | None = None, limit: int = PAGE
) -> Page[OrganisationView]:
    """Verified organisations in order of name; public. Raises Invalid (a broken cursor)."""
    last = None
    if after:
        name, last_id = decode_cursor(after, str, UUID)
        last = (rules.parse_line(name, "after", rules.ORGANISATION_NAME_MAX), last_id)
    found = await organisation_queries.list_verified(uow, last, limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    cursor = encode_cursor(more.name, more.id) if more else None
    return Page([organisation.view() for organisation in found[:limit]], cursor)


async def list_claims(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[Claim]:
    """The review queue, oldest submission first, each with the others that claim its code.

    Raises Forbidden, Invalid (a broken cursor).
    """
    require(actor, access.SEE_REVIEW)
    found = await organisation_queries.list_submitted(uow, decode_place(after), limit + 1)
    more = found[limit - 1][0] if len(found) > limit else None
    cursor = None
    if more is not None and more.submitted_at is not None:
        cursor = encode_cursor(more.submitted_at, more.id)
    shown = found[:limit]
    rivals = await organisation_queries.list_claims(uow, {claim.credit_code for claim, _ in shown})
    claims = [
        Claim(
            claim.view(),
            tuple(
                rival.view()
                for rival in rivals
                if rival.credit_code == claim.credit_code and rival.id != claim.id
            ),
            applicant,
        )
        for claim, applicant in shown
    ]
    return Page(claims, cursor)


def _parse(name: str, credit_code: str, region: str) -> tuple[str, str]:
    """Check what was said of an organisation and say every fault at once."""
    faults: list[FieldError] = []
    parsed = {"name": "", "credit_code": ""}
    try:
        parsed["name"] = rules.parse_line(
            name, "name", rules.ORGANISATION_NAME_MAX, "请填写单位全称"
        )
    except Invalid as error:
        faults += error.errors
    try:
        parsed["credit_code"] = rules.parse_credit_code(credit_code)
    except Invalid as error:
        faults += error.errors
    try:
        rules.check_region(region)
    except Invalid as error:
        faults += error.errors
    if faults:
        raise Invalid(faults)
    return parsed["name"], parsed["credit_code"]


async def lock_managed(uow: UnitOfWork, actor: Actor, organisation_id: UUID) -> Organisation:
    """Lock an organisation for its head; others are refused as they see it."""
    organisation = await organisation_queries.lock_organisation(uow, organisation_id)
    visible = organisation.state == VerificationState.verified or may(
        actor, access.SEE_UNVERIFIED, owner=organisation_id
    )
    if not visible:
        raise OrganisationMissing()
    require(actor, access.MANAGE, owner=organisation_id)
    return organisation


async def _check_no_member(uow: UnitOfWork, actor: Actor, organisation_id: UUID) -> None:
    """Nobody vouches for his own organisation."""
    if actor.person_id is not None and await organisation_queries.find_member(
        uow, organisation_id, actor.person_id
    ):
        raise Forbidden("不能审核自己所在的单位，请由其他运营人员处理")


async def note_organisation(
    uow: UnitOfWork, actor: Actor, action: str, organisation_id: UUID, **facts: object
) -> None:
    """One audit line about an organisation."""
    await note(
        uow,
        actor=actor,
        action=action,
        subject_kind="organisation",
        subject_id=organisation_id,
        facts=facts,
    )


async def let_in(
    uow: UnitOfWork, organisation_id: UUID, person_id: UUID, roles: Iterable[Role]
) -> None:
    """Make a person a member; a former one keeps his row. Raises AlreadyMember.

    The caller holds the organisation's lock, or has just made it, and keeps the person living.
    """
    member = await organisation_queries.find_membership(uow, organisation_id, person_id)
    if member is None:
        member = Membership(id=new_id(), organisation_id=organisation_id, person_id=person_id)
        uow.session.add(member)
    elif member.state == organisation_queries.ACTIVE:
        raise AlreadyMember()
    member.state, member.joined_at = organisation_queries.ACTIVE, uow.now
    member.roles = sorted(role.value for role in roles)
