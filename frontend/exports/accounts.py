"""Organisations, members and holders of platform roles as tables; identifiers stay masked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.accounts.types import Claim, MemberView, OrganisationView, PersonView, Role
from app.core.i18n import _n
from frontend.exports.columns import Column, Listing
from frontend.forms.accounts import KIND_LABELS, MEMBER_LABELS, PLATFORM_LABELS, ROLE_LABELS


def _words(roles: Iterable[Role], known: Iterable[Role]) -> list[str]:
    held = set(roles)
    return [ROLE_LABELS[role] for role in known if role in held]


ORGANISATIONS: Final[Listing[OrganisationView]] = Listing(
    "organisations.public",
    _n("单位名录"),
    (
        Column(_n("单位名称"), lambda one: one.name),
        Column(_n("单位类型"), lambda one: KIND_LABELS[one.kind]),
        Column(_n("所在地区"), lambda one: one.region),
    ),
)
WAITING_ORGANISATIONS: Final[Listing[Claim]] = Listing(
    "organisations.waiting",
    _n("待认证单位"),
    (
        Column(_n("受理编号"), lambda claim: claim.organisation.number),
        Column(_n("单位名称"), lambda claim: claim.organisation.name),
        Column(_n("单位类型"), lambda claim: KIND_LABELS[claim.organisation.kind]),
        Column(_n("统一社会信用代码"), lambda claim: claim.organisation.credit_code),
        Column(_n("所在地区"), lambda claim: claim.organisation.region),
        Column(_n("申请人"), lambda claim: claim.applicant),
        Column(_n("同码申请数"), lambda claim: len(claim.rivals), "number"),
        Column(_n("提交时间"), lambda claim: claim.organisation.submitted_at, "time"),
    ),
    audited=True,
)
MEMBERS: Final[Listing[MemberView]] = Listing(
    "organisations.members",
    _n("单位成员"),
    (
        Column(_n("姓名"), lambda member: member.name),
        Column(_n("账号"), lambda member: member.identifier),
        Column(_n("角色"), lambda member: _words(member.roles, MEMBER_LABELS)),
        Column(_n("加入时间"), lambda member: member.joined_at, "time"),
    ),
    audited=True,
)
ROLE_HOLDERS: Final[Listing[PersonView]] = Listing(
    "platform.roles",
    _n("平台角色"),
    (
        Column(_n("姓名"), lambda person: person.name),
        Column(_n("账号"), lambda person: person.identifier),
        Column(_n("角色"), lambda person: _words(person.roles, PLATFORM_LABELS)),
    ),
    audited=True,
)
