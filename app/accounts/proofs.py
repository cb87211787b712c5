"""The verbs of address proof: a code goes to an address, and something is done when it comes back.

The browser that asks gets a handle (a cookie); a code fits together with that handle only. So
whoever types a stranger's address in gains nothing when the stranger opens the letter. A wrong
code is counted in a transaction that commits: verbs that take one answer None for a wrong one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.accounts import access, letters, proof_queries, proof_rules, queries, rules
from app.accounts.errors import IdentifierTaken, TooManyLogins
from app.accounts.logins import drop_login, tell_logins
from app.accounts.models import AddressProof
from app.accounts.people import count_attempt, mask_value, note_person, sign_up
from app.accounts.tokens import end_tokens
from app.accounts.types import Identifier, IdentifierKind, ProofPurpose, ProofView
from app.audit.service import note
from app.core.access import require
from app.core.actor import Actor
from app.core.i18n import SOURCE
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.inbox import service as inbox
from app.inbox.types import Contact


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a code, and from where: the address of the request, the reader's language, and
    the market's own address for the links in a mail and its name, which does for no password."""

    address: str
    locale: str
    site: str
    market: str = ""


async def begin_letter(uow: UnitOfWork, *, identifier: Identifier, asking: Asking) -> None:
    """Count a letter before the work it costs. Raises TooManyAttempts.

    Counted alike whether the identifier has an account or not.
    """
    address = rules.compute_address_key(asking.address)
    await count_attempt(uow, proof_rules.LETTERS_BY_ADDRESS, address)
    await count_attempt(uow, proof_rules.LETTERS_BY_IDENTIFIER, identifier.value)


async def open_sign_up(
    uow: UnitOfWork,
    *,
    name: str,
    identifier: Identifier,
    password_hash: str,
    asking: Asking,
) -> str:
    """Keep a sign-up until its code has come back; returns the browser's handle. Raises Invalid.

    The answer and the work are the same for a taken identifier; the letter says so to its owner.
    """
    name = rules.parse_line(name, "name", rules.NAME_MAX, "请填写姓名")
    taken = await queries.find_login(uow, identifier)
    proof = _new_proof(uow, ProofPurpose.sign_up, identifier, asking.locale)
    proof.name, proof.password_hash = name, password_hash
    proof.consent_version = rules.PRIVACY_VERSION
    proof.decoy = taken is not None
    handle = await _open(uow, proof, asking.site)
    # why: an owner is told that somebody tried, a newcomer is nobody yet; one line either way
    await note(
        uow,
        actor=Actor.stranger(),
        action="accounts.sign_up_again" if taken else "accounts.begin_sign_up",
        subject_kind="person" if taken else "address_proof",
        subject_id=taken.person_id if taken else proof.id,
    )
    return handle


async def open_reset(uow: UnitOfWork, *, identifier: Identifier, asking: Asking) -> str:
    """Send a code and a link with which a forgotten password is set anew; returns the handle.

    The answer and the work are the same for an unknown identifier.
    """
    login = await queries.find_login(uow, identifier)
    proof = _new_proof(uow, ProofPurpose.reset, identifier, asking.locale)
    proof.person_id = login.person_id if login else None
    proof.decoy = login is None
    handle = await _open(uow, proof, asking.site)
    await note(
        uow,
        actor=Actor.stranger(),
        action="accounts.begin_reset",
        subject_kind="person" if login else "address_proof",
        subject_id=login.person_id if login else proof.id,
    )
    return handle


async def open_login(
    uow: UnitOfWork,
    *,
    actor: Actor,
    identifier: Identifier,
    asking: Asking,
    replaces_id: UUID | None = None,
) -> str:
    """Send a code to an address that a person wants as a way in; returns the handle.

    ``replaces_id``: the login that goes once this one is proved. Raises Unauthenticated,
    LoginMissing, TooManyLogins. An address of somebody else is answered like a free one.
    """
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    await queries.lock_living(uow, actor.person_id)
    if replaces_id is not None:
        await proof_queries.get_login(uow, actor.person_id, replaces_id)
    elif await proof_queries.count_logins(uow, actor.person_id) >= proof_rules.LOGINS_MAX:
        raise TooManyLogins()
    proof = _new_proof(uow, ProofPurpose.add_login, identifier, asking.locale)
    proof.person_id, proof.replaces_id = actor.person_id, replaces_id
    proof.decoy = await queries.find_login(uow, identifier) is not None
    handle = await _open(uow, proof, asking.site)
    await note_person(
        uow,
        actor,
        "accounts.begin_add_login",
        actor.person_id,
        identifier_kind=identifier.kind.value,
    )
    return handle


