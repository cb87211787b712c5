"""Disclosures on real PostgreSQL, by their author: written, kept offline, submitted, withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.errors import Forbidden, Invalid, KeyReused, StaleVersion, Unauthenticated
from app.core.tx import Tx
from app.disclosures import service
from app.disclosures.errors import DisclosureMissing, DisclosureStateForbids, KeptOffline
from app.disclosures.types import Completer, Decision, DisclosureState, Secrecy
from tests.integration.disclosures.watching import nothing_is_left_of, show, told
from tests.world import World
from tests.worlds.disclosures import decision, disclosure_content


async def test_a_draft_is_saved_once_and_only_its_author_knows_it(world: World, tx: Tx) -> None:
    org = await world.organisation(kind="university")
    author, colleague = await world.inventor(org), await world.inventor(org, "王同事")
    content = disclosure_content(
        author, completers=(Completer(person_id=colleague.person_id, share_bp=10_000),)
    )
    made = await tx.run(service.draft_disclosure, actor=author, content=content, key="draft-key-1")
    again = await tx.run(service.draft_disclosure, actor=author, content=content, key="draft-key-1")
    assert made == again
    assert made.number is None
    with pytest.raises(KeyReused):
        await tx.run(
            service.draft_disclosure,
            actor=author,
            content=disclosure_content(author, title="另一项"),
            key="draft-key-1",
        )
    assert await world.count("disclosure") == 1
    for reader in (colleague, org.head, world.stranger, await world.person(platform={"operator"})):
        with pytest.raises(DisclosureMissing):
            await show(tx, reader, made.id)


async def test_who_writes_none(world: World, tx: Tx) -> None:
    org = await world.organisation()
    for actor, refusal in (
        (world.stranger, Unauthenticated),
        (await world.person(), Forbidden),
        (await world.member(org, {"agent"}), Forbidden),
        (await world.person(platform={"operator"}), Forbidden),
    ):
        with pytest.raises(refusal):
            await tx.run(
                service.draft_disclosure,
                actor=actor,
                content=disclosure_content(org.head),
                key="refused-key",
            )
    assert await world.count("disclosure") == 0


async def test_a_stranger_is_no_completer_by_id(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author, stranger = await world.inventor(org), await world.person("外人")
    with pytest.raises(Invalid):
        await world.disclosure(author, completers=(Completer(person_id=stranger.person_id),))
    assert await world.count("disclosure") == 0


async def test_what_may_be_secret_is_not_stored(world: World, tx: Tx) -> None:
    author = await world.inventor(await world.organisation())
    before = await world.count("audit_entry")
    with pytest.raises(KeptOffline):
        await world.disclosure(author, secrecy=Secrecy.maybe_secret)
    assert await world.count("disclosure") == 0
    assert await world.count("audit_entry") == before


async def test_a_draft_that_proves_secret_is_emptied(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    waiting = await world.disclosure(author)
    back = await tx.run(
        service.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(Decision.give_back),
    )
    gone = await tx.run(
        service.edit_disclosure,
        actor=author,
        disclosure_id=back.id,
        version=back.version,
        content=disclosure_content(author, title="新的机密名称", secrecy=Secrecy.maybe_secret),
        key="edit-secret-1",
    )
    assert gone.state is DisclosureState.offline
    await nothing_is_left_of(tx, "梯度", "新的机密名称", "外单位合作者")
    assert await world.count("disclosure_completer") == 0
    view = await show(tx, author, gone.id)
    assert view.submissions[0].content is None
    assert view.submissions[0].decision is Decision.give_back


async def test_submission_gives_a_number_a_period_and_tells_the_unit(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    made = await world.disclosure(author)
    assert made.number is not None
    assert made.number.startswith("PL-")
    view = await show(tx, org.head, made.id)
    assert view.due_rule is not None
    assert (view.due_rule.days, view.due_rule.trust) == (15, "own_default")
    assert view.due_at is not None
    assert view.submitted_at is not None
    assert view.due_at - view.submitted_at > timedelta(days=19)
    assert not view.overdue
    assert len(view.submissions) == 1
    assert await told(tx, org.head, "disclosures.submitted") == 1
    assert await world.count("fact", topic="disclosures.disclosure_submitted.v1") == 1


async def test_an_unfinished_one_is_not_submitted(world: World, tx: Tx) -> None:
    author = await world.inventor(await world.organisation())
    made = await world.disclosure(author, state="draft", summary="", secrecy=None)
    with pytest.raises(Invalid) as refused:
        await tx.run(
            service.submit_disclosure, actor=author, disclosure_id=made.id, version=made.version
        )
    assert {fault.field for fault in refused.value.errors} == {"summary", "secrecy"}
    assert await world.count("disclosure", state="draft") == 1
    assert await world.count("disclosure_version") == 0


async def test_only_its_author_edits_submits_and_withdraws(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    made = await world.disclosure(author)
    for verb in (service.withdraw_disclosure, service.submit_disclosure):
        with pytest.raises(Forbidden):
            await tx.run(verb, actor=org.head, disclosure_id=made.id, version=made.version)
    with pytest.raises(DisclosureStateForbids):
        await tx.run(
            service.edit_disclosure,
            actor=author,
            disclosure_id=made.id,
            version=made.version,
            content=disclosure_content(author),
            key="edit-waiting",
        )
    with pytest.raises(StaleVersion):
        await tx.run(service.withdraw_disclosure, actor=author, disclosure_id=made.id, version=1)
    gone = await tx.run(
        service.withdraw_disclosure, actor=author, disclosure_id=made.id, version=made.version
    )
    assert gone.state is DisclosureState.withdrawn
