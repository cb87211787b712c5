"""The door of accounts: its verbs, and the few pure functions that others need.

People: ``people``; organisations and members: ``organisations``; login and sign-up as a whole,
with the hashing between two transactions: ``entrance``.
"""

from app.accounts.entrance import enter, register
from app.accounts.members import (
    invite_member,
    join_organisation,
    list_invitations,
    list_members,
    remove_member,
    set_member_roles,
    show_desk,
    withdraw_invitation,
)
from app.accounts.organisations import (
    edit_organisation,
    find_organisations,
    find_organisations_by_name,
    found_organisation,
    get_organisations,
    list_claims,
    list_organisations,
    return_organisation,
    show_organisation,
    submit_verification,
    verify_organisation,
)
from app.accounts.passwords import hash_password
from app.accounts.people import (
    act_for,
    begin_login,
    create_administrator,
    find_person,
    get_person_names,
    grant_platform_role,
    list_memberships,
    list_role_holders,
    log_in,
    log_out,
    resolve_actor,
    revoke_platform_role,
    sign_up,
)
from app.accounts.rules import parse_identifier

__all__ = [
    "act_for",
    "begin_login",
    "create_administrator",
    "edit_organisation",
    "enter",
    "find_organisations",
    "find_organisations_by_name",
    "find_person",
    "found_organisation",
    "get_organisations",
    "get_person_names",
    "grant_platform_role",
    "hash_password",
    "invite_member",
    "join_organisation",
    "list_claims",
    "list_invitations",
    "list_members",
    "list_memberships",
    "list_organisations",
    "list_role_holders",
    "log_in",
    "log_out",
    "parse_identifier",
    "register",
    "remove_member",
    "resolve_actor",
    "return_organisation",
    "revoke_platform_role",
    "set_member_roles",
    "show_desk",
    "show_organisation",
    "sign_up",
    "submit_verification",
    "verify_organisation",
    "withdraw_invitation",
]
