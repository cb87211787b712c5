"""The lot room as one page: read in one transaction, shown to one reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from app.accounts import service as accounts
from app.auctions import service
from app.auctions.access import STEER_LOT
from app.auctions.life_types import AnnouncementKind, AnnouncementView
from app.auctions.types import (
    ApplicationView,
    DepositView,
    LotState,
    LotView,
    MyPlace,
    PublicBid,
    PublicStep,
    RulebookView,
    ScoreView,
    SuspensionView,
)
from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError, Invalid, Unauthenticated
from app.core.i18n import Message, _n, translate
from app.core.tx import UnitOfWork
from app.deals import service as deals
from frontend import charts
from frontend.forms import Form
from frontend.live import closes_at
from frontend.lot_modes import SHAPES, Way
from frontend.lot_words import span
from frontend.render import locale_of, page
from frontend.room_panels import is_examined
from frontend.room_view import FeedItem, Notice, RoomView, build, falls_of
from frontend.show import datetime_cn, datetime_seconds

_YEARS: Final = re.compile(r"(\d+) 年")
_LISTED: Final = frozenset(
    {
        AnnouncementKind.amended,
        AnnouncementKind.terminated,
        AnnouncementKind.failed,
        AnnouncementKind.annulled,
        AnnouncementKind.negotiating,
        AnnouncementKind.negotiated,
    }
)


@dataclass(frozen=True, slots=True)
class Room:
    """Everything a lot's page shows to one actor."""

    lot: LotView
    bids: list[PublicBid]
    steps: list[PublicStep]
    place: MyPlace | None
    obstacle: DomainError | None
    suspensions: list[SuspensionView]
    announcements: list[AnnouncementView]
    rulebook: RulebookView
    deposit: DepositView | None
    scores: ScoreView | None
    application: ApplicationView | None
    seller_name: str
    seller_href: str
    deal_number: str | None
    may_steer: bool


async def read_room(uow: UnitOfWork, *, actor: Actor, number: str) -> Room:
    """One reading of a lot in one transaction. Raises LotMissing."""
    lot = await service.show_lot(uow, number=number)
    place = await service.find_my_place(uow, actor=actor, lot=lot)
    obstacle = service.find_obstacle(actor, lot, place)
    applies = place is None and obstacle is None and is_examined(lot)
    seller = (await accounts.get_organisations(uow, ids=[lot.seller_id])).get(lot.seller_id)
    return Room(
        lot=lot,
        bids=await service.list_public_bids(uow, lot_id=lot.id),
        steps=await service.list_public_steps(uow, lot_id=lot.id),
        place=place,
        obstacle=obstacle,
        suspensions=await service.list_suspensions(uow, lot_id=lot.id),
        announcements=await service.list_announcements(uow, lot_id=lot.id),
        rulebook=await service.show_rulebook(uow, version=lot.rulebook_version),
        deposit=await service.find_deposit(uow, actor=actor, number=number)
        if lot.deposit_minor
        else None,
        application=(await service.show_apply(uow, actor=actor, number=number)).application
        if applies
        else None,
        scores=await service.find_scores(uow, actor=actor, lot=lot),
        seller_name=seller.name if seller else "",
        seller_href=f"/organisations/{lot.seller_id}" if seller and seller.verified else "",
        deal_number=await deals.find_deal_number_of_lot(uow, actor=actor, lot_id=lot.id),
        may_steer=may(actor, STEER_LOT, owner=lot.seller_id),
    )


def room_page(
    request: Request,
    room: Room,
    *,
    form: Form | None = None,
    refused: str = "",
    status: int = 200,
    told: str = "",
    refresh: int = 0,
) -> Response:
    """The page. ``form`` was refused in the panel ``refused``; ``told``: what was just done."""
    view = view_of(request, room)
    shown = form or Form()
    return page(
        request,
        "auctions/room.html",
        status=status,
        view=view,
        curve=curve_of(room.lot, view),
        form=shown,
        blank=Form(),
        refused=refused if refused in view.panels else "",
        error=None if refused in view.panels else _unplaced(shown),
        told=told,
        refresh=refresh,
        sentences=lambda pairs: sentences(request, pairs),
    )


def _unplaced(form: Form) -> DomainError | None:
    """What was refused of a form whose panel is not on the page any more: its time has passed, or
    the lot never had it. Then there is no field to say it at."""
    try:
        form.check()
    except Invalid as fault:
        return fault
    return form.error


