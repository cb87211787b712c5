"""The way in as a person meets it: sign-up, login, forgotten and changed passwords.

The hashing happens between transactions. Nothing here tells whether an account exists: the same
sentences, the same work; only a letter to the address itself says what is so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from app.accounts import erasing, own, passwords, people, proofs, rules
from app.accounts.errors import ProofMissing, WrongCredentials
from app.accounts.password_rules import check_password
from app.accounts.ports import PersonalRoom
from app.accounts.proofs import Asking
from app.accounts.types import Identifier
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.tx import Tx
from app.core.watch import note_event


def _wrong_code() -> Invalid:
    note_event("code.refused")
    return Invalid([FieldError("code", "验证码不正确，请核对后重新填写")])


async def register(
    tx: Tx, *, name: str, identifier: str, password: str, consent: bool, asking: Asking
) -> str:
    """Sign a stranger up: his code is on its way; returns the handle for his browser.

    Raises Invalid (every fault at once) and TooManyAttempts. A taken identifier is no refusal: its
    owner's account stays as it was, and the letter tells him.
    """
    faults: list[FieldError] = []
    parsed: Identifier | None = None

    def gather(check: Callable[[], object]) -> None:
        try:
            check()
        except Invalid as error:
            faults.extend(error.errors)

    gather(lambda: rules.parse_line(name, "name", rules.NAME_MAX, "请填写姓名"))
    try:
        parsed = rules.parse_identifier(identifier)
    except Invalid as error:
        faults.extend(error.errors)
    gather(lambda: check_password(password, parsed, (name, asking.market)))
    if not consent:
        faults.append(FieldError("consent", "请阅读并同意个人信息保护说明"))
    if faults or parsed is None:
        raise Invalid(faults)
    await tx.run(people.begin_sign_up, address=asking.address)
    await tx.run(proofs.begin_letter, identifier=parsed, asking=asking)
    password_hash = await passwords.hash_in_thread(password)
    return await tx.run(
        proofs.open_sign_up,
        name=name,
        identifier=parsed,
        password_hash=password_hash,
        asking=asking,
    )


async def confirm_sign_up(
    tx: Tx,
    *,
    handle: str,
    code: str,
    address: str,
    previous_token: str | None = None,
    browser: str = "",
) -> str:
    """Make the account whose code has come back and log its person in; returns the token.

    Raises Invalid (a wrong code), ProofMissing, CodeSpent, TooManyAttempts, IdentifierTaken.
    """
    person_id = await tx.run(proofs.finish_sign_up, handle=handle, code=code, address=address)
    if person_id is None:
        raise _wrong_code()
    return await tx.run(
        people.log_in,
        person_id=person_id,
        session_address=address,
        previous_token=previous_token,
        browser=browser,
    )


async def enter(
    tx: Tx,
    *,
    identifier: str,
    password: str,
    address: str,
    previous_token: str | None = None,
    browser: str = "",
) -> str:
    """Log a person in; returns the token of a new session.

    Raises Invalid (no such kind of identifier), TooManyAttempts, WrongCredentials.
    """
    parsed = rules.parse_identifier(identifier)
    known = await tx.run(people.begin_login, identifier=parsed, address=address)
    right = await passwords.matches(known.password_hash, password)
    if not right or known.person_id is None:
        note_event("login.refused", person_id=known.person_id)
        raise WrongCredentials()
    note_event("login.accepted", person_id=known.person_id)
    return await tx.run(
        people.log_in,
        person_id=known.person_id,
        identifier=parsed,
        address=address,
        session_address=address,
        previous_token=previous_token,
        browser=browser,
    )


async def forget_password(tx: Tx, *, identifier: str, asking: Asking) -> str:
    """Send what is needed to set a new password; returns the handle for the browser.

    The same for an unknown identifier. Raises Invalid (no such kind), TooManyAttempts.
    """
    parsed = rules.parse_identifier(identifier)
    await tx.run(proofs.begin_letter, identifier=parsed, asking=asking)
    return await tx.run(proofs.open_reset, identifier=parsed, asking=asking)


async def reset_password(
    tx: Tx,
    *,
    handle: str,
    code: str,
    link: str,
    password: str,
    address: str,
    market: str = "",
) -> None:
    """Set a new password by a code and the browser's handle, or by a mailed link's token.

    Every session ends. ``market`` is the market's name, which does for no password. Raises Invalid
    (a wrong code, a bad password), ProofMissing, CodeSpent, TooManyAttempts.
    """
    check_password(password, None, (market,))
    password_hash = await passwords.hash_in_thread(password)
    done = await tx.run(
        proofs.finish_reset,
        handle=handle,
        code=code,
        link=link,
        password_hash=password_hash,
        address=address,
        check=partial(check_password, password, None),
    )
    if not done:
        raise ProofMissing() if link else _wrong_code()


async def confirm_password(tx: Tx, *, actor: Actor, password: str) -> None:
    """Ask a signed-in person for his password again, before what cannot be taken back.

    Raises Unauthenticated, TooManyAttempts, Invalid on the field ``password``.
    """
    known = await tx.run(own.begin_confirmation, actor=actor)
    if not await passwords.matches(known, password):
        note_event("password.refused", person_id=actor.person_id)
        raise Invalid([FieldError("password", "密码不正确")])
    await tx.run(own.end_confirmation, actor=actor)


async def change_password(
    tx: Tx, *, actor: Actor, token: str, password: str, new_password: str, market: str = ""
) -> None:
    """Set a new password by the old one; the person's other sessions end.

    ``market`` is the market's name.

    Raises Unauthenticated, TooManyAttempts, Invalid (``password``, ``new_password``).
    """
    try:
        words = await tx.run(own.list_names, actor=actor)
        check_password(new_password, None, (market, *words))
    except Invalid as error:
        faults = [FieldError("new_password", fault.message) for fault in error.errors]
        raise Invalid(faults) from None
    await confirm_password(tx, actor=actor, password=password)
    password_hash = await passwords.hash_in_thread(new_password)
    await tx.run(own.set_password, actor=actor, token=token, password_hash=password_hash)


async def ask_login(
    tx: Tx,
    *,
    actor: Actor,
    identifier: str,
    password: str,
    asking: Asking,
    replaces_id: UUID | None = None,
) -> str:
    """Begin to add a way in, or to put it in another's place; returns the browser's handle.

    Raises Unauthenticated, Invalid, TooManyAttempts, LoginMissing, TooManyLogins.
    """
    parsed = rules.parse_identifier(identifier)
    await confirm_password(tx, actor=actor, password=password)
    await tx.run(proofs.begin_letter, identifier=parsed, asking=asking)
    return await tx.run(
        proofs.open_login,
        actor=actor,
        identifier=parsed,
        asking=asking,
        replaces_id=replaces_id,
    )


async def confirm_login(tx: Tx, *, actor: Actor, handle: str, code: str, address: str) -> None:
    """Add the way in whose code has come back.

    Raises Unauthenticated, Invalid (a wrong code), ProofMissing, CodeSpent, TooManyAttempts,
    IdentifierTaken.
    """
    done = await tx.run(proofs.finish_login, actor=actor, handle=handle, code=code, address=address)
    if not done:
        raise _wrong_code()


async def drop_login(tx: Tx, *, actor: Actor, login_id: UUID, password: str, locale: str) -> None:
    """Remove a way in, never the last. Raises Unauthenticated, Invalid, LoginMissing, LastLogin."""
    await confirm_password(tx, actor=actor, password=password)
    await tx.run(own.remove_login, actor=actor, login_id=login_id, locale=locale)


async def delete_own_account(
    tx: Tx, *, actor: Actor, password: str, rooms: Sequence[PersonalRoom], locale: str
) -> None:
    """End one's own account. Raises Unauthenticated, TooManyAttempts, Invalid (``password``),
    StillObliged, AccountMoved."""
    await confirm_password(tx, actor=actor, password=password)
    await tx.run(erasing.delete_account, actor=actor, rooms=rooms, locale=locale)
