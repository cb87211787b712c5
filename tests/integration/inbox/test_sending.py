"""Mails and texts: sent once, tried again with growing pauses, given up with an alert."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.core.tx import Tx
from app.inbox import rules, sending, service
from app.inbox.events import DispatchDied
from app.inbox.mailing import compose
from app.inbox.outgoing import Undelivered
from app.inbox.types import Contact, MailMode, SendState
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import Keeping, deliver_everything, notice, run_dispatches


async def send_code(tx: Tx, contact: Contact, key: str = "code", **changes: object) -> int:
    said = {"channel": "email", "subject": "验证码", "body": "验证码 123456", "secret": True}
    return await tx.run(service.send, contact=contact, key=key, **(said | changes))  # type: ignore[arg-type]


async def test_a_code_is_sent_once_and_wiped(tx: Tx, world: World) -> None:
    reader = await world.person(identifier="zhang@example.com")
    contact = Contact("person", id_of(reader))
    assert await send_code(tx, contact) == 1
    assert await send_code(tx, contact) == 0
    keeping = Keeping()
    assert await run_dispatches(tx, keeping.post()) == [SendState.sent]
    assert await run_dispatches(tx, keeping.post()) == []
    [mail] = keeping.mails
    assert mail["To"] == "zhang@example.com"
    assert "123456" in mail.get_content()
    [row] = await world.rows("SELECT * FROM dispatch")
    assert (row.state, row.parts, row.due_at) == ("sent", None, None)
    assert "123456" not in str(row)


async def test_a_notice_keeps_its_text_until_it_is_swept(tx: Tx, world: World) -> None:
    reader = await world.person()
    said = notice(urgent=True)
    await tx.run(service.post, person_ids=[id_of(reader)], notice=said, key="k")
    keeping = Keeping()
    await run_dispatches(tx, keeping.post())
    assert "http://market.test/desk" in keeping.mails[0].get_content()
    [row] = await world.rows("SELECT parts FROM dispatch")
    assert row.parts is not None


async def test_a_text_goes_to_the_mobile_number(tx: Tx, world: World) -> None:
    reader = await world.person(identifier="13800138000")
    await send_code(tx, Contact("person", id_of(reader)), channel="mobile")
    keeping = Keeping()
    await run_dispatches(tx, keeping.post())
    assert keeping.texts == [("13800138000", "【科技大市场】验证码 123456")]
    assert keeping.mails == []


async def test_who_has_no_address_is_skipped(tx: Tx, world: World) -> None:
    reader = await world.person(identifier="13800138000")
    await send_code(tx, Contact("person", id_of(reader)))
    keeping = Keeping()
    assert await run_dispatches(tx, keeping.post()) == [None]
    [row] = await world.rows("SELECT state, parts FROM dispatch")
    assert (row.state, row.parts) == ("skipped", None)
    assert keeping.mails == []


async def test_a_failure_waits_longer_each_time_and_then_alerts_once_a_day(
    tx: Tx, world: World, clock: Clock
) -> None:
    administrator = await world.person(platform={"administrator"})
    await tx.run(
        service.choose_preferences, actor=administrator, mail=MailMode.none, language="zh-CN"
    )
    reader = await world.person()
    contact = Contact("person", id_of(reader))
    for key in ("a", "b"):
        await tx.run(service.send, contact=contact, channel="email", subject="s", body="b", key=key)
    keeping = Keeping([Undelivered("邮件服务器不可用")] * 100)
    tries, waited = 0, timedelta()
    while await world.rows("SELECT 1 FROM dispatch WHERE due_at IS NOT NULL"):
        tries += len(await run_dispatches(tx, keeping.post()))
        assert await run_dispatches(tx, keeping.post()) == [], "it waits for its time"
        await clock.advance(minutes=30)
        waited += timedelta(minutes=30)
        assert waited < timedelta(days=2)
    assert tries == 2 * 8
    assert timedelta(hours=20) < waited < timedelta(hours=30)
    assert await world.count("dispatch", state="dead") == 2
    await deliver_everything(tx)
    told = await world.rows("SELECT key FROM inbox_message WHERE kind = 'inbox.dispatch_died'")
    assert len(told) == 1, "both in one alert"
    assert keeping.mails == []


async def test_a_refused_address_is_final_and_no_alert(tx: Tx, world: World) -> None:
    await world.person(platform={"administrator"})
    reader = await world.person()
    await send_code(tx, Contact("person", id_of(reader)))
    keeping = Keeping([Undelivered("收件地址被拒收", final=True)])
    assert await run_dispatches(tx, keeping.post()) == [SendState.dead]
    [row] = await world.rows("SELECT parts, last_error FROM dispatch")
    assert row.parts is None
    assert row.last_error == {"source": "收件地址被拒收"}
    await deliver_everything(tx)
    assert await world.count("inbox_message", kind="inbox.dispatch_died") == 0


async def test_a_code_is_given_up_soon(tx: Tx, world: World, clock: Clock) -> None:
    reader = await world.person()
    await send_code(tx, Contact("person", id_of(reader)))
    keeping = Keeping([Undelivered("不可用")] * 10)
    for _ in range(10):
        await run_dispatches(tx, keeping.post())
        await clock.advance(minutes=3)
    [row] = await world.rows("SELECT state, parts FROM dispatch")
    assert (row.state, row.parts) == ("dead", None)


async def test_a_code_whose_workers_die_is_given_up_as_soon(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    await send_code(tx, Contact("person", id_of(reader)))
    for _ in range(len(rules.SECRET_PAUSES_S) + 1):
        assert await tx.run(sending.sweep_dispatches) == 1
        await clock.advance(minutes=3)
    await tx.run(sending.sweep_dispatches)
    [row] = await world.rows("SELECT state, parts FROM dispatch")
    assert (row.state, row.parts) == ("dead", None)
    assert await world.count("fact", topic=DispatchDied.topic) == 1


async def test_a_crash_after_sending_sends_the_same_mail_again(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    await send_code(tx, Contact("person", id_of(reader)))
    keeping = Keeping()
    post = keeping.post()
    await tx.run(sending.sweep_dispatches)
    [row] = await world.rows("SELECT id, attempts FROM dispatch")
    letter = await tx.run(sending.take_letter, book=post.book, item=row.id, attempt=row.attempts)
    assert letter is not None
    await post.mail.send(compose(letter, post.sender), key=str(letter.id))
    # ... and here the worker dies, before it could write it down
    again = await sending.send_dispatch(tx, post, item=row.id, attempt=row.attempts)
    assert again is None, "the job that the queue hands out again does nothing"
    assert await run_dispatches(tx, post) == []
    await clock.advance(minutes=3)
    assert await run_dispatches(tx, post) == [SendState.sent]
    first, second = keeping.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_secret_cannot_stay_behind(tx: Tx, world: World) -> None:
    reader = await world.person()
    await send_code(tx, Contact("person", id_of(reader)))
    with pytest.raises(IntegrityError, match="secret_is_wiped"):
        await world.rows("UPDATE dispatch SET state = 'sent', due_at = NULL RETURNING 1")
