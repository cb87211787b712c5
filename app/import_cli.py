"""``market import``: bring a file in, and say row by row what was refused and why."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from app.accounts import service as accounts
from app.accounts.types import OrganisationView
from app.catalogue import import_service as catalogue
from app.core.actor import SYSTEM
from app.core.tables import UnreadableError, open_table
from app.core.tx import Tx
from app.demands import import_service as demands
from app.imports.runner import (
    Outcome,
    Source,
    StoppedError,
    Watch,
    fingerprint,
    run_import,
    write_report,
)
from app.imports.types import Layout, OnBadRow, Refusal, WriteChunk
from app.tether import tie
from search.analysis import warm_up

R = TypeVar("R")
_LONG_FILE = 1000  # rows
_SHOWN = 20  # refused rows printed; the report file holds all of them

FileArgument = Annotated[
    Path, typer.Argument(help="CSV、XLSX 或 JSONL 文件，按内容识别", exists=True, dir_okay=False)
]
OwnerOption = Annotated[
    str, typer.Option("--owner", help="托管单位：统一社会信用代码、单位全称或编号（UUID）")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")]
OnBadOption = Annotated[
    OnBadRow, typer.Option("--on-bad", help="遇到不合格的行：skip 跳过，stop 整个文件不导入")
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="把被拒绝的行写入这个 CSV 文件", dir_okay=False)
]


class Runner(Protocol):
    """Runs a piece of work on the market's database."""

    def __call__(self, work: Callable[[Tx], Awaitable[R]], /) -> R: ...


def make_import_app(
    run: Runner, refuse: Callable[[str], NoReturn], console: Console
) -> typer.Typer:
    """The ``import`` commands; how to reach the database and how to refuse is the caller's."""
    app = typer.Typer(help="导入成果或需求。", no_args_is_help=True)

    def bring_in(
        layout: Layout[Any],
        write: WriteChunk,
        file: Path,
        owner: str,
        dry_run: bool,
        on_bad: OnBadRow,
        report: Path | None,
    ) -> None:
        try:
            source = fingerprint(open_table(file))
        except (UnreadableError, OSError) as error:
            refuse(f"无法读取 {file.name}：{error}")
        started = time.monotonic()
        pool = make_pool(source)

        async def work(tx: Tx) -> Outcome:
            care = await find_care(tx, owner)
            console.print(f"{file.name} → {care.name}", markup=False)
            with watched(console, source) as watch:
                return await run_import(
                    tx,
                    layout,
                    write,
                    source=source,
                    actor=SYSTEM,
                    care_id=care.id,
                    dry_run=dry_run,
                    on_bad=on_bad,
                    watch=watch,
                    pool=pool,
                )

        try:
            outcome = run(work)
        except CareUnknownError as error:
            refuse(str(error))
        except UnreadableError as error:
            refuse(f"无法导入 {file.name}：{error}")
        except StoppedError as stopped:
            show_refusals(console, stopped.outcome.refusals, report)
            refuse(str(stopped))
        finally:
            if pool is not None:
                pool.shutdown(cancel_futures=True)
        show_outcome(console, outcome, dry_run, time.monotonic() - started)
        show_refusals(console, outcome.refusals, report)

    @app.command("achievements")
    def achievements(
        file: FileArgument,
        owner: OwnerOption,
        dry_run: DryRunOption = False,
        on_bad: OnBadOption = OnBadRow.skip,
        report: ReportOption = None,
    ) -> None:
        """导入科技成果（专利、登记成果）。"""
        write = catalogue.write_achievements
        bring_in(catalogue.LAYOUT, write, file, owner, dry_run, on_bad, report)

    @app.command("demands")
    def demands_(
        file: FileArgument,
        owner: OwnerOption,
        dry_run: DryRunOption = False,
        on_bad: OnBadOption = OnBadRow.skip,
        report: ReportOption = None,
    ) -> None:
        """导入技术需求。"""
        bring_in(demands.LAYOUT, demands.write_demands, file, owner, dry_run, on_bad, report)

    return app


def make_pool(source: Source) -> Executor | None:
    """A process of its own to analyse words in, for a file that is worth its start.

    Started now, while this process has no threads that a fork could surprise.
    """
    if source.about_rows < _LONG_FILE or "fork" not in multiprocessing.get_all_start_methods():
        return None
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("fork"), initializer=_begin)
    pool.submit(warm_up)
    return pool


def _begin() -> None:
    """The analysing process ends with its parent, which alone answers Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tie()


class CareUnknownError(LookupError):
    """Whose care is meant cannot be told; the message is a sentence for people."""


async def find_care(tx: Tx, word: str) -> OrganisationView:
    """The organisation whose care the rows come into; CareUnknownError for none and several."""
    found = await tx.run(accounts.find_organisations, word=word)
    if len(found) > 1:
        raise CareUnknownError(f"有多个单位叫“{word}”，请改用统一社会信用代码")
    if not found:
        known = await tx.run(accounts.list_organisations, limit=8)
        names = "、".join(organisation.name for organisation in known.items)
        hint = f"例如：{names}" if names else "市场里还没有单位。"
        raise CareUnknownError(f"没有找到已认证的单位“{word}”。{hint}")
    return found[0]


@contextmanager
def watched(console: Console, source: Source) -> Iterator[Watch]:
    """A progress bar of rows read; without a total where a file does not tell it cheaply."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("已读取行", total=source.about_rows or None)
        yield lambda read: progress.update(task, completed=read)
        progress.update(task, total=progress.tasks[task].completed)


def show_outcome(console: Console, outcome: Outcome, dry_run: bool, seconds: float) -> None:
    """What became of the rows, and how fast."""
    if outcome.header.ignored:
        console.print("未使用的列：" + "、".join(outcome.header.ignored), markup=False)
    if outcome.resumed_after:
        console.print(f"接续上次导入：前 {outcome.resumed_after} 块此前已写入", markup=False)
    tally, rate = outcome.tally, outcome.tally.read / max(seconds, 0.001)
    if dry_run:
        line = f"检查完毕，未写入：共 {tally.read} 行，可导入 {outcome.good}，拒绝 {tally.refused}"
    else:
        line = (
            f"共 {tally.read} 行：新增 {tally.inserted}，更新 {tally.updated}，"
            f"未变 {tally.unchanged}，拒绝 {tally.refused}"
        )
    console.print(f"{line}（{seconds:.1f} 秒，每秒 {rate:.0f} 行）", markup=False)


def show_refusals(console: Console, refusals: tuple[Refusal, ...], report: Path | None) -> None:
    """The first refused rows, the reasons counted, and the whole list in the report file."""
    if report is not None:
        write_report(report, refusals)
        console.print(f"被拒绝的行已写入 {report}", markup=False)
    if not refusals:
        return
    grid = Grid("行号", "列", "原因", "原值")
    for refusal in refusals[:_SHOWN]:
        grid.add_row(
            str(refusal.line), *map(_plain, (refusal.column, refusal.reason, refusal.value))
        )
    console.print(grid)
    if len(refusals) > _SHOWN:
        console.print(f"……共 {len(refusals)} 处，用 --report 文件名.csv 查看全部", markup=False)
    for reason, count in Counter(_kind_of(refusal) for refusal in refusals).most_common():
        console.print(f"  {reason}：{count} 行", markup=False)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")  # why: rich takes brackets for markup


def _kind_of(refusal: Refusal) -> str:
    """A reason without the line it points at, so that alike ones are counted together."""
    head, found, _ = refusal.reason.partition("与第 ")
    return f"{head}与前面的行重复" if found else refusal.reason
