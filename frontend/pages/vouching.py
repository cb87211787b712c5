"""Pages of who a person is (实名): one's own papers, a head's word, the operators' queue."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.exports.standing import WAITING_PEOPLE
from frontend.forms import BARRED, Form
from frontend.forms.uploads import allow_upload, staged_files
from frontend.pages.organisations import DESK, on_desk
from frontend.pages.queue import Queue
from frontend.render import page

router = APIRouter(include_in_schema=False)

OWN: Final = "/desk/account/verification"
REVIEW: Final = "/review/people"
QUEUE: Final = Queue(
    REVIEW,
    "accounts/people_review.html",
    "people",
    service.list_submitted_people,
    WAITING_PEOPLE,
)


@router.get(OWN, name="person_verification")
async def show(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Where one's verification stands; the form to show papers."""
    return await _own_page(request, actor, tx, Form())


@router.post(OWN, name="person_verification_submit")
async def submit(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Show papers to the operators."""
    await tx.run(service.show_own_verification, actor=actor)  # refuses before anything is received
    allow_upload(request)
    async with request.form() as submitted:
        form = Form.of(submitted)
        try:
            staged = await staged_files(request, "files", most=4, required=True)
            await tx.run(
                service.submit_person_verification, actor=actor, staged=staged, key=form.key()
            )
        except DomainError as error:
            form.refuse(error, but=BARRED)
            return await _own_page(request, actor, tx, form, error.status)
    return RedirectResponse(OWN, 303)


@router.post(f"{OWN}/withdraw", name="person_verification_withdraw")
async def withdraw(actor: ActorDep, tx: TxDep) -> Response:
    """Take one's papers back."""
    await tx.run(service.withdraw_person_verification, actor=actor)
    return RedirectResponse(OWN, 303)


@router.post(f"{DESK}/members/{{person_id}}/confirm", name="member_confirm")
async def confirm(request: Request, person_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Vouch for a colleague as his organisation."""
    return await on_desk(
        request, actor, tx, service.confirm_member, "#members", person_id=person_id
    )


@router.get(REVIEW, name="people_review")
async def show_review(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """Applications that wait, oldest first, with their papers."""
    return await QUEUE.show(request, actor, tx, after)


@router.post(f"{REVIEW}/{{verification_id}}/verify", name="person_verify")
async def verify(request: Request, verification_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Vouch for a person from his papers."""
    verb = service.verify_person
    return await QUEUE.decide(request, actor, tx, verb, Form(), verification_id=verification_id)


@router.post(f"{REVIEW}/{{verification_id}}/return", name="person_return")
async def send_back(
    request: Request, verification_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Send an application back with a reason."""
    form = Form.of(await request.form())
    return await QUEUE.decide(
        request,
        actor,
        tx,
        service.return_person,
        form,
        of=verification_id,
        verification_id=verification_id,
        reason=form.value("reason"),
    )


async def _own_page(
    request: Request, actor: Actor, tx: Tx, form: Form, status: int = 200
) -> Response:
    newest = await tx.run(service.show_own_verification, actor=actor)
    return page(
        request, "accounts/person_verification.html", status=status, form=form, newest=newest
    )