async def send_again(
    uow: UnitOfWork, *, handle: str, purpose: ProofPurpose, asking: Asking
) -> None:
    """Send a new code, once a minute and five times in all; the old one is worthless from then on.

    Raises ProofMissing, CodeSpent, TooManyAttempts.
    """
    proof = await proof_queries.lock_proof(uow, proof_rules.compute_secret_hash(handle), purpose)
    proof_rules.check_resend(proof.sent_at, proof.sends, uow.now)
    identifier = Identifier(IdentifierKind(proof.kind), proof.value)
    await begin_letter(uow, identifier=identifier, asking=asking)
    proof.sends, proof.attempts, proof.sent_at = proof.sends + 1, 0, uow.now
    proof.expires_at = uow.now + proof_rules.PROOF_LIMIT
    await _send(uow, proof, handle, asking.site)


async def show_proof(uow: UnitOfWork, *, handle: str, purpose: ProofPurpose) -> ProofView | None:
    """What this browser waits for; None when it waits for nothing (any more)."""
    handle_hash = proof_rules.compute_secret_hash(handle)
    proof = await proof_queries.find_proof(uow, handle_hash, purpose) if handle else None
    if proof is None:
        return None
    return ProofView(
        purpose=purpose,
        kind=IdentifierKind(proof.kind),
        identifier=mask_value(proof.value),
        resend_at=proof.sent_at + proof_rules.RESEND_AFTER,
        expires_at=proof.expires_at,
        may_resend=proof.sends < proof_rules.SENDS,
    )


async def finish_sign_up(uow: UnitOfWork, *, handle: str, code: str, address: str) -> UUID | None:
    """Make the account whose code has come back; returns its person, None for a wrong code.

    Raises ProofMissing, CodeSpent, TooManyAttempts, IdentifierTaken (proved, but meanwhile taken).
    """
    proof = await _try(uow, ProofPurpose.sign_up, handle, code, address)
    if proof is None:
        return None
    identifier = Identifier(IdentifierKind(proof.kind), proof.value)
    person_id = await sign_up(
        uow,
        name=proof.name,
        identifier=identifier,
        password_hash=proof.password_hash,
        proved=True,
        consent_version=proof.consent_version,
    )
    if person_id is None:
        raise IdentifierTaken("该邮箱或手机号码已有账号，请直接登录")
    if proof.locale != SOURCE:
        # why: whoever signs up in English is also written to in English
        actor = Actor(person_id=person_id)
        mail = (await inbox.show_preferences(uow, actor=actor)).mail
        await inbox.choose_preferences(uow, actor=actor, mail=mail, language=proof.locale)
    await uow.session.delete(proof)
    return person_id


async def finish_reset(
    uow: UnitOfWork,
    *,
    handle: str,
    code: str,
    link: str,
    password_hash: str,
    address: str,
    check: Callable[[Sequence[str]], None] = lambda _: None,
) -> bool:
    """Set a new password by a code or by a mailed link's token; False for a wrong code.

    ``check`` refuses a password made of the person's names; asked only once he has proved himself,
    or it would tell a stranger what they are. Every session and every token of the person ends
    (whoever knew the old password may have made one), and he is told.
    Raises ProofMissing, CodeSpent, TooManyAttempts, and what ``check`` raises.
    """
    if link:
        await count_attempt(uow, proof_rules.CODES_BY_ADDRESS, rules.compute_address_key(address))
        found: AddressProof | None = await proof_queries.lock_proof_by_link(
            uow, proof_rules.compute_secret_hash(link)
        )
    else:
        found = await _try(uow, ProofPurpose.reset, handle, code, address)
    if found is None or found.person_id is None:
        return False
    person = await queries.lock_living(uow, found.person_id)
    identifier = Identifier(IdentifierKind(found.kind), found.value)
    login = await queries.find_login(uow, identifier)
    if login is None or login.person_id != person.id:
        return False  # why: the address is no way in of his any more
    check(await proof_queries.list_names(uow, person.id))
    login.proved_at = login.proved_at or uow.now
    await uow.session.flush()
    await proof_queries.set_password(uow, person.id, password_hash)
    await proof_queries.delete_sessions(uow, person.id)
    await end_tokens(uow, actor=Actor(person_id=person.id), person_id=person.id)
    await proof_queries.delete_proofs(uow, person.id)
    await queries.forgive_hit(uow, rules.LOGIN_BY_IDENTIFIER, identifier.value, wholly=True)
    await tell_logins(uow, person.id, letters.password_letter(reset=True), key=f"reset:{found.id}")
    await note_person(uow, Actor(person_id=person.id), "accounts.reset_password", person.id)
    return True


