"""The workbench's tasks: each queue is told to the roles that can see to it, and to nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import service as accounts
from app.accounts.types import Role
from app.catalogue import service as catalogue
from app.catalogue.types import ConversionPlanContent, CoOwner, Disposal
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.tx import Tx
from app.disclosures import service as disclosures
from app.disclosures.types import Decision
from app.inquiries import service as inquiries
from app.inquiries.types import AboutKind, Wish
from app.reports import service
from app.reports.types import ConversionFilter
from tests.conftest import Clock
from tests.integration.accounts import test_banking as banking
from tests.statements import Statements
from tests.world import World
from tests.worlds.accounts import Org, id_of
from tests.worlds.catalogue import achievement_content
from tests.worlds.disclosures import decision

MEMBERS = ("manager", "inventor", "agent", "head")


async def tasks(tx: Tx, actor: Actor) -> dict[str, int]:
    """What the actor's workbench shows: address and count."""
    view = await tx.run(service.desk_view, actor=actor)
    return {task.href: task.count for task in view.tasks}


async def seen_by(tx: Tx, world: World, org: Org, href: str) -> set[str]:
    """The roles of an organisation whose workbench shows this address."""
    return {
        role
        for role in MEMBERS
        if href in await tasks(tx, await world.member(org, {role}, name=role))
    }


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("东海大学", "university")


async def test_a_quiet_house_has_nothing_to_do(tx: Tx, world: World, org: Org) -> None:
    assert await tasks(tx, org.head) == {}
    assert set(await tasks(tx, await world.person())) == {"/desk/organisation"}
    assert await tasks(tx, await world.person(platform={"publisher"})) == {}


async def test_consents_wait_for_the_co_owner(tx: Tx, world: World, org: Org) -> None:
    other = await world.organisation("西山研究院")
    record = await world.achievement(org, co_owners=(CoOwner("西山研究院", other.id, 3000),))
    offer = await world.offer(org, record, state="draft", disposal=Disposal.exclusive)
    (one,) = await tx.run(
        catalogue.ask_consents,
        actor=org.head,
        offer_number=offer.number,
        breadth=catalogue.ConsentBreadth.terms,
    )
    href = "/desk/consents"
    assert await seen_by(tx, world, other, href) == {"manager", "head"}
    assert await seen_by(tx, world, org, href) == set()
    await tx.run(catalogue.answer_consent, actor=other.head, consent_id=one.id, agrees=True)
    assert await seen_by(tx, world, other, href) == set()


async def test_written_consents_wait_for_the_platform(tx: Tx, world: World, org: Org) -> None:
    record = await world.achievement(org, co_owners=(CoOwner("外地研究所", None, 3000),))
    offer = await world.offer(org, record, state="draft", disposal=Disposal.exclusive)
    (one,) = await tx.run(
        catalogue.ask_consents,
        actor=org.head,
        offer_number=offer.number,
        breadth=catalogue.ConsentBreadth.terms,
    )
    paper = await world.staged()
    await tx.run(
        catalogue.send_proof, actor=org.head, consent_id=one.id, files=[paper], key="proof-0001"
    )
    assert (await tasks(tx, await world.operator()))["/review/consents"] == 1
    assert "/review/consents" not in await tasks(tx, org.head)


async def test_an_entry_on_behalf_waits_for_its_person(tx: Tx, world: World, org: Org) -> None:
    researcher = await world.inventor(org)
    operator = await world.operator()
    record = await tx.run(
        catalogue.enter_for_person,
        actor=operator,
        organisation_id=org.id,
        person_id=id_of(researcher),
        content=achievement_content(),
        key="behalf-0001",
    )
    assert (await tasks(tx, researcher))["/desk/confirmations"] == 1
    assert await seen_by(tx, world, org, "/desk/confirmations") == set()
    assert "/desk/behalf" not in await tasks(tx, operator)
    await tx.run(
        catalogue.refuse_entry,
        actor=researcher,
        number=record.number,
        version=record.version,
        reason="不是我的成果",
    )
    assert "/desk/confirmations" not in await tasks(tx, researcher)
    assert (await tasks(tx, operator))["/desk/behalf"] == 1
    assert "/desk/behalf" not in await tasks(tx, await world.operator())


async def test_inquiries_wait_for_the_house_that_was_asked(tx: Tx, world: World, org: Org) -> None:
    asker = await world.organisation("求购公司")
    number = await tx.run(
        inquiries.open_inquiry,
        actor=asker.head,
        kind=AboutKind.achievement,
        number=(await world.achievement(org)).number,
        title="产能",
        body="年产多少？",
        wish=Wish.here,
        key="ask-key-01",
    )
    href = "/desk/inquiries"
    assert await seen_by(tx, world, org, href) == set(MEMBERS)
    assert await seen_by(tx, world, asker, href) == set()
    await tx.run(
        inquiries.write_message, actor=org.head, number=number, body="一千。", key="answer-01"
    )
    assert await seen_by(tx, world, org, href) == set()


async def test_disclosures_wait_for_the_unit_and_returned_ones_for_their_author(
    tx: Tx, world: World, org: Org, clock: Clock
) -> None:
    author = await world.inventor(org)
    await world.disclosure(author, state="draft")
    assert await tasks(tx, author) == {"/desk/disclosures": 1}
    waiting = await world.disclosure(author)
    unit = "/desk/unit-disclosures"
    assert await seen_by(tx, world, org, unit) == {"manager", "head"}
    await clock.advance(days=400)
    late = await tx.run(service.desk_view, actor=org.head)
    assert [task.label for task in late.tasks if task.href == unit] == [
        "成果披露已过决定期限，请尽快决定"
    ]
    await tx.run(
        disclosures.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(Decision.give_back),
    )
    assert await seen_by(tx, world, org, unit) == set()
    view = await tx.run(service.desk_view, actor=author)
    assert [task.label for task in view.tasks] == [
        "我的披露被退回，补正后重新提交",
        "披露草稿待提交",
    ]
    assert await seen_by(tx, world, org, "/desk/disclosures") == set()


