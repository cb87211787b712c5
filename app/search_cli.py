"""``market reindex``: compares the search index with what it was made of, and puts it right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from app.core.settings import Settings
from app.core.tx import Tx
from app.place import located
from app.searching import ENGINE
from app.sources import SOURCES
from app.terminal import connected, console, load_settings, refuse, say
from search import vectors
from search.documents import Kind
from search.drift.checking import check_follower, note_checked
from search.drift.queries import count_kind
from search.drift.walking import Drift, walk
from search.engines import make_search_engine
from search.following import queries
from search.following.engine import EngineFollower
from search.index import EngineDown, EngineRefused
from search.sources import Source

KIND_LABELS: Final = {
    Kind.achievement: "成果",
    Kind.offer: "供给信息",
    Kind.package: "成果包",
    Kind.demand: "需求",
    Kind.lot: "标的",
    Kind.notice: "公示",
}
_BUSY_S: Final = 0.5

Tell = Callable[[int], None]


def add_search(app: typer.Typer) -> None:
    """Hang the command on the ``market`` command."""
    app.command("reindex")(reindex)


def reindex(
    kind: Annotated[
        list[Kind] | None, typer.Option(help="只处理某一类（可重复）；不填则全部")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="只核对不改动；有差异时以状态 1 结束")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="另建一份 Meilisearch 索引，建成后替换；搜索不中断")
    ] = False,
    retry_dead: Annotated[
        bool, typer.Option("--retry-dead", help="只把多次被拒绝而搁置的文档重新排队")
    ] = False,
) -> None:
    """把搜索索引与各业务数据逐条核对并修复；市场照常运行，中断后再次运行会接着做。"""
    settings = load_settings()
    if rebuild and not settings.meili_url:
        refuse("没有设置 MARKET_MEILI_URL，不需要 --rebuild：索引就在数据库里。")
    if check and (rebuild or retry_dead):
        refuse("--check 只核对，不能与 --rebuild 或 --retry-dead 同用。")
    sources = [source for source in SOURCES if not kind or source.kind in kind]
    if not sources:
        refuse("这一类没有可以搜索的内容。")

    async def work(tx: Tx) -> int:
        if retry_dead:
            say(f"{await tx.run(queries.revive)} 个文档已重新排队，由后台进程处理。")
            return 0
        wrong = await compare(tx, sources, repair=not check)
        if settings.meili_url and not check:
            await mend_engine(tx, settings, rebuild=rebuild)
        await tell_followers(tx)
        return wrong

    with located(settings, say) as placed:
        wrong = asyncio.run(connected(placed.database_url, work))
    if check and wrong:
        raise typer.Exit(1)


async def compare(tx: Tx, sources: Sequence[Source], *, repair: bool) -> int:
    """Walk through these rooms; how many documents were wrong."""
    whole = Drift()
    started = time.monotonic()
    for source in sources:
        label = KIND_LABELS[source.kind]
        with watched(label, await tx.run(count_kind, source.kind)) as tell:
            found = await walk(tx, source, repair=repair, tell=_count(tell))
        if found.wrong:
            say(
                f"{label}：缺少 {found.missing}，内容不符 {found.different}，多余 {found.extra}"
                + ("，已修复。" if repair else "。")
            )
        whole += found
    if repair and len(sources) == len(SOURCES):
        await tx.run(note_checked, whole)
    seconds = time.monotonic() - started
    rate = whole.compared / max(seconds, 0.001)
    verdict = (
        "与业务数据一致" if not whole.wrong
        else f"修复 {whole.wrong} 条" if repair
        else f"有 {whole.wrong} 条不符，去掉 --check 再运行即可修复"
    )  # fmt: skip
    say(f"核对 {whole.compared} 条，{verdict}（{seconds:.1f} 秒，每秒 {rate:.0f} 条）。")
    return whole.wrong


def _count(tell: Tell) -> Callable[[Drift], None]:
    return lambda part: tell(part.compared)


async def mend_engine(tx: Tx, settings: Settings, *, rebuild: bool) -> None:
    """Compare the engine beside the database with the index, or build it anew."""
    engine = make_search_engine(settings, await tx.run(vectors.find_model), admin=True)
    assert engine is not None, "the settings name its address"
    follower = EngineFollower(ENGINE, tx, engine, vectors.read_vectors)
    try:
        if rebuild:
            total = sum([await tx.run(count_kind, kind) for kind in Kind])
            with watched("Meilisearch", total) as tell:
                while not await follower.rebuild(tell):  # noqa: ASYNC110 - what is not here
                    await asyncio.sleep(_BUSY_S)  # another process is at it
            say("Meilisearch 索引已重建并替换。")
        elif wrong := await check_follower(tx, follower):
            say(f"Meilisearch 有 {wrong} 条与索引不符，已排队，由后台进程处理。")
        else:
            say("Meilisearch 与索引一致。")
    except (EngineDown, EngineRefused) as fault:
        refuse(f"Meilisearch 没有完成：{fault}")
    finally:
        await engine.close()


async def tell_followers(tx: Tx) -> None:
    """What still waits for the worker, and what was given up."""
    for one in await tx.run(queries.list_standings):
        if one.fault:
            say(f"{one.name} 暂时不接受更新：{one.fault}")
        if one.waiting:
            say(f"还有 {one.waiting} 条等待后台进程送到 {one.name}。")
        if one.dead:
            say(f"{one.name} 有 {one.dead} 条多次被拒绝而搁置；修复后用 --retry-dead 重试：")
    for dead in await tx.run(queries.list_dead):
        say(f"    {dead.number or dead.id} {dead.title}：{dead.reason}")


class RateColumn(ProgressColumn):
    """Documents a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"每秒 {speed:.0f} 条" if speed else "")


@contextmanager
def watched(label: str, total: int) -> Iterator[Tell]:
    """A progress bar with rate and time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(label, total=total or None)
        yield lambda done: progress.advance(task, done)
        progress.update(task, total=progress.tasks[task].completed)
