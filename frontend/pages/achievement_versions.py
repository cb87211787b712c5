"""What an achievement said before: its versions, one of them, what changed between two."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.catalogue import access, service
from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.exports.standing import VERSIONS
from frontend.forms import UNSEEN, Form
from frontend.pages.catalogue import to
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/achievements/{number}/versions", name="achievement_versions")
async def list_versions(
    request: Request, number: str, actor: ActorDep, tx: TxDep, after: str = ""
) -> Response:
    """The versions that the reader may know of, newest first."""
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_versions, actor=actor, number=number)
        return await exports.send(request, tx, actor, VERSIONS, fetch)
    return await _versions_page(request, tx, actor, number, after, Form(), 0, 200)


# why before the next: "compare" is no number of a version
@router.get("/achievements/{number}/versions/compare", name="achievement_compare")
async def compare_versions(
    request: Request,
    number: str,
    actor: ActorDep,
    tx: TxDep,
    old: int | None = None,
    new: int | None = None,
) -> Response:
    """What changed between two versions; by default since the last published one."""
    view = await tx.run(
        service.compare_versions, actor=actor, number=number, old=_known(old), new=_known(new)
    )
    return page(request, "catalogue/changes.html", view=view)


@router.get("/achievements/{number}/versions/{version}", name="achievement_version")
async def show_version(
    request: Request, number: str, version: int, actor: ActorDep, tx: TxDep
) -> Response:
    """One version whole."""
    view = await tx.run(
        service.show_version, actor=actor, number=number, version=_known(version) or 0
    )
    return page(request, "catalogue/version.html", view=view)


@router.post("/desk/achievements/{number}/versions/{version}/hide", name="achievement_version_hide")
async def hide_version(
    request: Request, number: str, version: int, actor: ActorDep, tx: TxDep
) -> Response:
    """Take an older version out of public sight."""
    form = Form.of(await request.form())
    try:
        await tx.run(
            service.hide_version,
            actor=actor,
            number=number,
            version=_known(version) or 0,
            reason=form.value("reason"),
        )
    except DomainError as error:
        return await _refused(request, tx, actor, number, form, version, error)
    return to(request, "achievement_versions", number)


@router.post("/desk/achievements/{number}/names/{name_id}/erase", name="achievement_name_erase")
async def erase_name(
    request: Request, number: str, name_id: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Erase a completer's name from every older version."""
    try:
        await tx.run(service.erase_former_name, actor=actor, number=number, name_id=name_id)
    except DomainError as error:
        return await _refused(request, tx, actor, number, Form(), 0, error)
    return to(request, "achievement_versions", number)


async def _refused(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    form: Form,
    version: int,
    error: DomainError,
) -> Response:
    """The list with what was refused; who may not see it gets that refusal instead."""
    form.refuse(error, but=UNSEEN)
    return await _versions_page(request, tx, actor, number, "", form, version, error.status)


async def _versions_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    number: str,
    after: str,
    form: Form,
    refused: int,
    status: int,
) -> Response:
    view = await tx.run(service.show_achievement, actor=actor, number=number)
    found = await tx.run(service.list_versions, actor=actor, number=number, after=after or None)
    names = await tx.run(service.list_former_names, actor=actor, number=number)
    owner = view.facts.owner_id or view.facts.care_id
    return page(
        request,
        "catalogue/versions.html",
        status=status,
        view=view,
        found=found,
        first=not after,
        names=names,
        may_hide=may(actor, access.HIDE_VERSION, owner=owner),
        form=form,
        refused=refused,
    )


def _known(version: int | None) -> int | None:
    """A version that the database can hold; others name nothing."""
    return version if version is None or 0 < version < 2**63 else -1
