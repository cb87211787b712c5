"""Publishing a lot (公告): its terms are checked with the rulebook in force, its offer is kept, its
secret is sealed, and from then on only announcements change it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.types import OrganisationKind
from app.auctions import life_queries, queries, store, terms_rules, vault
from app.auctions.access import ANNOUNCE_LOT
from app.auctions.announcing import key_of_market
from app.auctions.documents import index_lot
from app.auctions.drafting import Form, draft_lot, name_offer, take_draft
from app.auctions.engine.canonical import canonical
from app.auctions.engine.codec import to_json
from app.auctions.engine.modes import MODES
from app.auctions.errors import LotStateForbids, TermsNotBiddable
from app.auctions.events import LotAnnounced
from app.auctions.life_types import AnnouncementKind, LotDraftView
from app.auctions.models import Lot, LotAnnouncement, Rulebook
from app.auctions.terms_rules import Bounds, joining_ends_at
from app.auctions.types import LotTerms, ReserveKind, RulebookParams
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.catalogue.types import BidOn, OfferContent, OfferFacts, find_bid_on, kind_of
from app.clearances import service as clearances
from app.clearances.errors import GateOpen
from app.core import access
from app.core.actor import Actor
from app.core.calendar import (
    WorkingCalendar,
    compute_end_in_days,
    compute_end_in_working_days,
    load_calendar,
)
from app.core.clock import SHANGHAI
from app.core.errors import FieldError, Invalid, KeyReused
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.tx import UnitOfWork

# Whose price is a decision under 转化法 18: state-founded institutes and universities.
_STATE_OWNED: Final = frozenset({OrganisationKind.university, OrganisationKind.institute})
_BID_ON: Final = {
    "amount": "成交价款总额",
    "entry_fee": "入门费（提成另按价格条款）",
    "valuation": "作价金额",
}


async def check_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    terms: LotTerms,
    demonstration: bool = False,
) -> None:
    """Say what stands in the way of publishing a lot on these terms, and change nothing.

    ``demonstration``: by the short rules of a demonstration market. A hidden reserve may still be
    missing. Raises what ``publish_lot`` would, but for a key or a
    draft: OfferMissing, Forbidden, TermsNotBiddable, GateOpen, Invalid with every fault.
    """
    offer, _, _, owners = await _find_offer(uow, actor, offer_number)
    now = await uow.stamp()
    rulebook = await queries.get_rulebook_in_force(uow, now, demonstration=demonstration)
    await _check(uow, offer, terms, rulebook, now, sealing=False, owners=owners)
    await _ask_gates(uow, offer, terms)


async def publish_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    terms: LotTerms,
    key: str,
    draft_id: UUID | None = None,
    expected_version: int | None = None,
    rulebook_version: str | None = None,
    demonstration: bool = False,
) -> str:
    """Publish a lot of one's own offer (公告); returns its number. The same key, the same lot.

    The draft it was written in is taken away. The lot keeps the version of the rules that is in
    force now, of a ``demonstration`` its own short ones, or the one that is named (which no page
    and no request can do). Of a hidden reserve
    only the commitment is public. Raises Forbidden, OfferMissing, LotDraftMissing, StaleVersion,
    Invalid (contradictions), TermsNotBiddable, GateOpen (a clearance is open), KeyReused, what the
    catalogue refuses when the offer is not free.
    """
    offer, content, title, owners = await _find_offer(uow, actor, offer_number)
    if (seen := await queries.find_announced(uow, offer.owner_id, key)) is not None:
        _check_same_lot(seen, offer.id, terms)
        return seen.number
    bid_on = find_bid_on(content.terms)
    if bid_on is None:
        raise TermsNotBiddable()
    earlier_id = None
    if draft_id is not None:
        earlier_id = await take_draft(
            uow, actor=actor, draft_id=draft_id, expected_version=expected_version
        )
    lot_id = new_id()
    await catalogue.reserve_offer(
        uow, actor=actor, offer_id=offer.id, for_kind="lot", for_id=lot_id
    )
    now = await uow.stamp()
    rulebook = (
        await queries.get_rulebook(uow, rulebook_version)
        if rulebook_version
        else await queries.get_rulebook_in_force(uow, now, demonstration=demonstration)
    )
    earlier = await _check(
        uow, offer, terms, rulebook, now, sealing=True, owners=owners, earlier_id=earlier_id
    )
    await _ask_gates(uow, offer, terms)
    lot = _make_lot(lot_id, await next_number(uow, "CJ"), offer, terms, rulebook, now)
    lot.title = title
    lot.particulars = describe_offer(offer, content, bid_on)
    lot.bid_on, lot.idempotency_key, lot.announced_by = bid_on, key, actor.person_id
    lot.relisted_from = earlier.id if earlier is not None else None
    lot.notice |= {"fingerprint": _fingerprint(offer.id, terms)}
    uow.session.add(lot)
    await uow.session.flush()
    if _is_hidden(terms) and terms.reserve_minor is not None:
        await vault.seal_reserve(uow, lot, terms.reserve_minor)
    store.begin(lot, rulebook)
    await index_lot(uow, lot)
    uow.session.add(_first_announcement(lot, actor, now))
    uow.record(LotAnnounced(lot.id, lot.number, lot.offer_id, lot.seller_id))
    await _note(uow, actor, lot)
    return lot.number


async def _note(uow: UnitOfWork, actor: Actor, lot: Lot) -> None:
    """The audit line of a publication, with what its chain of events begins with."""
    await audit.note(
        uow,
        actor=actor,
        action="auctions.announce_lot",
        subject_kind="lot",
        subject_id=lot.id,
        facts={
            "number": lot.number,
            "offer": lot.offer_number,
            "mode": lot.mode,
            "start_minor": lot.start_minor,
            "step_minor": lot.step_minor,
            "window_s": lot.window_s,
            "rulebook": lot.rulebook_version,
            "genesis": lot.genesis_hash,
        },
    )


async def announce_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    offer_number: str,
    terms: LotTerms,
    key: str,
    rulebook_version: str | None = None,
) -> str:
    """Draft and publish a lot in one; see ``publish_lot``."""
    return await publish_lot(
        uow,
        actor=actor,
        offer_number=offer_number,
        terms=terms,
        key=key,
        rulebook_version=rulebook_version,
    )


async def _find_offer(
    uow: UnitOfWork, actor: Actor, offer_number: str
) -> tuple[OfferFacts, OfferContent, str, int]:
    """The offer to be sold, what a lot of it is called, and how many own what was named.

    Several numbers (by comma or space) are looked at, to be refused with the sentence that fits.
    """
    numbers = offer_number.replace(",", " ").replace("，", " ").replace("、", " ").split()
    views = [
        await catalogue.show_offer(uow, actor=actor, number=number)
        for number in (numbers or [offer_number])[:20]
    ]
    view = views[0]
    owners = len({one.facts.owner_id for one in views})
    access.require(actor, ANNOUNCE_LOT, owner=view.facts.owner_id)
    if len(views) > 1 and owners == 1:
        raise Invalid([FieldError("offer", "一个标的只能处置一项供给信息，请分别发布")])
    title = name_offer(view.achievement_title, view.facts.disposal.label)
    return view.facts, view.content, title, owners


async def _check(
    uow: UnitOfWork,
    offer: OfferFacts,
    terms: LotTerms,
    rulebook: Rulebook,
    now: datetime,
    *,
    sealing: bool,
    owners: int,
    earlier_id: UUID | None = None,
) -> Lot | None:
    """Refuse terms that cannot stand; answers the lot that this one puts up again."""
    params = RulebookParams.of(rulebook.params)
    bounds = compute_bounds(params, await load_calendar(uow), now)
    terms_rules.check_with_rules(terms, params, bounds, sealing=sealing, owners=owners)
    earlier = await life_queries.find_earlier_lot(
        uow, offer.owner_id, offer_id=offer.id, lot_id=earlier_id
    )
    if earlier is not None and earlier.achievement_id == offer.achievement_id:
        await check_relisting(uow, terms, earlier, params)
        return earlier
    return None


async def check_relisting(
    uow: UnitOfWork, terms: LotTerms, earlier: Lot, params: RulebookParams
) -> None:
    """A start below the earlier lot's has its evidence. Raises Invalid."""
    seller = (await accounts.get_organisations(uow, ids=[earlier.seller_id]))[earlier.seller_id]
    terms_rules.check_relisting(
        terms,
        earlier_start_minor=earlier.start_minor,
        state_owned=seller.kind in _STATE_OWNED,
        rules=params,
    )


