"""Drafts and their publication: kept as typed, published once, refused with every fault, and a
hidden reserve that is in no text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auctions import service
from app.auctions.errors import LotDraftMissing
from app.auctions.life_types import TerminateReason
from app.auctions.types import Auctioneer, BidMode, LotState, LotTerms, ReserveKind
from app.catalogue import service as catalogue
from app.catalogue.types import Disposal, OfferState
from app.clearances.errors import GateOpen
from app.core.errors import Forbidden, Invalid, KeyReused, StaleVersion
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import Org

DAY = timedelta(days=1)
FORM = {"mode": ["DYNAMIC"], "start": ["100000"], "step": ["5,000"], "free_ends_at": [""]}


async def terms(world: World, **given: Any) -> LotTerms:
    """Terms that 2026-2 takes: a free period of more than five working days."""
    made = LotTerms(100_000_00, 5_000_00, None, await world.market_now() + 20 * DAY, 300)
    return replace(made, **given)


async def draft(tx: Tx, seller: Org, number: str, key: str = "draft-1", **form: Any) -> Any:
    return await tx.run(
        service.draft_lot, actor=seller.head, offer_number=number, form=FORM | form, key=key
    )


async def test_a_draft_is_kept_as_it_was_typed(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    made = await draft(tx, seller, "")
    again = await draft(tx, seller, "")
    assert (made.id, made.form, made.version) == (again.id, FORM, 1)
    with pytest.raises(KeyReused):
        await draft(tx, seller, "", start=["1"])
    edited = await tx.run(
        service.edit_draft,
        actor=seller.head,
        draft_id=made.id,
        offer_number=offer.number,
        form=FORM | {"reserve_kind": ["hidden"], "reserve": ["999999"]},
        expected_version=1,
    )
    assert (edited.version, edited.offer_number) == (2, offer.number)
    assert "reserve" not in edited.form  # a draft is plain text
    with pytest.raises(StaleVersion):
        await tx.run(service.drop_draft, actor=seller.head, draft_id=made.id, expected_version=1)
    with pytest.raises(Invalid):
        await draft(tx, seller, "", "long", note=["长" * 70_000])
    page = await tx.run(service.list_drafts, actor=seller.head)
    assert [one.id for one in page.items] == [made.id]

    other = await world.organisation()
    for verb in (service.show_draft, service.drop_draft):
        with pytest.raises(LotDraftMissing):
            await tx.run(verb, actor=other.head, draft_id=made.id)
    with pytest.raises(Forbidden):
        await draft(tx, other, offer.number)
    with pytest.raises(Forbidden):
        await tx.run(
            service.draft_lot, actor=await world.operator(), offer_number="", form={}, key="x"
        )
    await tx.run(service.drop_draft, actor=seller.head, draft_id=made.id)
    assert await world.count("lot_draft") == 0


async def test_a_draft_becomes_one_lot(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    made = await draft(tx, seller, offer.number)
    given: dict[str, Any] = {"offer_number": offer.number, "terms": await terms(world)}
    given["key"] = "publish-1"
    with pytest.raises(StaleVersion):
        await tx.run(
            service.publish_lot, actor=seller.head, draft_id=made.id, expected_version=7, **given
        )
    assert await world.count("lot_draft") == 1
    number = await tx.run(
        service.publish_lot, actor=seller.head, draft_id=made.id, expected_version=1, **given
    )
    assert number == await tx.run(
        service.publish_lot, actor=seller.head, draft_id=made.id, expected_version=1, **given
    )
    assert await world.count("lot_draft") == 0
    lot = await world.show_lot(number)
    assert (lot.state, lot.rulebook_version) == (LotState.free, "2026-2")
    assert (lot.genesis_hash is None, lot.head_hash) == (False, None)
    book = await tx.run(service.show_rulebook_in_force)
    assert (book.version, len(book.clauses) > 25) == ("2026-2", True)


async def test_a_hidden_reserve_is_public_as_a_commitment_only(tx: Tx, world: World) -> None:
    sale = await world.lot(reserve_kind=ReserveKind.hidden, reserve_minor=765_000_00)
    lot = await world.show_lot(sale.number)
    assert (lot.reserve_kind, lot.terms.open_reserve_minor) == (ReserveKind.hidden, None)  # type: ignore[union-attr]
    assert lot.reserve_commitment is not None
    rows = await world.rows(
        "SELECT to_jsonb(lot)::text AS said FROM lot UNION ALL SELECT facts::text FROM audit_entry"
        " UNION ALL SELECT payload::text FROM fact UNION ALL SELECT facts::text"
        " FROM lot_announcement"
    )
    assert not any("76500000" in row.said for row in rows)
    assert "76500000" not in repr(lot)


async def test_what_contradicts_is_said_and_nothing_is_made(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.exclusive)
    other = await world.offer(await world.organisation(), disposal=Disposal.exclusive)
    second = await world.offer(seller, disposal=Disposal.exclusive)
    good = await terms(world)
    auction = replace(
        good,
        mode=BidMode.auction,
        free_starts_at=good.free_ends_at - DAY,
        auctioneer=Auctioneer("某某拍卖公司", "", "王某", "1"),
    )
    cases = [
        (offer.number, replace(good, mode=BidMode.tender), "mode"),
        (f"{offer.number}、{other.number}", good, ""),
        (f"{offer.number} {second.number}", good, "offer"),
        (offer.number, replace(good, free_ends_at=good.free_ends_at - 19 * DAY), "free_ends_at"),
        (offer.number, auction, "auctioneer"),
        (offer.number, replace(good, deposit_minor=30_000_01), "deposit"),
        (offer.number, replace(good, reserve_kind=ReserveKind.hidden), "reserve"),
    ]
    for number, given, field in cases:
        with pytest.raises(Invalid) as refused:
            await tx.run(
                service.publish_lot, actor=seller.head, offer_number=number, terms=given, key="no"
            )
        assert field in [one.field for one in refused.value.errors]
    assert await world.count("lot") == await world.count("offer_reservation") == 0
    for given in (good, replace(good, reserve_kind=ReserveKind.hidden)):
        await tx.run(service.check_lot, actor=seller.head, offer_number=offer.number, terms=given)
    assert await world.count("lot") == 0
    assert await world.count("lot_key") == 0


async def test_a_transfer_waits_for_its_gates(tx: Tx, world: World) -> None:
    seller = await world.organisation()
    offer = await world.offer(seller, disposal=Disposal.transfer)
    given: dict[str, Any] = {"offer_number": offer.number, "terms": await terms(world)}
    with pytest.raises(GateOpen):
        await tx.run(service.check_lot, actor=seller.head, **given)
    with pytest.raises(GateOpen):
        await tx.run(service.publish_lot, actor=seller.head, key="gate", **given)
    after = await tx.run(catalogue.get_offer, offer_id=offer.id)
    assert after.state is OfferState.published


async def test_putting_it_up_again_cheaper_needs_evidence(tx: Tx, world: World) -> None:
    sale = await world.lot()
    operator = await world.operator()
    with pytest.raises(Forbidden):
        await tx.run(service.relist_lot, actor=operator, number=sale.number, form={}, key="r-0")
    await tx.run(
        service.terminate_lot,
        actor=operator,
        number=sale.number,
        reason=TerminateReason.notice_error,
        statement="技术指标有误",
        key="t-1",
    )
    made = await tx.run(
        service.relist_lot, actor=sale.seller.head, number=sale.number, form=FORM, key="r-1"
    )
    cheaper = await terms(world, start_minor=99_000_00)
    given: dict[str, Any] = {"actor": sale.seller.head, "offer_number": sale.offer.number}
    given["draft_id"] = made.id
    with pytest.raises(Invalid, match="新的定价决定"):
        await tx.run(service.publish_lot, terms=cheaper, key="again", **given)
    evidence = replace(cheaper, price_evidence="校长办公会纪要〔2026〕8 号")
    number = await tx.run(service.publish_lot, terms=evidence, key="again", **given)
    [row] = await world.rows("SELECT relisted_from FROM lot WHERE number = :number", number=number)
    assert row.relisted_from == sale.id
