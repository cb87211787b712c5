"""What is not public is found by nobody: not by its words, its number or what is like it, in no
comparison, file or feed and not by the API; and what is taken back is gone at once.

Each thing says two words: one that is asked for, and one that only who sees the thing can tell, for
an answer repeats what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

import httpx2
import pytest
from fastapi import FastAPI

from app.auctions import service as auctions
from app.auctions.types import BidMode, ReserveKind
from app.catalogue import service as catalogue
from app.catalogue.types import AchievementFacts, AchievementState, ReturnReason
from app.core.actor import SYSTEM, Actor
from app.demands.types import Confidentiality, DemandState
from app.searches.counting import count_since
from app.searches.news import list_watched
from search import types
from search.documents import Kind
from search.finder import Finder
from search.following.draining import drain
from search.following.registering import fill, register
from search.postgres import PostgresIndex
from search.types import Vector
from search.vector_making import VectorMaker, serve_when_complete
from tests.conftest import Clock
from tests.encoders import TinyEncoder, point
from tests.world import World
from tests.worlds.accounts import Org

ASK, TELL = "zqask", "zqtell"
WORDS: Final = f"{ASK} {TELL} 膜分离装置"
RESERVE, SEALED = 953_719, 842_617  # 元, like no other number


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something that is not public: what is asked for, what nobody may tell, its number."""

    ask: str = ASK
    tell: tuple[str, ...] = (TELL,)
    number: str = ""


Make = Callable[[World, Org, Clock], Awaitable[Hidden]]


def doors(hidden: Hidden) -> list[str]:
    """Addresses at which somebody who looks for it would look."""
    ask, number = hidden.ask, hidden.number
    found = [
        f"/search?q={ask}",
        f"/search/suggest?q={ask}",
        f"/search?q={ask}&since=2000-01-01T00:00:00%2B00:00&sort=newest",
        f"/search?q={ask}&semantic=0&sort=price_low",
        f"/search?q={ask}&format=csv",
        f"/search/suggest?q={ask[:4]}",
        "/search",
        "/search?sort=price_high&more=holder",
        *(f"/search?kind={kind}" for kind in ("achievement", "offer", "demand", "lot")),
        *(f"/feeds/{name}.atom" for name in ("achievements", "demands", "lots")),
        *(f"/api/v1/{name}" for name in ("achievements", "demands", "lots")),
        "/",
        "/demands",
    ]
    if number:
        found += [f"/search?q={number}", f"/search/suggest?q={number}"]
        for kind in ("achievement", "offer"):
            item = f"{kind}:{number}"
            found += [f"/compare?item={item}", f"/compare?item={item}&format=csv"]
            found += [f"/compare?add={item}", f"/api/v1/{kind}s/{number}"]
    return found


async def list_telling(
    client: httpx2.AsyncClient, paths: Iterable[str], words: Iterable[str]
) -> list[str]:
    """Which addresses tell one of these words."""
    told = []
    for path in paths:
        answer = await client.get(path, follow_redirects=True)
        assert answer.status_code in (200, 404), f"{path}: {answer.status_code}"
        told += [f"{path}: {word}" for word in words if word in answer.text]
    return told


# ---- things that nobody else may find -----------------------------------------------------------


async def achievement(world: World, owner: Org, state: str) -> AchievementFacts:
    return await world.achievement(
        owner,
        state=state,
        title=WORDS,
        abstract=f"{WORDS}用于水处理",
        keywords=(ASK, TELL),
        problem=WORDS,
        applications=WORDS,
    )


async def draft(world: World, owner: Org, clock: Clock) -> Hidden:
    return Hidden(number=(await achievement(world, owner, AchievementState.draft)).number)


async def submitted(world: World, owner: Org, clock: Clock) -> Hidden:
    return Hidden(number=(await achievement(world, owner, AchievementState.submitted)).number)


async def returned(world: World, owner: Org, clock: Clock) -> Hidden:
    record = await achievement(world, owner, AchievementState.submitted)
    await world.tx.run(
        catalogue.return_achievement,
        actor=SYSTEM,
        number=record.number,
        version=record.version,
        reasons=[ReturnReason.other],
        note_text="请补充",
    )
    return Hidden(number=record.number)


