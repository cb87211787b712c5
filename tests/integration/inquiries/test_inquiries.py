"""Inquiries: asked about public things, answered by the owner, read by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.tx import Tx
from app.demands.types import Confidentiality
from app.inquiries import rules, service
from app.inquiries.errors import (
    AlreadyAsking,
    InquiryClosed,
    InquiryMissing,
    NobodyToAsk,
    OwnSubject,
    SubjectMissing,
    TooManyInquiries,
)
from app.inquiries.types import AboutKind, Wish
from tests.world import World


def question(number: str, key: str = "ask-key-01", **given: Any) -> dict[str, Any]:
    return {
        "kind": AboutKind.achievement,
        "number": number,
        "title": "产能",
        "body": "年产多少平方米？",
        "wish": Wish.here,
        "key": key,
    } | given


async def test_a_question_is_answered_inside_the_market(world: World, tx: Tx) -> None:
    owner, asker = await world.organisation("东海大学"), await world.organisation("求购公司")
    record = await world.achievement(owner)
    asked = question(record.number)
    number = await tx.run(service.open_inquiry, actor=asker.head, **asked)
    assert number.startswith("ZX-")
    assert await tx.run(service.open_inquiry, actor=asker.head, **asked) == number
    with pytest.raises(KeyReused):
        await tx.run(service.open_inquiry, actor=asker.head, **(asked | {"body": "另一问"}))
    assert await world.count("inbox_message") == 1
    inventor = await world.member(owner, {"inventor"})
    for _ in range(2):
        await tx.run(
            service.write_message,
            actor=inventor,
            number=number,
            body="一千万平方米。",
            key="answer-01",
        )
    view = await tx.run(service.show_inquiry, actor=asker.head, number=number)
    assert view.line.state == "answered"
    assert [message.organisation_name for message in view.messages] == ["求购公司", "东海大学"]
    assert "张成员" not in str(view)
    assert await world.count("fact", topic="inquiries.inquiry_answered.v1") == 1
    for side, actor in ((False, owner.head), (True, asker.head)):
        page = await tx.run(service.list_inquiries, actor=actor, asked=side)
        assert [line.number for line in page.items] == [number]
    for _ in range(2):
        await tx.run(service.close_inquiry, actor=asker.head, number=number)
    with pytest.raises(InquiryClosed):
        await tx.run(
            service.write_message, actor=inventor, number=number, body="再说", key="answer-02"
        )
    assert await world.count("inquiry_message") == 2


async def test_only_the_two_houses_and_the_platform_read(world: World, tx: Tx) -> None:
    owner, asker = await world.organisation(), await world.organisation()
    record = await world.achievement(owner)
    number = await tx.run(service.open_inquiry, actor=asker.head, **question(record.number))
    third = (await world.organisation()).head
    for actor in (third, world.stranger):
        with pytest.raises(InquiryMissing):
            await tx.run(service.show_inquiry, actor=actor, number=number)
    with pytest.raises(InquiryMissing):
        await tx.run(service.write_message, actor=third, number=number, body="插话", key="third-01")
    supervisor = await world.person(platform={"supervisor"})
    assert await tx.run(service.show_inquiry, actor=supervisor, number=number)
    assert await world.count("audit_entry", action="inquiries.read_by_platform") == 1
    with pytest.raises(Forbidden):
        await tx.run(
            service.write_message, actor=supervisor, number=number, body="插话", key="third-02"
        )
    assert await world.count("inquiry_message") == 1


async def test_only_what_is_public_and_somebody_elses_is_asked_about(world: World, tx: Tx) -> None:
    owner, asker = await world.organisation(), await world.organisation()
    published = await world.achievement(owner)
    draft = await world.achievement(owner, state="draft")
    imported = await world.imported(await world.organisation())
    person = await world.person()
    for actor, number, refusal in (
        (owner.head, published.number, OwnSubject),
        (asker.head, draft.number, SubjectMissing),
        (asker.head, "CG-2026-999999", SubjectMissing),
        (asker.head, imported.number, NobodyToAsk),
        (person, published.number, Forbidden),
        (world.stranger, published.number, Unauthenticated),
    ):
        with pytest.raises(refusal):
            await tx.run(service.open_inquiry, actor=actor, **question(number))
    with pytest.raises(Invalid):
        await tx.run(
            service.open_inquiry, actor=asker.head, **question(published.number, title=" ")
        )
    assert await world.count("inquiry") == 0
    await tx.run(service.open_inquiry, actor=asker.head, **question(published.number))
    with pytest.raises(AlreadyAsking):
        await tx.run(
            service.open_inquiry, actor=asker.head, **question(published.number, "ask-key-02")
        )
    offer = await world.offer(owner, published)
    await tx.run(
        service.open_inquiry,
        actor=asker.head,
        **question(offer.number, "ask-key-03", kind=AboutKind.offer),
    )
    askers = await tx.run(service.list_askers, achievement_id=published.id)
    assert [(one.name, one.inquiries) for one in askers] == [(asker.name, 2)]


async def test_a_demand_is_asked_about_without_unmasking_its_holder(world: World, tx: Tx) -> None:
    owner, asker = await world.organisation("神秘公司"), await world.organisation()
    demand = await world.demand(owner.head, confidentiality=Confidentiality.masked)
    number = await tx.run(
        service.open_inquiry,
        actor=asker.head,
        **question(demand.number, kind=AboutKind.demand),
    )
    await tx.run(
        service.write_message, actor=owner.head, number=number, body="请介绍。", key="answer-01"
    )
    view = await tx.run(service.show_inquiry, actor=asker.head, number=number)
    page = await tx.run(service.list_inquiries, actor=asker.head, asked=True)
    assert "神秘公司" not in str(view) + str(page)
    told = await world.tx.run(_bodies)
    assert not any("神秘公司" in body for body in told)


async def _bodies(uow: Any) -> list[str]:
    rows = await uow.session.execute(text("SELECT m::text FROM inbox_message AS m"))
    return list(rows.scalars())


async def test_floods_are_refused(world: World, tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "INQUIRIES_A_DAY", 1)
    monkeypatch.setattr(rules, "MESSAGES_AN_HOUR", 2)
    owner, asker = await world.organisation(), await world.organisation()
    one, two = await world.achievement(owner), await world.achievement(owner)
    number = await tx.run(service.open_inquiry, actor=asker.head, **question(one.number))
    with pytest.raises(TooManyInquiries):
        await tx.run(service.open_inquiry, actor=asker.head, **question(two.number, "ask-key-02"))
    write = {"actor": asker.head, "number": number, "body": "还有"}
    await tx.run(service.write_message, key="more-key-1", **write)  # type: ignore[arg-type]
    with pytest.raises(TooManyInquiries):
        await tx.run(service.write_message, key="more-key-2", **write)  # type: ignore[arg-type]
    assert await world.count("inquiry_message") == 2


async def test_a_message_cannot_be_changed(world: World, tx: Tx) -> None:
    owner, asker = await world.organisation(), await world.organisation()
    record = await world.achievement(owner)
    await tx.run(service.open_inquiry, actor=asker.head, **question(record.number))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tx.sessions.begin() as session:
            await session.execute(text("UPDATE inquiry_message SET body = 'x'"))


async def test_whoever_seeks_is_told_of_questions_about_a_demand(world: World, tx: Tx) -> None:
    seeker, asker = await world.organisation("求购公司"), await world.organisation("供方公司")
    agent, inventor = (
        await world.member(seeker, {"agent"}),
        await world.member(seeker, {"inventor"}),
    )
    demand = await world.demand(seeker.head)
    before = await world.count("inbox_message", person_id=agent.person_id)
    await tx.run(
        service.open_inquiry,
        actor=asker.head,
        **question(demand.number, kind=AboutKind.demand),
    )
    assert await world.count("inbox_message", person_id=agent.person_id) == before + 1
    assert await world.count("inbox_message", person_id=inventor.person_id) == 0
