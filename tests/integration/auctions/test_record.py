"""The record of a finished sale: built once, whole, opened for a supervisor alone."""

from __future__ import annotations

import json

import pytest

from app.auctions import service
from app.auctions.errors import RecordMissing, SaleStillOpen
from app.auctions.life_types import AnnulGround
from app.auctions.record import record_sale
from app.auctions.record_types import RecordKind
from app.auctions.verifying import verify_sale
from app.core.errors import Forbidden, Invalid
from app.core.tx import Tx
from tests.world import World
from tests.worlds.records import PRINTED, fixed_price_lot, print_one, sold

REASON = "竞买人投诉自动报价，按监督程序核查"


async def test_a_finished_sale_has_a_record_that_holds_with_its_openings(
    tx: Tx, world: World
) -> None:
    sale = await sold(world)
    view, record = await tx.run(service.read_record, number=sale.number)
    assert verify_sale(record, sha256=view.sha256) == []
    supervisor = await world.person(platform={"supervisor"})
    number, openings = await tx.run(
        service.open_secrets_of, actor=supervisor, number=sale.number, reason=REASON
    )
    assert number == sale.number
    assert verify_sale(record, openings) == []
    [refused] = json.loads(openings)["secrets"]
    assert refused["value"] == {"amount_minor": 9_999_999}
    assert b"9999999" not in record
    rows = await world.rows(
        "SELECT action, facts FROM audit_entry WHERE subject_id = :id ORDER BY seq", id=sale.id
    )
    noted = {row.action: row.facts for row in rows}
    assert noted["auctions.record_sale"]["sha256"] == view.sha256
    assert noted["auctions.record_sale"]["faults"] == 0
    assert noted["auctions.open_sale"]["reason"] == REASON
    assert noted["auctions.open_sale"]["record"] == view.sha256


async def test_a_record_and_its_certificates_are_made_once(tx: Tx, world: World) -> None:
    sale = await sold(world)
    assert await tx.run(record_sale, lot_id=sale.id) is None
    assert [await print_one(world, sale.id, kind) for kind in PRINTED] == [None, None]
    assert await world.count("sale_record") == 3


async def test_what_becomes_of_a_sale_later_is_a_further_record(tx: Tx, world: World) -> None:
    sale = await sold(world)
    operator = await world.person(platform={"operator"})
    await tx.run(
        service.annul_lot,
        actor=operator,
        number=sale.number,
        ground=AnnulGround.collusion,
        statement="查明竞买人之间串通报价",
        key="annul-0001",
    )
    assert await tx.run(record_sale, lot_id=sale.id) is not None
    view, record = await tx.run(service.read_record, number=sale.number)
    assert (view.revision, view.outcome) == (2, "annulled")
    assert verify_sale(record) == []
    assert await print_one(world, sale.id, RecordKind.confirmation, 2) is None
    assert await print_one(world, sale.id, RecordKind.notice, 2) is not None
    finding = await tx.run(service.find_certificate, number=sale.confirmation)
    assert finding is not None
    assert not finding.stands
    first, _ = await tx.run(service.read_record, number=sale.number, revision=1)
    assert first.outcome == "won"


async def test_nothing_is_opened_before_the_close_or_without_a_reason(tx: Tx, world: World) -> None:
    supervisor = await world.person(platform={"supervisor"})
    number = await fixed_price_lot(world, await world.organisation(kind="university"))
    with pytest.raises(SaleStillOpen):
        await tx.run(service.open_secrets_of, actor=supervisor, number=number, reason=REASON)
    with pytest.raises(RecordMissing):
        await tx.run(service.read_record, number=number)
    sale = await sold(world)
    with pytest.raises(Invalid):
        await tx.run(service.open_secrets_of, actor=supervisor, number=sale.number, reason="看看")
    operator = await world.person(platform={"operator"})
    for actor in (operator, sale.seller.head, sale.buyer.head):
        with pytest.raises(Forbidden):
            await tx.run(service.open_secrets_of, actor=actor, number=sale.number, reason=REASON)
    assert await world.count("audit_entry", action="auctions.open_sale") == 0


async def test_a_certificate_is_for_whom_it_concerns(tx: Tx, world: World) -> None:
    sale = await sold(world)
    operator = await world.person(platform={"operator"})
    for actor in (sale.seller.head, sale.buyer.head, operator):
        for number in (sale.notice, sale.confirmation):
            view, content = await tx.run(service.read_certificate, actor=actor, number=number)
            assert content.startswith(b"%PDF-")
            assert view.number == number
    await tx.run(service.read_certificate, actor=sale.loser.head, number=sale.notice)
    stranger = (await world.organisation()).head
    for actor, number in (
        (sale.loser.head, sale.confirmation),
        (stranger, sale.notice),
        (world.stranger, sale.notice),
        (operator, "ZS-2026-999999"),
    ):
        with pytest.raises(RecordMissing):
            await tx.run(service.read_certificate, actor=actor, number=number)
