"""When a digest is due, and how long a failure waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.i18n import Message, translate
from app.inbox import rules
from app.inbox.signing import make_secret, sign
from app.inbox.texts import pack, unpack
from app.inbox.types import MailMode


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # 08:00 in Beijing is 00:00 UTC
        (datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 0, 0, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (datetime(2026, 11, 22, 16, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        # the days on which other countries change their clocks
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)),
    ],
)
def test_a_digest_is_due_at_the_next_eight_in_beijing(now: datetime, due: datetime) -> None:
    assert rules.compute_digest_due(now) == due


def test_urgent_messages_break_into_a_daily_digest_only() -> None:
    assert rules.is_mailed_at_once(MailMode.at_once, urgent=False)
    assert rules.is_mailed_at_once(MailMode.daily, urgent=True)
    assert not rules.is_mailed_at_once(MailMode.daily, urgent=False)
    assert not rules.is_mailed_at_once(MailMode.none, urgent=True)


def test_pauses_grow_spread_a_little_and_end() -> None:
    item, other = UUID(int=1), UUID(int=2)
    pauses = [rules.compute_pause(rules.WEBHOOK_PAUSES_S, n, item) for n in range(1, 11)]
    assert pauses[-1] is None
    waited = [pause for pause in pauses if pause is not None]
    for pause, least in zip(waited, rules.WEBHOOK_PAUSES_S, strict=True):
        assert timedelta(seconds=least) <= pause <= timedelta(seconds=least * 1.2)
    total = sum(waited, timedelta())
    assert timedelta(hours=20) < total < timedelta(hours=30), "about a day in all"
    first = rules.compute_pause(rules.WEBHOOK_PAUSES_S, 1, item)
    assert first == rules.compute_pause(rules.WEBHOOK_PAUSES_S, 1, item)
    assert first != rules.compute_pause(rules.WEBHOOK_PAUSES_S, 1, other)


def test_an_endpoint_fails_too_long_after_twenty_hours() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert rules.is_failing_too_long(now - timedelta(hours=20), now)
    assert not rules.is_failing_too_long(now - timedelta(hours=20) + timedelta(seconds=1), now)
    assert not rules.is_failing_too_long(None, now)


def test_a_packed_text_is_still_translated() -> None:
    inner = Message("不能超过 %(maximum)s 个字。", maximum=200)
    text = Message("%(what)s：%(count)s", what=inner, count=3)
    again = unpack(pack(text))
    assert again == text
    assert isinstance(again, Message)
    assert isinstance(again.facts["what"], Message)
    assert translate("en", again) == translate("en", text)
    assert unpack(pack("100% 常量")) == "100% 常量"
    assert unpack(pack(Message("率 5%"))) == "率 5%"


def test_the_signature_is_that_of_the_standard() -> None:
    # the example of the Standard Webhooks specification
    signed = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert len({make_secret() for _ in range(20)}) == 20
