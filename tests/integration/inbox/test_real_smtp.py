"""Mails through a real SMTP server: each of its moods has the outcome that is promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from app.accounts.address_book import AccountsAddressBook
from app.core.settings import Mode, Settings
from app.core.tx import Tx
from app.inbox import mailing, rules, service
from app.inbox.sending import Post, make_post
from app.inbox.types import Contact, SendState
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import id_of
from tests.worlds.certificates import server_tls, trusting
from tests.worlds.inbox import deliver_everything, run_dispatches
from tests.worlds.postoffice import PASSWORD, USER, mail_server, silent_server

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with trusting(tmp_path, monkeypatch):
        yield


def post_by(url: str, tmp_path: Path) -> Post:
    """The post of a market in production, as its settings make it."""
    settings = Settings(
        mode=Mode.production,
        secret_key="secret-of-production-" * 3,
        public_url="https://market.test",
        data_dir=tmp_path,
        smtp_url=url,
        mail_from="科技大市场 <market@post.test>",
    )
    return make_post(settings, AccountsAddressBook())


async def write_to(tx: Tx, world: World, *addresses: str, secret: bool = False) -> None:
    """A mail for each of these."""
    for address in addresses:
        reader = await world.person(identifier=address)
        await tx.run(
            service.send,
            contact=Contact("person", id_of(reader)),
            channel="email",
            subject="竞价结果",
            body="您参加的竞价已经结束。",
            key=f"to-{address}",
            secret=secret,
        )


async def states(world: World) -> list[tuple[str, int, str]]:
    """(state, attempts, why) of every mail, oldest first."""
    rows = await world.rows("SELECT * FROM dispatch ORDER BY id")
    return [(row.state, row.attempts, str(row.last_error)) for row in rows]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_arrives_once_encrypted_and_signed_in(
    tx: Tx, world: World, tmp_path: Path, trusted: None, security: str
) -> None:
    scheme = {"starttls": "starttls", "tls": "smtps"}[security]
    await write_to(tx, world, "zhang@example.com")
    login = security == "starttls"  # why: this server believes in STARTTLS alone
    async with mail_server(security=security, tls=server_tls("localhost"), login=login) as office:
        url = f"{scheme}://{LOGIN if login else ''}localhost:{office.port}"
        post = post_by(url, tmp_path)
        assert await run_dispatches(tx, post) == [SendState.sent]
        assert await run_dispatches(tx, post) == []
    [mail] = office.mails
    assert office.connections == 1
    assert office.encrypted == [True]
    assert office.logins == ([USER.encode()] if login else [])
    assert mail["To"] == "zhang@example.com"
    assert mail["Subject"] == "[科技大市场] 竞价结果"
    assert mail["From"] == "科技大市场 <market@post.test>"
    assert "您参加的竞价已经结束。" in mail.get_content()
    assert not (tmp_path / "outbox").exists(), "a sent mail is no file"


@pytest.mark.parametrize(
    ("security", "scheme"), [("starttls", "starttls"), ("tls", "smtps"), ("none", "starttls")]
)
async def test_nothing_is_said_to_a_server_that_cannot_be_trusted(
    tx: Tx, world: World, tmp_path: Path, trusted: None, security: str, scheme: str
) -> None:
    """A certificate for another name, or no encryption where it was asked for."""
    await write_to(tx, world, "zhang@example.com")
    async with mail_server(security=security, tls=server_tls("other.test")) as office:
        post = post_by(f"{scheme}://{LOGIN}localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.waiting]
    assert (office.read, office.logins) == (0, [])
    [(_, attempts, why)] = await states(world)
    assert attempts == 1
    assert "无法连接邮件服务器" in why


async def test_an_unknown_authority_is_not_trusted(tx: Tx, world: World, tmp_path: Path) -> None:
    await write_to(tx, world, "zhang@example.com")
    async with mail_server(security="tls", tls=server_tls("localhost")) as office:
        post = post_by(f"smtps://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.waiting]
    assert office.read == 0


async def test_a_wrong_password_is_tried_again_and_alerts_in_the_end(
    tx: Tx, world: World, tmp_path: Path, trusted: None, clock: Clock
) -> None:
    await world.person(platform={"administrator"})
    await write_to(tx, world, "zhang@example.com", secret=True)
    tries = len(rules.SECRET_PAUSES_S) + 1
    async with mail_server(security="starttls", tls=server_tls("localhost"), login=True) as office:
        wrong = LOGIN.replace(quote(PASSWORD, safe=""), "wrong")
        post = post_by(f"starttls://{wrong}localhost:{office.port}", tmp_path)
        for _ in range(tries):
            await run_dispatches(tx, post)
            await clock.advance(minutes=7)
    assert office.read == 0
    [(state, attempts, why)] = await states(world)
    assert (state, attempts) == ("dead", tries)
    assert "535" in why
    assert "wrong" not in why
    await deliver_everything(tx)
    assert await world.count("inbox_message", kind="inbox.dispatch_died") == 1


async def test_one_refused_recipient_is_no_fault_of_the_others(
    tx: Tx, world: World, tmp_path: Path, clock: Clock
) -> None:
    await world.person(platform={"administrator"})
    addresses = ("gone@example.com", "full@example.com", "zhang@example.com")
    await write_to(tx, world, *addresses)
    async with mail_server() as office:
        office.refused = {
            "gone@example.com": "550 no such user",
            "full@example.com": "452 mailbox full",
        }
        post = post_by(f"smtp://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [
            SendState.dead,
            SendState.waiting,
            SendState.sent,
        ]
        office.refused.clear()
        await clock.advance(minutes=2)
        assert await run_dispatches(tx, post) == [SendState.sent], "room again; the dead stay dead"
    assert [mail["To"] for mail in office.mails] == ["zhang@example.com", "full@example.com"]
    gone, full, _ = await states(world)
    assert gone[:2] == ("dead", 1)
    assert "550" in gone[2]
    assert full[:2] == ("sent", 2)
    await deliver_everything(tx)
    assert await world.count("inbox_message", kind="inbox.dispatch_died") == 0, "no alert for it"


@pytest.mark.parametrize("answer", ["", "451 try later", "554 looks like spam"])
async def test_a_mail_that_was_not_accepted_comes_again_as_the_same(
    tx: Tx, world: World, tmp_path: Path, clock: Clock, answer: str
) -> None:
    """Dropped after DATA nobody knows whether it arrived: the reader's side sees one id."""
    await write_to(tx, world, "zhang@example.com")
    async with mail_server() as office:
        office.at_data = [answer]
        post = post_by(f"smtp://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.waiting]
        assert await run_dispatches(tx, post) == [], "not before its pause"
        await clock.advance(minutes=2)
        assert await run_dispatches(tx, post) == [SendState.sent]
    assert office.read == 2
    [mail] = office.mails
    [row] = await world.rows("SELECT id, attempts FROM dispatch")
    assert mail["Message-ID"] == f"<{row.id}@market.test>"
    assert row.attempts == 2


@pytest.mark.parametrize("answer", ["421 too busy to say good-bye", "500 what?"])
async def test_an_accepted_mail_is_sent_whatever_the_good_bye(
    tx: Tx, world: World, tmp_path: Path, clock: Clock, answer: str
) -> None:
    await write_to(tx, world, "zhang@example.com")
    async with mail_server() as office:
        office.at_quit = answer
        post = post_by(f"smtp://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.sent]
        await clock.advance(hours=1)
        assert await run_dispatches(tx, post) == []
    assert len(office.mails) == 1


async def test_a_silent_server_is_left_after_a_while(
    tx: Tx, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "CONNECT_S", 0.2)
    await write_to(tx, world, "zhang@example.com")
    async with silent_server() as port:
        for scheme in ("smtp", "smtps"):
            post = post_by(f"{scheme}://localhost:{port}", tmp_path)
            await world.rows("UPDATE dispatch SET due_at = market_now() RETURNING 1")
            assert await run_dispatches(tx, post) == [SendState.waiting]
    [(_, _, why)] = await states(world)
    assert "TimeoutError" in why
    [row] = await world.rows("SELECT due_at - market_now() AS pause FROM dispatch")
    assert timedelta(minutes=5) <= row.pause <= timedelta(minutes=6)


async def test_a_server_may_take_its_time_with_a_mail(
    tx: Tx, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a connection may take: hanging up over it would send the mail again."""
    monkeypatch.setattr(mailing, "CONNECT_S", 0.2)
    await write_to(tx, world, "zhang@example.com")
    async with mail_server() as office:
        office.pause_s = 0.4
        post = post_by(f"smtp://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.sent]
    assert len(office.mails) == 1


async def test_all_of_a_conversation_has_one_time(
    tx: Tx, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is quick enough by itself; together they would outlast the worker's lease."""
    assert timedelta(seconds=3 * mailing.CONNECT_S + mailing.CONVERSATION_S) < rules.LEASE
    monkeypatch.setattr(mailing, "CONVERSATION_S", 0.5)
    await write_to(tx, world, "zhang@example.com")
    async with mail_server() as office:
        office.pause_s = 0.4
        post = post_by(f"smtp://localhost:{office.port}", tmp_path)
        assert await run_dispatches(tx, post) == [SendState.waiting]
    [(_, _, why)] = await states(world)
    assert "无法连接邮件服务器" in why
