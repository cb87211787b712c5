"""The verbs about who a person is (实名): he shows papers to an operator, or his head vouches.

Of the papers nothing stays: once decided, the files are taken off and their contents go. Kept are
the way it was done, who did it, when, and the name that was verified. No identity number is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.accounts import access, organisation_queries, queries, rules, vouching_queries
from app.accounts.errors import (
    NotVerified,
    PersonAlreadyVerified,
    PersonUnderReview,
    VerificationDecided,
    VerificationMissing,
)
from app.accounts.organisations import lock_managed
from app.accounts.papers import PERSON_FILES, take_papers_off
from app.accounts.people import note_person
from app.accounts.standing_models import PersonVerification
from app.accounts.telling import tell_person, tell_platform
from app.accounts.types import (
    PersonMethod,
    PersonVerificationState,
    PersonVerificationView,
    Role,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import FieldError, Forbidden, Invalid
from app.core.ids import new_id
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.errors import FileMissing
from app.files.types import FileView, Staged
from app.inbox.types import Notice

OWN_PAGE = "/desk/account/verification"
PAGE = 20


async def submit_person_verification(
    uow: UnitOfWork, *, actor: Actor, staged: Sequence[Staged], key: str
) -> UUID:
    """Show papers to the platform's operators, under the name one has now.

    Raises Unauthenticated, Forbidden (a supervisor), Invalid (no file), PersonUnderReview,
    PersonAlreadyVerified.
    """
    require(actor, access.VERIFY_SELF)
    assert actor.person_id is not None
    if not staged:
        raise Invalid([FieldError("files", "请上传身份证明材料")])
    person = await queries.lock_living(uow, actor.person_id)
    await _check_none(uow, person.id)
    row = _make(person.id, person.name, PersonMethod.document)
    row.submitted_at = await uow.stamp()
    uow.session.add(row)
    await uow.session.flush()
    await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=PERSON_FILES, owner_id=row.id, key=key
    )
    await _note(uow, actor, "accounts.submit_person_verification", row)
    await tell_platform(
        uow,
        roles={Role.operator},
        notice=Notice(
            kind="accounts.person_verification_submitted",
            subject="有实名认证申请待审核",
            body="请在审核队列中办理。",
            href="/review/people",
            facts={"verification_id": str(row.id)},
        ),
        key=f"person-verification:{row.id}",
    )
    return row.id


async def withdraw_person_verification(uow: UnitOfWork, *, actor: Actor) -> None:
    """Take one's own application back, with its papers; without one nothing happens.

    Raises Unauthenticated, Forbidden.
    """
    require(actor, access.VERIFY_SELF)
    assert actor.person_id is not None
    await queries.lock_living(uow, actor.person_id)
    row = await vouching_queries.find_current(uow, actor.person_id)
    if row is None or row.state != PersonVerificationState.submitted.value:
        return
    await _close(uow, row, PersonVerificationState.withdrawn, None)
    await _note(uow, actor, "accounts.withdraw_person_verification", row)


async def verify_person(uow: UnitOfWork, *, actor: Actor, verification_id: UUID) -> None:
    """Vouch for a person from his papers, by an operator who is not he himself.

    Raises Forbidden, VerificationMissing, VerificationDecided (also when his name has changed).
    """
    row = await _lock_for_review(uow, actor, verification_id)
    await _close(uow, row, PersonVerificationState.verified, actor.person_id)
    await _note(uow, actor, "accounts.verify_person", row)
    await _tell(uow, row, "accounts.person_verified", "实名认证已通过")


async def return_person(
    uow: UnitOfWork, *, actor: Actor, verification_id: UUID, reason: str
) -> None:
    """Send an application back with a reason, by an operator who is not the person himself.

    Raises Forbidden, Invalid, VerificationMissing, VerificationDecided.
    """
    row = await _lock_for_review(uow, actor, verification_id)
    row.reason = rules.parse_line(reason, "reason", rules.REASON_MAX, "请填写退回理由")
    await _close(uow, row, PersonVerificationState.returned, actor.person_id)
    await _note(uow, actor, "accounts.return_person", row)
    await _tell(uow, row, "accounts.person_returned", "实名认证申请已退回")


async def confirm_member(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, person_id: UUID
) -> None:
    """Vouch for a colleague as his verified organisation (单位确认), by a head; nobody for himself.

    What he submitted himself is taken back with its papers. Raises Forbidden, OrganisationMissing,
    NotVerified, MemberMissing, PersonAlreadyVerified.
    """
    organisation = await lock_managed(uow, actor, organisation_id)
    if not organisation.view().verified:
        raise NotVerified("单位通过认证后才能确认成员身份")
    if person_id == actor.person_id:
        raise Forbidden("不能确认本人的身份，请由其他负责人或平台办理")
    await organisation_queries.get_member(uow, organisation_id, person_id)
    person = await queries.lock_living(uow, person_id)
    row = await vouching_queries.find_current(uow, person_id)
    if row is not None and row.state == PersonVerificationState.verified.value:
        raise PersonAlreadyVerified()
    if row is not None:
        await _close(uow, row, PersonVerificationState.withdrawn, None)
    vouched = _make(person_id, person.name, PersonMethod.organisation)
    vouched.organisation_id = organisation_id
    vouched.state = PersonVerificationState.verified.value
    vouched.submitted_at = vouched.decided_at = await uow.stamp()
    vouched.decided_by = actor.person_id
    uow.session.add(vouched)
    await uow.session.flush()
    await _note(uow, actor, "accounts.confirm_member", vouched)
    await _tell(uow, vouched, "accounts.person_verified", "单位已确认您的身份")


async def show_own_verification(uow: UnitOfWork, *, actor: Actor) -> PersonVerificationView | None:
    """The newest one of the asker; None when he never asked. Raises Unauthenticated, Forbidden."""
    require(actor, access.VERIFY_SELF)
    assert actor.person_id is not None
    row = await vouching_queries.find_newest(uow, actor.person_id)
    if row is None:
        return None
    attached = await files.list_attached(uow, owner_kind=PERSON_FILES, owner_id=row.id)
    return _view(row, attached)


async def list_submitted_people(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[PersonVerificationView]:
    """Applications that wait for an operator, oldest first, with their papers. Raises Forbidden,
    Invalid (a broken cursor)."""
    require(actor, access.REVIEW_PERSON)
    rows = await vouching_queries.list_submitted(uow, decode_place(after), limit + 1)
    shown = rows[:limit]
    papers: Mapping[UUID, list[FileView]] = await files.list_attached_many(
        uow, owner_kind=PERSON_FILES, owner_ids=[row.id for row in shown]
    )
    cursor = None
    if len(rows) > limit:
        cursor = encode_cursor(shown[-1].submitted_at, shown[-1].id)
    return Page([_view(row, papers[row.id]) for row in shown], cursor)


async def guard_person_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """Papers are for their person and for the operators; each opening leaves an audit line.

    Raises FileMissing.
    """
    row = await uow.session.get(PersonVerification, file.owner_id)
    own = row is not None and actor.signed_in and row.person_id == actor.person_id
    if row is None or not (own or may(actor, access.REVIEW_PERSON)):
        raise FileMissing()
    await _note(uow, actor, "accounts.read_person_evidence", row, file_id=str(file.id))


async def _check_none(uow: UnitOfWork, person_id: UUID) -> None:
    row = await vouching_queries.find_current(uow, person_id)
    if row is not None and row.state == PersonVerificationState.verified.value:
        raise PersonAlreadyVerified()
    if row is not None:
        raise PersonUnderReview()


async def _lock_for_review(
    uow: UnitOfWork, actor: Actor, verification_id: UUID
) -> PersonVerification:
    require(actor, access.REVIEW_PERSON)
    seen = await uow.session.get(PersonVerification, verification_id)
    if seen is None:
        raise VerificationMissing()
    if seen.person_id == actor.person_id:
        raise Forbidden("不能审核本人的申请，请由其他运营人员处理")
    # why: the person first, as his renaming and his end do
    await queries.keep_living(uow, seen.person_id)
    row = await vouching_queries.lock_verification(uow, verification_id)
    if row is None or row.state != PersonVerificationState.submitted.value:
        raise VerificationDecided()
    return row


async def _close(
    uow: UnitOfWork, row: PersonVerification, state: PersonVerificationState, by: UUID | None
) -> None:
    """Decide, and take the papers off: what they prove has been seen."""
    now = await uow.stamp()
    row.state, row.decided_at, row.decided_by = state.value, now, by
    await uow.session.flush()
    await take_papers_off(uow, row.id)


def _make(person_id: UUID, name: str, method: PersonMethod) -> PersonVerification:
    return PersonVerification(
        id=new_id(),
        person_id=person_id,
        method=method.value,
        name=name,
        state=PersonVerificationState.submitted.value,
        reason="",
    )


def _view(row: PersonVerification, attached: Sequence[FileView]) -> PersonVerificationView:
    return PersonVerificationView(
        id=row.id,
        name=row.name,
        method=PersonMethod(row.method),
        state=PersonVerificationState(row.state),
        reason=row.reason,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        files=tuple(attached),
    )


async def _tell(uow: UnitOfWork, row: PersonVerification, kind: str, subject: str) -> None:
    await tell_person(
        uow,
        person_id=row.person_id,
        notice=Notice(
            kind=kind,
            subject=subject,
            body="详见实名认证页面。",
            href=OWN_PAGE,
            facts={"verification_id": str(row.id)},
        ),
        key=f"{kind}:{row.id}",
    )


async def _note(
    uow: UnitOfWork, actor: Actor, action: str, row: PersonVerification, **facts: object
) -> None:
    await note_person(
        uow, actor, action, row.person_id, verification_id=str(row.id), method=row.method, **facts
    )