async def finish_login(
    uow: UnitOfWork, *, actor: Actor, handle: str, code: str, address: str
) -> bool:
    """Add the proved address to the person's ways in, in another's place if so asked; False for a
    wrong code.

    The other ways in are told. Raises Unauthenticated, ProofMissing, CodeSpent, TooManyAttempts,
    IdentifierTaken, TooManyLogins.
    """
    require(actor, access.CHANGE_OWN)
    assert actor.person_id is not None
    await queries.lock_living(uow, actor.person_id)
    proof = await _try(uow, ProofPurpose.add_login, handle, code, address, actor.person_id)
    if proof is None:
        return False
    identifier = Identifier(IdentifierKind(proof.kind), proof.value)
    logins = await proof_queries.list_logins(uow, actor.person_id)
    replaced = next((login for login in logins if login.id == proof.replaces_id), None)
    if replaced is None and len(logins) >= proof_rules.LOGINS_MAX:
        raise TooManyLogins()
    await tell_logins(
        uow,
        actor.person_id,
        letters.login_added_letter(rules.mask_identifier(identifier)),
        key=f"added:{proof.id}",
    )
    added = await queries.insert_login(
        uow,
        {
            "id": new_id(),
            "person_id": actor.person_id,
            "kind": identifier.kind.value,
            "value": identifier.value,
            "password_hash": logins[0].password_hash,
            "created_at": uow.now,
            "proved_at": uow.now,
        },
    )
    if not added:
        raise IdentifierTaken("该邮箱或手机号码已有账号，不能添加")
    if replaced is not None:
        await drop_login(uow, replaced, letters.login_removed_letter(), proof.locale)
    await uow.session.delete(proof)
    await note_person(
        uow,
        actor,
        "accounts.add_login",
        actor.person_id,
        identifier_kind=identifier.kind.value,
    )
    return True


def _new_proof(
    uow: UnitOfWork, purpose: ProofPurpose, identifier: Identifier, locale: str
) -> AddressProof:
    return AddressProof(
        id=new_id(),
        purpose=purpose.value,
        kind=identifier.kind.value,
        value=identifier.value,
        locale=locale,
        sent_at=uow.now,
        expires_at=uow.now + proof_rules.PROOF_LIMIT,
        decoy=False,
        sends=1,
    )


async def _open(uow: UnitOfWork, proof: AddressProof, site: str) -> str:
    handle = secrets.token_urlsafe(32)
    proof.handle_hash = proof_rules.compute_secret_hash(handle)
    await _send(uow, proof, handle, site)
    return handle


async def _send(uow: UnitOfWork, proof: AddressProof, handle: str, site: str) -> None:
    """A new code on its way. A decoy's letter holds none, and nothing fits what is stored."""
    purpose, kind = ProofPurpose(proof.purpose), IdentifierKind(proof.kind)
    code = proof_rules.make_code(secrets.randbelow(10**6))
    link = secrets.token_urlsafe(32)
    if proof.decoy:
        proof.code_hash, proof.link_hash = secrets.token_bytes(32), secrets.token_bytes(32)
        letter = letters.decoy_letter(purpose, kind, site=site)
    else:
        proof.code_hash = proof_rules.compute_code_hash(handle, code)
        proof.link_hash = proof_rules.compute_secret_hash(link)
        path = (
            f"{letters.RESET_PATH}?token={link}"
            if purpose is ProofPurpose.reset
            else f"{letters.SIGN_UP_PATH}?code={code}"
        )
        letter = letters.code_letter(purpose, kind, code=code, link=path, site=site)
    uow.session.add(proof)
    await uow.session.flush()
    await inbox.send(
        uow,
        contact=Contact("pending", proof.id),
        channel=kind.value,
        subject=letter.subject,
        body=letter.body,
        key=f"proof:{proof.id}:{proof.sends}",
        secret=True,
        language=proof.locale,
    )


async def _try(
    uow: UnitOfWork,
    purpose: ProofPurpose,
    handle: str,
    code: str,
    address: str,
    person_id: UUID | None = None,
) -> AddressProof | None:
    """Spend one of the five tries; the locked proof when the code fits, else None."""
    await count_attempt(uow, proof_rules.CODES_BY_ADDRESS, rules.compute_address_key(address))
    proof = await proof_queries.lock_proof(uow, proof_rules.compute_secret_hash(handle), purpose)
    proof_rules.check_attempts(proof.attempts)
    await count_attempt(uow, proof_rules.CODES_BY_IDENTIFIER, proof.value)
    proof.attempts += 1
    code = proof_rules.parse_code(code)
    fits = proof_rules.is_same(proof_rules.compute_code_hash(handle, code), proof.code_hash)
    if not fits or proof.decoy or (person_id is not None and proof.person_id != person_id):
        return None
    await queries.forgive_hit(uow, proof_rules.CODES_BY_IDENTIFIER, proof.value, wholly=True)
    return proof
