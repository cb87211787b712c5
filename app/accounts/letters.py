"""What accounts writes to people: mails and text messages, as Chinese Messages.

A subject is not wiped after sending, so no code stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.accounts.types import IdentifierKind, ProofPurpose
from app.core.i18n import Message, _n

RESET_PATH: Final = "/forgot/code"
SIGN_UP_PATH: Final = "/signup/code"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail or text; a text message has no subject."""

    subject: str
    body: str


_SUBJECTS: Final = {
    ProofPurpose.sign_up: _n("注册验证码"),
    ProofPurpose.reset: _n("重设密码"),
    ProofPurpose.add_login: _n("添加登录方式的验证码"),
}
_TEXTS: Final = {
    ProofPurpose.sign_up: _n("验证码 %(code)s，用于注册账号，10 分钟内有效。请勿告诉任何人。"),
    ProofPurpose.reset: _n("验证码 %(code)s，用于重设密码，10 分钟内有效。请勿告诉任何人。"),
    ProofPurpose.add_login: _n(
        "验证码 %(code)s，用于添加登录方式，10 分钟内有效。请勿告诉任何人。"
    ),
}
_MAILS: Final = {
    ProofPurpose.sign_up: _n(
        "您正在注册账号，验证码为 %(code)s，10 分钟内有效。\n\n"
        "也可以在提交注册的浏览器中打开：%(link)s\n\n"
        "如果不是您本人操作，请忽略本邮件，账号不会建立。"
    ),
    ProofPurpose.reset: _n(
        "您申请了重设密码。请打开以下链接设置新密码，10 分钟内有效，只能使用一次：\n%(link)s\n\n"
        "也可以在申请的页面填写验证码 %(code)s。\n\n"
        "如果不是您本人操作，请忽略本邮件，密码不会改变。"
    ),
    ProofPurpose.add_login: _n(
        "您正在把这个邮箱添加为登录方式，验证码为 %(code)s，10 分钟内有效。\n\n"
        "如果不是您本人操作，请忽略本邮件，不会有任何改变。"
    ),
}
_DECOY_TEXTS: Final = {
    ProofPurpose.sign_up: _n("该手机号码已有账号，请直接登录；忘记密码可在登录页重设。"),
    ProofPurpose.reset: _n("该手机号码尚未注册账号，无法重设密码。如非本人操作，请忽略。"),
    ProofPurpose.add_login: _n(
        "有人尝试把该手机号码添加到另一个账号，未成功。您的账号没有变化，如非本人操作，请忽略。"
    ),
}
_DECOY_MAILS: Final = {
    ProofPurpose.sign_up: _n(
        "有人用这个邮箱注册账号，但它已有账号。\n\n"
        "如果是您本人，请直接登录：%(login)s\n"
        "忘记密码请在这里重设：%(forgot)s\n\n"
        "如果不是您本人操作，请忽略本邮件，您的账号没有变化。"
    ),
    ProofPurpose.reset: _n(
        "有人为这个邮箱申请重设密码，但它还没有账号。\n\n"
        "如果是您本人，也许您是用另一个邮箱或手机号码注册的；也可以在这里注册：%(signup)s\n\n"
        "如果不是您本人操作，请忽略本邮件。"
    ),
    ProofPurpose.add_login: _n(
        "有人尝试把这个邮箱添加到另一个账号，但它已有账号，因此没有成功。\n\n"
        "如果不是您本人操作，请忽略本邮件，您的账号没有变化。"
    ),
}


def code_letter(
    purpose: ProofPurpose, kind: IdentifierKind, *, code: str, link: str, site: str
) -> Letter:
    """The letter that carries a code; ``link`` is the path that a mail also names, or empty."""
    if kind is IdentifierKind.mobile:
        return Letter("", Message(_TEXTS[purpose], code=code))
    return Letter(_SUBJECTS[purpose], Message(_MAILS[purpose], code=code, link=site + link))


def decoy_letter(purpose: ProofPurpose, kind: IdentifierKind, *, site: str) -> Letter:
    """The letter that says what is so: the address has an account already, or has none."""
    if kind is IdentifierKind.mobile:
        return Letter("", _DECOY_TEXTS[purpose])
    ways = {name: f"{site}/{name}" for name in ("login", "forgot", "signup")}
    return Letter(_SUBJECTS[purpose], Message(_DECOY_MAILS[purpose], **ways))


def password_letter(*, reset: bool = False) -> Letter:
    """The password has changed; when it was forgotten (``reset``), tokens ended too."""
    if reset:
        return Letter(
            _n("密码已更改"),
            _n(
                "您的账号密码刚刚更改，所有浏览器上的登录已退出，访问令牌已全部撤销。"
                "如非本人操作，请立即重设密码。"
            ),
        )
    return Letter(
        _n("密码已更改"),
        _n("您的账号密码刚刚更改，其他浏览器上的登录已全部退出。如非本人操作，请立即重设密码。"),
    )


def shut_letter() -> Letter:
    """An administrator has ended every session and token."""
    return Letter(
        _n("登录已全部退出"),
        _n(
            "平台管理员已退出您在所有浏览器上的登录，并撤销了您的全部访问令牌。"
            "请重新登录；如有人可能知道您的密码，请先用“忘记密码”重设。"
        ),
    )


def login_added_letter(masked: str) -> Letter:
    """A way in was added, said to the others."""
    return Letter(
        _n("已添加登录方式"),
        Message(
            "您的账号刚刚添加了登录方式 %(identifier)s。如非本人操作，请立即重设密码。",
            identifier=masked,
        ),
    )


def login_removed_letter() -> Letter:
    """A way in was removed, said to itself."""
    return Letter(
        _n("登录方式已移除"),
        _n("该邮箱或手机号码不再是您账号的登录方式。如非本人操作，请立即用其他登录方式重设密码。"),
    )


def deleted_letter() -> Letter:
    """The account is gone."""
    return Letter(
        _n("账号已注销"),
        _n("您的账号已按您的要求注销，个人信息已删除。感谢您的使用。"),
    )
