"""Forms of the inbox: how one wants to be told, and webhooks; and the words shown for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.core.i18n import LOCALES, _n
from app.inbox.types import MailMode, SendState
from frontend.forms import Form
from frontend.forms.fields import choice, url

MAIL_LABELS: Final = {
    MailMode.daily: _n("每日摘要：每天 8:00 把未读消息汇总成一封邮件，重要消息仍即时发送"),
    MailMode.at_once: _n("即时邮件：每条消息单独发一封"),
    MailMode.none: _n("不发邮件：只在站内查看"),
}
LANGUAGE_LABELS: Final = {"zh-CN": "中文", "en": "English"}
SEND_LABELS: Final = {
    SendState.waiting: (_n("等待重试"), "warn"),
    SendState.queued: (_n("正在投递"), "info"),
    SendState.sending: (_n("正在投递"), "info"),
    SendState.sent: (_n("已送达"), "good"),
    SendState.dead: (_n("未能送达"), "bad"),
    SendState.skipped: (_n("未投递"), "calm"),
}


class PreferenceForm(Form):
    """How one wants to be told."""

    def parse(self) -> tuple[MailMode, str]:
        mail = self.need("mail", choice(list(MailMode)))
        language = self.need("language", choice(LOCALES))
        self.check()
        return MailMode(mail), language


@dataclass(frozen=True, slots=True)
class EndpointInput:
    """A webhook that a head wants to register."""

    url: str
    kinds: tuple[str, ...]


class EndpointForm(Form):
    """Registering a webhook. The kinds are checked by the room."""

    def parse(self) -> EndpointInput:
        target = self.need("url", url(maximum=500))
        self.check()
        return EndpointInput(target, tuple(self.chosen("kinds")))
