"""Disclosures on real PostgreSQL, by their unit: decided once, sent back, turned into a draft."""

from __future__ import annotations

import pytest

from app.catalogue import service as catalogue
from app.core.actor import Actor
from app.core.errors import DomainError, Forbidden, Invalid
from app.core.tx import Tx
from app.disclosures import service
from app.disclosures.errors import DisclosureStateForbids, Recused
from app.disclosures.types import Decision, DisclosureState, Empowerment
from tests.integration.disclosures.watching import nothing_is_left_of, show, told
from tests.world import World
from tests.worlds.disclosures import decision, disclosure_content


@pytest.mark.parametrize(
    ("what", "state"),
    [
        (Decision.apply_patent, DisclosureState.accepted),
        (Decision.keep_know_how, DisclosureState.accepted),
        (Decision.publish_and_convert, DisclosureState.accepted),
        (Decision.not_service, DisclosureState.not_service),
        (Decision.give_back, DisclosureState.returned),
        (Decision.move_offline, DisclosureState.offline),
    ],
)
async def test_the_unit_decides(
    world: World, tx: Tx, what: Decision, state: DisclosureState
) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    done = await world.decided(org, author, what)
    assert done.state is state
    view = await show(tx, author, done.id)
    assert view.submissions[0].decision is what
    assert view.submissions[0].decider == org.head.name
    assert await told(tx, author, "disclosures.decided") == 1
    with pytest.raises(DisclosureStateForbids):
        await tx.run(
            service.decide_disclosure,
            actor=org.head,
            disclosure_id=done.id,
            version=done.version,
            decision=decision(what),
        )
    assert await world.count("disclosure_decision") == 1
    if what is Decision.move_offline:
        await nothing_is_left_of(tx, "膜电极", "外单位合作者")


async def test_an_empowerment_says_what_is_given_up(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    done = await world.decided(
        org, author, Decision.empower, empowerment=Empowerment.use_right, years=10
    )
    view = await show(tx, author, done.id)
    assert view.submissions[0].empowerment is Empowerment.use_right
    assert view.submissions[0].years == 10
    with pytest.raises(Invalid):
        await world.decided(
            org, author, Decision.empower, empowerment=Empowerment.use_right, years=9
        )


async def test_who_decides_nothing(world: World, tx: Tx) -> None:
    org, other = await world.organisation(), await world.organisation()
    author = await world.inventor(org)
    waiting = await world.disclosure(author)
    cases: list[tuple[Actor, type[DomainError]]] = [
        (author, Forbidden),
        (await world.inventor(org, "旁人"), DomainError),
        (other.head, DomainError),
        (await world.person(platform={"operator"}), DomainError),
        (await world.person(platform={"administrator"}), DomainError),
        (world.stranger, DomainError),
    ]
    for actor, refusal in cases:
        with pytest.raises(refusal) as refused:
            await tx.run(
                service.decide_disclosure,
                actor=actor,
                disclosure_id=waiting.id,
                version=waiting.version,
                decision=decision(),
            )
        assert refused.value.status == (403 if actor is author else 404)
    assert await world.count("disclosure", state="submitted") == 1
    assert await world.count("disclosure_decision") == 0


async def test_a_completer_leaves_the_decision_to_another(world: World, tx: Tx) -> None:
    org = await world.organisation()
    waiting = await world.disclosure(org.head)
    alone = await show(tx, org.head, waiting.id)
    assert alone.actions.decide  # nobody else is there
    manager = await world.member(org, {"manager"}, name="陈管理")
    with pytest.raises(Recused):
        await tx.run(
            service.decide_disclosure,
            actor=org.head,
            disclosure_id=waiting.id,
            version=waiting.version,
            decision=decision(),
        )
    assert (await show(tx, org.head, waiting.id)).actions.recused
    done = await tx.run(
        service.decide_disclosure,
        actor=manager,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(),
    )
    assert done.state is DisclosureState.accepted


async def test_a_returned_one_is_submitted_again_and_both_versions_stay(
    world: World, tx: Tx
) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    back = await world.decided(org, author, Decision.give_back)
    edited = await tx.run(
        service.edit_disclosure,
        actor=author,
        disclosure_id=back.id,
        version=back.version,
        content=disclosure_content(author, novelty="补充：催化层含双金属团簇。"),
        key="edit-returned",
    )
    again = await tx.run(
        service.submit_disclosure, actor=author, disclosure_id=back.id, version=edited.version
    )
    assert again.number == back.number
    view = await show(tx, org.head, back.id)
    assert [row.ordinal for row in view.submissions] == [2, 1]
    first, second = view.submissions[1], view.submissions[0]
    assert first.content is not None
    assert second.content is not None
    assert "双金属" in second.content.novelty
    assert "双金属" not in first.content.novelty
    assert first.decision is Decision.give_back
    assert second.decision is None


async def test_an_accepted_one_becomes_one_draft(world: World, tx: Tx) -> None:
    org = await world.organisation(kind="university")
    author = await world.inventor(org)
    waiting = await world.disclosure(author)
    with pytest.raises(DisclosureStateForbids):
        await tx.run(service.draft_achievement, actor=author, disclosure_id=waiting.id)
    done = await tx.run(
        service.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(),
    )
    made = await tx.run(service.draft_achievement, actor=author, disclosure_id=done.id)
    again = await tx.run(service.draft_achievement, actor=org.head, disclosure_id=done.id)
    assert made.id == again.id
    assert await world.count("achievement") == 1
    record = await tx.run(catalogue.show_achievement, actor=author, number=made.number)
    assert record.content.title == "低温甲醇燃料电池的膜电极"
    assert record.content.owner_number == done.number
    assert [name for name, _ in record.completers] == [author.name, "外单位合作者"]
    link = await tx.run(service.link_of_achievement, actor=org.head, achievement_id=made.id)
    assert link.number == done.number
    outsider = (await world.organisation()).head
    hidden = await tx.run(service.link_of_achievement, actor=outsider, achievement_id=made.id)
    assert (hidden.number, hidden.advise) == ("", False)
