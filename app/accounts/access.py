"""Who may do what with accounts."""

from __future__ import annotations

from typing import Final

from app.accounts.types import MEMBER_ROLES, Role
from app.core.access import Permission

_READERS = frozenset({Role.operator, Role.supervisor, Role.administrator})
_SUPERVISOR = frozenset({Role.supervisor})

# A supervisor belongs to no organisation while he is one, so he founds and joins none.
FOUND: Final = Permission("accounts.found_organisation", signed_in=True, barred=_SUPERVISOR)
JOIN: Final = Permission("accounts.join_organisation", signed_in=True, barred=_SUPERVISOR)
ACT: Final = Permission("accounts.act_for", signed_in=True)
# A token may always ask who it is; that makes none, and is not made by one.
SEE_SELF: Final = Permission("accounts.see_self", signed_in=True, any_token=True)
MANAGE_TOKENS: Final = Permission("accounts.manage_tokens", signed_in=True, by_token=False)

# One's own account: everybody's, a supervisor's too.
SEE_OWN: Final = Permission("accounts.see_own_account", signed_in=True)
EXPORT_OWN: Final = Permission("accounts.export_own_data", signed_in=True)
CHANGE_OWN: Final = Permission("accounts.change_own_account", signed_in=True)

MANAGE: Final = Permission("accounts.manage_organisation", members=frozenset({Role.head}))
SEE_MEMBERS: Final = Permission(
    "accounts.see_members", platform=_READERS, members=frozenset(MEMBER_ROLES)
)
# A verified organisation is public; another one is seen by its members and by the platform.
SEE_UNVERIFIED: Final = Permission(
    "accounts.see_unverified", platform=_READERS, members=frozenset(MEMBER_ROLES)
)

REVIEW: Final = Permission("accounts.review_organisations", platform=frozenset({Role.operator}))
SEE_REVIEW: Final = Permission("accounts.see_organisation_review", platform=_READERS)

GRANT: Final = Permission("accounts.grant_role", platform=frozenset({Role.administrator}))
END_ACCESS: Final = Permission(
    "accounts.end_access", platform=frozenset({Role.administrator}), by_token=False
)

# Money goes where a bank account says, so no program enters or proves one.
MANAGE_BANK: Final = Permission(
    "accounts.manage_bank", members=frozenset({Role.head}), by_token=False
)
MANAGE_OWN_BANK: Final = Permission(
    "accounts.manage_own_bank", signed_in=True, barred=_SUPERVISOR, by_token=False
)
REVIEW_BANK: Final = Permission(
    "accounts.review_bank_accounts", platform=frozenset({Role.operator})
)
SEE_BANK_REVIEW: Final = Permission("accounts.see_bank_review", platform=_READERS)

# Who a person is, he shows himself; papers are for the operators alone.
VERIFY_SELF: Final = Permission(
    "accounts.verify_self", signed_in=True, barred=_SUPERVISOR, by_token=False
)
REVIEW_PERSON: Final = Permission(
    "accounts.review_people", platform=frozenset({Role.operator}), by_token=False
)
