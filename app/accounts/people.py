"""The verbs about people: sign up, log in and out, act for an organisation, roles.

Hashing is not done here (see ``entrance``): a verb is one short transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from uuid import UUID

from app.accounts import access, browsers, organisation_queries, queries, rules
from app.accounts.acting import make_actor
from app.accounts.errors import IdentifierTaken, OrganisationMissing, PersonMissing
from app.accounts.models import LoginSession, Party, Person
from app.accounts.types import (
    MEMBER_ROLES,
    Credentials,
    Identifier,
    IdentifierKind,
    MembershipView,
    PartyKind,
    PersonView,
    Role,
)
from app.audit.service import note
from app.core.access import require
from app.core.actor import SYSTEM, Actor
from app.core.errors import FieldError, Invalid
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.core.watch import mask_address, note_event


async def begin_sign_up(uow: UnitOfWork, *, address: str) -> None:
    """Count a stranger's sign-up before the hashing that it costs. Raises TooManyAttempts."""
    await count_attempt(uow, rules.SIGN_UP_BY_ADDRESS, rules.compute_address_key(address))


async def sign_up(
    uow: UnitOfWork,
    *,
    name: str,
    identifier: Identifier,
    password_hash: str,
    proved: bool = False,
    consent_version: str = "",
) -> UUID | None:
    """Make a person with one login; None, and only a line, when the identifier was taken.

    Administrators, the demonstration and tests come straight here; strangers come by ``proofs``,
    ``proved`` and with the ``consent_version`` they agreed to. Raises Invalid.
    """
    name = rules.parse_line(name, "name", rules.NAME_MAX, "请填写姓名")
    person_id = await _insert_person(uow, name, consent_version)
    added = await queries.insert_login(
        uow,
        {
            "id": new_id(),
            "person_id": person_id,
            "kind": identifier.kind.value,
            "value": identifier.value,
            "password_hash": password_hash,
            "created_at": uow.now,
            "proved_at": uow.now if proved else None,
        },
    )
    if added:
        await note_person(
            uow,
            Actor(person_id=person_id),
            "accounts.sign_up",
            person_id,
            identifier_kind=identifier.kind.value,
        )
        return person_id
    await _delete_person(uow, person_id)
    taken = await queries.find_login(uow, identifier)
    assert taken is not None, "its unique key has just stopped us"
    await note_person(uow, Actor.stranger(), "accounts.sign_up_again", taken.person_id)
    return None


async def create_administrator(
    uow: UnitOfWork, *, name: str, identifier: Identifier | str, password_hash: str
) -> UUID:
    """Make a person who may give platform roles; for the command line only.

    Raises Invalid, IdentifierTaken.
    """
    if isinstance(identifier, str):
        identifier = rules.parse_identifier(identifier)
    person_id = await sign_up(uow, name=name, identifier=identifier, password_hash=password_hash)
    if person_id is None:
        raise IdentifierTaken()
    await grant_platform_role(uow, actor=SYSTEM, person_id=person_id, role=Role.administrator)
    return person_id


async def begin_login(uow: UnitOfWork, *, identifier: Identifier, address: str) -> Credentials:
    """Count an attempt and hand out what to check it against. Raises TooManyAttempts.

    The attempt is counted before it is checked and forgiven by ``log_in``, so rivals in other
    processes cannot try in between.
    """
    await count_attempt(uow, rules.LOGIN_BY_ADDRESS, rules.compute_address_key(address))
    await count_attempt(uow, rules.LOGIN_BY_IDENTIFIER, identifier.value)
    login = await queries.find_login(uow, identifier)
    if login is None:
        return Credentials(None, None)
    return Credentials(login.person_id, login.password_hash)


async def log_in(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    identifier: Identifier | None = None,
    address: str | None = None,
    session_address: str = "",
    previous_token: str | None = None,
    browser: str = "",
) -> str:
    """Open a session for a person whose password was right; returns its token.

    ``address`` is the one whose attempt is forgiven; ``session_address`` is kept masked, and of
    ``browser`` (the request's User-Agent) a short label.

    The token is always new (nobody can plant one), the browser's previous session ends, and the
    attempt that ``begin_login`` counted is forgiven. The person acts for the organisation he
    joined first.
    """
    if identifier is not None:
        await queries.forgive_hit(uow, rules.LOGIN_BY_IDENTIFIER, identifier.value, wholly=True)
    if address is not None:
        key = rules.compute_address_key(address)
        await queries.forgive_hit(uow, rules.LOGIN_BY_ADDRESS, key, wholly=False)
    if previous_token:
        await queries.delete_session(uow, compute_token_hash(previous_token))
    await queries.keep_living(uow, person_id)
    token = secrets.token_urlsafe(32)
    organisation_id = await organisation_queries.find_first_membership(uow, person_id)
    uow.session.add(
        LoginSession(
            token_hash=compute_token_hash(token),
            person_id=person_id,
            organisation_id=organisation_id,
            created_at=uow.now,
            last_seen_at=uow.now,
            expires_at=uow.now + rules.SESSION_LIMIT,
            browser=browsers.name_browser(browser),
            address=mask_address(session_address),
        )
    )
    await note_person(
        uow,
        Actor(person_id=person_id, organisation_id=organisation_id),
        "accounts.log_in",
        person_id,
    )
    return token


async def log_out(uow: UnitOfWork, *, token: str) -> None:
    """End the session of a token; an unknown one is already ended."""
    person_id = await queries.delete_session(uow, compute_token_hash(token))
    if person_id is not None:
        await note_person(uow, Actor(person_id=person_id), "accounts.log_out", person_id)