async def _ask_gates(uow: UnitOfWork, offer: OfferFacts, terms: LotTerms) -> None:
    verdict = await clearances.ask(uow, offer.id, terms.mode.value)
    if not verdict.passed:
        raise GateOpen("；".join(verdict.open), open=list(verdict.open))


def compute_bounds(rules: RulebookParams, calendar: WorkingCalendar, now: datetime) -> Bounds:
    """What a rulebook's days come to for a publication at ``now`` (民法典 200-203)."""
    day = now.astimezone(SHANGHAI).date()

    def working(days: int) -> datetime | None:
        return compute_end_in_working_days(calendar, day, days).ends_at if days else None

    notice = rules.auction_notice_days
    return Bounds(
        now=now,
        free_end=working(rules.free_working_days),
        registration_end=working(rules.registration_working_days),
        opening=compute_end_in_days(calendar, day, notice).ends_at if notice else None,
    )


def _make_lot(
    lot_id: UUID,
    number: str,
    offer: OfferFacts,
    terms: LotTerms,
    rulebook: Rulebook,
    now: datetime,
) -> Lot:
    """The row of a lot as it is published; its head is where the mode begins."""
    engine = terms.to_engine(RulebookParams.of(rulebook.params), now)
    head = MODES[terms.mode].begin(engine)
    due_at = engine.registration_starts_at or engine.free_starts_at
    return Lot(
        id=lot_id,
        number=number,
        offer_id=offer.id,
        achievement_id=offer.achievement_id,
        seller_id=offer.owner_id,
        offer_number=offer.number,
        terms_hash=offer.price_terms_hash,
        mode=terms.mode.value,
        rulebook_version=rulebook.version,
        announced_at=now,
        currency="CNY",
        start_minor=terms.start_minor,
        step_minor=engine.tiers[0].step_minor if engine.tiers else 0,
        window_s=engine.window_s,
        free_starts_at=engine.free_starts_at,
        free_ends_at=engine.free_ends_at,
        state=head.state.value,
        cycle_starts_at=head.cycle_starts_at,
        cycle_ends_at=head.cycle_ends_at,
        due_at=due_at,
        terms=to_json(engine),
        reserve_kind=ReserveKind.none.value if _is_hidden(terms) else terms.reserve_kind.value,
        registration_starts_at=engine.registration_starts_at,
        registration_ends_at=engine.registration_ends_at,
        deposit_minor=terms.deposit_minor or None,
        deposit_due_at=_compute_due(terms, joining_ends_at(engine)),
        admission=terms.admission,
        conditions=terms.conditions.strip(),
        documents=[one.strip() for one in terms.documents],
        auctioneer=terms.auctioneer.to_json() if terms.auctioneer else None,
        notice=describe_notice(terms),
    )


