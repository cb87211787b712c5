"""Words of accounts as types: roles, kinds, states, and the snapshots that leave this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.files.types import FileView

SESSION_COOKIE: Final = "market_session"


class Role(StrEnum):
    """Every role there is; three kinds of holder, see the sets below."""

    operator = "operator"  # 平台运营
    publisher = "publisher"  # 信息发布
    supervisor = "supervisor"  # 监督员
    administrator = "administrator"  # 系统管理员
    broker = "broker"  # 技术经纪人
    manager = "manager"  # 成果管理员
    inventor = "inventor"  # 成果完成人
    agent = "agent"  # 经办人
    head = "head"  # 负责人


PLATFORM_ROLES: Final = frozenset(
    {Role.operator, Role.publisher, Role.supervisor, Role.administrator}
)
PERSON_ROLES: Final = frozenset({Role.broker})  # held by a person, wherever he works
MEMBER_ROLES: Final = frozenset({Role.manager, Role.inventor, Role.agent, Role.head})


class PartyKind(StrEnum):
    person = "person"
    organisation = "organisation"


class OrganisationKind(StrEnum):
    university = "university"  # 高校
    institute = "institute"  # 科研院所
    hospital = "hospital"  # 医疗卫生机构
    state_enterprise = "state_enterprise"  # 国有企业
    enterprise = "enterprise"  # 企业
    transfer_agency = "transfer_agency"  # 技术转移机构


class VerificationState(StrEnum):
    unverified = "unverified"
    submitted = "submitted"
    verified = "verified"
    returned = "returned"


class MembershipState(StrEnum):
    active = "active"
    removed = "removed"


class JoinRequestState(StrEnum):
    pending = "pending"
    approved = "approved"
    refused = "refused"
    withdrawn = "withdrawn"


class PersonMethod(StrEnum):
    """Who vouched for a person."""

    document = "document"  # 平台核验证件
    organisation = "organisation"  # 单位确认


class PersonVerificationState(StrEnum):
    submitted = "submitted"
    verified = "verified"
    returned = "returned"
    withdrawn = "withdrawn"
    lapsed = "lapsed"  # the name has changed since


class BankAccountState(StrEnum):
    entered = "entered"
    verified = "verified"
    retired = "retired"


class BankMethod(StrEnum):
    """What showed that an account is the party's."""

    transfer = "transfer"  # 1 分转账
    operator = "operator"  # 平台核验


class TrialState(StrEnum):
    """Where the transfer of one 分 is."""

    ordered = "ordered"
    sent = "sent"
    failed = "failed"  # the bank did not take it
    matched = "matched"
    spent = "spent"  # no tries left, or another one came after it


class IdentifierKind(StrEnum):
    email = "email"
    mobile = "mobile"


class ProofPurpose(StrEnum):
    """What is done when a code sent to an address comes back."""

    sign_up = "sign_up"  # 注册
    reset = "reset"  # 重设密码
    add_login = "add_login"  # 添加登录方式
    notice = "notice"  # nothing: the address of a last letter


# Province-level divisions (GB/T 2260), in the standard's order.
REGIONS: Final = (
    "北京市",
    "天津市",
    "河北省",
    "山西省",
    "内蒙古自治区",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "上海市",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "广西壮族自治区",
    "海南省",
    "重庆市",
    "四川省",
    "贵州省",
    "云南省",
    "西藏自治区",
    "陕西省",
    "甘肃省",
    "青海省",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
    "台湾省",
    "香港特别行政区",
    "澳门特别行政区",
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A normalised login name: e-mail in lower case, or 11 digits of a mobile number."""

    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login attempt is checked against; both empty when there is no such account."""

    person_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as other rooms and pages see it."""

    id: UUID
    name: str
    kind: OrganisationKind
    credit_code: str
    region: str
    state: VerificationState
    number: str | None = None  # case number of the verification (SL-…), None before the first one
    reason: str = ""  # why it was returned
    submitted_at: datetime | None = None
    decided_at: datetime | None = None

    @property
    def verified(self) -> bool:
        return self.state is VerificationState.verified


@dataclass(frozen=True, slots=True)
class Claim:
    """A submitted organisation under review, with the others that claim its code."""

    organisation: OrganisationView
    rivals: tuple[OrganisationView, ...]
    applicant: str  # name of the person who founded it


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as his colleagues see him; ``identifier`` is masked."""

    person_id: UUID
    name: str
    roles: frozenset[Role]
    identifier: str
    joined_at: datetime
    person_verified: bool = False


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An open invitation; its code is for the heads of the organisation only."""

    id: UUID
    code: str
    roles: frozenset[Role]
    note: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MembershipView:
    """One organisation a person may act for."""

    organisation: OrganisationView
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class DeskView:
    """An organisation as its own members see it; invitations are for those who may manage."""

    organisation: OrganisationView
    members: tuple[MemberView, ...]
    invitations: tuple[InvitationView, ...]
    may_manage: bool
    may_edit: bool  # he may manage it, and nobody is reading it or has vouched for it


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with platform roles, as an administrator sees him; ``identifier`` is masked."""

    person_id: UUID
    name: str
    identifier: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class ProofView:
    """A code on its way, as the browser that asked for it sees it; ``identifier`` is masked."""

    purpose: ProofPurpose
    kind: IdentifierKind
    identifier: str
    resend_at: datetime
    expires_at: datetime
    may_resend: bool  # not yet sent as often as it may be


@dataclass(frozen=True, slots=True)
class LoginView:
    """One of a person's own ways in, in full: only he sees it."""

    id: UUID
    kind: IdentifierKind
    value: str
    proved: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionView:
    """A signed-in browser of one's own; ``address`` is masked, ``current`` is this very one."""

    id: UUID
    browser: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person's own account."""

    name: str
    logins: tuple[LoginView, ...]
    sessions: tuple[SessionView, ...]
    consent_version: str
    consented_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenView:
    """An API token as its person sees it: never the secret, only how it begins."""

    id: UUID
    name: str
    hint: str
    organisation_name: str  # empty when it acts for nobody but the person
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; ``secret`` is None when the same form came again."""

    token: TokenView
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class JoinRequestView:
    """An open request as the heads of the organisation see it; ``identifier`` is masked."""

    id: UUID
    person_id: UUID
    name: str
    identifier: str
    roles: frozenset[Role]  # wished; the head decides
    note: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnJoinRequest:
    """A request as its person sees it."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    roles: frozenset[Role]
    state: JoinRequestState
    reason: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class TrialView:
    """The newest transfer to an account; never its code."""

    state: TrialState
    tries_left: int
    ordered_at: datetime
    expires_at: datetime  # exclusive


@dataclass(frozen=True, slots=True)
class BankAccountView:
    """A bank account as people see it: of its number the last four digits."""

    id: UUID
    party_id: UUID
    party_kind: PartyKind | None  # in the operators' list only
    holder: str
    bank: str
    branch: str
    last_digits: str
    state: BankAccountState
    method: BankMethod | None
    reason: str
    entered_at: datetime
    verified_at: datetime | None
    trial: TrialView | None


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """A verified account, opened: for an order to the bank, and for nothing else."""

    holder: str
    bank: str
    branch: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonVerificationView:
    """A person's verification as he and the operators see it; papers only while it is open."""

    id: UUID
    name: str
    method: PersonMethod
    state: PersonVerificationState
    reason: str
    submitted_at: datetime
    decided_at: datetime | None
    files: tuple[FileView, ...]