async def resolve_actor(uow: UnitOfWork, token: str) -> Actor:
    """Who holds this token: the stranger when it is unknown, idle too long, or too old."""
    asker = await queries.find_asker(
        uow,
        compute_token_hash(token),
        idle_since=uow.now - rules.IDLE_LIMIT,
        stale=uow.now - rules.TOUCH_EVERY,
    )
    if asker is None:
        return Actor.stranger()
    return make_actor(asker, unread=asker.unread)


async def act_for(
    uow: UnitOfWork, *, actor: Actor, token: str, organisation_id: UUID | None
) -> None:
    """Let this session act for one of the person's organisations, or for none.

    Raises Unauthenticated, OrganisationMissing (also when he is no member).
    """
    require(actor, access.ACT)
    assert actor.person_id is not None
    session = await queries.lock_session(uow, compute_token_hash(token))
    if session is None or session.person_id != actor.person_id:
        raise OrganisationMissing()
    if organisation_id is not None and not await organisation_queries.find_member(
        uow, organisation_id, actor.person_id
    ):
        raise OrganisationMissing()
    session.organisation_id = organisation_id
    await note_person(
        uow,
        actor,
        "accounts.act_for",
        actor.person_id,
        organisation_id=organisation_id and str(organisation_id),
    )


async def grant_platform_role(
    uow: UnitOfWork, *, actor: Actor, person_id: UUID, role: Role
) -> None:
    """Give a person a platform role, or make him a broker; a held role stays. Raises Forbidden,
    PersonMissing, Invalid (a role of members)."""
    require(actor, access.GRANT)
    _check_platform(role)
    await queries.keep_living(uow, person_id)
    if await queries.insert_role(uow, person_id, role):
        await note_person(uow, actor, "accounts.grant_platform_role", person_id, role=role.value)


async def revoke_platform_role(
    uow: UnitOfWork, *, actor: Actor, person_id: UUID, role: Role
) -> None:
    """Take a platform role away; one he does not hold is already gone. Raises Forbidden."""
    require(actor, access.GRANT)
    _check_platform(role)
    if await queries.delete_role(uow, person_id, role):
        await note_person(uow, actor, "accounts.revoke_platform_role", person_id, role=role.value)


async def find_person(uow: UnitOfWork, *, actor: Actor, identifier: str) -> UUID:
    """The person behind an e-mail address or mobile number, for those who give roles.

    Raises Forbidden, Invalid, PersonMissing.
    """
    require(actor, access.GRANT)
    login = await queries.find_login(uow, rules.parse_identifier(identifier))
    if login is None:
        raise PersonMissing()
    return login.person_id


async def list_role_holders(uow: UnitOfWork, *, actor: Actor) -> list[PersonView]:
    """Everyone with a platform role, by name. Raises Forbidden."""
    require(actor, access.GRANT)
    return [
        PersonView(person_id, name, mask_value(value), frozenset(map(Role, roles)))
        for person_id, name, value, roles in await queries.list_role_holders(uow)
    ]


async def list_memberships(uow: UnitOfWork, *, actor: Actor) -> list[MembershipView]:
    """The organisations the asker may act for, in order of joining. Raises Unauthenticated."""
    require(actor, access.SEE_SELF)
    assert actor.person_id is not None
    if Role.supervisor in actor.roles:
        return []
    return [
        MembershipView(found.view(), frozenset(map(Role, roles)))
        for found, roles in await organisation_queries.list_memberships(uow, actor.person_id)
    ]


async def get_person_names(uow: UnitOfWork, *, ids: Collection[UUID]) -> dict[UUID, str]:
    """Full names by id, for those who may read them; public pages mask them."""
    return await queries.list_names(uow, ids)


def compute_token_hash(token: str) -> bytes:
    """What is stored of a session's token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def mask_value(value: str) -> str:
    """An identifier as it may be shown to others, from its stored form."""
    kind = IdentifierKind.email if "@" in value else IdentifierKind.mobile
    return rules.mask_identifier(Identifier(kind, value))


async def count_attempt(uow: UnitOfWork, limit: rules.Limit, key: str) -> None:
    """Count an attempt before it is made. Raises TooManyAttempts; the count then stays."""
    hits = await queries.count_hit(uow, limit, key)
    if hits > limit.hits:
        note_event("attempts.refused", limit=limit.kind)
    rules.check_hits(limit, hits, uow.now)


async def note_person(
    uow: UnitOfWork, actor: Actor, action: str, person_id: UUID, **facts: object
) -> None:
    """One audit line about a person."""
    await note(
        uow,
        actor=actor,
        action=action,
        subject_kind="person",
        subject_id=person_id,
        facts=facts,
    )


async def _insert_person(uow: UnitOfWork, name: str, consent_version: str) -> UUID:
    person_id = new_id()
    uow.session.add(Party(id=person_id, kind=PartyKind.person.value, created_at=uow.now))
    await uow.session.flush()
    person = Person(id=person_id, name=name, consent_version=consent_version)
    person.consented_at = uow.now if consent_version else None
    uow.session.add(person)
    await uow.session.flush()
    return person_id


async def _delete_person(uow: UnitOfWork, person_id: UUID) -> None:
    await uow.session.delete(await uow.session.get_one(Person, person_id))
    await uow.session.flush()
    await uow.session.delete(await uow.session.get_one(Party, person_id))


def _check_platform(role: Role) -> None:
    if role in MEMBER_ROLES:
        raise Invalid([FieldError("role", "这是单位成员的角色，请由该单位负责人设置")])
