"""The verbs about one's own account: what it holds, its name, ways in, password and sessions."""

from __future__ import annotations

from uuid import UUID

from app.accounts import access, letters, proof_queries, queries, rules
from app.accounts.errors import LastLogin, SessionMissing
from app.accounts.logins import drop_login, tell_logins
from app.accounts.models import Login, LoginSession, Person
from app.accounts.people import compute_token_hash, count_attempt, note_person
from app.accounts.renaming import end_standing
from app.accounts.types import AccountView, IdentifierKind, LoginView, SessionView
from app.core.access import require
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def show_account(uow: UnitOfWork, *, actor: Actor, token: str) -> AccountView:
    """The asker's own account; ``token`` tells which session is this. Raises Unauthenticated."""
    require(actor, access.SEE_OWN)
    assert actor.person_id is not None
    person = await queries.get_person(uow, actor.person_id)
    logins = await proof_queries.list_logins(uow, actor.person_id)
    sessions = await proof_queries.list_sessions(uow, actor.person_id)
    idle_since, token_hash = uow.now - rules.IDLE_LIMIT, compute_token_hash(token)
    return AccountView(
        name=person.name,
        logins=tuple(map(view_login, logins)),
        sessions=tuple(
            sorted(
                (
                    _view_session(session, token_hash)
                    for session in sessions
                    if session.last_seen_at > idle_since
                ),
                key=lambda shown: not shown.current,
            )
        ),
        consent_version=person.consent_version,
        consented_at=person.consented_at,
    )


async def show_login(uow: UnitOfWork, *, actor: Actor, login_id: UUID) -> LoginView:
    """One of one's own ways in. Raises Unauthenticated, LoginMissing."""
    require(actor, access.SEE_OWN)
    assert actor.person_id is not None
    return view_login(await proof_queries.get_login(uow, actor.person_id, login_id))


async def rename(uow: UnitOfWork, *, actor: Actor, name: str) -> None:
    """Correct one's own name; colleagues and the platform see the new one. Raises Unauthenticated,
    Invalid."""
    person = await _lock_own(uow, actor)
    name = rules.parse_line(name, "name", rules.NAME_MAX, "请填写姓名")
    if person.name == name:
        return
    person.name = name
    await end_standing(uow, actor=actor, person=person)
    await _note(uow, actor, "accounts.rename")


async def begin_confirmation(uow: UnitOfWork, *, actor: Actor) -> str | None:
    """Count one asking for the password and hand out the hash to check it against.

    Raises Unauthenticated, TooManyAttempts.
    """
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    await count_attempt(uow, rules.PASSWORD_BY_PERSON, str(actor.person_id))
    logins = await proof_queries.list_logins(uow, actor.person_id)
    return logins[0].password_hash if logins else None


async def end_confirmation(uow: UnitOfWork, *, actor: Actor) -> None:
    """The password was right: forgive the attempts."""
    key = str(actor.person_id)
    await queries.forgive_hit(uow, rules.PASSWORD_BY_PERSON, key, wholly=True)


async def list_names(uow: UnitOfWork, *, actor: Actor) -> list[str]:
    """What others know the asker by, and therefore guess his password from. Raises
    Unauthenticated."""
    require(actor, access.SEE_OWN)
    assert actor.person_id is not None
    return await proof_queries.list_names(uow, actor.person_id)


async def set_password(uow: UnitOfWork, *, actor: Actor, token: str, password_hash: str) -> None:
    """Set the password of all one's ways in, after the old one was asked; other sessions end and
    codes on their way are worthless. Raises Unauthenticated."""
    person = await _lock_own(uow, actor)
    await proof_queries.set_password(uow, person.id, password_hash)
    await proof_queries.delete_proofs(uow, person.id)
    await proof_queries.delete_sessions(uow, person.id, but=compute_token_hash(token))
    moment = f"{uow.now.timestamp():.6f}"
    await tell_logins(
        uow, person.id, letters.password_letter(), key=f"password:{person.id}:{moment}"
    )
    await _note(uow, actor, "accounts.change_password")


async def remove_login(uow: UnitOfWork, *, actor: Actor, login_id: UUID, locale: str) -> None:
    """Remove one of one's own ways in, never the last; its address gets a last letter.

    Raises Unauthenticated, LoginMissing, LastLogin.
    """
    person = await _lock_own(uow, actor)
    login = await proof_queries.get_login(uow, person.id, login_id)
    if await proof_queries.count_logins(uow, person.id) < 2:
        raise LastLogin()
    await drop_login(uow, login, letters.login_removed_letter(), locale)
    await _note(uow, actor, "accounts.remove_login", identifier_kind=login.kind)


async def end_session(uow: UnitOfWork, *, actor: Actor, session_id: UUID) -> None:
    """Sign one of one's own browsers out. Raises Unauthenticated, SessionMissing."""
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    await proof_queries.delete_session_by_id(uow, actor.person_id, session_id)
    await _note(uow, actor, "accounts.end_session", session_id=str(session_id))


async def end_other_sessions(uow: UnitOfWork, *, actor: Actor, token: str) -> int:
    """Sign all one's own browsers out but this one; returns how many.

    Raises Unauthenticated, SessionMissing (the token is no session of his).
    """
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    token_hash = compute_token_hash(token)
    session = await queries.lock_session(uow, token_hash)
    if session is None or session.person_id != actor.person_id:
        raise SessionMissing()
    ended = await proof_queries.delete_sessions(uow, actor.person_id, but=token_hash)
    await _note(uow, actor, "accounts.end_other_sessions", ended=ended)
    return ended


def view_login(login: Login) -> LoginView:
    """A way in as its person sees it."""
    return LoginView(
        login.id,
        IdentifierKind(login.kind),
        login.value,
        login.proved_at is not None,
        login.created_at,
    )


def _view_session(session: LoginSession, token_hash: bytes) -> SessionView:
    return SessionView(
        id=session.id,
        browser=session.browser,
        address=session.address,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        current=session.token_hash == token_hash,
    )


async def _lock_own(uow: UnitOfWork, actor: Actor) -> Person:
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    return await queries.lock_living(uow, actor.person_id)


async def _note(uow: UnitOfWork, actor: Actor, action: str, **facts: object) -> None:
    assert actor.person_id is not None
    await note_person(uow, actor, action, actor.person_id, **facts)