async def taken_back(world: World, owner: Org, clock: Clock) -> Hidden:
    record = await achievement(world, owner, AchievementState.published)
    await world.tx.run(
        catalogue.withdraw_achievement,
        actor=owner.head,
        number=record.number,
        version=record.version,
    )
    return Hidden(number=record.number)


async def taken_down(world: World, owner: Org, clock: Clock) -> Hidden:
    record = await achievement(world, owner, AchievementState.published)
    await world.tx.run(
        catalogue.withdraw_achievement,
        actor=await world.operator(),
        number=record.number,
        version=record.version,
    )
    return Hidden(number=record.number)


async def offer_draft(world: World, owner: Org, clock: Clock) -> Hidden:
    """Of a public achievement, which may be found."""
    record = await world.achievement(owner, title="膜分离装置")
    offer = await world.offer(owner, record, state="draft", conditions=WORDS, use_note=WORDS)
    return Hidden(number=offer.number)


async def offer_taken_back(world: World, owner: Org, clock: Clock) -> Hidden:
    record = await world.achievement(owner, title="膜分离装置")
    offer = await world.offer(owner, record, conditions=WORDS, use_note=WORDS)
    await world.tx.run(
        catalogue.withdraw_offer, actor=owner.head, number=offer.number, version=offer.version
    )
    return Hidden(number=offer.number)


def demand_in(state: DemandState) -> Make:
    async def make(world: World, owner: Org, clock: Clock) -> Hidden:
        view = await world.demand(
            owner.head,
            state=state,
            title=WORDS,
            problem=f"{WORDS}效率低，需要改进工艺与装备",
            targets=WORDS,
            background=WORDS,
        )
        return Hidden(number=view.number)

    make.__name__ = f"demand_{state.value}"
    return make


async def disclosure(world: World, owner: Org, clock: Clock) -> Hidden:
    author = await world.inventor(owner)
    words = dict.fromkeys(("title", "summary", "problem", "novelty"), WORDS)
    await world.disclosure(author, **words)
    return Hidden()


async def confidential(world: World, owner: Org, clock: Clock) -> Hidden:
    """The layer of a public achievement, also for who was let in: search is for everybody."""
    record = await world.achievement(owner, title="膜分离装置")
    await world.confidential(owner.head, record.number, text=WORDS)
    return Hidden(number=record.number)


async def lot_draft(world: World, owner: Org, clock: Clock) -> Hidden:
    record = await world.achievement(owner, title="膜分离装置")
    offer = await world.offer(owner, record)
    await world.tx.run(
        auctions.draft_lot,
        actor=owner.head,
        offer_number=offer.number,
        form={"notes": [WORDS], "title": [WORDS]},
        key="a-draft-of-a-lot",
    )
    return Hidden()


async def masked_name(world: World, owner: Org, clock: Clock) -> Hidden:
    """A demand whose asker wants not to be named: not told beside it, and it is not found by it."""
    asker = await world.organisation(f"{TELL}科技有限公司")
    await world.demand(asker.head, title=f"{ASK} 膜分离", confidentiality=Confidentiality.masked)
    return Hidden()


async def found_by_masked_name(world: World, owner: Org, clock: Clock) -> Hidden:
    asker = await world.organisation(f"{ASK}科技有限公司")
    view = await world.demand(
        asker.head, title=f"膜分离 {TELL}", confidentiality=Confidentiality.masked
    )
    return Hidden(tell=(view.number,))


async def person(world: World, owner: Org, clock: Clock) -> Hidden:
    """Who published something, and how to reach him: no way to what he published."""
    head = await world.person(ASK, identifier=f"{ASK}@example.com")
    house = await world.organisation("联系人所在公司", head=head)
    record = await world.achievement(house, title="膜分离装置", owner_number=ASK)
    return Hidden(tell=(f"{ASK}@", record.number))


