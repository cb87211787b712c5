"""The ``market`` commands of whoever keeps a market running: check, backup, restore, jobs."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import text

from app import archive
from app.archive import ArchiveError, Manifest
from app.audit import service as audit
from app.backup import make_backup
from app.core.actor import SYSTEM
from app.core.calendar import enter_year
from app.core.db import connect_raw
from app.core.ids import new_id
from app.core.money import format_yuan
from app.core.settings import Settings
from app.core.signs import SignOf, give_sign
from app.core.tx import Tx, UnitOfWork
from app.ledger import service as ledger
from app.migrate import newest_revision, upgrade
from app.operations import service as operations
from app.operations.types import STATE_LABELS, Machine, Report, State
from app.place import embedded_server, located
from app.restore import check_place, check_source, finish, restore
from app.terminal import connected, load_settings, refuse, run_with_tx, say
from app.worker import make_queries

TargetArgument = Annotated[
    Path, typer.Argument(help="备份放在哪里：一个还没有的名字，或一个文件夹（在其中按时间命名）")
]
SourceArgument = Annotated[Path, typer.Argument(help="一份备份", exists=True, file_okay=False)]


def add_operations(app: typer.Typer, verify: typer.Typer) -> None:
    """Hang the commands on the ``market`` command."""
    app.command("check")(check)
    app.command("backup")(backup)
    app.command("restore")(restore_market)
    app.command("jobs")(jobs)
    app.command("calendar")(calendar)
    verify.command("ledger")(verify_ledger)
    verify.command("backup")(verify_backup)


def check() -> None:
    """开业检查：逐项说明哪里还不适合正式运行；有须立即处理的项目时以状态 1 结束。"""
    settings = load_settings()
    with located(settings, say) as placed:
        machine = Machine(placed, newest_revision())
        report = asyncio.run(
            connected(placed.database_url, lambda tx: operations.check_market(tx, machine))
        )
    tell_report(report)
    if any(point.state is State.bad for point in report.points):
        raise typer.Exit(1)


def tell_report(report: Report) -> None:
    """The points as lines, the open ones with what to do about them."""
    for point in report.points:
        say(f"[{STATE_LABELS[point.state]}] {point.title}：{point.found}")
        if point.open:
            for line in point.lines:
                say(f"    · {line}")
            say(f"    为什么重要：{point.why}")
            say(f"    怎样处理：{point.mend}")
    say(f"共检查 {len(report.points)} 项，{report.open} 项待处理。")


def backup(
    target: TargetArgument,
    verify: Annotated[bool, typer.Option("--verify", help="写完后全部读回校验")] = False,
) -> None:
    """备份数据库与文件，市场照常运行；做成之前不会出现在目标位置。"""
    settings = load_settings()
    with located(settings, say) as placed:
        place = asyncio.run(make_backup(placed, target, say=say, check=verify))
        manifest = archive.read_manifest(place)
        asyncio.run(connected(placed.database_url, lambda tx: tx.run(note_backup, manifest)))


async def note_backup(uow: UnitOfWork, manifest: Manifest) -> None:
    """Leave a sign and an audit line: what was backed up, by its hash."""
    part = manifest.parts[archive.DATABASE]
    facts = {"dump": part.sha256, "bytes": part.bytes, "files": manifest.files}
    await give_sign(uow, of=SignOf.backup, facts=facts)
    await audit.note(
        uow,
        actor=SYSTEM,
        action="operations.backup",
        subject_kind="backup",
        subject_id=new_id(),
        facts=facts,
    )


def restore_market(
    source: SourceArgument,
    other_key: Annotated[
        bool, typer.Option("--other-key", help="密钥与备份时不同也恢复；密封的内容将打不开")
    ] = False,
    send_pending: Annotated[
        bool, typer.Option("--send-pending", help="备份时还没寄出的邮件与回调照常寄出")
    ] = False,
) -> None:
    """把备份恢复到空的数据目录和空的数据库，然后验证审计链与账本。"""
    settings = load_settings()
    if settings.embedded and is_running(settings):
        refuse(f"数据目录 {settings.data_dir} 的市场正在运行；请先停止它，或另选空的数据目录。")
    manifest = check_source(settings, source, other_key=other_key, say=say)
    resumed = check_place(settings, manifest)
    with located(settings, say) as placed:
        asyncio.run(restore(placed, manifest, source, resumed=resumed, send=send_pending, say=say))
        asyncio.run(connected(placed.database_url, lambda tx: prove(tx, manifest)))
        if manifest.revision != newest_revision():
            say(f"正在把数据库从 {manifest.revision} 升级到 {newest_revision()}……")
            asyncio.run(upgrade(placed.owner_database_url))
    finish(settings)
    say(f"恢复完成：{sum(manifest.counts.values())} 行，{manifest.files} 个文件。")
    say("所有人需要重新登录。备份之后撤销的角色和访问令牌重新有效，请核对后再开放访问。")
    if not send_pending:
        say("备份时还没寄出的邮件与回调不再寄出（站内消息仍在）。")


def is_running(settings: Settings) -> bool:
    """Whether a market holds this data folder now."""
    folder = settings.data_dir / "postgres"
    return folder.exists() and embedded_server(settings, say).join()


async def prove(tx: Tx, manifest: Manifest) -> None:
    """The audit chain holds as far as the manifest says, and the books balance. ArchiveError."""
    fault, position, head = await walk_chain(tx)
    if fault is not None:
        raise ArchiveError(f"审计链在第 {fault.position} 条处不成立：{fault.what}。")
    if position < manifest.audit["position"]:
        raise ArchiveError(f"审计链只有 {position} 条，清单说有 {manifest.audit['position']} 条。")
    faults = await tx.run(ledger.verify_books)
    books = await tx.run(ledger.sum_books)
    if faults or not books.balanced:
        raise ArchiveError(f"账本不平：{len(faults)} 个账户与流水不符。")
    say(f"审计链完整：共 {position} 条，链首 {head.hex()}。")
    say(tell_books(books))


def tell_books(books: ledger.Books) -> str:
    """The books in one line; amounts in yuan."""
    return (
        f"账本平衡：{books.accounts} 个账户，{books.transfers} 笔流水，"
        f"已划转 {format_yuan(books.debits_posted)}，冻结中 {format_yuan(books.debits_pending)}。"
    )


def verify_ledger() -> None:
    """由流水重算每个账户的合计；指出不符的账户。"""

    async def count(tx: Tx) -> tuple[list[ledger.BookFault], ledger.Books]:
        return await tx.run(ledger.verify_books), await tx.run(ledger.sum_books)

    faults, books = run_with_tx(count)
    for fault in faults:
        say(f"账户 {fault.account_id}：记有 {fault.kept}，流水合计 {fault.counted}（分）。")
    if faults or not books.balanced:
        refuse("账本不平。")
    say(tell_books(books))


def verify_backup(source: SourceArgument) -> None:
    """把一份备份从头读一遍，与清单核对。"""
    manifest = archive.read_manifest(source)
    faults = archive.check_parts(source, manifest)
    for fault in faults[:20]:
        say(fault)
    if faults:
        refuse(f"备份不完整：{len(faults)} 处与清单不符。")
    say(f"备份完整：{manifest.made_at[:19]}，{manifest.files} 个文件。")


def jobs(
    retry: Annotated[bool, typer.Option("--retry", help="全部重新执行")] = False,
) -> None:
    """列出多次失败而搁置的后台任务；--retry 让它们重新执行。"""

    async def see(tx: Tx) -> list[Any]:
        async def read(uow: UnitOfWork) -> list[Any]:
            found = await uow.session.execute(
                text(
                    "SELECT id, entrypoint, attempts, created FROM queue.pgqueuer"
                    " WHERE status = 'failed' ORDER BY created LIMIT 1000"
                )
            )
            return list(found)

        return await tx.run(read)

    settings = load_settings()
    with located(settings, say) as placed:
        held = asyncio.run(connected(placed.database_url, see))
        for job in held:
            say(f"{job.id}  {job.entrypoint}  始于 {job.created:%Y-%m-%d %H:%M:%S}")
        if retry and held:
            asyncio.run(requeue(placed.database_url, [job.id for job in held]))
    if not held:
        say("没有搁置的任务。")
    elif retry:
        say(f"{len(held)} 个任务已重新排队。")
    else:
        say(f"共 {len(held)} 个；原因见后台进程日志，修复后用 market jobs --retry 重新执行。")


def calendar(
    year: Annotated[int, typer.Argument(help="年份", min=2020, max=2100)],
    source: Annotated[str, typer.Option(help="出处，例如国务院办公厅通知的名称与文号")],
    holiday: Annotated[
        list[str], typer.Option(help="放假：2027-01-01=元旦，或 2027-01-01..2027-01-03=元旦")
    ],
    workday: Annotated[
        list[str] | None, typer.Option(help="调休上班：2027-02-07=春节调休上班")
    ] = None,
) -> None:
    """录入一年的节假日安排，替换该年原有的安排；已经算定的期限不变。"""
    days = {
        day: (is_working, name)
        for spans, is_working in ((holiday, False), (workday or [], True))
        for span in spans
        for day, name in read_span(span, year)
    }

    async def enter(uow: UnitOfWork) -> None:
        await enter_year(uow, year=year, source=source, days=days)
        await audit.note(
            uow,
            actor=SYSTEM,
            action="operations.enter_calendar",
            subject_kind="calendar",
            subject_id=new_id(),
            facts={"year": year, "days": len(days), "source": source},
        )

    run_with_tx(lambda tx: tx.run(enter))
    say(f"已录入 {year} 年的 {len(days)} 天。")


def read_span(span: str, year: int) -> list[tuple[date, str]]:
    """``2027-01-01..2027-01-03=元旦`` as days with their name; refuses what is none of the year."""
    dates, _, name = span.partition("=")
    first, _, last = dates.partition("..")
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        refuse(f"看不懂日期“{span}”，请写成 2027-01-01=元旦 或 2027-01-01..2027-01-03=元旦。")
    if not name or ends < begins or {begins.year, ends.year} != {year}:
        refuse(f"“{span}”须有名称，日期须在 {year} 年内且先后有序。")
    return [(begins + timedelta(days=n), name) for n in range((ends - begins).days + 1)]


async def requeue(database_url: str, ids: list[Any]) -> None:
    """Put held jobs into the queue again."""
    connection = await connect_raw(database_url)
    try:
        await make_queries(connection).requeue_jobs(ids)
    finally:
        await connection.close()


async def walk_chain(tx: Tx) -> tuple[audit.Fault | None, int, bytes]:
    """Verify the audit chain from its beginning: the first fault or None, how far, the head."""
    fault, position, head = await tx.run(audit.verify_chain)
    while fault is None:
        fault, further, head = await tx.run(audit.verify_chain, after=position, previous=head)
        if further == position:
            break
        position = further
    return fault, position, head
