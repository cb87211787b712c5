"""Who a person is: papers shown to an operator, or the word of his head."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.accounts import service
from app.accounts.errors import (
    MemberMissing,
    NotVerified,
    PersonAlreadyVerified,
    PersonUnderReview,
    VerificationDecided,
    VerificationMissing,
)
from app.accounts.types import PersonMethod, PersonVerificationState, Role
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.files import service as files
from app.files.errors import FileMissing
from app.files.types import FileKind, Staged
from tests.world import World
from tests.worlds.accounts import id_of

PAPER = Staged("0" * 64, 1, FileKind.png, "证件.png", Path(__file__))
GUARDS = {"accounts.person": service.guard_person_file}


async def submit(tx: Tx, person: Actor, key: str = "papers-0001") -> UUID:
    return await tx.run(service.submit_person_verification, actor=person, staged=[PAPER], key=key)


async def newest(tx: Tx, person: Actor) -> Any:
    return await tx.run(service.show_own_verification, actor=person)


async def test_an_operator_verifies_and_the_papers_go(tx: Tx, world: World) -> None:
    person, operator = await world.person("李研"), await world.operator()
    verification_id = await submit(tx, person)
    with pytest.raises(PersonUnderReview):
        await submit(tx, person, "papers-0002")
    (waiting,) = (await tx.run(service.list_submitted_people, actor=operator)).items
    assert (waiting.name, len(waiting.files)) == ("李研", 1)
    file_id = waiting.files[0].id
    for reader in (operator, person):
        await tx.run(files.open_file, actor=reader, file_id=file_id, guards=GUARDS)
    for stranger in (await world.person(), await world.person(platform={"administrator"})):
        with pytest.raises(FileMissing):
            await tx.run(files.open_file, actor=stranger, file_id=file_id, guards=GUARDS)
    assert await world.count("audit_entry", action="accounts.read_person_evidence") == 2
    token = await world.token(person)
    assert not (await tx.run(service.resolve_actor, token)).person_verified
    await tx.run(service.verify_person, actor=operator, verification_id=verification_id)
    assert (await tx.run(service.resolve_actor, token)).person_verified
    shown = await newest(tx, person)
    assert (shown.method, shown.name, shown.files) == (PersonMethod.document, "李研", ())
    with pytest.raises(FileMissing):
        await tx.run(files.open_file, actor=operator, file_id=file_id, guards=GUARDS)
    with pytest.raises(VerificationDecided):
        await tx.run(service.verify_person, actor=operator, verification_id=verification_id)
    with pytest.raises(VerificationDecided):
        await tx.run(
            service.return_person,
            actor=operator,
            verification_id=verification_id,
            reason="反悔",
        )
    with pytest.raises(PersonAlreadyVerified):
        await submit(tx, person, "papers-0002")


async def test_a_return_says_why_and_the_person_asks_again(tx: Tx, world: World) -> None:
    person, operator = await world.person(), await world.operator()
    verification_id = await submit(tx, person)
    asked: dict[str, Any] = {"actor": operator, "verification_id": verification_id}
    with pytest.raises(Invalid):
        await tx.run(service.return_person, reason="", **asked)
    assert (await newest(tx, person)).state is PersonVerificationState.submitted
    await tx.run(service.return_person, reason="照片不清", **asked)
    shown = await newest(tx, person)
    assert (shown.state, shown.reason) == (PersonVerificationState.returned, "照片不清")
    assert await world.count("inbox_message", person_id=person.person_id) == 1
    await submit(tx, person, "papers-0002")


async def test_a_person_takes_his_papers_back(tx: Tx, world: World) -> None:
    person, operator = await world.person(), await world.operator()
    verification_id = await submit(tx, person)
    for _ in range(2):
        await tx.run(service.withdraw_person_verification, actor=person)
    shown = await newest(tx, person)
    assert (shown.state, shown.files) == (PersonVerificationState.withdrawn, ())
    assert (await tx.run(service.list_submitted_people, actor=operator)).items == []
    with pytest.raises(VerificationDecided):
        await tx.run(service.verify_person, actor=operator, verification_id=verification_id)


async def test_a_head_vouches_for_a_colleague(tx: Tx, world: World) -> None:
    org = await world.organisation()
    colleague = await world.member(org, {"inventor"}, name="张成员")
    await submit(tx, colleague)
    asked: dict[str, Any] = {"organisation_id": org.id, "person_id": id_of(colleague)}
    await tx.run(service.confirm_member, actor=org.head, **asked)
    shown = await newest(tx, colleague)
    assert (shown.state, shown.method) == (
        PersonVerificationState.verified,
        PersonMethod.organisation,
    )
    assert await tx.run(_attached) == 0
    members = await tx.run(service.list_members, actor=org.head, organisation_id=org.id)
    assert [one.person_verified for one in members] == [False, True]
    with pytest.raises(PersonAlreadyVerified):
        await tx.run(service.confirm_member, actor=org.head, **asked)


async def test_who_may_not_vouch(tx: Tx, world: World) -> None:
    org, other = await world.organisation(), await world.organisation()
    hidden = await world.organisation(verified=False)
    manager = await world.member(org, {"manager"})
    colleague, unseen = await world.member(org), await world.member(hidden)
    for actor, at, person, refusal in (
        (manager, org, colleague, Forbidden),
        (other.head, org, colleague, Forbidden),
        (org.head, org, org.head, Forbidden),
        (org.head, org, other.head, MemberMissing),
        (hidden.head, hidden, unseen, NotVerified),
    ):
        with pytest.raises(refusal):
            await tx.run(
                service.confirm_member,
                actor=actor,
                organisation_id=at.id,
                person_id=id_of(person),
            )
    assert await world.count("person_verification") == 0


async def test_who_may_not_submit_or_decide(tx: Tx, world: World) -> None:
    supervisor = await world.person(platform={Role.supervisor})
    for actor, refusal in ((supervisor, Forbidden), (Actor.stranger(), Unauthenticated)):
        with pytest.raises(refusal):
            await submit(tx, actor)
    operator = await world.operator()
    own = await submit(tx, operator)
    with pytest.raises(Forbidden):
        await tx.run(service.verify_person, actor=operator, verification_id=own)
    administrator = await world.person(platform={Role.administrator})
    with pytest.raises(Forbidden):
        await tx.run(service.verify_person, actor=administrator, verification_id=own)
    with pytest.raises(VerificationMissing):
        await tx.run(service.verify_person, actor=operator, verification_id=uuid4())
    with pytest.raises(Invalid):
        await tx.run(
            service.submit_person_verification,
            actor=await world.person(),
            staged=[],
            key="papers-0003",
        )
    assert await world.count("person_verification", state="submitted") == 1


async def test_a_new_name_ends_a_verification_and_an_application(tx: Tx, world: World) -> None:
    operator = await world.operator()
    first, second = await world.person("李研"), await world.person("王新")
    await tx.run(service.verify_person, actor=operator, verification_id=await submit(tx, first))
    waiting = await submit(tx, second)
    for person in (first, second):
        await tx.run(service.rename, actor=person, name="改了名")
        token = await world.token(person)
        assert not (await tx.run(service.resolve_actor, token)).person_verified
        assert (await newest(tx, person)).state is PersonVerificationState.lapsed
    with pytest.raises(VerificationDecided):
        await tx.run(service.verify_person, actor=operator, verification_id=waiting)
    assert await tx.run(_attached) == 0


async def _attached(uow: UnitOfWork) -> int:
    query = "SELECT count(*) FROM attachment WHERE detached_at IS NULL"
    return int((await uow.session.execute(text(query))).scalar_one())
