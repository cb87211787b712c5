"""Organisations: founding, verification, the public register."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.accounts import service
from app.accounts.errors import (
    CodeTaken,
    NotEditable,
    NotUnderReview,
    OrganisationMissing,
)
from app.accounts.types import OrganisationKind, Role, VerificationState
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.paging import encode_cursor
from app.core.tx import Tx, UnitOfWork
from tests.world import World
from tests.worlds.accounts import credit_code


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "name": "西部示范大学",
        "kind": OrganisationKind.university,
        "credit_code": credit_code(),
        "region": "四川省",
    } | changes


async def test_a_founder_becomes_head_manager_and_agent(tx: Tx, world: World) -> None:
    founder = await world.person()
    typed = statement()
    founded = await tx.run(service.found_organisation, actor=founder, key="found-0001", **typed)
    assert founded.state is VerificationState.unverified
    again = await tx.run(service.found_organisation, actor=founder, key="found-0001", **typed)
    assert again == founded
    with pytest.raises(KeyReused):
        await tx.run(
            service.found_organisation,
            actor=founder,
            key="found-0001",
            **(typed | {"name": "另一单位"}),
        )
    [membership] = await tx.run(service.list_memberships, actor=founder)
    assert membership.roles == {Role.head, Role.manager, Role.agent}
    assert await world.count("organisation") == 1
    assert await world.count("audit_entry", action="accounts.found_organisation") == 1


async def test_a_refused_founding_changes_nothing(tx: Tx, world: World) -> None:
    founder = await world.person()
    supervisor = await world.person(platform={Role.supervisor})
    cases: list[tuple[Actor, dict[str, Any], type[Exception]]] = [
        (world.stranger, {}, Unauthenticated),
        (supervisor, {}, Forbidden),
        (founder, {"region": "火星"}, Invalid),
    ]
    for actor, changes, refusal in cases:
        with pytest.raises(refusal):
            await tx.run(
                service.found_organisation, actor=actor, key="found-0001", **statement(**changes)
            )
    with pytest.raises(Invalid) as refused:
        await tx.run(
            service.found_organisation,
            actor=founder,
            key="found-0001",
            **statement(name="", credit_code="x", region="火星"),
        )
    assert [error.field for error in refused.value.errors] == ["name", "credit_code", "region"]
    for table in ("organisation", "membership"):
        assert await world.count(table) == 0
    assert await world.count("party", kind="organisation") == 0


async def test_verification_gives_a_number_and_announces_itself(tx: Tx, world: World) -> None:
    org = await world.organisation(verified=False)
    own: dict[str, Any] = {"actor": org.head, "organisation_id": org.id}
    submitted = await tx.run(service.submit_verification, **own)
    assert (submitted.state, str(submitted.number)[:3]) == ("submitted", "SL-")
    operator = await world.operator()
    verified = await tx.run(service.verify_organisation, actor=operator, organisation_id=org.id)
    assert verified.verified
    assert verified.decided_at is not None
    assert await world.count("fact", topic="accounts.organisation_verified.v1") == 1
    for verb, refusal in (
        (service.submit_verification, NotEditable),
        (service.verify_organisation, Forbidden),
    ):
        with pytest.raises(refusal):
            await tx.run(verb, **own)
    with pytest.raises(NotEditable):
        await tx.run(service.edit_organisation, **own, **statement())
    with pytest.raises(NotUnderReview):
        await tx.run(service.verify_organisation, actor=operator, organisation_id=org.id)
    assert await world.count("fact", topic="accounts.organisation_verified.v1") == 1


async def test_a_returned_application_keeps_its_number(tx: Tx, world: World) -> None:
    org = await world.organisation(verified=False)
    own: dict[str, Any] = {"actor": org.head, "organisation_id": org.id}
    first = await tx.run(service.submit_verification, **own)
    operator = await world.operator()
    review: dict[str, Any] = {"actor": operator, "organisation_id": org.id}
    with pytest.raises(Invalid):
        await tx.run(service.return_organisation, **review, reason="  ")
    assert await world.count("organisation", state="submitted") == 1
    returned = await tx.run(service.return_organisation, **review, reason="名称不符")
    assert (returned.state, returned.reason) == ("returned", "名称不符")
    await tx.run(service.edit_organisation, **own, **statement(name="改好的名称"))
    second = await tx.run(service.submit_verification, **own)
    assert (second.number, second.reason, second.decided_at) == (first.number, "", None)


async def test_only_operators_decide_and_not_on_their_own_organisation(
    tx: Tx, world: World
) -> None:
    operator = await world.operator()
    org = await world.organisation(verified=False, head=operator)
    await tx.run(service.submit_verification, actor=org.head, organisation_id=org.id)
    refused: list[tuple[Actor, type[Exception]]] = [
        (world.stranger, Unauthenticated),
        (await world.person(platform={Role.administrator, Role.publisher}), Forbidden),
        (await world.person(platform={Role.supervisor}), Forbidden),
        (replace(org.head, roles=frozenset({"head"})), Forbidden),
        (operator, Forbidden),
    ]
    for actor, refusal in refused:
        with pytest.raises(refusal):
            await tx.run(service.verify_organisation, actor=actor, organisation_id=org.id)
        with pytest.raises(refusal):
            await tx.run(
                service.return_organisation, actor=actor, organisation_id=org.id, reason="不行"
            )
    assert await world.count("organisation", state="submitted") == 1
    assert await world.count("fact") == 1  # that it was handed in
    other = await world.operator()
    await tx.run(service.verify_organisation, actor=other, organisation_id=org.id)


async def test_squatters_keep_nobody_out_and_a_verified_code_is_taken(tx: Tx, world: World) -> None:
    code = credit_code()
    squatter, owner = await world.person("占位"), await world.person("原主")
    claims = {}
    for who, key in ((squatter, "squat-0001"), (owner, "owner-0001")):
        view = await tx.run(
            service.found_organisation, actor=who, key=key, **statement(credit_code=code)
        )
        acting = replace(who, organisation_id=view.id, roles=frozenset({"head"}))
        await tx.run(service.submit_verification, actor=acting, organisation_id=view.id)
        claims[key] = view.id
    operator = await world.operator()
    queue = await tx.run(service.list_claims, actor=operator)
    assert [[rival.id for rival in claim.rivals] for claim in queue.items] == [
        [claims["owner-0001"]],
        [claims["squat-0001"]],
    ]
    assert [claim.applicant for claim in queue.items] == ["占位", "原主"]
    await tx.run(service.verify_organisation, actor=operator, organisation_id=claims["owner-0001"])
    with pytest.raises(CodeTaken):
        await tx.run(
            service.verify_organisation, actor=operator, organisation_id=claims["squat-0001"]
        )
    with pytest.raises(CodeTaken):
        await tx.run(
            service.found_organisation,
            actor=squatter,
            key="squat-0002",
            **statement(credit_code=code),
        )
    assert await world.count("organisation", state="verified") == 1
    assert await world.count("organisation") == 2


async def test_the_database_itself_keeps_one_verified_organisation_a_code(
    tx: Tx, world: World
) -> None:
    first, second = await world.organisation(), await world.organisation()

    async def force(uow: UnitOfWork) -> None:
        await uow.session.execute(
            text("UPDATE organisation SET credit_code = :code WHERE id = :id"),
            {"code": first.view.credit_code, "id": second.id},
        )

    with pytest.raises(IntegrityError, match="uq_organisation_verified_credit_code"):
        await tx.run(force)


async def test_strangers_do_not_learn_of_unverified_organisations(tx: Tx, world: World) -> None:
    org = await world.organisation(verified=False)
    foreign = await world.organisation()
    for actor in (world.stranger, foreign.head):
        with pytest.raises(OrganisationMissing) as hidden:
            await tx.run(service.show_organisation, actor=actor, organisation_id=org.id)
        with pytest.raises(OrganisationMissing) as missing:
            await tx.run(service.show_organisation, actor=actor, organisation_id=uuid4())
        assert str(hidden.value) == str(missing.value)
    for actor in (org.head, await world.operator(), SYSTEM):
        view = await tx.run(service.show_organisation, actor=actor, organisation_id=org.id)
        assert view.id == org.id


async def test_the_register_pages_by_name_without_gaps(tx: Tx, world: World) -> None:
    names = ["甲单位", "乙单位", "丙单位", "丙单位", "丁单位"]
    made = {(await world.organisation(name)).id for name in names}
    await world.organisation("未认证", verified=False)
    seen, after = [], None
    while True:
        page = await tx.run(service.list_organisations, after=after, limit=2)
        seen += [view.id for view in page.items]
        if (after := page.next) is None:
            break
    assert len(seen) == len(names)
    assert set(seen) == made
    found = await tx.run(service.find_organisations_by_name, names=["丙单位", "未认证"])
    assert {name: len(views) for name, views in found.items()} == {"丙单位": 2}
    assert (await tx.run(service.get_organisations, ids=made)).keys() == made


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", encode_cursor("甲"), encode_cursor("甲", "no-id"), encode_cursor("\x00", "x")),
        # a lone surrogate, which JSON can spell and no database stores
        base64.urlsafe_b64encode(b'["\\ud800","0199b3a1-0000-7000-8000-000000000000"]').decode(),
    ],
)
async def test_broken_cursors_are_refused(tx: Tx, world: World, cursor: str) -> None:
    with pytest.raises(Invalid):
        await tx.run(service.list_organisations, after=cursor)
    with pytest.raises(Invalid):
        await tx.run(service.list_claims, actor=SYSTEM, after=cursor)


async def test_the_review_pages_from_the_oldest(tx: Tx, world: World) -> None:
    waiting = []
    for number in range(3):
        org = await world.organisation(f"待审{number}", verified=False)
        await tx.run(service.submit_verification, actor=org.head, organisation_id=org.id)
        waiting.append(org.id)
    supervisor = await world.person(platform={Role.supervisor})
    first = await tx.run(service.list_claims, actor=supervisor, limit=2)
    second = await tx.run(service.list_claims, actor=supervisor, limit=2, after=first.next)
    assert [claim.organisation.id for claim in (*first.items, *second.items)] == waiting
    assert second.next is None
    assert not service.may_review(supervisor)
    with pytest.raises(Forbidden):
        await tx.run(service.list_claims, actor=await world.person())
