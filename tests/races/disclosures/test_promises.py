"""Promises of disclosures under rivals: one decision, one draft, one number."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import StaleVersion
from app.core.tx import Tx
from app.disclosures import service
from app.disclosures.errors import DisclosureStateForbids
from app.disclosures.types import Decision
from tests.races.rivals import together
from tests.world import World
from tests.worlds.disclosures import decision, disclosure_content


@pytest.fixture
def world(real_tx: Tx) -> World:
    return World(real_tx)


async def test_two_managers_decide_once(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    second = await world.member(org, {"manager"})
    waiting = await world.disclosure(await world.inventor(org))
    done, refused = await together(
        *(
            real_tx.run(
                service.decide_disclosure,
                actor=actor,
                disclosure_id=waiting.id,
                version=waiting.version,
                decision=decision(what),
            )
            for actor, what in (
                (org.head, Decision.apply_patent),
                (second, Decision.not_service),
                (org.head, Decision.give_back),
                (second, Decision.apply_patent),
            )
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {DisclosureStateForbids}
    assert await world.count("disclosure_decision") == 1
    assert await world.count("fact", topic="disclosures.disclosure_decided.v1") == 1


async def test_a_decision_against_a_withdrawal(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    waiting = await world.disclosure(author)
    seen: dict[str, Any] = {"disclosure_id": waiting.id, "version": waiting.version}
    done, refused = await together(
        real_tx.run(service.decide_disclosure, actor=org.head, decision=decision(), **seen),
        real_tx.run(service.withdraw_disclosure, actor=author, **seen),
    )
    assert len(done) == 1
    assert {type(error) for error in refused} <= {DisclosureStateForbids, StaleVersion}
    assert await world.count("disclosure", state=done[0].state) == 1
    decided = done[0].state == "accepted"
    assert await world.count("disclosure_decision") == int(decided)


async def test_one_form_sent_twice_at_once_makes_one_draft(world: World, real_tx: Tx) -> None:
    author = await world.inventor(await world.organisation())
    content = disclosure_content(author)
    done, refused = await together(
        *(
            real_tx.run(
                service.draft_disclosure, actor=author, content=content, key="twice-at-once"
            )
            for _ in range(4)
        )
    )
    assert refused == []
    assert len({made.id for made in done}) == 1
    assert await world.count("disclosure") == 1


async def test_two_clicks_make_one_achievement(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    accepted = await world.decided(org, author)
    done, refused = await together(
        *(
            real_tx.run(service.draft_achievement, actor=actor, disclosure_id=accepted.id)
            for actor in (author, org.head, author, org.head)
        )
    )
    assert refused == []
    assert len({made.id for made in done}) == 1
    assert await world.count("achievement") == 1
