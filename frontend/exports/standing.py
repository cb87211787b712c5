"""What is asked of people and between them as tables: consents, entries, inquiries, messages."""

from __future__ import annotations

from typing import Any, Final

from app.accounts.types import BankAccountView, PersonVerificationView
from app.core.i18n import _n
from app.inbox.types import MessageView
from app.inquiries.types import InquiryLine
from frontend.exports.columns import Column, Listing

_CONSENT: Final[tuple[Column[Any], ...]] = (
    Column(_n("成果编号"), lambda one: one.achievement_number),
    Column(_n("成果名称"), lambda one: one.achievement_title),
    Column(_n("供给编号"), lambda one: one.offer_number),
    Column(_n("申请单位"), lambda one: one.owner_name),
    Column(_n("共有人"), lambda one: one.facts.co_owner_name),
    Column(_n("合作方式"), lambda one: one.facts.disposal),
    Column(_n("状态"), lambda one: one.facts.state, "state"),
)
ASKED_CONSENTS: Final = Listing("consents.asked", _n("共有人同意"), _CONSENT, audited=True)
CONSENT_PROOFS: Final = Listing("consents.proofs", _n("同意证明核对"), _CONSENT, audited=True)
INQUIRIES: Final[Listing[InquiryLine]] = Listing(
    "inquiries",
    _n("咨询"),
    (
        Column(_n("咨询编号"), lambda line: line.number),
        Column(_n("标题"), lambda line: line.title),
        Column(_n("对象编号"), lambda line: line.about_number),
        Column(_n("对象"), lambda line: line.about_title),
        Column(_n("咨询方"), lambda line: line.asker_name),
        Column(_n("被咨询方"), lambda line: line.owner_name),
        Column(_n("状态"), lambda line: line.state, "state"),
        Column(_n("提出时间"), lambda line: line.asked_at, "time"),
        Column(_n("更新时间"), lambda line: line.updated_at, "time"),
    ),
    audited=True,
)
CONFIDENTIAL_ROOMS: Final[Listing[Any]] = Listing(
    "confidential.rooms",
    _n("受邀查阅"),
    (
        Column(_n("成果编号"), lambda line: line.achievement_number),
        Column(_n("成果名称"), lambda line: line.achievement_title),
        Column(_n("权利人"), lambda line: line.holder_name),
        Column(_n("有效期至"), lambda line: line.until, "time"),
        Column(_n("已签署保密承诺"), lambda line: _n("是") if line.accepted else _n("否")),
    ),
)
OPENINGS: Final[Listing[Any]] = Listing(
    "confidential.openings",
    _n("查阅记录"),
    (
        Column(_n("时间"), lambda line: line.at, "time"),
        Column(_n("单位"), lambda line: line.organisation_name),
        Column(_n("人员"), lambda line: line.person_name),
        # why not the file's name: it is part of what is confidential, and a table travels
        Column(_n("内容"), lambda line: _n("保密说明") if line.what == "text" else _n("文件")),
        Column(_n("承诺书版本"), lambda line: line.nda_version, "number"),
    ),
    audited=True,
)
VERSIONS: Final[Listing[Any]] = Listing(
    "achievements.versions",
    _n("成果版本"),
    (
        Column(_n("版本"), lambda line: line.version, "number"),
        Column(_n("时间"), lambda line: line.at, "time"),
        Column(_n("已公开"), lambda line: _n("是") if line.published else _n("否")),
        Column(_n("当前版本"), lambda line: _n("是") if line.current else _n("否")),
        Column(_n("人员"), lambda line: line.by_name),
        Column(_n("单位"), lambda line: line.by_organisation),
        Column(_n("内容哈希"), lambda line: line.sha256),
    ),
)
MESSAGES: Final[Listing[MessageView]] = Listing(
    "inbox",
    _n("消息"),
    (
        Column(_n("时间"), lambda one: one.created_at, "time"),
        Column(_n("标题"), lambda one: one.subject),
        Column(_n("内容"), lambda one: one.body),
        Column(_n("已读"), lambda one: _n("是") if one.read else _n("否")),
    ),
)
EDITIONS: Final[Listing[Any]] = Listing(
    "editions",
    _n("成果目录"),
    (
        Column(_n("编号"), lambda one: one.number),
        Column(_n("名称"), lambda one: one.title),
        Column(_n("编制单位"), lambda one: one.issuer),
        Column(_n("期次"), lambda one: one.period),
        Column(_n("收录（项）"), lambda one: one.size, "number"),
        Column(_n("状态"), lambda one: one.state, "state"),
        Column(_n("发布时间"), lambda one: one.published_at, "time"),
        Column(_n("内容哈希"), lambda one: one.sha256),
    ),
)
WAITING_PEOPLE: Final[Listing[PersonVerificationView]] = Listing(
    "people.waiting",
    _n("待认证人员"),
    (
        Column(_n("姓名"), lambda one: one.name),
        Column(_n("状态"), lambda one: one.state, "state"),
        Column(_n("提交时间"), lambda one: one.submitted_at, "time"),
        Column(_n("材料数"), lambda one: len(one.files), "number"),
    ),
    audited=True,
)
WAITING_ACCOUNTS: Final[Listing[BankAccountView]] = Listing(
    "bank.waiting",
    _n("待核验银行账户"),
    (
        Column(_n("户名"), lambda one: one.holder),
        Column(_n("开户银行"), lambda one: one.bank),
        Column(_n("账号末四位"), lambda one: one.last_digits),
        Column(_n("状态"), lambda _: _n("待核验")),
        Column(_n("填写时间"), lambda one: one.entered_at, "time"),
    ),
    audited=True,
)
ENTRIES: Final[Listing[Any]] = Listing(
    "achievements.entries",
    _n("代录成果"),
    (
        Column(_n("成果编号"), lambda one: one.achievement.number),
        Column(_n("成果名称"), lambda one: one.achievement.title),
        Column(_n("完成人"), lambda one: one.confirmation.person_name),
        Column(_n("录入人"), lambda one: one.confirmation.entered_by_name),
        Column(_n("状态"), lambda one: one.confirmation.facts.state, "state"),
        Column(_n("录入时间"), lambda one: one.confirmation.facts.entered_at, "time"),
    ),
    audited=True,
)
