"""Telling people: once by key, as each of them prefers; reading what one was told."""

from __future__ import annotations

import pytest

from app.accounts import service as accounts
from app.core.actor import Actor
from app.core.errors import Invalid, Unauthenticated
from app.core.i18n import Message
from app.core.paging import encode_cursor
from app.core.tx import Tx
from app.inbox import service
from app.inbox.errors import MessageMissing
from app.inbox.reading import sweep_messages, sweep_sent
from app.inbox.types import Contact, MailMode
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.inbox import notice


async def prefer(tx: Tx, actor: Actor, mail: MailMode, language: str = "zh-CN") -> None:
    await tx.run(service.choose_preferences, actor=actor, mail=mail, language=language)


async def test_a_person_is_told_once_by_key(tx: Tx, world: World) -> None:
    one, other = await world.person(), await world.person()
    people = [id_of(one), id_of(other)]
    assert await tx.run(service.post, person_ids=people[:1], notice=notice(), key="k") == 1
    assert await tx.run(service.post, person_ids=people, notice=notice(), key="k") == 1
    assert await tx.run(service.post, person_ids=people, notice=notice(), key="k") == 0
    assert await tx.run(service.post, person_ids=[], notice=notice(), key="k") == 0
    assert await tx.run(service.post, person_ids=people, notice=notice(), key="l") == 2
    assert await world.count("inbox_message") == 4


async def test_roles_decide_who_of_an_organisation_is_told(tx: Tx, world: World) -> None:
    org = await world.organisation()
    manager = await world.member(org, {"manager"})
    agent = await world.member(org, {"agent"})
    gone = await world.member(org, {"manager"})
    await tx.run(
        accounts.remove_member, actor=org.head, organisation_id=org.id, person_id=id_of(gone)
    )
    before = await world.count("inbox_message")
    told = await tx.run(
        accounts.tell_organisation,
        organisation_id=org.id,
        roles=["manager"],
        notice=notice(),
        key="k",
    )
    assert told == 2, "the head is a manager too"
    assert await world.count("inbox_message") == before + 2
    assert await world.count("inbox_message", person_id=id_of(manager), key="k") == 1
    assert await world.count("inbox_message", person_id=id_of(agent), key="k") == 0


async def test_the_platform_is_told_by_role(tx: Tx, world: World) -> None:
    operator = await world.operator()
    await world.person(platform={"supervisor"})
    told = await tx.run(accounts.tell_platform, roles=["operator"], notice=notice(), key="k")
    assert told >= 1
    assert await world.count("inbox_message", person_id=id_of(operator), key="k") == 1
    told = await tx.run(accounts.tell_person, person_id=id_of(operator), notice=notice(), key="k")
    assert told == 0


@pytest.mark.parametrize(
    ("mail", "urgent", "mails", "waits"),
    [
        (MailMode.at_once, False, 1, 0),
        (MailMode.at_once, True, 1, 0),
        (MailMode.daily, False, 0, 1),
        (MailMode.daily, True, 1, 0),
        (MailMode.none, False, 0, 0),
        (MailMode.none, True, 0, 0),
    ],
)
async def test_a_message_is_mailed_as_its_reader_prefers(
    tx: Tx, world: World, mail: MailMode, urgent: bool, mails: int, waits: int
) -> None:
    reader = await world.person()
    await prefer(tx, reader, mail)
    for _ in range(2):
        await tx.run(
            service.post, person_ids=[id_of(reader)], notice=notice(urgent=urgent), key="k"
        )
    assert await world.count("dispatch") == mails
    assert await world.count("inbox_message", for_digest=True) == waits
    due = await world.rows("SELECT 1 FROM inbox_preference WHERE digest_due_at IS NOT NULL")
    assert len(due) == waits


async def test_who_never_chose_has_a_daily_digest(tx: Tx, world: World) -> None:
    reader = await world.person()
    shown = await tx.run(service.show_preferences, actor=reader)
    assert (shown.mail, shown.language) == (MailMode.daily, "zh-CN")
    await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key="k")
    await prefer(tx, reader, MailMode.none)
    assert await world.count("inbox_message", for_digest=True) == 0
    assert await world.rows("SELECT 1 FROM inbox_preference WHERE digest_due_at IS NOT NULL") == []


