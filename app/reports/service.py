"""The read models' door: the front page, the workbench, the review queue, the audit trail."""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy import RowMapping

from app.accounts.types import Role
from app.auctions.types import MODE_LABELS, BidMode
from app.catalogue.types import Disposal
from app.core.access import may, require
from app.core.actor import Actor
from app.core.official import NationalField
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.tx import UnitOfWork
from app.reports import access, queries
from app.reports.conversion import (
    count_conversion,
    count_disclosures,
    get_conversion,
    list_conversion,
    list_to_freeze,
)
from app.reports.desk import ORGANISATION, list_own_tasks
from app.reports.exporting import begin_export
from app.reports.feeds import list_feed
from app.reports.types import (
    AuditLine,
    Card,
    DeskView,
    FieldCount,
    Figure,
    HoldingsView,
    HomeView,
    ReviewView,
    Task,
)

__all__ = [
    "begin_export",
    "count_conversion",
    "count_disclosures",
    "desk_view",
    "get_conversion",
    "holdings_view",
    "home_view",
    "list_audit",
    "list_conversion",
    "list_feed",
    "list_lots_of_achievement",
    "list_to_freeze",
    "review_view",
]

SHELF = 6
AUDIT_PAGE = 50
_NEWEST = 2**63 - 1


async def home_view(uow: UnitOfWork) -> HomeView:
    """The front page: true figures, what moves now, what is new."""
    labels = [field.label for field in NationalField]
    counts = await queries.count_fields(uow, labels)
    return HomeView(
        figures=_figures(await queries.get_figures(uow)),
        hot_words=tuple(await queries.list_hot_words(uow)),
        fields=tuple(
            FieldCount(
                label,
                min(counts[label], queries.COUNT_CAP),
                capped=counts[label] > queries.COUNT_CAP,
            )
            for label in labels
        ),
        lots=tuple(map(_lot_card, await queries.list_public_lots(uow, SHELF))),
        offers=tuple(map(_offer_card, await queries.list_newest_offers(uow, SHELF))),
        achievements=tuple(
            map(_achievement_card, await queries.list_newest_achievements(uow, SHELF))
        ),
        demands=tuple(map(_demand_card, await queries.list_newest_demands(uow, SHELF))),
    )


async def list_lots_of_achievement(uow: UnitOfWork, *, achievement_id: UUID) -> tuple[Card, ...]:
    """The lots in which an achievement is or was for sale, newest first."""
    return tuple(map(_lot_card, await queries.list_lots_of_achievement(uow, achievement_id, SHELF)))


async def holdings_view(uow: UnitOfWork, *, organisation_id: UUID) -> HoldingsView:
    """What an organisation shows in public."""
    achievements, offers, lots = await queries.list_holdings(uow, organisation_id, SHELF)
    return HoldingsView(
        tuple(map(_achievement_card, achievements)),
        tuple(map(_offer_card, offers)),
        tuple(map(_lot_card, lots)),
    )


async def desk_view(uow: UnitOfWork, *, actor: Actor) -> DeskView:
    """What waits for the actor. Raises Unauthenticated."""
    require(actor, access.SEE_DESK)
    tasks: list[Task] = []
    if may(actor, access.SEE_REVIEW):
        tasks += (await review_view(uow, actor=actor)).queues
    tasks += await list_own_tasks(uow, actor)
    if actor.organisation_id is None:
        if not tasks and not actor.roles:
            tasks.append(Task("创建或加入一个单位，才能登记成果、发布需求和报价", 1, ORGANISATION))
        return DeskView(tasks=tuple(tasks))
    lots = await queries.list_own_lots(uow, actor.organisation_id, SHELF)
    deals = await queries.list_own_deals(uow, actor.organisation_id, SHELF)
    return DeskView(tuple(tasks), tuple(map(_lot_card, lots)), tuple(map(_deal_card, deals)))


async def review_view(uow: UnitOfWork, *, actor: Actor) -> ReviewView:
    """What waits for the platform. Raises Unauthenticated, Forbidden."""
    require(actor, access.SEE_REVIEW)
    rows = await queries.count_review(uow)
    waiting = [row["oldest_at"] for row in rows if row["oldest_at"] is not None]
    queues = tuple(
        Task(_QUEUES[row["queue"]][0], row["count"], _QUEUES[row["queue"]][1], "warn")
        for row in rows
        # why: papers of people are for the operators alone
        if row["queue"] != "people" or Role.operator in actor.roles
    )
    return ReviewView(queues, min(waiting, default=None))


