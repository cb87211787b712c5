"""What is near in meaning, on the pages of achievements, offers and demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from app.accounts.types import SESSION_COOKIE
from app.core.ids import new_id
from search.documents import Kind
from search.types import Hit
from tests.world import World


def hit(kind: Kind, number: str, title: str, id: UUID | None = None) -> Hit:  # noqa: A002
    return Hit(
        kind=kind,
        id=id or new_id(),
        number=number,
        title=title,
        holder="东海大学",
        title_pieces=(),
        holder_pieces=(),
        snippet=(),
        facets={},
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        price_minor=100_00 if kind is Kind.offer else None,
    )


@dataclass
class Near:
    """A finder that knows what is near, and which questions it was asked."""

    hits: list[Hit] = field(default_factory=list)
    asked: list[tuple[Kind, tuple[Kind, ...]]] = field(default_factory=list)

    async def similar(
        self,
        kind: Kind,
        id: UUID,  # noqa: A002
        *,
        kinds: Sequence[Kind],
        limit: int,
    ) -> list[Hit]:
        self.asked.append((kind, tuple(kinds)))
        return self.hits[:limit]


@pytest.fixture
def near(client: httpx2.AsyncClient, application: FastAPI) -> Near:
    assert client
    application.state.finder = Near()
    return application.state.finder  # type: ignore[no-any-return]


async def test_an_achievement_shows_others_and_never_itself(
    client: httpx2.AsyncClient, world: World, near: Near
) -> None:
    org = await world.organisation("东海大学", kind="university")
    record = await world.achievement(org, title="隔膜涂覆")
    near.hits = [hit(Kind.achievement, record.number, "隔膜涂覆", record.id)]
    near.hits += [hit(Kind.achievement, f"CG-2026-00009{at}", f"<b>{at}</b>") for at in range(7)]
    page = await client.get(f"/achievements/{record.number}")
    panel = page.text.partition('id="similar"')[2].partition("</section>")[0]
    assert panel.count('<li class="card') == 5
    assert "&lt;b&gt;0&lt;/b&gt;" in panel
    assert "隔膜涂覆" not in panel
    assert f'<input type="hidden" name="item" value="achievement:{record.number}">' in panel
    assert near.asked == [(Kind.achievement, (Kind.achievement,))]


async def test_an_offer_shows_neither_its_own_achievement_nor_one_thing_twice(
    client: httpx2.AsyncClient, world: World, near: Near
) -> None:
    org = await world.organisation("东海大学", kind="university")
    record = await world.achievement(org, title="隔膜涂覆")
    offer = await world.offer(org, record)
    near.hits = [
        hit(Kind.achievement, record.number, "隔膜涂覆"),
        hit(Kind.offer, "GX-2026-000098", "隔膜涂覆"),
        hit(Kind.offer, "GX-2026-000099", "负极材料"),
        hit(Kind.achievement, "CG-2026-000099", "负极材料"),
    ]
    page = await client.get(f"/offers/{offer.number}")
    panel = page.text.partition('id="similar"')[2].partition("</section>")[0]
    assert panel.count('<li class="card') == 1
    assert "GX-2026-000099" in panel


async def test_a_demand_shows_what_may_meet_it(
    client: httpx2.AsyncClient, world: World, near: Near
) -> None:
    org = await world.organisation("西山公司")
    demand = await world.demand(org.head)
    near.hits = [hit(Kind.offer, "GX-2026-000099", "负极材料")]
    page = await client.get(f"/demands/{demand.number}")
    assert "可能满足需求的成果" in page.text
    assert 'value="offer:GX-2026-000099"' in page.text


async def test_no_panel_without_an_answer_and_no_question_about_what_is_hidden(
    client: httpx2.AsyncClient, world: World, near: Near
) -> None:
    org = await world.organisation("东海大学", kind="university")
    record = await world.achievement(org)
    assert 'id="similar"' not in (await client.get(f"/achievements/{record.number}")).text
    draft = await world.achievement(org, state="draft")
    near.asked.clear()
    near.hits = [hit(Kind.achievement, "CG-2026-000099", "负极材料")]
    client.cookies.set(SESSION_COOKIE, await world.token(org.head))
    page = await client.get(f"/achievements/{draft.number}")
    assert page.status_code == 200
    assert 'id="similar"' not in page.text
    assert near.asked == []