def view_of(request: Request, room: Room) -> RoomView:
    """What the templates show."""
    lot, obstacle = room.lot, room.obstacle
    barred = obstacle is not None and room.place is None
    reason = ""
    told = obstacle is not None and not isinstance(obstacle, Unauthenticated)
    if barred and told and obstacle is not None and not lot.is_over:
        reason = obstacle.detail
    return build(
        lot,
        place=room.place,
        bids=room.bids,
        steps=room.steps,
        barred=barred,
        deposit=room.deposit,
        scores=room.scores,
        closes_at=closes_at(lot),
        why_not=reason,
        application=room.application,
        notices=notices_of(room),
        suspensions=room.suspensions,
        seal_steps=seal_steps(request, lot),
        record_href=f"/lots/{lot.number}/record" if lot.is_over else "",
        manage_href=f"/lots/{lot.number}/manage" if room.may_steer else "",
        deal_href=f"/deals/{room.deal_number}" if room.deal_number else "",
        seller_name=room.seller_name,
        seller_href=room.seller_href,
        particulars=[
            (translate(locale_of(request), label), _particular(request, text))
            for label, text in lot.particulars
        ],
        rules_href=f"/lots/rules/{lot.rulebook_version}",
        rules_title=room.rulebook.title,
    )


def curve_of(lot: LotView, view: RoomView) -> charts.CurveData:
    """The price over time: falls of a ladder, accepted bids; and the end of what has passed."""
    bids: list[Any] = falls_of(lot)
    bids += [item for item in reversed(view.feed) if item.amount_minor is not None]
    return charts.curve_data(
        bids,
        start_minor=lot.start_minor,
        starts_at=lot.free_starts_at,
        ends_at=lot.closed_at or min(max(lot.now, lot.free_starts_at), lot.cycle_ends_at),
    )


def sentences(request: Request, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labels and sentences in the reader's language."""
    locale = locale_of(request)
    return [(translate(locale, label), translate(locale, text)) for label, text in pairs]


def _particular(request: Request, text: str) -> str:
    """What was announced of the lot, the market's own words in the reader's language."""
    locale = locale_of(request)
    years = _YEARS.fullmatch(text)
    if years:
        return translate(locale, Message("%(years)s 年", years=years[1]))
    words = text.split("、")
    known = [translate(locale, word) for word in words]
    return ", ".join(known) if known != words else text


# ---- notices ----------------------------------------------------------------------------------


def notices_of(room: Room) -> list[Notice]:
    """Why the lot stands still, and what was announced of it, the latest first."""
    lot = room.lot
    found = []
    if lot.state is LotState.suspended:
        found.append(_suspended(room))
    for one in room.announcements:
        if one.kind in _LISTED:
            tone = "info" if one.kind is AnnouncementKind.amended else "warn"
            text = one.statement or _unsaid(lot, one.kind)
            found.append(Notice(tone, one.kind.label, text, one.at))
    return found


def _unsaid(lot: LotView, kind: AnnouncementKind) -> str:
    """What an announcement of the clock means, which nobody has put into words."""
    if kind is not AnnouncementKind.negotiating or lot.negotiation_ends_at is None:
        return ""
    return Message(
        "最高报价未达到保留价，转让方可在 %(end)s 之前与最高报价人协商。"
        "协商一致的另行公示，期满即告终结。",
        end=datetime_cn(lot.negotiation_ends_at),
    )


def _suspended(room: Room) -> Notice:
    said = next((one for one in room.announcements if one.kind == "suspended"), None)
    if said is not None and said.statement:
        text = said.statement
    else:
        text = suspended_reason(room.suspensions)
    goes_on = _n("恢复后，当前报价周期完整重新计时；已经生效的报价继续有效。")
    return Notice("warn", _n("竞价已中止"), Message("%(text)s\n%(more)s", text=text, more=goes_on))


def suspended_reason(suspensions: list[SuspensionView]) -> str:
    """What a page says of a lot that the service's absence stopped: which gap, when it goes on."""
    if not suspensions or suspensions[0].gap_started_at is None:
        return ""
    last = suspensions[0]
    start = datetime_seconds(last.gap_started_at)
    if last.gap_ended_at is None or last.resumes_at is None:
        return Message(
            _n("服务自 %(start)s 起中断，超出竞价规则允许的时长。恢复时间将在服务恢复后公布。"),
            start=start,
        )
    return Message(
        _n("服务在 %(start)s 至 %(end)s 中断，超出竞价规则允许的时长。预计 %(resume)s 恢复报价。"),
        start=start,
        end=datetime_seconds(last.gap_ended_at),
        resume=datetime_seconds(last.resumes_at),
    )


def seal_steps(request: Request, lot: LotView) -> list[tuple[str, str, str]]:
    """Registration, the window, the opening: where a sealed sale stands."""
    if SHAPES[lot.mode].way is not Way.sealed:
        return []
    locale = locale_of(request)
    order = [LotState.registering, LotState.free, LotState.closed]
    here = order.index(lot.state) if lot.state in order else 0
    rows = [
        (_n("报名"), lot.registration_ends_at or lot.free_starts_at),
        (_n("密封报价"), lot.free_ends_at),
        (_n("开启"), lot.cycle_ends_at),
    ]
    return [
        (
            translate(locale, label),
            "done" if place < here else "now" if place == here else "todo",
            datetime_cn(at),
        )
        for place, (label, at) in enumerate(rows)
    ]


__all__ = ["FeedItem", "Room", "read_room", "room_page", "sentences", "span", "view_of"]
