"""``market simulate``: play seeds against the bidding engine, and see a failing one again."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.auctions.engine.types import BidMode
from app.simulation.running import Run, run_many, run_seed
from app.simulation.scenario import MODES
from app.terminal import console, refuse, say

_MOST_TOLD = 5

SeedsOption = Annotated[int, typer.Option("--seeds", min=1, max=1_000_000, help="种子数量")]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="只重演这一个种子")]
FromOption = Annotated[int, typer.Option("--from", min=0, help="从这个种子开始")]
ModeOption = Annotated[str, typer.Option("--mode", help="只模拟一种竞价方式，例如 DYNAMIC")]
WorkersOption = Annotated[int, typer.Option("--workers", min=0, help="进程数量，默认与处理器相同")]


def add_simulation(app: typer.Typer) -> None:
    """Hang the command under ``market``."""
    app.command("simulate")(simulate)


def simulate(
    seeds: SeedsOption = 200,
    seed: SeedOption = None,
    first: FromOption = 0,
    mode: ModeOption = "",
    workers: WorkersOption = 0,
) -> None:
    """用虚拟时钟与随机故障演练竞价引擎；同一个种子每次结果相同。不需要数据库。"""
    chosen = _read_mode(mode)
    if seed is not None:
        _show(run_seed(seed, chosen))
        return
    started, failed, told = time.monotonic(), 0, Counter[str]()
    events = 0
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=seeds, failed="")
        cores = workers or len(os.sched_getaffinity(0))
        for run in run_many(range(first, first + seeds), chosen, workers=min(cores, seeds)):
            events += run.events
            told[f"{run.mode.value} {run.outcome}"] += 1
            if run.fault is not None:
                failed += 1
                if failed <= _MOST_TOLD:
                    _tell_fault(run, mode)
            progress.update(task, advance=1, failed=f"失败 {failed}" if failed else "")
    for what, count in sorted(told.items()):
        say(f"{what}：{count}")
    if failed:
        refuse(f"{seeds} 个种子中有 {failed} 个失败。")
    spent = time.monotonic() - started
    say(f"{seeds} 个种子、{events} 个事件全部成立，用时 {spent:.1f} 秒。")


def _read_mode(mode: str) -> BidMode | None:
    if not mode:
        return None
    if mode.upper() not in MODES:
        refuse(f"没有这种竞价方式：{mode}。可选：{'、'.join(MODES)}。")
    return BidMode(mode.upper())


def _tell_fault(run: Run, mode: str) -> None:
    chosen = f" --mode {mode}" if mode else ""
    say(f"种子 {run.seed}（{run.mode.value}）失败：{run.fault}")
    say(f"重演：market simulate --seed {run.seed}{chosen}")


def _show(run: Run) -> None:
    """One seed, event by event."""
    for line in run.log:
        say(line)
    if run.fault is not None:
        _fail(run)
    say(f"种子 {run.seed}（{run.mode.value}）成立：{run.outcome}，{run.events} 个事件。")
    say(f"终态 {run.fingerprint}")


def _fail(run: Run) -> NoReturn:
    refuse(f"种子 {run.seed}（{run.mode.value}）失败：{run.fault}")
