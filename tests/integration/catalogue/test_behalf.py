"""Entry on behalf: nothing goes on before the researcher has confirmed it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.catalogue import service
from app.catalogue.errors import AwaitsConfirmation, ConfirmationDecided
from app.catalogue.types import CoOwner
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, NotFound, StaleVersion, Unauthenticated
from app.core.ids import new_id
from app.core.tx import Tx
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.catalogue import achievement_content


async def test_an_operator_enters_and_the_researcher_confirms(world: World, tx: Tx) -> None:
    org, operator = await world.organisation("东海大学"), await world.operator()
    researcher = await world.member(org, {"inventor"}, name="钱研究")
    asked = {
        "actor": operator,
        "organisation_id": org.id,
        "person_id": id_of(researcher),
        "content": achievement_content(),
        "key": "behalf-key-1",
    }
    record = await tx.run(service.enter_for_person, **asked)  # type: ignore[arg-type]
    assert await tx.run(service.enter_for_person, **asked) == record  # type: ignore[arg-type]
    assert (record.owner_id, record.holder_name) == (org.id, "东海大学")
    assert await world.count("inbox_message", person_id=id_of(researcher)) == 1
    with pytest.raises(AwaitsConfirmation):
        await tx.run(
            service.submit_achievement,
            actor=org.head,
            number=record.number,
            version=record.version,
        )
    with pytest.raises(NotFound):
        await tx.run(service.show_achievement, actor=world.stranger, number=record.number)
    word = {"number": record.number, "version": record.version}
    for actor, refusal in (
        (org.head, Forbidden),
        (operator, Forbidden),
        ((await world.organisation()).head, NotFound),
    ):
        with pytest.raises(refusal):
            await tx.run(service.confirm_entry, actor=actor, **word)  # type: ignore[arg-type]
    with pytest.raises(StaleVersion):
        await tx.run(service.confirm_entry, actor=researcher, **(word | {"version": 9}))  # type: ignore[arg-type]
    for _ in range(2):
        await tx.run(service.confirm_entry, actor=researcher, **word)  # type: ignore[arg-type]
    assert await world.count("fact", topic="catalogue.entry_resolved.v1") == 1
    view = await tx.run(service.show_achievement, actor=org.head, number=record.number)
    assert view.confirmation is not None
    assert view.confirmation.facts.confirmed_version == record.version
    assert view.confirmation.person_name == "钱研究"
    with pytest.raises(ConfirmationDecided):
        await tx.run(
            service.refuse_entry, actor=researcher, reason="不对", **word  # type: ignore[arg-type]
        )  # fmt: skip
    sent = await tx.run(
        service.submit_achievement, actor=org.head, number=record.number, version=record.version
    )
    assert sent.state == "submitted"


async def test_a_refused_entry_is_mended_and_asked_again(world: World, tx: Tx) -> None:
    org = await world.organisation()
    researcher = await world.member(org, {"inventor"})
    record = await tx.run(
        service.enter_for_person,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="behalf-key-2",
    )
    word = {"number": record.number, "version": record.version}
    with pytest.raises(Invalid):
        await tx.run(service.refuse_entry, actor=researcher, reason=" ", **word)  # type: ignore[arg-type]
    await tx.run(service.refuse_entry, actor=researcher, reason="指标不对", **word)  # type: ignore[arg-type]
    changed = await tx.run(
        service.edit_achievement,
        actor=org.head,
        content=achievement_content(title="改正后的名称"),
        **word,  # type: ignore[arg-type]
    )
    page = await tx.run(service.list_confirmations, actor=researcher)
    assert [line.confirmation.facts.state for line in page.items] == ["pending"]
    await tx.run(
        service.confirm_entry, actor=researcher, number=record.number, version=changed.version
    )
    # what another changes after the word is said waits again
    again = await tx.run(
        service.edit_achievement,
        actor=org.head,
        number=record.number,
        version=changed.version,
        content=achievement_content(title="又改了"),
    )
    with pytest.raises(AwaitsConfirmation):
        await tx.run(
            service.submit_achievement, actor=org.head, number=record.number, version=again.version
        )


async def test_whoever_refused_and_mended_it_himself_can_confirm(world: World, tx: Tx) -> None:
    org = await world.organisation()
    researcher = await world.member(org, {"inventor"})
    record = await tx.run(
        service.enter_for_person,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="behalf-key-5",
    )
    word = {"actor": researcher, "number": record.number, "version": record.version}
    await tx.run(service.refuse_entry, reason="指标不对", **word)  # type: ignore[arg-type]
    before = await world.count("inbox_message", person_id=id_of(researcher))
    mended = await tx.run(
        service.edit_achievement,
        content=achievement_content(title="本人改正的名称"),
        **word,  # type: ignore[arg-type]
    )
    view = await tx.run(service.show_confirmation, actor=researcher, number=record.number)
    assert view.confirmation.may_decide
    assert await world.count("inbox_message", person_id=id_of(researcher)) == before
    await tx.run(
        service.confirm_entry, actor=researcher, number=record.number, version=mended.version
    )
    sent = await tx.run(
        service.submit_achievement, actor=org.head, number=record.number, version=mended.version
    )
    assert sent.state == "submitted"


async def test_the_operator_mends_only_what_he_entered(world: World, tx: Tx) -> None:
    org, operator = await world.organisation(), await world.operator()
    researcher = await world.member(org, {"inventor"})
    record = await tx.run(
        service.enter_for_person,
        actor=operator,
        organisation_id=org.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="behalf-key-3",
    )
    edit = {"number": record.number, "version": record.version, "content": achievement_content()}
    with pytest.raises(Forbidden):
        await tx.run(service.edit_achievement, actor=await world.operator(), **edit)  # type: ignore[arg-type]
    mended = await tx.run(service.edit_achievement, actor=operator, **edit)  # type: ignore[arg-type]
    await tx.run(
        service.confirm_entry, actor=researcher, number=record.number, version=mended.version
    )
    with pytest.raises(Forbidden):
        await tx.run(
            service.edit_achievement, actor=operator, **(edit | {"version": mended.version})  # type: ignore[arg-type]
        )  # fmt: skip


async def test_nobody_is_entered_for_who_is_no_researcher_of_the_house(
    world: World, tx: Tx
) -> None:
    org, other = await world.organisation(), await world.organisation()
    agent = await world.member(org, {"agent"})
    elsewhere = await world.member(other, {"inventor"})

    async def enter(actor: Actor, person: Actor) -> None:
        await tx.run(
            service.enter_for_person,
            actor=actor,
            organisation_id=org.id,
            person_id=id_of(person),
            content=achievement_content(),
            key="behalf-key-4",
        )

    for person in (agent, elsewhere, org.head):
        with pytest.raises(Invalid):
            await enter(org.head, person)
    inventor = await world.member(org, {"inventor"})
    for actor, refusal in (
        (other.head, Forbidden),
        (inventor, Forbidden),
        (world.stranger, Unauthenticated),
    ):
        with pytest.raises(refusal):
            await enter(actor, inventor)
    assert await world.count("achievement") == 0


async def test_a_co_owner_is_linked_to_a_verified_organisation_only(world: World, tx: Tx) -> None:
    org = await world.organisation()
    for party_id in (new_id(), (await world.organisation(verified=False)).id, org.id):
        with pytest.raises(Invalid):
            await tx.run(
                service.draft_achievement,
                actor=org.head,
                content=replace(achievement_content(), co_owners=(CoOwner("甲", party_id),)),
                key=f"link-{new_id()}",
            )
    assert await world.count("achievement") == 0