def _is_hidden(terms: LotTerms) -> bool:
    return terms.reserve_kind is ReserveKind.hidden


def _compute_due(terms: LotTerms, joining_ends: datetime) -> datetime | None:
    """Until when the deposit must have arrived: while one may still come in, unless said sooner."""
    return (terms.deposit_due_at or joining_ends) if terms.deposit_minor else None


def describe_notice(terms: LotTerms) -> dict[str, Any]:
    """What else the announcement says."""
    said = {
        "viewing": terms.viewing.strip(),
        "viewing_starts_at": terms.viewing_starts_at,
        "viewing_ends_at": terms.viewing_ends_at,
        "negotiation": terms.negotiation,
        "price_evidence": terms.price_evidence.strip(),
    }
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
        if value
    }


def _first_announcement(lot: Lot, actor: Actor, now: datetime) -> LotAnnouncement:
    return LotAnnouncement(
        id=new_id(),
        lot_id=lot.id,
        kind=AnnouncementKind.published.value,
        statement="",
        facts={"rulebook": lot.rulebook_version},
        key=key_of_market(AnnouncementKind.published),
        at=now,
        by=actor.person_id,
    )


def describe_offer(offer: OfferFacts, content: OfferContent, bid_on: BidOn) -> list[list[str]]:
    """What is sold, as label and text: a lot shows what was announced, whatever comes later."""
    terms = content.terms
    pairs = [
        ("处置方式", offer.disposal.label),
        ("报价对象", _BID_ON[bid_on]),
        ("价格条款", kind_of(terms).label if terms else "一次总付"),
        ("使用领域", "、".join(field.label for field in sorted(content.fields)) or "不限"),
        ("领域说明", content.use_note),
        ("地域范围", "、".join(region.label for region in sorted(content.territory)) or "全国"),
        ("期限", f"{content.period_years} 年" if content.period_years else "与权利存续期相同"),
        ("交易条件", content.conditions),
    ]
    return [[label, text] for label, text in pairs if text]


