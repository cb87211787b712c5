"""The verbs about API tokens (访问令牌): make, list, revoke, and who holds one.

A token never has more than its person: his roles are looked up at each request, and the scopes
only take away. Whoever can make one can do all it can do, so no token makes another.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import (
    access,
    organisation_queries,
    queries,
    rules,
    token_queries,
)
from app.accounts.acting import make_actor
from app.accounts.errors import OrganisationMissing, TokenMissing, TooManyTokens
from app.accounts.people import compute_token_hash, count_attempt, note_person
from app.accounts.scopes import check_scopes
from app.accounts.standing_models import ApiToken
from app.accounts.telling import tell_person
from app.accounts.types import NewToken, TokenView
from app.audit.service import note
from app.core.access import require
from app.core.actor import Actor
from app.core.bearer import TOKEN_PREFIX
from app.core.errors import FieldError, Invalid, InvalidToken, KeyReused
from app.core.i18n import Message
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.core.watch import note_event
from app.inbox.types import Notice

MOST_TOKENS: Final = 10  # live ones of one person; our default
DAYS_MAX: Final = 365
HINT_LETTERS: Final = 4
CREATE_LIMIT: Final = rules.Limit("token:person", 30, timedelta(days=1))


async def create_token(
    uow: UnitOfWork,
    *,
    actor: Actor,
    name: str,
    organisation_id: UUID | None,
    scopes: Collection[str],
    days: int,
    key: str,
) -> NewToken:
    """Make a token for oneself, acting for one of one's organisations or for none.

    It ends after ``days`` days, 1 to 365. The secret stands in this answer and nowhere else: the
    same key again gives the token without it. Raises Unauthenticated, Forbidden (a token asks),
    Invalid, OrganisationMissing (no member there), TooManyTokens, TooManyAttempts, KeyReused.
    """
    require(actor, access.MANAGE_TOKENS)
    assert actor.person_id is not None
    await queries.lock_living(uow, actor.person_id)
    if (seen := await token_queries.find_made(uow, actor.person_id, key)) is not None:
        if set(seen.scopes) != set(scopes) or seen.organisation_id != organisation_id:
            raise KeyReused()
        return NewToken(await _view(uow, seen), None)
    name = rules.parse_line(name, "name", rules.NAME_MAX, "请填写令牌名称")
    check_scopes(scopes)
    if not 1 <= days <= DAYS_MAX:
        raise Invalid([FieldError("days", "有效期为 1 至 365 天")])
    if organisation_id is not None and not await organisation_queries.find_member(
        uow, organisation_id, actor.person_id
    ):
        raise OrganisationMissing()
    if await token_queries.count_live(uow, actor.person_id) >= MOST_TOKENS:
        raise TooManyTokens()
    await count_attempt(uow, CREATE_LIMIT, str(actor.person_id))
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id(),
        person_id=actor.person_id,
        organisation_id=organisation_id,
        name=name,
        token_hash=compute_token_hash(secret),
        hint=secret[: len(TOKEN_PREFIX) + HINT_LETTERS],
        scopes=sorted(scopes),
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=days),
        idempotency_key=key,
    )
    uow.session.add(token)
    await uow.session.flush()
    await _note(uow, actor, "accounts.create_token", token, scopes=token.scopes, days=days)
    await tell_person(
        uow, person_id=actor.person_id, notice=_notice(token), key=f"token:{token.id}"
    )
    return NewToken(await _view(uow, token), secret)


async def revoke_token(uow: UnitOfWork, *, actor: Actor, token_id: UUID) -> None:
    """End one of one's own tokens at once; an ended one stays ended.

    Raises Unauthenticated, Forbidden (a token asks), TokenMissing (also another's).
    """
    require(actor, access.MANAGE_TOKENS)
    token = await token_queries.lock_token(uow, token_id)
    if token is None or token.person_id != actor.person_id:
        raise TokenMissing()
    if token.revoked_at is not None:
        return
    token.revoked_at = await uow.stamp()
    await _note(uow, actor, "accounts.revoke_token", token)


async def end_tokens(uow: UnitOfWork, *, actor: Actor, person_id: UUID) -> int:
    """End all of a person's tokens: his account ends, or he forgot his password. Returns how
    many; asks no permission: the caller's verb has."""
    ended = await token_queries.end_all(uow, person_id)
    if ended:
        await note_person(uow, actor, "accounts.end_tokens", person_id, count=ended)
    return ended


async def list_tokens(uow: UnitOfWork, *, actor: Actor) -> list[TokenView]:
    """One's own tokens that let somebody in, newest first. Raises Unauthenticated, Forbidden."""
    require(actor, access.MANAGE_TOKENS)
    assert actor.person_id is not None
    return [
        _show(token, name) for token, name in await token_queries.list_live(uow, actor.person_id)
    ]


async def resolve_token(uow: UnitOfWork, token: str) -> Actor:
    """Who holds this token, with his roles of this moment. Raises InvalidToken."""
    asker = await token_queries.find_holder(
        uow, compute_token_hash(token), stale=uow.now - rules.TOUCH_EVERY
    )
    if asker is None:
        note_event("token.refused")
        raise InvalidToken()
    return make_actor(asker, scopes=frozenset(asker.scopes), token_id=asker.token_id)


def _notice(token: ApiToken) -> Notice:
    """Whoever has not made it himself learns that somebody has."""
    return Notice(
        kind="accounts.token_created",
        subject="新建了一个访问令牌",
        body=Message(
            "您的账号新建了访问令牌“%(name)s”（%(hint)s…）。如非本人操作，请立即撤销并修改密码。",
            name=token.name,
            hint=token.hint,
        ),
        href="/desk/tokens",
        facts={"token_id": str(token.id)},
        urgent=True,
    )


async def _view(uow: UnitOfWork, token: ApiToken) -> TokenView:
    if token.organisation_id is None:
        return _show(token, "")
    organisation = await organisation_queries.get_organisation(uow, token.organisation_id)
    return _show(token, organisation.name)


def _show(token: ApiToken, organisation_name: str) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        hint=token.hint,
        organisation_name=organisation_name,
        scopes=tuple(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


async def _note(
    uow: UnitOfWork, actor: Actor, action: str, token: ApiToken, **facts: object
) -> None:
    await note(
        uow,
        actor=actor,
        action=action,
        subject_kind="api_token",
        subject_id=token.id,
        facts=facts | {"organisation_id": token.organisation_id and str(token.organisation_id)},
    )