async def test_the_confidential_layer_waits_on_both_sides(
    tx: Tx, world: World, org: Org, clock: Clock
) -> None:
    guest, asker = await world.organisation("受邀公司"), await world.organisation("请求公司")
    record = await world.achievement(org)
    await world.confidential(org.head, record.number, guest=guest.id)
    assert await seen_by(tx, world, guest, "/desk/confidential") == {"agent", "head"}
    await tx.run(catalogue.accept_nda, actor=guest.head, number=record.number, nda_version=1)
    assert await seen_by(tx, world, guest, "/desk/confidential") == set()
    await tx.run(
        catalogue.write_nda, actor=org.head, number=record.number, text="新的承诺书。", version=1
    )
    assert "/desk/confidential" in await tasks(tx, guest.head), "a new text is accepted anew"
    await clock.advance(days=60)
    assert "/desk/confidential" not in await tasks(tx, guest.head), "the invitation has ended"
    await tx.run(
        catalogue.request_confidential, actor=asker.head, number=record.number, message="想看"
    )
    href = f"/desk/achievements/{record.number}/confidential"
    assert await seen_by(tx, world, org, href) == {"manager"}
    assert href not in await tasks(tx, asker.head)


async def test_join_requests_wait_for_a_head(tx: Tx, world: World, org: Org) -> None:
    await tx.run(
        accounts.ask_to_join,
        actor=await world.person(),
        organisation_id=org.id,
        roles=(Role.agent,),
        note_text="",
    )
    assert await seen_by(tx, world, org, "/desk/organisation#join-requests") == {"head"}


async def test_a_persons_papers_wait_for_operators_then_for_himself(tx: Tx, world: World) -> None:
    person, operator = await world.person(), await world.operator()
    paper = await world.staged()
    await tx.run(
        accounts.submit_person_verification, actor=person, staged=[paper], key="papers-0001"
    )
    assert (await tasks(tx, operator))["/review/people"] == 1
    assert "/review/people" not in await tasks(tx, await world.person(platform={"supervisor"}))
    page = await tx.run(accounts.list_submitted_people, actor=operator)
    await tx.run(
        accounts.return_person,
        actor=operator,
        verification_id=page.items[0].id,
        reason="照片不清",
    )
    href = "/desk/account/verification"
    assert (await tasks(tx, person))[href] == 1
    assert href not in await tasks(tx, operator)
    await tx.run(
        accounts.submit_person_verification, actor=person, staged=[paper], key="papers-0002"
    )
    assert href not in await tasks(tx, person)


async def test_an_import_waits_for_who_brought_it(tx: Tx, world: World, org: Org) -> None:
    colleague = await world.member(org, {"manager"})
    await world.work(await world.upload(org))
    assert (await tasks(tx, org.head))["/desk/imports"] == 1
    await world.checked(org, "编号,名称\nB-1,脱硫装置\n")
    labels = [task.label for task in (await tx.run(service.desk_view, actor=org.head)).tasks]
    assert labels == ["导入文件检查完毕，待确认导入", "导入文件待核对列"]
    assert "/desk/imports" not in await tasks(tx, colleague)


async def test_a_trial_transfer_waits_for_its_code(
    tx: Tx, world: World, org: Org, tmp_path: Path
) -> None:
    account = await banking.enter(tx, org)
    await banking.order(tx, org, account.id)
    href = "/desk/organisation/bank"
    assert href not in await tasks(tx, org.head), "nothing was sent yet"
    code = await banking.send(tx, tmp_path)
    assert await seen_by(tx, world, org, href) == {"head"}
    await banking.enter_code(tx, org, account.id, code)
    assert await seen_by(tx, world, org, href) == set()


async def test_a_plan_whose_day_has_passed_waits_until_it_is_signed(
    tx: Tx, world: World, org: Org
) -> None:
    records = [await world.achievement(org) for _ in range(2)]
    for record, day in zip(records, (-1, 0), strict=True):
        today = (await world.market_now()).astimezone(SHANGHAI).date()
        content = ConversionPlanContent(target_on=today.fromordinal(today.toordinal() + day))
        await tx.run(
            catalogue.set_plan, actor=org.head, number=record.number, version=0, content=content
        )
    href = "/desk/conversion?late=1"
    assert (await tasks(tx, org.head))[href] == 1, "today is not past"
    assert await seen_by(tx, world, org, href) == {"manager", "head"}
    late = ConversionFilter(late=True)
    page = await tx.run(service.list_conversion, actor=org.head, asked=late)
    assert [(line.number, line.late) for line in page.items] == [(records[0].number, True)]


async def test_the_workbench_asks_the_database_a_fixed_number_of_times(
    tx: Tx, world: World, org: Org, connection: AsyncConnection
) -> None:
    """Tasks of a member are one statement; lots and deals one each; the platform's queues one."""
    both = replace(org.head, roles=org.head.roles | {"operator"})
    for actor, most in ((await world.person(), 1), (org.head, 3), (both, 4)):
        with Statements(connection) as asked:
            await tx.run(service.desk_view, actor=actor)
        found = [one for one in asked.said if "FROM" in one]
        assert len(found) == most, found