def _fingerprint(offer_id: UUID, terms: LotTerms) -> str:
    """What a repeated key must bring again; a hidden reserve is no part of it."""
    said = {"offer": str(offer_id), "terms": to_json(terms.without_secret())}
    return hashlib.sha256(canonical(said)).hexdigest()


def _check_same_lot(seen: Lot, offer_id: UUID, terms: LotTerms) -> None:
    """A repeated key must bring the same content; an opening "at once" is any instant."""
    known = seen.notice.get("fingerprint")
    if known is not None:
        same = known == _fingerprint(offer_id, terms)
    else:  # a lot from before there were modes
        same = (
            seen.offer_id == offer_id
            and (seen.start_minor, seen.step_minor) == (terms.start_minor, terms.step_minor)
            and (seen.window_s, seen.free_ends_at) == (terms.window_s, terms.free_ends_at)
            and terms.free_starts_at in (None, seen.free_starts_at)
        )
    if not same:
        raise KeyReused()


async def relist_lot(
    uow: UnitOfWork, *, actor: Actor, number: str, form: Form, key: str
) -> LotDraftView:
    """Begin to put a lot up again that ended without a sale: a draft that knows the earlier lot.

    ``form`` is what the new draft starts from. A start below the earlier one will need its evidence
    when it is published (DOMAIN 2.8). Raises LotMissing, Forbidden, LotStateForbids (sold, running,
    still negotiating), OfferMissing, KeyReused.
    """
    lot_id = await queries.get_lot_id(uow, number)
    lot, _ = await queries.lock_lot(uow, lot_id)
    access.require(actor, ANNOUNCE_LOT, owner=lot.seller_id)
    if lot.outcome not in life_queries.NOT_SOLD:
        raise LotStateForbids("只有流拍、未能成交、终止或者被撤销的标的可以再次公告")
    if lot.negotiation_ends_at is not None:
        raise LotStateForbids("标的在协商期内，协商期结束后方可再次公告")
    return await draft_lot(
        uow,
        actor=actor,
        offer_number=lot.offer_number,
        form=form,
        key=key,
        relisted_from=lot.id,
    )