async def sealed(world: World, owner: Org, clock: Clock) -> Hidden:
    """Amounts of a sale before its end: neither told, nor do they lead to it."""
    sale = await world.lot(
        owner,
        mode=BidMode.once,
        free_s=300,
        window_s=60,
        reserve_kind=ReserveKind.hidden,
        reserve_minor=RESERVE * 100,
    )
    buyer = await world.bidder(sale)
    await clock.advance(seconds=61)
    await world.beat()
    await world.sweep_lots()
    assert (await world.submit(auctions.seal_bid, sale, buyer, SEALED)).accepted
    amounts = (RESERVE, SEALED)
    told = tuple(word for yuan in amounts for word in (f"{yuan}", f"{yuan:,}"))
    return Hidden(ask="锂电池", tell=told, number=sale.number)


async def by_reserve(world: World, owner: Org, clock: Clock) -> Hidden:
    hidden = await sealed(world, owner, clock)
    return Hidden(ask=str(RESERVE), tell=(hidden.number,))


EVERYWHERE: Final = (
    draft,
    submitted,
    returned,
    taken_back,
    taken_down,
    offer_draft,
    offer_taken_back,
    *(demand_in(state) for state in DemandState if state is not DemandState.published),
    disclosure,
    confidential,
    lot_draft,
    masked_name,
    sealed,
)
# What is public itself, and may only not be found by these words.
BY_WORDS: Final = (found_by_masked_name, person, by_reserve)


async def askers(world: World) -> dict[str, Actor]:
    house = await world.organisation("另一家公司")
    return {
        "buyer": house.head,
        "inventor": await world.member(house, {"inventor"}),
        "broker": (await world.organisation(kind="transfer_agency")).head,
        "operator": await world.operator(),
        "supervisor": await world.person(platform=["supervisor"]),
        "administrator": await world.person(platform=["administrator"]),
    }


@pytest.fixture
async def owner(world: World) -> Org:
    return await world.organisation("示范大学", "university")


@pytest.mark.parametrize("make", EVERYWHERE, ids=lambda make: make.__name__)
async def test_what_is_not_public_is_told_at_no_door(
    client: httpx2.AsyncClient, world: World, owner: Org, clock: Clock, make: Make
) -> None:
    await world.beat()
    hidden = await make(world, owner, clock)
    paths = doors(hidden)
    assert await list_telling(client, paths, hidden.tell) == []
    short = [path for path in paths if path.startswith(("/search?q=", "/compare?item="))]
    for who, actor in {"owner": owner.head, **await askers(world)}.items():
        await world.logged_in_client(client, actor)
        told = await list_telling(client, short[:1] + short[-2:], hidden.tell)
        assert told == [], who


@pytest.mark.parametrize("make", BY_WORDS, ids=lambda make: make.__name__)
async def test_no_private_word_leads_to_what_is_public(
    client: httpx2.AsyncClient, world: World, owner: Org, clock: Clock, make: Make
) -> None:
    await world.beat()
    hidden = await make(world, owner, clock)
    asking = [path for path in doors(hidden) if f"q={hidden.ask}" in path]
    assert len(asking) > 4
    assert await list_telling(client, asking, hidden.tell) == []


async def test_the_same_walk_sees_what_is_public(
    client: httpx2.AsyncClient, world: World, owner: Org
) -> None:
    record = await achievement(world, owner, AchievementState.published)
    offer = await world.offer(owner, record, conditions=WORDS)
    await world.demand(owner.head, title=WORDS)
    told = [
        one.rpartition(": ")[0]
        for number in (record.number, offer.number)
        for one in await list_telling(client, doors(Hidden(number=number)), [TELL])
    ]
    silent = set(doors(Hidden(number=record.number))) - set(told)
    # no lot is among them, no number is suggested, and this is no number of an offer
    silent -= {"/search?kind=lot", "/feeds/lots.atom", "/api/v1/lots"}
    silent -= {f"/search/suggest?q={record.number}"}
    assert {path for path in silent if "offer:" not in path and "/offers/" not in path} == set()
    assert f"/compare?item=offer:{offer.number}" in told


