"""The demonstration market, seeded through the rooms' own verbs."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.accounts import service as accounts
from app.accounts.types import Role
from app.core.actor import SYSTEM, Actor
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.reports import service as reports
from app.seed import content, stage
from app.seed.cast import DemoLoginTakenError, find_cast, make_cast, stage_sellers
from app.seed.logins import DEMO_PASSWORD, demo_logins
from app.seed.market import ensure_demo
from search.documents import Kind
from search.postgres import PostgresIndex
from search.types import SearchRequest
from tests import databases
from tests.following import compare_index
from tests.integration.seed.conftest import DEMO, Seeded
from tests.world import World
from tests.worlds.inbox import deliver_everything


async def _count_rows(world: World) -> dict[str, int]:
    tables = await world.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege(oid, 'SELECT')"
    )
    return {name: (await world.rows(f"SELECT count(*) FROM {name}"))[0][0] for (name,) in tables}


async def test_the_first_start_seeds_and_no_later_one_does(
    seeded: Seeded, tx: Tx, world: World
) -> None:
    assert (seeded.first, seeded.second) == (True, False)
    before = await _count_rows(world)
    assert before["achievement"] == 60 + 2  # one came from a disclosure, one was entered on behalf
    assert before["disclosure"] == 2
    assert before["catalogue_edition"] == 1
    assert not await ensure_demo(tx, DEMO)
    assert await _count_rows(world) == before


async def test_other_modes_get_nothing(tx: Tx, world: World) -> None:
    before = await _count_rows(world)
    for mode in (Mode.production, Mode.test):
        assert not await ensure_demo(tx, Settings(mode=mode, secret_key="s" * 32))
    assert await _count_rows(world) == before


async def test_figures_are_those_of_the_content(tx: Tx) -> None:
    home = await tx.run(reports.home_view)
    figures = {figure.label: figure.value for figure in home.figures}
    published = [a for a in content.achievements() if a.state == "published"]
    assert figures["公开成果"] == len(published) == 56
    assert figures["供给信息"] == len(content.offers())
    assert figures["技术需求"] == sum(d.state == "published" for d in content.demands()) == 28


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("锂电池 隔膜", "sep-ceramic"),
        ("污水 脱氮", "denit"),
        ("高炉", "bf-taphole"),
        ("牦牛", "yak-ai"),
        ("宫颈细胞", "path-slide"),
    ],
)
async def test_search_finds_what_a_visitor_tries(tx: Tx, words: str, key: str) -> None:
    wanted = next(a.raw["title"] for a in content.achievements() if a.key == key)
    found = await PostgresIndex(tx).search(SearchRequest(text=words, limit=5))
    assert wanted in [hit.title for hit in found.hits]


async def test_every_step_left_an_audit_line(world: World) -> None:
    lines = Counter(action for (action,) in await world.rows("SELECT action FROM audit_entry"))
    assert lines["accounts.sign_up"] == len(content.people())
    assert lines["accounts.verify_organisation"] == 10
    assert lines["catalogue.publish_achievement"] == 56
    assert lines["catalogue.return_achievement"] == 1
    assert lines["catalogue.publish_offer"] == len(content.offers())
    assert lines["demands.publish_demand"] == 28


async def test_something_waits_for_the_operator_and_for_the_owner(tx: Tx) -> None:
    operator = Actor(person_id=None, roles=frozenset({Role.operator}), system=True)
    review = await tx.run(reports.review_view, actor=operator)
    waiting = {task.href.rpartition("/")[2]: task.count for task in review.queues}
    assert waiting["achievements"] == 2
    assert waiting["demands"] == 2
    assert waiting["organisations"] == 1
    cast = await tx.run(find_cast)
    assert cast is not None
    desk = await tx.run(reports.desk_view, actor=cast.actor("manager"))
    assert {"成果被退回，修改后重新提交", "成果草稿待完成"} <= {task.label for task in desk.tasks}


async def test_a_published_login_opens_the_door_in_its_roles(tx: Tx) -> None:
    login = next(entry for entry in demo_logins() if entry.identifier == "manager@demo.invalid")
    token = await accounts.enter(
        tx, identifier=login.identifier, password=DEMO_PASSWORD, address="127.0.0.1"
    )
    actor = await tx.run(accounts.resolve_actor, token)
    assert actor.roles == {Role.manager}
    assert actor.verified
    assert actor.organisation_name == "衡川理工大学（演示）"
    cast = await tx.run(find_cast)
    assert cast is not None
    assert cast.actor("manager") == actor


async def test_roles_are_as_written(tx: Tx) -> None:
    cast = await tx.run(find_cast)
    assert cast is not None
    for organisation in (o for o in content.organisations() if o.verified):
        members = await tx.run(
            accounts.list_members,
            actor=SYSTEM,
            organisation_id=cast.organisations[organisation.key],
        )
        held = {member.name: member.roles for member in members}
        assert held == {
            p.name: p.member_roles for p in content.people() if p.organisation == organisation.key
        }
    holders = await tx.run(accounts.list_role_holders, actor=SYSTEM)
    assert {role for holder in holders for role in holder.roles} == {
        Role.operator, Role.publisher, Role.supervisor, Role.administrator, Role.broker,
    }  # fmt: skip


def test_nobody_can_log_in_to_sell_on_the_stage() -> None:
    sellers = set(stage_sellers())
    assert sellers == {"lanting", "yunyu", "yuyuan", "muze"}
    assert not {p.organisation for p in content.people() if p.shown} & sellers


async def test_a_market_that_holds_anybody_is_left_alone(worker_database: str) -> None:
    engine = databases.connect(worker_database, role="market_app")
    async with engine.connect() as opened:
        outer = await opened.begin()
        tx = Tx(
            async_sessionmaker(
                bind=opened, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
        )
        world = World(tx)
        await world.person("第一位用户")
        assert not await ensure_demo(tx, DEMO)
        assert await world.rows("SELECT count(*) FROM person") == [(1,)]
        assert await stage.top_up(tx) == 0
        await outer.rollback()
    await engine.dispose()


async def test_a_taken_login_stops_the_seeding(tx: Tx, world: World) -> None:
    before = await _count_rows(world)
    with pytest.raises(DemoLoginTakenError, match="administrator@demo"):
        await tx.run(make_cast, password_hash="unused")
    assert await _count_rows(world) == before


async def test_nobody_finds_old_news_and_every_address_is_proved(tx: Tx, world: World) -> None:
    """What waits is told; what was published before the first visitor came is not."""
    await deliver_everything(tx)
    rows = await world.rows("SELECT kind, person_id FROM inbox_message")
    told = {row.kind for row in rows}
    assert {"catalogue.consent_asked", "disclosures.submitted"} <= told
    assert "catalogue.achievement_submitted" in told, "operators hear of what waits for them"
    assert not {kind for kind in told if kind.endswith(("_published", "_verified"))}
    assert max(Counter(row.person_id for row in rows).values()) <= 6
    assert await world.count("dispatch") <= 4
    assert not await world.rows("SELECT id FROM login WHERE proved_at IS NULL")


async def test_rooms_say_of_their_things_what_their_verbs_wrote_into_the_index(tx: Tx) -> None:
    compared = await compare_index(tx)
    assert min(compared[kind] for kind in (Kind.achievement, Kind.offer, Kind.demand)) > 1