async def test_preferences_are_refused_when_they_mean_nothing(tx: Tx, world: World) -> None:
    reader = await world.person()
    with pytest.raises(Invalid):
        await prefer(tx, reader, MailMode.daily, "fr")
    with pytest.raises(Unauthenticated):
        await prefer(tx, world.stranger, MailMode.daily)
    assert await world.count("inbox_preference") == 0


async def test_messages_are_listed_newest_first_page_by_page(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    for number in range(25):
        await clock.advance(seconds=1)
        said = notice(subject=Message("第 %(number)s 条", number=number))
        await tx.run(service.post, person_ids=[id_of(reader)], notice=said, key=f"k{number}")
    first = await tx.run(service.list_messages, actor=reader)
    rest = await tx.run(service.list_messages, actor=reader, after=first.next)
    assert [m.subject for m in first.items][:2] == ["第 24 条", "第 23 条"]
    assert len(first.items) == 20
    assert [m.subject for m in rest.items][-1] == "第 0 条"
    assert rest.next is None
    outside = [
        encode_cursor(instant, str(id_of(reader)))
        for instant in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    ]
    for broken in ("x", "bm9uc2Vuc2U", first.next and first.next[:-4], *outside):
        with pytest.raises(Invalid):
            await tx.run(service.list_messages, actor=reader, after=broken)


async def test_opening_marks_as_read_and_leads_on(tx: Tx, world: World) -> None:
    reader, other = await world.person(), await world.person()
    await tx.run(
        service.post, person_ids=[id_of(reader)], notice=notice(href="/deals/JY-1"), key="k"
    )
    [message] = (await tx.run(service.list_messages, actor=reader, unread=True)).items
    for asker, refusal in ((other, MessageMissing), (world.stranger, Unauthenticated)):
        with pytest.raises(refusal):
            await tx.run(service.open_message, actor=asker, message_id=message.id)
    assert await world.rows("SELECT 1 FROM inbox_message WHERE read_at IS NOT NULL") == []
    for _ in range(2):
        href = await tx.run(service.open_message, actor=reader, message_id=message.id)
        assert href == "/deals/JY-1"
    assert (await tx.run(service.list_messages, actor=reader, unread=True)).items == []
    assert (await tx.run(service.list_messages, actor=reader)).items[0].read


async def test_the_unread_ones_are_counted_with_the_asker(tx: Tx, world: World) -> None:
    reader = await world.person()
    token = await world.token(reader)

    async def unread() -> int:
        return (await tx.run(accounts.resolve_actor, token)).unread

    assert await unread() == 0
    for number in range(101):
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=f"k{number}")
    assert await unread() == 100, "counted no further"
    assert await tx.run(service.read_all, actor=reader) == 101
    assert await tx.run(service.read_all, actor=reader) == 0
    assert await unread() == 0


async def test_read_messages_are_kept_for_more_than_a_year(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    for key in ("read", "unread"):
        await tx.run(service.post, person_ids=[id_of(reader)], notice=notice(), key=key)
    [_, message] = (await tx.run(service.list_messages, actor=reader)).items
    await tx.run(service.open_message, actor=reader, message_id=message.id)
    await clock.advance(days=366)
    assert await tx.run(sweep_messages) == 0
    await clock.advance(days=40)
    assert await tx.run(sweep_messages) == 1
    assert await world.count("inbox_message") == 1, "an unread one stays"


async def test_what_was_sent_is_forgotten_after_ninety_days(
    tx: Tx, world: World, clock: Clock
) -> None:
    reader = await world.person()
    contact = Contact("person", id_of(reader))
    for key in ("over", "waiting"):
        await tx.run(service.send, contact=contact, channel="email", subject="s", body="b", key=key)

    await world.rows("UPDATE dispatch SET state='sent', due_at=NULL WHERE key='over' RETURNING 1")
    await clock.advance(days=91)
    assert await tx.run(sweep_sent) == 1
    assert await world.count("dispatch", key="waiting") == 1
