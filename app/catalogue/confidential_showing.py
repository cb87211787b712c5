"""What is shown of the confidential layer: to its owner all, to the public a line at most."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.accounts.service import get_organisations, get_person_names
from app.catalogue import access, queries
from app.catalogue import confidential_queries as found_by
from app.catalogue import confidential_rules as rules
from app.catalogue.confidential import require_keeper
from app.catalogue.confidential_models import ConfidentialNda
from app.catalogue.confidential_templates import TEMPLATES, fill_template
from app.catalogue.confidential_types import (
    LAYER_FILES,
    Guest,
    GuestState,
    KeptLayer,
    LayerLine,
    Opened,
    Opening,
    RoomLine,
)
from app.catalogue.models import Achievement
from app.catalogue.types import AchievementState
from app.core.access import may, require
from app.core.actor import Actor
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.files import service as files

PAGE_SIZE = 20


async def show_line(uow: UnitOfWork, *, actor: Actor, achievement_id: UUID) -> LayerLine:
    """What the public page says to this reader: at most that there is something."""
    record = await queries.get_achievement_by_id(uow, achievement_id)
    keeps = record.owner_id is not None and may(
        actor, access.KEEP_CONFIDENTIAL, owner=record.owner_id
    )
    layer = await found_by.find_layer(uow, achievement_id)
    published = record.state == AchievementState.published and record.owner_id is not None
    said = published and layer is not None and layer.announced
    inside = actor.organisation_id is not None and actor.organisation_id == record.owner_id
    reads = may(actor, access.READ_CONFIDENTIAL) and not inside
    guest = None
    if reads and actor.organisation_id is not None:
        guest = await found_by.find_guest(uow, achievement_id, actor.organisation_id)
    invited = guest is not None and published and rules.is_open(guest.state, guest.until, uow.now)
    state = GuestState(guest.state) if guest else None
    return LayerLine(
        exists=said or invited,
        keeps=keeps,
        invited=invited,
        state=state,
        may_request=said and reads and not invited and state is not GuestState.requested,
    )


async def show_kept(uow: UnitOfWork, *, actor: Actor, number: str) -> KeptLayer:
    """The layer for whoever writes it. Raises NotFound, Forbidden."""
    record = await queries.get_achievement(uow, number)
    require_keeper(actor, record)
    layer = await found_by.find_layer(uow, record.id)
    ndas = await found_by.list_ndas(uow, record.id)
    nda = ndas[max(ndas)].value() if ndas else None
    template = TEMPLATES[-1]
    filled = fill_template(
        template, owner=record.holder_name, title=record.title, number=record.number
    )
    attached = await files.list_attached(uow, owner_kind=LAYER_FILES, owner_id=record.id)
    return KeptLayer(
        achievement=record.facts(),
        text=layer.text if layer else "",
        announced=layer.announced if layer else False,
        version=layer.version if layer else 0,
        nda=nda,
        template=template,
        template_text=filled,
        files=tuple(attached),
        guests=tuple(await _guests(uow, record, ndas)),
        may_invite=record.state == AchievementState.published and nda is not None,
    )


async def _guests(
    uow: UnitOfWork, record: Achievement, ndas: Mapping[int, ConfidentialNda]
) -> list[Guest]:
    rows = await found_by.list_guests(uow, record.id)
    organisations = await get_organisations(uow, ids={row.organisation_id for row in rows})
    accepted = await found_by.list_acceptances(uow, record.id)
    people = await get_person_names(uow, ids={row.accepted_by for row in accepted.values()})
    out = []
    for row in rows:
        organisation = organisations[row.organisation_id]
        yes = accepted.get(row.organisation_id)
        out.append(
            Guest(
                id=row.id,
                organisation_id=row.organisation_id,
                organisation_name=organisation.name,
                credit_code=organisation.credit_code,
                state=GuestState(row.state),
                message=row.message,
                asked_at=row.asked_at,
                invited_at=row.invited_at,
                until=row.until,
                open=rules.is_open(row.state, row.until, uow.now),
                accepted=ndas[yes.nda_version].value() if yes else None,
                accepted_at=yes.accepted_at if yes else None,
                accepted_by=people.get(yes.accepted_by, "") if yes else "",
            )
        )
    return out


async def list_openings(
    uow: UnitOfWork, *, actor: Actor, number: str, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Opening]:
    """Who opened what, newest first, for the owner. Raises NotFound, Forbidden, Invalid."""
    record = await queries.get_achievement(uow, number)
    require_keeper(actor, record)
    rows = await found_by.list_openings(uow, record.id, decode_place(after), limit + 1)
    shown = rows[:limit]
    organisations = await get_organisations(uow, ids={row.organisation_id for row in shown})
    people = await get_person_names(uow, ids={row.person_id for row in shown})
    names = {
        file.id: file.name
        for file in await files.list_attached(uow, owner_kind=LAYER_FILES, owner_id=record.id)
    }
    out = [
        Opening(
            id=row.id,
            at=row.opened_at,
            organisation_name=organisations[row.organisation_id].name,
            person_name=people.get(row.person_id, ""),
            what=Opened(row.what),
            file_name=names.get(row.file_id, "") if row.file_id else "",
            nda_version=row.nda_version,
        )
        for row in shown
    ]
    more = len(rows) > limit
    return Page(out, encode_cursor(out[-1].at, out[-1].id) if more else None)


async def list_rooms(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[RoomLine]:
    """The layers that the actor's organisation may open now. Raises Forbidden, Invalid."""
    require(actor, access.READ_CONFIDENTIAL)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await found_by.list_rooms(uow, actor.organisation_id, decode_place(after), limit + 1)
    accepted = await found_by.list_accepted_now(
        uow, actor.organisation_id, [record.id for _, record in rows]
    )
    shown = rows[:limit]
    lines = [
        RoomLine(
            achievement_number=record.number,
            achievement_title=record.title,
            holder_name=record.holder_name,
            until=guest.until,
            accepted=record.id in accepted,
        )
        for guest, record in shown
        if guest.until is not None
    ]
    last = shown[-1][0] if len(rows) > limit else None
    cursor = encode_cursor(last.until, last.id) if last and last.until else None
    return Page(lines, cursor)
