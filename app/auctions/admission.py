"""The verbs of who applies (报名): apply, join, withdraw, be admitted when the deposit is locked.

Who decides is the exchange, an operator who belongs to neither side (DOMAIN 3.1, 资格确认). The
seller says what he asks for in the announcement and is not shown who applies: a seller who knows
the bidders may collude with one, and the law keeps even the operator from watching them (网拍规定
8).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.auctions import admission_notices as notices
from app.auctions import admission_queries as queries
from app.auctions import admission_rules as rules
from app.auctions import deposits
from app.auctions.admission_errors import (
    AlreadyApplied,
    ApplicationNeeded,
    MayNotTakePart,
)
from app.auctions.admission_models import LotApplication
from app.auctions.admission_types import (
    ApplicationState,
    Requirements,
)
from app.auctions.admitting import (
    FILES,
    accept,
    admit,
    check_own,
    facts_of,
    find_bar,
    is_paid,
    layer_of,
    lock_application,
    note,
    refuse,
    require_bidder,
    requirements_of,
)
from app.auctions.errors import SellerMayNotBid
from app.auctions.models import Lot
from app.auctions.queries import find_bidder, get_lot_id, lock_lot
from app.auctions.types import LotState, MyPlace
from app.core.actor import SYSTEM, Actor
from app.core.errors import KeyReused
from app.core.ids import new_id
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.types import Staged


async def apply_to_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    statement: str = "",
    confirmed: bool = False,
    documents: Mapping[int, Sequence[Staged]] | None = None,
    values: Mapping[str, int] | None = None,
    key: str,
) -> UUID:
    """Apply to take part in a lot (报名); returns the application's id. The same key applies once.

    ``documents`` by the place of what the lot asks for; ``values`` by criterion, of WEIGHTED. A
    party that the closed list bars gets its refusal at once, with the way to complain; where
    nothing has to be decided the application is accepted, and admitted when no deposit is asked.

    Raises LotMissing, Forbidden, SellerMayNotBid, StaffMayNotBid, LotNotYetOpenForJoining,
    LotNotOpenForJoining, AlreadyApplied, Invalid, KeyReused, what ``files`` refuses.
    """
    party_id = require_bidder(actor)
    lot, _ = await lock_lot(uow, await get_lot_id(uow, number))
    if lot.seller_id == party_id:
        raise SellerMayNotBid()
    brought = {place: list(staged) for place, staged in (documents or {}).items() if staged}
    words, said = clean_text(statement), dict(values or {})
    content = _digest(words, said, brought)
    if (seen := await queries.find_by_key(uow, lot.id, party_id, key)) is not None:
        if seen.content_hash != content:
            raise KeyReused()
        return seen.id
    if await queries.find_current(uow, lot.id, party_id) or await find_bidder(
        uow, lot.id, party_id
    ):
        raise AlreadyApplied()
    now = await uow.stamp()
    needs = requirements_of(lot)
    rules.check_span(needs, LotState(lot.state), now)
    rules.check_application(
        needs, statement=words, confirmed=confirmed, brought=frozenset(brought), values=said
    )
    bar = await find_bar(uow, lot, party_id)
    row = await _add(uow, actor, lot, needs, words, said, content, key, now)
    for place, staged in brought.items():
        await files.attach_all(
            uow,
            actor=actor,
            staged=staged,
            owner_kind=FILES,
            owner_id=row.id,
            layer=layer_of(place),
            key=f"{key}-{place}",
        )
    if needs.reviewed:
        await note(uow, actor, "apply_to_lot", lot, row)
    if bar is not None:
        await refuse(uow, SYSTEM, lot, row, bar, "", now)
    elif needs.reviewed:
        await notices.tell_operators(uow, lot, row)
    else:
        await accept(uow, SYSTEM, lot, needs, row, now)
    return row.id


async def join_lot(uow: UnitOfWork, *, actor: Actor, number: str) -> MyPlace:
    """Take part in a lot that asks for nothing, under a code drawn by lot; joining twice gives
    the same code.

    Raises LotMissing, Forbidden (role, verification), SellerMayNotBid, StaffMayNotBid,
    MayNotTakePart (barred by the closed list), ApplicationNeeded, LotNotYetOpenForJoining,
    LotNotOpenForJoining.
    """
    party_id = require_bidder(actor)
    lot, _ = await lock_lot(uow, await get_lot_id(uow, number))
    if lot.seller_id == party_id:
        raise SellerMayNotBid()
    place = await find_bidder(uow, lot.id, party_id)
    if place is None:
        now = await uow.stamp()
        needs = requirements_of(lot)
        rules.check_span(needs, LotState(lot.state), now)
        if not needs.at_once:
            raise ApplicationNeeded(number=lot.number)
        if (bar := await find_bar(uow, lot, party_id)) is not None:
            raise MayNotTakePart(bar.label, reason=bar.value, source=bar.source)
        row = await _add(uow, actor, lot, needs, "", {}, _digest("", {}, {}), "join", now)
        row.state, row.decided_at = ApplicationState.accepted, now
        place = await admit(uow, lot, row, now)
    return MyPlace(
        code=place.code,
        admitted_at=place.admitted_at,
        leading=lot.leader_id == party_id,
        won=lot.outcome == "won" and lot.leader_id == party_id,
    )


async def withdraw_application(uow: UnitOfWork, *, actor: Actor, application_id: UUID) -> None:
    """Take an application back before one is admitted; a deposit goes home. Twice is once.

    Raises ApplicationMissing, Forbidden, ApplicationStateForbids (admitted or refused).
    """
    lot, row = await lock_application(uow, application_id)
    check_own(actor, row)
    if row.state == ApplicationState.withdrawn:
        return
    rules.check_state(facts_of(row), ApplicationState.submitted, ApplicationState.accepted)
    row.state, row.due_at = ApplicationState.withdrawn, None
    await uow.session.flush()
    await deposits.release_deposit(uow, application_id=row.id, reason="withdrawn")
    await note(uow, actor, "withdraw_application", lot, row)


async def admit_when_ready(uow: UnitOfWork, *, application_id: UUID) -> bool:
    """Admit an accepted application whose deposit is locked; answers whether it is admitted now.

    Called when a deposit was locked. One that came too late, or waits for a decision, stays as it
    is: the sweep writes down what became of it. Raises ApplicationMissing.
    """
    lot, row = await lock_application(uow, application_id)
    if row.state == ApplicationState.admitted:
        return True
    if row.state != ApplicationState.accepted:
        return False
    now = await uow.stamp()
    needs = requirements_of(lot)
    late = rules.find_lapse(facts_of(row), needs, LotState(lot.state), now) is not None
    if late or not await is_paid(uow, needs, row):
        return False
    await admit(uow, lot, row, now)
    await notices.tell_decided(uow, lot, row, waits=False)
    return True


async def _add(
    uow: UnitOfWork,
    actor: Actor,
    lot: Lot,
    needs: Requirements,
    statement: str,
    values: Mapping[str, int],
    content: str,
    key: str,
    now: datetime,
) -> LotApplication:
    assert actor.organisation_id is not None, "a bidder acts for an organisation"
    row = LotApplication(
        id=new_id(),
        lot_id=lot.id,
        party_id=actor.organisation_id,
        applied_by=actor.person_id,
        state=ApplicationState.submitted,
        statement=statement,
        declared={name: values[name] for name in sorted(values)},
        note="",
        applied_at=now,
        due_at=needs.decides_until,
        content_hash=content,
        idempotency_key=key,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


def _digest(
    statement: str, values: Mapping[str, int], brought: Mapping[int, Sequence[Staged]]
) -> str:
    plain = json.dumps(
        [
            statement,
            sorted(values.items()),
            [[place, [one.sha256 for one in staged]] for place, staged in sorted(brought.items())],
        ],
        ensure_ascii=False,
    )
    return hashlib.sha256(plain.encode()).hexdigest()
