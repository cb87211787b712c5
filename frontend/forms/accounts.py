"""Forms of accounts: signing up and in, organisations, members; and the words shown for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.accounts import service
from app.accounts.types import REGIONS, OrganisationKind, Role
from app.core.errors import Invalid
from app.core.i18n import _n
from frontend.forms import Form
from frontend.forms.fields import Refused, choice, text

KIND_LABELS: Final = {
    OrganisationKind.university: _n("高校"),
    OrganisationKind.institute: _n("科研院所"),
    OrganisationKind.hospital: _n("医疗卫生机构"),
    OrganisationKind.state_enterprise: _n("国有企业"),
    OrganisationKind.enterprise: _n("企业"),
    OrganisationKind.transfer_agency: _n("技术转移机构"),
}
MEMBER_LABELS: Final = {
    Role.head: _n("负责人"),
    Role.manager: _n("成果管理员"),
    Role.inventor: _n("成果完成人"),
    Role.agent: _n("经办人"),
}
PLATFORM_LABELS: Final = {
    Role.operator: _n("平台运营"),
    Role.publisher: _n("信息发布"),
    Role.supervisor: _n("监督员"),
    Role.administrator: _n("系统管理员"),
    Role.broker: _n("技术经纪人"),
}
ROLE_LABELS: Final = MEMBER_LABELS | PLATFORM_LABELS

HOME: Final = "/desk"
_LONGEST_NEXT: Final = 6_000  # a search that is to be kept: 300 characters and filters, as octets
_NOT_BACK: Final = frozenset(
    {"/login", "/signup", "/signup/code", "/forgot", "/forgot/code", "/logout"}
)


def safe_next(raw: str) -> str:
    """Where to go after signing in: a path of this site, else the workbench.

    Browsers read ``//host`` and ``/\\host`` as another site and drop tabs and line breaks.
    """
    good = (
        raw.startswith("/")
        and not raw.startswith(("//", "/\\"))
        and len(raw) <= _LONGEST_NEXT
        and all(letter.isprintable() and letter != "\\" for letter in raw)
    )
    return raw if good and raw.partition("?")[0] not in _NOT_BACK else HOME


@dataclass(frozen=True, slots=True)
class Entry:
    """Who wants in. The password is never shown again."""

    identifier: str
    password: str


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who wants an account."""

    name: str
    identifier: str
    password: str
    consent: bool


@dataclass(frozen=True, slots=True)
class OrganisationInput:
    """What is said of an organisation."""

    name: str
    kind: OrganisationKind
    credit_code: str
    region: str


class LoginForm(Form):
    """Signing in."""

    def parse(self) -> Entry:
        identifier = self.need("identifier", text(maximum=254))
        password = self.need("password", _secret)
        self.check()
        return Entry(identifier, password)


class SignUpForm(Form):
    """Signing up. The room says every fault at once, so nothing is refused here."""

    def parse(self) -> NewPerson:
        return NewPerson(
            self.value("name"),
            self.value("identifier"),
            self.value("password"),
            self.checked("consent"),
        )


class ForgotForm(Form):
    """A forgotten password: whose."""

    def parse(self) -> str:
        identifier = self.need("identifier", text(maximum=254))
        self.check()
        return identifier


class CodeForm(Form):
    """A code that came back, and for a forgotten password the new one.

    ``token`` is that of a mailed link, which needs no code.
    """

    def parse(self, *, with_password: bool = False) -> tuple[str, str]:
        needs_code = not self.value("token")
        code = self.need("code", text(maximum=20)) if needs_code else ""
        password = self.need("password", _secret) if with_password else ""
        self.check()
        return code, password


class PasswordForm(Form):
    """The old password and a new one."""

    def parse(self) -> tuple[str, str]:
        old, new = self.need("password", _secret), self.need("new_password", _secret)
        self.check()
        return old, new


class NewLoginForm(Form):
    """Another way in, confirmed with the password."""

    def parse(self) -> tuple[str, str]:
        identifier = self.need("identifier", text(maximum=254))
        password = self.need("password", _secret)
        self.check()
        return identifier, password


class ConfirmForm(Form):
    """Nothing but the password."""

    def parse(self) -> str:
        password = self.need("password", _secret)
        self.check()
        return password


class OrganisationForm(Form):
    """Founding an organisation, or correcting what was said of it."""

    def parse(self) -> OrganisationInput:
        name = self.need("name", text(maximum=120))
        kind = self.need("kind", choice(list(OrganisationKind)))
        credit_code = self.need("credit_code", _credit_code)
        region = self.need("region", choice(REGIONS))
        self.check()
        return OrganisationInput(name, OrganisationKind(kind), credit_code, region)


class MemberForm(Form):
    """Roles of a colleague, and a note for an invitation."""

    def parse(self) -> frozenset[Role]:
        roles = self.each("roles", choice(MEMBER_LABELS))
        self.check()
        return frozenset(map(Role, roles))


class JoinForm(MemberForm):
    """Which organisation to join, in which roles, and a word to its heads."""


class RoleForm(Form):
    """A role on the platform for the person behind an identifier."""

    def parse(self) -> tuple[str, Role]:
        identifier = self.need("identifier", text(maximum=254))
        role = self.need("role", choice(PLATFORM_LABELS))
        self.check()
        return identifier, Role(role)


def _credit_code(raw: str) -> str:
    """A 统一社会信用代码, as the room understands it."""
    try:
        return service.parse_credit_code(raw)
    except Invalid as error:
        raise Refused(error.errors[0].message) from None


def _secret(raw: str) -> str:
    """A password as typed: blanks belong to it."""
    return raw
