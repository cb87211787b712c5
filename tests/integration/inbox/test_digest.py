"""The daily digest: at 08:00 in Beijing, once a day, and only when something is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.i18n import Message
from app.core.tx import Tx
from app.inbox import service
from app.inbox.digest import sweep_digests
from app.inbox.types import MailMode
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import Keeping, notice, run_dispatches


async def until(world: World, clock: Clock, hour_utc: int, minute: int = 0) -> datetime:
    """Move the market's clock to the next such time of day (UTC)."""
    now = await world.market_now()
    goal = now.replace(hour=hour_utc, minute=minute, second=0, microsecond=0)
    goal += timedelta(days=1) if goal <= now else timedelta(0)
    await clock.advance(seconds=(goal - now).total_seconds())
    return goal


async def test_one_mail_in_the_morning_with_what_is_unread(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    await until(world, clock, 10)
    for key in ("a", "b", "c"):
        said = notice(subject=Message("消息 %(key)s", key=key))
        await tx.run(service.post, person_ids=[id_of(reader)], notice=said, key=key)
    [*_, oldest] = (await tx.run(service.list_messages, actor=reader)).items
    await tx.run(service.open_message, actor=reader, message_id=oldest.id)
    # midnight in Beijing passes, and it is still night
    await until(world, clock, 23, 59)
    assert await tx.run(sweep_digests) == 0
    await until(world, clock, 0)
    assert await tx.run(sweep_digests) == 1
    assert await tx.run(sweep_digests) == 0
    keeping = Keeping()
    await run_dispatches(tx, keeping.post())
    [mail] = keeping.mails
    assert mail["Subject"] == "[科技大市场] 您有 2 条新消息"
    body = mail.get_content()
    assert "消息 b" in body
    assert "消息 c" in body
    assert "消息 a" not in body, "it was read"


async def test_nothing_new_is_no_mail(tx: Tx, world: World, clock: Clock) -> None:
    reader = await world.person()
    await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key="a")
    await tx.run(service.read_all, actor=reader)
    await clock.advance(days=1)
    assert await tx.run(sweep_digests) == 1
    await clock.advance(days=1)
    assert await tx.run(sweep_digests) == 0
    assert await world.count("dispatch") == 0


async def test_once_a_day_and_again_the_next_day(tx: Tx, world: World, clock: Clock) -> None:
    reader = await world.person()
    days = []
    for key in ("a", "b", "c"):
        await until(world, clock, 3)
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=key)
        await until(world, clock, 0)
        assert await tx.run(sweep_digests) == 1
        days.append(key)
    keys = await world.rows("SELECT key FROM dispatch ORDER BY key")
    assert len({row.key for row in keys}) == len(days)


async def test_eight_o_clock_does_not_move_with_summer_time(
    tx: Tx, world: World, clock: Clock
) -> None:
    """Beijing keeps none; a host elsewhere, or its neighbours, may."""
    reader = await world.person()
    year = (await world.market_now()).year + 1
    for month, on in ((3, 28), (10, 31)):
        day = datetime(year, month, on, 12, tzinfo=UTC)
        await clock.advance(seconds=(day - await world.market_now()).total_seconds())
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=str(day))
        [row] = await world.rows("SELECT digest_due_at AS due FROM inbox_preference")
        assert (row.due.astimezone(UTC).hour, row.due.astimezone(UTC).minute) == (0, 0)
        await until(world, clock, 0)
        assert await tx.run(sweep_digests) == 1


async def test_whoever_stopped_mails_gets_no_digest(tx: Tx, world: World, clock: Clock) -> None:
    reader = await world.person()
    await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key="a")
    await tx.run(service.choose_preferences, actor=reader, mail=MailMode.none, language="zh-CN")
    await clock.advance(days=2)
    await tx.run(sweep_digests)
    assert await world.count("dispatch") == 0


async def test_a_long_list_is_cut_and_says_so(tx: Tx, world: World, clock: Clock) -> None:
    reader = await world.person()
    await tx.run(service.choose_preferences, actor=reader, mail=MailMode.daily, language="en")
    for number in range(33):
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=f"{number}")
    await clock.advance(days=1)
    await tx.run(sweep_digests)
    [row] = await world.rows("SELECT parts, language FROM dispatch")
    assert len(row.parts) == 31
    assert row.parts[-1]["subject"]["facts"] == {"count": 3}
    assert row.language == "en"
