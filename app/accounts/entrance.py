"""The way in: sign-up and login as a person meets them, with the hashing between transactions.

Neither tells whether an account exists: the same sentences, the same work.
"""

from __future__ import annotations

from app.accounts import passwords, people, rules
from app.accounts.errors import WrongCredentials
from app.core.errors import FieldError, Invalid
from app.core.tx import Tx


async def register(tx: Tx, *, name: str, identifier: str, password: str, address: str) -> None:
    """Sign a stranger up. Raises Invalid (every fault at once) and TooManyAttempts.

    A taken identifier is no refusal: its owner's account stays as it was, and whoever reads the
    answer is asked to log in.
    """
    faults: list[FieldError] = []
    parsed = None
    try:
        rules.parse_line(name, "name", rules.NAME_MAX, "请填写姓名")
    except Invalid as error:
        faults += error.errors
    try:
        parsed = rules.parse_identifier(identifier)
    except Invalid as error:
        faults += error.errors
    try:
        rules.check_password(password, parsed)
    except Invalid as error:
        faults += error.errors
    if faults or parsed is None:
        raise Invalid(faults)
    await tx.run(people.begin_sign_up, address=address)
    password_hash = await passwords.hash_in_thread(password)
    await tx.run(people.sign_up, name=name, identifier=parsed, password_hash=password_hash)


async def enter(
    tx: Tx,
    *,
    identifier: str,
    password: str,
    address: str,
    previous_token: str | None = None,
) -> str:
    """Log a person in; returns the token of a new session.

    Raises Invalid (no such kind of identifier), TooManyAttempts, WrongCredentials.
    """
    parsed = rules.parse_identifier(identifier)
    known = await tx.run(people.begin_login, identifier=parsed, address=address)
    right = await passwords.matches(known.password_hash, password)
    if not right or known.person_id is None:
        raise WrongCredentials()
    return await tx.run(
        people.log_in,
        person_id=known.person_id,
        identifier=parsed,
        address=address,
        previous_token=previous_token,
    )