async def list_audit(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = AUDIT_PAGE
) -> Page[AuditLine]:
    """The audit trail, newest first. Raises Unauthenticated, Forbidden, Invalid (cursor)."""
    require(actor, access.SEE_AUDIT)
    before = decode_cursor(after, int)[0] if after else _NEWEST
    rows = await queries.list_audit(uow, min(before, _NEWEST), limit + 1)
    lines = [_audit_line(row) for row in rows[:limit]]
    return Page(lines, encode_cursor(lines[-1].seq) if len(rows) > limit else None)


_QUEUES = {
    "achievements": ("成果待审核", "/review/achievements"),
    "claims": ("成果认领待处理", "/review/claims"),
    "demands": ("需求待审核", "/review/demands"),
    "consents": ("同意证明待核对", "/review/consents"),
    "organisations": ("单位认证待审核", "/review/organisations"),
    "people": ("实名认证待审核", "/review/people"),
    "bank_accounts": ("银行账户待核验", "/review/bank-accounts"),
    "payouts_stuck": ("划付滞留待核查", "/review/payouts?stuck=1"),
    "refunds": ("人工退款待复核", "/review/refunds"),
    "differences": ("对账差异待处理", "/review/differences"),
    "deposits": ("违约保证金待处置", "/review/deposits"),
    "applications": ("竞买报名待审核", "/review/applications"),
    "complaints": ("报名异议待答复", "/review/complaints"),
    "stopped_lots": ("已中止的标的待恢复或终止", "/review/lots"),
}


def _figures(row: RowMapping) -> tuple[Figure, ...]:
    return (
        Figure("公开成果", row["achievements"], "项"),
        Figure("供给信息", row["offers"], "条"),
        Figure("技术需求", row["demands"], "项"),
        Figure("正在竞价", row["running"], "宗"),
        Figure("成交", row["deals"], "宗"),
        Figure("成交额", minor=row["turnover_minor"]),
    )


def _lot_card(row: RowMapping) -> Card:
    price, outcome = row["price_minor"], row["outcome"]
    label = "起始价" if price is None else "当前价"
    if price is not None and outcome is not None:
        label = "成交价" if outcome == "won" else "最高报价"
    return Card(
        kind="lot",
        kind_label="竞价标的",
        number=row["number"],
        title=row["title"],
        href=f"/lots/{row['number']}",
        state=outcome or row["state"],
        holder=row["holder"],
        tags=(MODE_LABELS[BidMode(row["mode"])],),
        price_label=label,
        price_minor=row["start_minor"] if price is None else price,
        ends_at=row["ends_at"],
        published_at=row["published_at"],
    )


def _offer_card(row: RowMapping) -> Card:
    return Card(
        kind="offer",
        kind_label="供给",
        number=row["number"],
        title=row["title"],
        href=f"/offers/{row['number']}",
        holder=row["holder"],
        tags=(Disposal(row["disposal"]).label,),
        price_label="面议" if row["asking_minor"] is None else "意向价",
        price_minor=row["asking_minor"],
        ends_at=row["expires_at"],
        published_at=row["published_at"],
    )


def _achievement_card(row: RowMapping) -> Card:
    return Card(
        kind="achievement",
        kind_label="成果",
        number=row["number"],
        title=row["title"],
        href=f"/achievements/{row['number']}",
        holder=row["holder"],
        published_at=row["published_at"],
        imported=row["owner_id"] is None,
    )


def _demand_card(row: RowMapping) -> Card:
    return Card(
        kind="demand",
        kind_label="需求",
        number=row["number"],
        title=row["title"],
        href=f"/demands/{row['number']}",
        holder=row["holder"],
        price_label="预算" if row["budget_minor"] is not None else "",
        price_minor=row["budget_minor"],
        published_at=row["published_at"],
        imported=row["origin"] == "imported",
    )


def _deal_card(row: RowMapping) -> Card:
    return Card(
        kind="deal",
        kind_label="交易",
        number=row["number"],
        title=row["title"],
        href=f"/deals/{row['number']}",
        state=row["state"],
        holder=row["holder"],
        price_label="成交价",
        price_minor=row["amount_minor"],
        ends_at=row["sign_by"],
        published_at=row["opened_at"],
    )


def _audit_line(row: RowMapping) -> AuditLine:
    return AuditLine(
        seq=row["seq"],
        at=row["at"],
        action=row["action"],
        subject_kind=row["subject_kind"],
        subject_id=str(row["subject_id"]),
        person=row["person"],
        organisation=row["organisation"],
        facts=json.dumps(row["facts"], ensure_ascii=False) if row["facts"] else "",
        sealed=row["sealed"],
    )
