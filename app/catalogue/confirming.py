"""What an entry on behalf (代录) means for the verbs of its record: not submitted unconfirmed,
mended by who entered it, asked for again when somebody else changes it before it was public."""

from __future__ import annotations

from app.accounts.service import tell_person
from app.catalogue import access, consent_queries
from app.catalogue.consent_models import AchievementConfirmation
from app.catalogue.consent_types import ConfirmationState
from app.catalogue.errors import AwaitsConfirmation
from app.catalogue.models import Achievement
from app.core.access import may
from app.core.actor import Actor
from app.core.i18n import Message, _n
from app.core.tx import UnitOfWork
from app.inbox.types import Notice


async def check_confirmed(uow: UnitOfWork, record: Achievement) -> None:
    """Raises AwaitsConfirmation while the person it was entered for has not confirmed it."""
    found = await consent_queries.find_confirmation(uow, record.id)
    if found is not None and found.state != ConfirmationState.confirmed:
        raise AwaitsConfirmation(state=found.state)


def may_mend(actor: Actor, found: AchievementConfirmation | None) -> bool:
    """Whether the actor entered this for somebody who has not confirmed it yet."""
    return (
        found is not None
        and found.entered_by == actor.person_id
        and found.state != ConfirmationState.confirmed
        and may(actor, access.ENTER_FOR)
    )


async def ask_again(uow: UnitOfWork, actor: Actor, record: Achievement) -> None:
    """After an edit, unless the record has been public, when the house answers for its edits as for
    any record: what another than the researcher changed waits for his word again, and so does what
    he had refused and mended himself."""
    found = await consent_queries.find_confirmation(uow, record.id)
    if found is None or record.published_at is not None:
        return
    own = found.person_id == actor.person_id
    if found.state == ConfirmationState.pending or (
        own and found.state == ConfirmationState.confirmed
    ):
        return
    found.state, found.reason, found.decided_at = ConfirmationState.pending, "", None
    found.confirmed_version = found.content_hash = None
    await uow.session.flush()
    if not own:
        await tell_researcher(uow, found, record)


async def tell_researcher(
    uow: UnitOfWork, found: AchievementConfirmation, record: Achievement
) -> None:
    """Tell the person that a record waits for his word."""
    await tell_person(
        uow,
        person_id=found.person_id,
        notice=Notice(
            kind="catalogue.confirmation_asked",
            subject=Message(_n("请确认为您代录的成果：%(title)s"), title=record.title),
            body=Message(
                _n("编号 %(number)s。请核对全部内容，确认后才能提交审核；内容不对可以修改或退回。"),
                number=record.number,
            ),
            href=f"/desk/confirmations/{record.number}",
            facts={"number": record.number, "version": record.version},
        ),
        key=f"confirmation-asked-{record.id}-{record.version}",
    )
