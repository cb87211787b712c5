"""Disclosures on real PostgreSQL: each verb does; refuses and then nothing changed; replays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.catalogue import service as catalogue
from app.core.actor import Actor
from app.core.errors import (
    DomainError,
    Forbidden,
    Invalid,
    KeyReused,
    StaleVersion,
    Unauthenticated,
)
from app.core.tx import Tx, UnitOfWork
from app.disclosures import service
from app.disclosures.errors import (
    DisclosureMissing,
    DisclosureStateForbids,
    KeptOffline,
    Recused,
)
from app.disclosures.types import (
    Completer,
    Decision,
    DisclosureState,
    DisclosureView,
    Empowerment,
    Secrecy,
)
from tests.conftest import Clock
from tests.world import World
from tests.worlds.disclosures import decision, disclosure_content


async def show(tx: Tx, actor: Actor, disclosure_id: UUID) -> DisclosureView:
    view, _ = await tx.run(service.show_disclosure, actor=actor, disclosure_id=disclosure_id)
    return view


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


async def nothing_is_left_of(tx: Tx, *words: str) -> None:
    async def dump(uow: UnitOfWork) -> str:
        found = ""
        for table in (
            "disclosure",
            "disclosure_version",
            "disclosure_completer",
            "audit_entry",
            "fact",
            "search_document",
        ):
            rows = await uow.session.execute(text(f"SELECT x::text FROM {table} AS x"))
            found += "\n".join(rows.scalars())
        return found

    kept = await tx.run(dump)
    assert [word for word in words if word in kept] == []


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


async def told(tx: Tx, person: Actor, kind: str) -> int:
    async def verb(uow: UnitOfWork) -> int:
        rows = await uow.session.execute(
            text("SELECT count(*) FROM inbox_message WHERE person_id = :who AND kind = :kind"),
            {"who": person.person_id, "kind": kind},
        )
        return int(rows.scalar_one())

    return await tx.run(verb)


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


async def test_a_public_unit_is_advised_to_disclose_first(world: World, tx: Tx) -> None:
    school, firm = await world.organisation(kind="university"), await world.organisation()
    for org, advised in ((school, True), (firm, False)):
        record = await world.achievement(org)
        link = await tx.run(service.link_of_achievement, actor=org.head, achievement_id=record.id)
        assert link.advise is advised
        seen = await tx.run(
            service.link_of_achievement, actor=world.stranger, achievement_id=record.id
        )
        assert not seen.advise


async def test_lists_show_each_reader_his_own(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author, colleague = await world.inventor(org), await world.inventor(org, "王同事")
    shared = await world.disclosure(
        author,
        completers=(
            Completer(person_id=author.person_id, share_bp=5000),
            Completer(person_id=colleague.person_id, share_bp=5000),
        ),
    )
    await world.disclosure(author, state="draft")
    await world.disclosure(author)

    async def numbers(verb: Any, actor: Actor, **more: Any) -> tuple[list[UUID], str | None]:
        page = await tx.run(verb, actor=actor, **more)
        return [line.facts.id for line in page.items], page.next

    own, _ = await numbers(service.list_own_disclosures, author)
    assert len(own) == 3
    assert (await numbers(service.list_own_disclosures, colleague))[0] == [shared.id]
    first, after = await numbers(service.list_waiting_disclosures, org.head, limit=1)
    rest, end = await numbers(service.list_waiting_disclosures, org.head, limit=1, after=after)
    assert len({*first, *rest}) == 2
    assert end is None
    assert (await numbers(service.list_settled_disclosures, org.head))[0] == []
    with pytest.raises(Forbidden):
        await tx.run(service.list_waiting_disclosures, actor=author)
    unit = await tx.run(service.show_unit, actor=org.head)
    assert (unit.waiting, unit.overdue, unit.accepted) == (2, 0, 0)


async def test_the_unit_sets_its_own_period(world: World, tx: Tx) -> None:
    org, other = await world.organisation(), await world.organisation()
    author = await world.inventor(org)
    before = await world.disclosure(author)
    manager = await world.member(org, {"manager"})
    with pytest.raises(Forbidden):
        await tx.run(service.set_period, actor=manager, days=5, source="校科〔2026〕1号")
    with pytest.raises(Invalid):
        await tx.run(service.set_period, actor=org.head, days=0, source="")
    await tx.run(service.set_period, actor=org.head, days=5, source="校科〔2026〕1号")
    await tx.run(service.set_period, actor=org.head, days=7, source="校科〔2026〕2号")
    rule = await tx.run(service.get_period, organisation_id=org.id)
    assert (rule.days, rule.source) == (7, "校科〔2026〕2号")
    assert (await tx.run(service.get_period, organisation_id=other.id)).days == 15
    kept = await show(tx, author, before.id)
    assert kept.due_rule is not None
    assert kept.due_rule.days == 15  # the rules it was born under
    after = await show(tx, author, (await world.disclosure(author)).id)
    assert after.due_rule is not None
    assert after.due_rule.days == 7


async def test_the_unit_is_reminded_before_the_end_and_at_the_end_once_each(
    world: World, tx: Tx, clock: Clock
) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    made = await world.disclosure(author)
    assert await tx.run(service.sweep_reminders) == 0
    due = (await show(tx, org.head, made.id)).due_at
    assert due is not None
    await move_to(tx, clock, due - timedelta(days=1))
    assert await tx.run(service.sweep_reminders) == 1
    assert await tx.run(service.sweep_reminders) == 0
    assert await told(tx, org.head, "disclosures.due_soon") == 1
    await move_to(tx, clock, due)
    assert await tx.run(service.sweep_reminders) == 1
    assert await tx.run(service.sweep_reminders) == 0
    assert await told(tx, org.head, "disclosures.overdue") == 1
    assert (await show(tx, org.head, made.id)).overdue
    assert (await tx.run(service.show_unit, actor=org.head)).overdue == 1


async def move_to(tx: Tx, clock: Clock, instant: datetime) -> None:
    async def now(uow: UnitOfWork) -> datetime:
        return uow.now

    by = instant - await tx.run(now)
    await clock.advance(seconds=by.total_seconds() + 1)


async def test_no_word_of_it_leaves_the_unit(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    marker = "独一无二的标记词朱鹮"
    waiting = await world.disclosure(author, title=f"{marker}名称", summary=marker)
    await tx.run(
        service.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(),
    )

    async def dump(uow: UnitOfWork) -> str:
        tables = await uow.session.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind = 'r' AND relname NOT LIKE 'disclosure%'"
                " AND has_table_privilege(oid, 'SELECT')"
            )
        )
        found = ""
        for table in tables.scalars().all():
            rows = await uow.session.execute(text(f'SELECT x::text FROM "{table}" AS x'))
            found += "\n".join(rows.scalars())
        return found

    assert marker not in await tx.run(dump)
