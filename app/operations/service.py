"""The verbs: look at everything, say whether the market may serve, send oneself a mail."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from app.audit import service as audit
from app.core.access import require
from app.core.actor import Actor
from app.core.clock import read_offset
from app.core.errors import Conflict
from app.core.i18n import Message, _n
from app.core.signs import read_signs
from app.core.tx import Tx, UnitOfWork
from app.inbox import service as inbox
from app.inbox.types import Contact
from app.operations import access, queries, rules
from app.operations.machine import compute_skew, find_disk, is_encoder_missing
from app.operations.types import Machine, Report, Seen
from search.drift.checking import read_last
from search.following import queries as followers

__all__ = ["check_market", "check_ready", "count_open", "send_test_mail", "show_checks"]

log = logging.getLogger("market.operations")

PATIENCE_S: Final = 3.0
"""How long the database may take to answer before it counts as away."""
DEAD_SHOWN: Final = 20
"""Documents that followers gave up, as many as are told of."""
AWAY: Final = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What is raised then; TimeoutError is an OSError."""


async def show_checks(uow: UnitOfWork, *, actor: Actor, machine: Machine) -> Report:
    """Every point, for the administrator. Raises Unauthenticated, Forbidden."""
    require(actor, access.SEE_CHECKS)
    return await look(uow, machine=machine)


async def count_open(uow: UnitOfWork, *, actor: Actor, machine: Machine) -> int | None:
    """How many points wait for the administrator; None for everybody else."""
    if not actor.signed_in or not actor.roles & access.SEE_CHECKS.platform:
        return None
    return (await look(uow, machine=machine)).open


async def look(uow: UnitOfWork, *, machine: Machine) -> Report:
    """Read everything in one transaction and decide on it."""
    seen = await see(uow, machine)
    return Report(seen.now, rules.check_points(machine, seen))


async def see(uow: UnitOfWork, machine: Machine) -> Seen:
    """What the checks are decided on."""
    jobs = await queries.list_jobs(uow)
    outgoing = await queries.list_outgoing(uow)
    return Seen(
        now=uow.now,
        database_skew=compute_skew(await queries.read_database_clock(uow)),
        offset=await read_offset(uow.session),
        revision=await queries.find_revision(uow),
        role=await queries.get_role(uow),
        signs=await read_signs(uow),
        dated=tuple(
            [await queries.count_unread(uow, name) for name in await queries.list_dated_tables(uow)]
        ),
        calendar_years=await queries.list_calendar_years(uow),
        role_holders=await queries.count_role_holders(uow),
        demo_logins=await queries.count_demo_logins(uow),
        held_jobs=sum(row.count for row in jobs if row.status == "failed"),
        dead_dispatches=outgoing.get(("mail", "dead"), 0),
        mails_failing=await queries.count_failing_mails(uow),
        overdue_s=await queries.get_overdue_s(uow),
        disk=find_disk(machine.settings.data_dir),
        followers=tuple(await followers.list_standings(uow)),
        dead_documents=tuple(await followers.list_dead(uow, DEAD_SHOWN)),
        index_check=await read_last(uow),
        encoder_missing=is_encoder_missing(machine.settings),
    )


async def check_market(tx: Tx, machine: Machine) -> Report:
    """Every point, whether or not the database can be asked; for the terminal and for readiness."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            revision = await tx.run(queries.find_revision)
            if revision != machine.revision:
                return Report(None, (rules.judge_schema(machine, revision),))
            return await tx.run(look, machine=machine)
    except AWAY as error:
        log.warning("checks failed: %s", type(error).__name__)
        return Report(None, (rules.unreachable(type(error).__name__),))


async def check_ready(tx: Tx, machine: Machine) -> Report:
    """The points that readiness is about."""
    report = await check_market(tx, machine)
    points = tuple(point for point in report.points if point.key in rules.READINESS)
    return Report(report.at, points)


async def send_test_mail(uow: UnitOfWork, *, actor: Actor, machine: Machine, key: str) -> None:
    """Send a mail to the administrator's own address; the same key sends it once.

    Raises Unauthenticated, Forbidden, Conflict (no mail server is set outside demo mode).
    """
    require(actor, access.SEND_TEST_MAIL)
    assert actor.person_id is not None
    if not machine.settings.smtp_url and not machine.settings.may_move_clock:
        raise Conflict(_n("没有配置邮件服务器，请先设置 MARKET_SMTP_URL"))
    await inbox.send(
        uow,
        contact=Contact("person", actor.person_id),
        channel="email",
        subject=Message(_n("测试邮件")),
        body=Message(_n("这是一封测试邮件。收到它，说明市场可以寄出邮件。")),
        key=f"operations.test-mail:{actor.person_id}:{key}",
        secret=False,
    )
    await audit.note(
        uow,
        actor=actor,
        action="operations.send_test_mail",
        subject_kind="person",
        subject_id=actor.person_id,
    )