# ---- what is taken back -------------------------------------------------------------------------


class Meaning(TinyEncoder):
    """The meaning of a question, by a model that serves."""

    broken = ""

    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model

    async def encode(self, text: str) -> Vector | None:  # type: ignore[override]
        return types.Meaning(point(text), self.model)

    def start(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Places:
    """Where something may be told of besides its own words: by meaning, and as news."""

    client: httpx2.AsyncClient
    world: World
    finder: Finder
    reader: Actor
    near: str
    clock: Clock

    async def list(self) -> set[str]:
        paths = {
            "similar": f"/achievements/{self.near}",
            "meaning": "/search?q=储能",
            "suggested": f"/search/suggest?q={ASK[:4]}",
        }
        told = {
            name for name, path in paths.items() if await list_telling(self.client, [path], [TELL])
        }
        await self.clock.advance(minutes=11)  # a count is shown again for a while
        if 'value="new"' in (await self.client.get("/desk/searches")).text:
            told.add("counted")
        assert self.reader.person_id
        [watched], _ = await self.world.tx.run(list_watched, self.reader.person_id)
        if (await count_since(self.finder, watched.question, watched.since)).value:
            told.add("news")
        return told


async def test_what_is_taken_back_is_gone_at_once_also_by_meaning_and_as_news(
    client: httpx2.AsyncClient, application: FastAPI, world: World, owner: Org, clock: Clock
) -> None:
    tx = world.tx
    reader = (await world.organisation("另一家公司")).head
    await world.logged_in_client(client, reader)
    data = {"question": f"q={ASK}", "name": "新的", "news": "1"}
    assert (await client.post("/desk/searches", data=data)).status_code == 303
    await clock.advance(seconds=1)
    near = await world.achievement(owner, title="电池隔膜", abstract="电池隔膜的涂覆")
    record = await world.achievement(owner, title=f"{ASK} {TELL} 电池隔膜", abstract="电池隔膜")
    offer = await world.offer(owner, record)
    maker = VectorMaker(tx, TinyEncoder())
    await maker.register()
    await register(tx, maker.name)
    await fill(tx, maker.name)
    while await drain(tx, maker):
        pass
    assert await serve_when_complete(tx, maker.model)
    finder = application.state.finder = Finder(PostgresIndex(tx), encoder=Meaning(maker.model))
    places = Places(client, world, finder, reader, near.number, clock)
    assert await places.list() == {"similar", "meaning", "suggested", "counted", "news"}
    vectors = await world.count("search_embedding")

    await tx.run(
        catalogue.withdraw_offer, actor=owner.head, number=offer.number, version=offer.version
    )
    await tx.run(
        catalogue.withdraw_achievement,
        actor=owner.head,
        number=record.number,
        version=record.version,
    )
    assert await places.list() == set()
    assert await finder.similar(Kind.achievement, record.id, kinds=[Kind.achievement]) == []
    while await drain(tx, maker):
        pass
    await maker.sweep()
    assert await world.count("search_embedding") < vectors


async def test_what_one_person_keeps_no_other_one_sees(
    client: httpx2.AsyncClient, world: World, owner: Org
) -> None:
    await world.logged_in_client(client, owner.head)
    saved = await client.post("/desk/searches", data={"question": f"q={TELL}", "name": TELL})
    assert saved.status_code == 303
    listed = (await client.get("/desk/searches")).text
    assert TELL in listed
    [path] = re.findall(r'href="(/desk/searches/[0-9a-f-]{36})"', listed)
    colleague = await world.member(owner, {"manager"})
    for who, actor in {"colleague": colleague, **await askers(world)}.items():
        await world.logged_in_client(client, actor)
        paths = ["/desk/searches", "/desk/searches?format=csv", "/search", path]
        assert await list_telling(client, paths, [TELL]) == [], who
        for verb in ("", "/look", "/delete"):
            answer = await client.post(path + verb, data={"name": "改名"})
            assert (answer.status_code, TELL in answer.text) == (404, False), who
    await world.logged_in_client(client, owner.head)
    assert TELL in (await client.get(path)).text
