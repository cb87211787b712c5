"""Mails: no header can be smuggled in, nothing goes to what is no address."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from app.core.i18n import Message
from app.inbox.mailing import (
    Folder,
    Letter,
    Sender,
    Smtp,
    SmtpAddress,
    clean_line,
    compose,
    compose_text_message,
    parse_smtp_url,
)
from app.inbox.outbox import list_kept
from app.inbox.outgoing import Undelivered

SENDER = Sender("科技大市场", "https://market.test", "market@market.test")


def letter(**changes: object) -> Letter:
    """A notice in Chinese."""
    said: dict[str, object] = {
        "id": UUID(int=7),
        "kind": "notice",
        "channel": "email",
        "address": "zhang@example.com",
        "language": "zh-CN",
        "subject": "成果已发布",
        "parts": (("成果已发布", "编号 CG-1", "/achievements/CG-1"),),
        "at": datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
    }
    return Letter(**(said | changes))  # type: ignore[arg-type]


def sent(**changes: object) -> email.message.EmailMessage:
    """The mail as it arrives."""
    read = email.message_from_bytes(compose(letter(**changes), SENDER).as_bytes(), policy=default)
    assert isinstance(read, email.message.EmailMessage)
    return read


def test_a_notice_says_where_to_look_and_how_to_stop() -> None:
    mail = sent()
    assert mail["To"] == "zhang@example.com"
    assert mail["Subject"] == "[科技大市场] 成果已发布"
    assert mail["Message-ID"] == f"<{UUID(int=7)}@market.test>"
    assert mail["List-Unsubscribe"] == "<https://market.test/desk/inbox/preferences>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh-CN"
    body = mail.get_content()
    assert "编号 CG-1" in body
    assert "https://market.test/achievements/CG-1" in body


def test_the_same_letter_is_the_same_mail_at_every_try() -> None:
    assert compose(letter(), SENDER).as_bytes() == compose(letter(), SENDER).as_bytes()


@pytest.mark.parametrize(
    "evil",
    [
        "标题\r\nBcc: victim@example.com",
        "标题\nBcc: victim@example.com",
        "标题\rBcc: victim@example.com",
        "标题\u2028Bcc: victim@example.com",
        "标题\x85Bcc: victim@example.com",
        "标题\x00\x0b\x0cBcc: victim@example.com",
    ],
)
def test_no_header_comes_in_through_the_subject(evil: str) -> None:
    mail = sent(subject=Message("%(title)s", title=evil))
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert mail["Subject"].endswith("Bcc: victim@example.com"), "it is part of the subject"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: victim@example.com",
        "a@example.com, victim@example.com",
        "<a@example.com>",
        "nobody",
        "",
        "a@",
        "@example.com",
        "a b@example.com",
    ],
)
def test_nothing_goes_to_what_is_no_address(address: str) -> None:
    with pytest.raises(Undelivered) as refused:
        compose(letter(address=address), SENDER)
    assert refused.value.final


def test_a_mail_speaks_its_readers_language() -> None:
    mail = sent(language="en", kind="direct", parts=(("", "验证码 123456", ""),))
    assert "自动发出" not in mail.get_content()
    assert mail["List-Unsubscribe"] is None, "a code cannot be unsubscribed from"


def test_a_market_with_a_strange_name_still_writes() -> None:
    strange = Sender('市场" <x@y>\r\nBcc: v@example.com', "https://market.test", "m@market.test")
    mail = compose(letter(), strange)
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["From"])


def test_a_text_message_is_one_short_paragraph() -> None:
    text = compose_text_message(letter(parts=(("", "验证码\n123456", ""),)), SENDER)
    assert text == "【科技大市场】验证码 123456"


def test_clean_line_cuts_and_joins() -> None:
    assert clean_line(" a \r\n\t b\u200b c ") == "a b c"
    assert len(clean_line("长" * 500)) == 200


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail.test", SmtpAddress("mail.test", 25, "none", "", "")),
        (
            "starttls://u%40x:p%2Fw@mail.test",
            SmtpAddress("mail.test", 587, "starttls", "u@x", "p/w"),
        ),
        ("smtps://u:p@mail.test:4650", SmtpAddress("mail.test", 4650, "tls", "u", "p")),
    ],
)
def test_the_address_of_the_mail_server(url: str, address: SmtpAddress) -> None:
    assert parse_smtp_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.test",
        "http://mail.test",
        "smtp://",
        "smtp://h:99999",
        "smtps://u:%E5%AF%86@mail.test",
    ],
)
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match="MARKET_SMTP_URL"):
        parse_smtp_url(url)


async def test_an_unreachable_server_is_tried_again_later() -> None:
    nowhere = Smtp(SmtpAddress("127.0.0.1", 1, "none", "", ""))
    with pytest.raises(Undelivered) as failed:
        await nowhere.send(compose(letter(), SENDER), key="x")
    assert not failed.value.final


async def test_the_folder_keeps_one_file_for_each_item(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "outbox")
    for _ in range(2):
        await folder.send(compose(letter(), SENDER), key=str(UUID(int=7)))
    await folder.text("13800138000", "验证码 123456", key=str(UUID(int=8)))
    text, mail = list_kept(tmp_path / "outbox")
    assert (text.to, text.subject, text.body) == ("13800138000", "", "验证码 123456")
    assert (mail.to, mail.subject) == ("zhang@example.com", "[科技大市场] 成果已发布")
    assert "编号 CG-1" in mail.body
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0, "nobody else reads it"
    assert list_kept(tmp_path / "nowhere") == []


async def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Undelivered):
        await Folder(tmp_path / "file").send(compose(letter(), SENDER), key="x")
