"""Telling: a notice into inboxes, an event to webhooks, a direct mail or text to one contact."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.core.i18n import SOURCE
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.inbox import endpoint_queries, queries, rules
from app.inbox.texts import pack
from app.inbox.types import Channel, Contact, MailMode, Notice, SendState


async def post(
    uow: UnitOfWork,
    *,
    person_ids: Collection[UUID],
    notice: Notice,
    key: str,
    organisation_id: UUID | None = None,
) -> int:
    """Put a notice into these people's inboxes, and mail it as each of them prefers.

    Returns how many had not got it: each person at most once per ``key`` (160 characters at most).
    ``organisation_id`` is the organisation for whose sake they are told.
    """
    if not person_ids:
        return 0
    preferences = await queries.list_preferences(uow, set(person_ids))
    shared = {
        "organisation_id": organisation_id,
        "key": key,
        "kind": notice.kind,
        "subject": pack(notice.subject),
        "body": pack(notice.body),
        "href": notice.href,
        "facts": dict(notice.facts),
        "urgent": notice.urgent,
        "created_at": uow.now,
        "read_at": None,
    }
    rows = {
        new_id(): (person_id, mail, language)
        for person_id, (mail, language) in sorted(preferences.items())
    }
    added = await queries.insert_messages(
        uow,
        [
            shared
            | {
                "id": message_id,
                "person_id": person_id,
                "for_digest": mail is MailMode.daily and not notice.urgent,
            }
            for message_id, (person_id, mail, _) in rows.items()
        ],
    )
    new = {message_id: rows[message_id] for message_id in rows if message_id in added}
    await _mail(uow, notice, new)
    return len(added)


async def _mail(
    uow: UnitOfWork, notice: Notice, new: dict[UUID, tuple[UUID, MailMode, str]]
) -> None:
    """Mail what is to be mailed at once, and let a digest be due for the rest."""
    dispatches, digests = [], set()
    for message_id, (person_id, mail, language) in new.items():
        if rules.is_mailed_at_once(mail, urgent=notice.urgent):
            dispatches.append(
                dispatch_row(
                    uow,
                    key=f"message:{message_id}",
                    kind="notice",
                    contact=Contact("person", person_id),
                    channel="email",
                    language=language,
                    subject=notice.subject,
                    parts=[part(notice.subject, notice.body, notice.href)],
                )
            )
        elif mail is MailMode.daily:
            digests.add(person_id)
    if dispatches:
        await queries.insert_dispatches(uow, dispatches)
    if digests:
        await queries.expect_digests(uow, digests, rules.compute_digest_due(uow.now))


async def post_event(
    uow: UnitOfWork, *, notice: Notice, key: str, organisation_id: UUID | None
) -> int:
    """Tell the webhooks that subscribed to the notice's kind; returns how many are new.

    ``organisation_id`` None is a public event: it goes to every subscriber. Each endpoint gets it
    at most once per ``key``. The body never leaves: only kind, subject, href and facts do.
    """
    endpoints = await endpoint_queries.list_subscribed(uow, notice.kind, organisation_id)
    if not endpoints:
        return 0
    return await endpoint_queries.insert_deliveries(
        uow, [delivery_row(uow, endpoint_id, notice, key) for endpoint_id in endpoints]
    )


async def send(
    uow: UnitOfWork,
    *,
    contact: Contact,
    channel: Channel,
    subject: str,
    body: str,
    key: str,
    secret: bool = False,
    language: str | None = None,
) -> int:
    """Send one mail or text to one contact, whatever he prefers; once per ``key``.

    For what he asked for himself, such as a code. A ``secret`` body is wiped as soon as it has
    gone or was given up. Without ``language`` a person is written to in the one he chose.
    """
    if language is None and contact.kind == "person":
        _, language = (await queries.list_preferences(uow, [contact.id]))[contact.id]
    return await queries.insert_dispatches(
        uow,
        [
            dispatch_row(
                uow,
                key=key,
                kind="direct",
                contact=contact,
                channel=channel,
                language=language or SOURCE,
                subject=subject,
                parts=[part("", body, "")],
                secret=secret,
            )
        ],
    )


def part(subject: str, body: str, href: str) -> dict[str, Any]:
    """One item of a mail."""
    return {"subject": pack(subject), "body": pack(body), "href": href}


def dispatch_row(
    uow: UnitOfWork,
    *,
    key: str,
    kind: str,
    contact: Contact,
    channel: Channel,
    language: str,
    subject: str,
    parts: list[dict[str, Any]],
    secret: bool = False,
) -> dict[str, Any]:
    """A mail or text that is due now."""
    return {
        "id": new_id(),
        "key": key,
        "kind": kind,
        "contact_kind": contact.kind,
        "contact_id": contact.id,
        "channel": channel,
        "language": language,
        "subject": pack(subject),
        "parts": parts,
        "secret": secret,
        "state": SendState.waiting.value,
        "attempts": 0,
        "due_at": uow.now,
        "last_error": pack(""),
        "created_at": uow.now,
        "sent_at": None,
    }


def delivery_row(uow: UnitOfWork, endpoint_id: UUID, notice: Notice, key: str) -> dict[str, Any]:
    """An event that is due now at one endpoint."""
    return {
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "key": key,
        "kind": notice.kind,
        "title": pack(notice.subject),
        "href": notice.href,
        "facts": dict(notice.facts),
        "occurred_at": uow.now,
        "state": SendState.waiting.value,
        "attempts": 0,
        "due_at": uow.now,
        "response_status": None,
        "last_error": pack(""),
        "created_at": uow.now,
        "delivered_at": None,
    }
