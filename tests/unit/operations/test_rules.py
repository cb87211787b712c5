"""Each point at its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.i18n import translate
from app.core.settings import Mode, Settings
from app.core.signs import Sign, SignOf
from app.operations import rules
from app.operations.types import DatedRows, Disk, Machine, Point, Report, RoleFacts, Seen, State
from search.drift.types import LastCheck
from search.embedding import BROKEN
from search.following.types import Dead, Standing

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
STRONG_KEY = "Vq3xN7sJ0wLr5bYt9KdZ2mPf8hCg4eXu6aRn1oTi"
BANK_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
PRODUCTION = Machine(
    Settings(
        mode=Mode.production,
        secret_key=STRONG_KEY,
        public_url="https://market.example.cn",
        smtp_url="smtp://mail.example.cn",
        database_url="postgresql+asyncpg://market_app@db/market",
        owner_database_url="postgresql+asyncpg://market_owner@db/market",
        bank_url="https://bank.example.cn/",
        bank_token="bank-token-bank-token",
        bank_key=BANK_KEY,
    ),
    "0019",
)
DEMO = Machine(Settings(), "0019")
WELL = Seen(
    now=NOW,
    database_skew=timedelta(0),
    offset=timedelta(0),
    revision="0019",
    role=RoleFacts("market_app", False, False, False, False),
    signs={of: Sign(NOW - timedelta(seconds=3), {}) for of in SignOf},
    dated=(),
    calendar_years=frozenset({2026, 2027}),
    role_holders={"administrator": 1, "operator": 1, "supervisor": 1},
    demo_logins=0,
    held_jobs=0,
    dead_dispatches=0,
    mails_failing=0,
    overdue_s=0.0,
    disk=Disk(free=50 * 2**30, total=100 * 2**30),
)


def points(machine: Machine, **seen: Any) -> dict[str, Point]:
    return {one.key: one for one in rules.check_points(machine, replace(WELL, **seen))}


def with_settings(**changed: Any) -> Machine:
    return Machine(PRODUCTION.settings.model_copy(update=changed), "0019")


def signs(**ages: timedelta) -> dict[SignOf, Sign]:
    return {**WELL.signs, **{SignOf(of): Sign(NOW - age, {}) for of, age in ages.items()}}


def test_a_well_kept_market_has_no_open_point() -> None:
    assert [p.key for p in points(PRODUCTION).values() if p.open] == []
    assert len(points(PRODUCTION)) == len(rules.CHECKS)


@pytest.mark.parametrize(
    ("key", "seen", "state"),
    [
        ("schema", {"revision": "0018"}, State.bad),
        ("schema", {"revision": ""}, State.bad),
        ("clock", {"offset": timedelta(days=15)}, State.bad),
        ("clock", {"database_skew": timedelta(seconds=5)}, State.ok),
        ("clock", {"database_skew": timedelta(seconds=-5.1)}, State.warn),
        ("disk", {"disk": None}, State.warn),
        ("disk", {"disk": Disk(rules.DISK_FULL_BYTES, 2**40)}, State.warn),
        ("disk", {"disk": Disk(rules.DISK_FULL_BYTES - 1, 2**40)}, State.bad),
        ("disk", {"disk": Disk(2**30, 2**30)}, State.ok),
        ("disk", {"disk": Disk(5 * 2**30, 2**40)}, State.ok),
        ("disk", {"disk": Disk(5 * 2**30 - 1, 2**40)}, State.warn),
        ("watch", {"signs": signs(watch=timedelta(seconds=60))}, State.ok),
        ("watch", {"signs": signs(watch=timedelta(seconds=61))}, State.bad),
        ("watch", {"overdue_s": 10.5}, State.warn),
        ("worker", {"signs": {}}, State.bad),
        ("backup", {"signs": signs(backup=timedelta(days=2))}, State.ok),
        ("backup", {"signs": signs(backup=timedelta(days=2, seconds=1))}, State.warn),
        ("backup", {"signs": {}}, State.warn),
        ("demo", {"demo_logins": 1}, State.bad),
        ("mail", {"mails_failing": 1}, State.warn),
        ("role", {"role": RoleFacts("postgres", True, True, True, True)}, State.warn),
        ("role", {"role": RoleFacts("market_owner", False, False, True, True)}, State.warn),
        ("calendar", {"calendar_years": frozenset({2026})}, State.warn),
        ("calendar", {"calendar_years": frozenset({2027})}, State.bad),
        ("people", {"role_holders": {"administrator": 1, "operator": 2}}, State.warn),
        ("rules", {"dated": (DatedRows("rulebook", 1, 2, ("某通知",)),)}, State.warn),
        ("rules", {"dated": (DatedRows("rulebook", 0, 2, ()),)}, State.ok),
        ("jobs", {"held_jobs": 1}, State.warn),
        ("jobs", {"dead_dispatches": 1}, State.warn),
    ],
)
def test_each_point_at_its_edge(key: str, seen: dict[str, Any], state: State) -> None:
    assert points(PRODUCTION, **seen)[key].state is state


def test_the_next_years_calendar_is_missed_from_november() -> None:
    october = datetime(2026, 10, 31, tzinfo=UTC)
    years = frozenset({2026})
    assert points(PRODUCTION, now=october, calendar_years=years)["calendar"].state is State.ok


@pytest.mark.parametrize(
    ("key", "machine", "state"),
    [
        ("secret", with_settings(secret_key="a" * 64), State.bad),
        ("secret", with_settings(secret_key="correct horse battery staple 123"), State.bad),
        ("address", with_settings(public_url="http://market.example.cn"), State.warn),
        ("mail", with_settings(smtp_url=""), State.bad),
        ("secret", DEMO, State.ok),
        ("mail", DEMO, State.ok),
        ("address", DEMO, State.ok),
    ],
)
def test_settings_are_judged_by_the_mode(key: str, machine: Machine, state: State) -> None:
    assert points(machine)[key].state is state


def test_a_demonstration_may_move_its_clock_and_have_its_logins() -> None:
    found = points(DEMO, offset=timedelta(days=15), demo_logins=12, signs=signs())
    assert found["clock"].state is State.ok
    assert found["demo"].state is State.ok


def test_what_stops_service_and_what_does_not() -> None:
    def ready(**seen: Any) -> bool:
        return Report(NOW, tuple(points(PRODUCTION, **seen).values())).ready

    assert ready()
    assert not ready(revision="0018")
    assert not ready(offset=timedelta(days=1))
    assert not ready(disk=Disk(0, 2**40))
    # why: pages still serve; taking them away too would help nobody
    assert ready(signs={})
    assert not Report(None, (rules.unreachable("TimeoutError"),)).ready


def test_the_urgent_points_come_first() -> None:
    found = rules.check_points(PRODUCTION, replace(WELL, demo_logins=1, held_jobs=1))
    assert [point.state for point in found[:3]] == [State.bad, State.warn, State.ok]


def test_a_bank_is_named_and_reached_by_https() -> None:
    assert points(PRODUCTION)["bank"].state is State.ok
    assert points(with_settings(bank_url="http://10.0.0.9:8100"))["bank"].state is State.warn
    assert points(with_settings(bank_url=""))["bank"].state is State.warn
    assert points(DEMO)["bank"].state is State.ok


@pytest.mark.parametrize(
    "given",
    [
        {"bank_url": "https://bank.example.cn"},
        {"bank_url": "https://bank.example.cn", "bank_token": "bank-token"},
        {"bank_token": "bank-token", "bank_key": BANK_KEY},
        {"bank_url": "ftp://bank", "bank_token": "bank-token", "bank_key": BANK_KEY},
        {"bank_url": "https://bank", "bank_token": "bank-token", "bank_key": "c2hvcnQ="},
        {"bank_url": "https://bank", "bank_token": "bank-token", "bank_key": "密钥"},
    ],
)
def test_half_a_bank_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="MARKET_BANK_"):
        Settings.model_validate(given)


def test_the_mock_bank_is_never_started_in_production_or_beside_another() -> None:
    assert DEMO.settings.mocks_bank
    assert not with_settings(bank_url="").settings.mocks_bank
    named = {"bank_url": "https://bank/", "bank_token": "bank-token", "bank_key": BANK_KEY}
    assert not Settings.model_validate(named).mocks_bank
    assert Settings.model_validate(named).bank_url == "https://bank"


# ---------------------------------------------------------------- search

FOLLOWER = Standing("meilisearch", 0, 0, 0.0, "", None, NOW)
MEILI = replace(with_settings(meili_url="http://engine:7700"), find_search_fault=lambda: "refused")


def found(machine: Machine = PRODUCTION, **seen: Any) -> tuple[State, list[str]]:
    point = points(machine, **seen)["search"]
    return point.state, [translate("zh-CN", line) for line in (point.found, *point.lines)]


def test_search_is_well_with_followers_that_keep_up() -> None:
    checked = LastCheck(NOW, 10, 0, current=True)
    assert found(followers=(FOLLOWER,), index_check=checked) == (State.ok, ["搜索正常。"])
    at_the_edge = replace(FOLLOWER, lag_s=300.0, waiting=7)
    assert found(followers=(at_the_edge,))[0] is State.ok


def test_who_stands_in_for_the_engine_is_told_where_one_is_chosen() -> None:
    assert found(MEILI) == (State.warn, ["搜索由 PostgreSQL 代替 Meilisearch：refused"])
    assert found(replace(MEILI, settings=PRODUCTION.settings))[0] is State.ok


def test_a_follower_that_is_behind_away_or_at_odds_is_told() -> None:
    late = replace(FOLLOWER, lag_s=301.0, waiting=7)
    assert found(followers=(late,)) == (
        State.warn,
        ["Meilisearch落后 5 分钟，有 7 条等待更新。"],
    )
    away = Standing("vectors:use-m3", 0, 2, 0.0, "no answer", NOW, NOW)
    dead = Dead("vectors:use-m3", "lot", UUID(int=1), "CJ-2026-000001", "隔膜", "too long", NOW)
    assert found(followers=(away,), dead_documents=(dead,)) == (
        State.warn,
        [
            "语义向量（use-m3）暂停更新：no answer",
            "语义向量（use-m3）多次拒绝 2 个文档，已搁置。",
            "CJ-2026-000001 隔膜：too long",
        ],
    )


def test_an_encoder_that_is_missing_or_cannot_be_loaded_is_told_in_a_sentence() -> None:
    missing = points(PRODUCTION, encoder_missing=True)["search"]
    assert (missing.state, missing.stops) == (State.warn, False)
    sentence = "没有安装 MARKET_EMBEDDING=bundled 的编码器，只按文字搜索；安装后重新启动。"
    assert missing.found == sentence
    assert "is not installed, so search goes by words alone" in translate("en", missing.found)
    fault = f"{BROKEN}FileNotFoundError"
    broken = replace(PRODUCTION, find_meaning_fault=lambda: fault)
    vectors = Standing("vectors:use-m3", 3, 0, 0.0, fault, NOW, NOW)
    state, lines = found(broken, followers=(vectors,))
    assert state is State.warn
    assert lines == [
        "语义模型无法加载（FileNotFoundError），只按文字搜索；重新安装模型文件后重新启动。",
        "语义向量（use-m3）的模型无法加载（FileNotFoundError），新发布的内容只能按文字找到。",
    ]
    assert "cannot be loaded (FileNotFoundError)" in translate("en", lines_of(broken, vectors)[1])


def lines_of(machine: Machine, follower: Standing) -> tuple[str, ...]:
    point = points(machine, followers=(follower,))["search"]
    return (point.found, *point.lines)


def test_an_index_of_other_words_is_told() -> None:
    state, lines = found(index_check=LastCheck(NOW, 10, 0, current=False))
    assert state is State.warn
    assert "词表或程序已更新" in lines[0]
