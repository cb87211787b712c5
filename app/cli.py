"""The ``market`` command. Every fault that people can cause is one sentence, never a trace."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import service as accounts
from app.accounts.errors import StillObliged
from app.archive import ArchiveError
from app.bank.keys import Keys
from app.core.actor import Actor
from app.core.clock import move_offset, read_offset
from app.core.errors import DomainError, Unauthenticated
from app.core.heads import BoundedHttp
from app.core.i18n import SOURCE
from app.core.logs import configure_logs
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.sharing import FOLDER_VARIABLE, forget_figures, share_figures
from app.core.side_door import side_door
from app.core.tx import Tx, UnitOfWork
from app.embedded import EmbeddedError
from app.import_cli import make_import_app
from app.migrate import upgrade
from app.operating_cli import add_operations, walk_chain
from app.personal import PERSONAL
from app.place import located
from app.sale_cli import add_sales
from app.search_cli import add_search
from app.seed.logins import DEMO_PASSWORD, demo_logins
from app.seed.market import ensure_demo
from app.seed.stage import top_up
from app.simulation.cli import add_simulation
from app.terminal import (
    connected,
    console,
    load_serving_settings,
    load_settings,
    refuse,
    run_with_tx,
    say,
)
from app.up import UpError, up
from app.worker import PULSE, run_worker

app = typer.Typer(
    name="market",
    help="科技大市场：自建的科技成果交易市场。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
admin = typer.Typer(help="平台管理员。", no_args_is_help=True)
verify = typer.Typer(help="验证存证。", no_args_is_help=True)
app.add_typer(admin, name="admin")
app.add_typer(verify, name="verify")

app.add_typer(make_import_app(run_with_tx, refuse, console), name="import")
add_operations(app, verify)
add_simulation(app)
add_sales(verify)
add_search(app)


@app.command("up")
def run_market() -> None:
    """一条命令启动整个市场：数据库、网页与后台进程。"""
    settings = load_serving_settings()
    try:
        asyncio.run(up(settings, say=say, prepare=prepare, logins=tell_logins))
    except UpError as error:
        refuse(error.sentence)


async def prepare(settings: Settings) -> None:
    """What must be done before the market serves: the newest tables, and a demo's content."""
    await upgrade(settings.owner_database_url)
    if settings.mode is Mode.demo:
        sealer = Sealer(settings.secret_key)
        await connected(settings.database_url, lambda tx: fill_demo(tx, settings), sealer)


async def fill_demo(tx: Tx, settings: Settings) -> None:
    """Fill an empty demo market, and top up what has ended."""
    if await ensure_demo(tx, settings):
        say("已装入演示数据。")
    await top_up(tx)


def tell_logins(settings: Settings) -> list[str]:
    """The published logins, in demo mode alone."""
    if settings.mode is not Mode.demo:
        return []
    lines = [f"  {one.role_label:　<10}{one.identifier}" for one in demo_logins()]
    return [f"演示账号（密码都是 {DEMO_PASSWORD}）：", *lines]


@app.command()
def web() -> None:
    """启动网页服务（数据库地址由 MARKET_DATABASE_URL 给出）。"""
    settings = load_serving_settings()
    if settings.embedded:
        refuse("请用 market up 启动；单独启动网页服务需要 MARKET_DATABASE_URL。")
    configure_logs(as_json=settings.logs_as_json)
    sharing = settings.web_processes > 1 and FOLDER_VARIABLE not in os.environ
    if sharing:
        share_figures()
    try:
        serve_pages(settings)
    finally:
        if sharing:
            forget_figures()


def serve_pages(settings: Settings) -> None:
    """Run uvicorn until it is stopped."""
    uvicorn.run(
        "app.serving:serve",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_processes,
        log_config=None,
        access_log=False,
        http=BoundedHttp,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
        # why: a process that is still importing on a busy machine answers no ping, and would be
        # killed and started again for ever
        timeout_worker_healthcheck=60,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies or None,
    )


@app.command()
def worker(
    sweeps: Annotated[
        bool, typer.Option(help="同时执行定时任务；另有 market watch 时用 --no-sweeps")
    ] = True,
) -> None:
    """启动后台进程（数据库地址由 MARKET_DATABASE_URL 给出）。"""
    work("后台进程", jobs=True, sweeps=sweeps)


@app.command()
def watch() -> None:
    """只执行定时任务：竞价按时结束，期限按时到期，不被费时的后台任务耽搁。"""
    work("定时任务", jobs=False, sweeps=True)


def work(name: str, *, jobs: bool, sweeps: bool) -> None:
    """Run what a worker does, or a part of it, until it is stopped or the database goes."""
    settings = load_serving_settings()
    if settings.embedded:
        refuse(f"请用 market up 启动；单独启动{name}需要 MARKET_DATABASE_URL。")
    configure_logs(as_json=settings.logs_as_json)
    ended: ExceptionGroup[Exception] | None = None
    try:
        with figures_beside(settings):
            asyncio.run(run_worker(settings, jobs=jobs, sweeps=sweeps))
    except* (OSError, SQLAlchemyError) as lost:
        ended = lost
    if ended is not None:
        # Raised outside `except*`, which would wrap it into a group and show a trace.
        logging.getLogger("market.worker").error("worker ends: %s", ended.exceptions[0])
        raise typer.Exit(1)


@contextmanager
def figures_beside(settings: Settings) -> Iterator[None]:
    """The worker's side door, where MARKET_METRICS_PORT asks for one."""
    if not settings.metrics_port:
        yield
        return
    host, port = settings.metrics_host, settings.metrics_port
    with side_door(host, port, token=settings.metrics_token, pulse=PULSE):
        yield


@app.command("bank")
def run_bank(
    port: Annotated[int, typer.Option(help="监听的端口", min=1, max=65535)] = 8100,
    host: Annotated[str, typer.Option(help="监听的地址")] = "127.0.0.1",
    webhook: Annotated[
        str, typer.Option(help="通知发往哪里，例如 http://127.0.0.1:8000/payments/webhooks/bank")
    ] = "",
    keys: Annotated[
        bool, typer.Option("--keys", help="只显示市场所需的令牌和公钥，不启动")
    ] = False,
) -> None:
    """单独启动模拟银行，供演示与测试；market up 在没有配置银行时会自动启动它。"""
    settings = load_settings()
    if keys:
        held = Keys.at(settings.bank_dir, os.environ.get("BANK_TOKEN", ""))
        typer.echo(f"MARKET_BANK_TOKEN={held.token}\nMARKET_BANK_KEY={held.public}")
        return
    told = {
        "BANK_FOLDER": str(settings.bank_dir.absolute()),
        "BANK_HOST": host,
        "BANK_PORT": str(port),
        "BANK_WEBHOOK": webhook,
    }
    # another house: it becomes a process that has imported nothing of the market
    words = [sys.executable, "-m", "app.bank.serving"]
    os.execve(words[0], words, {**os.environ, **told})  # noqa: S606 - our own, without a shell


@app.command()
def migrate() -> None:
    """把数据库升级到当前版本。"""
    with located(load_settings(), say) as placed:
        asyncio.run(upgrade(placed.owner_database_url))
    say("数据库已是最新版本。")


@app.command()
def clock(
    move: Annotated[str, typer.Argument(help="向前拨多少，例如 +15d、+6h、+30m；不填则只看")] = "",
) -> None:
    """查看或向前拨动市场时钟（只限演示与测试）。"""
    settings = load_settings()
    if move and not settings.may_move_clock:
        refuse("只有演示模式可以拨动市场时钟。")
    by = parse_move(move)

    async def shift(uow: UnitOfWork) -> timedelta:
        return await (move_offset(uow.session, by) if by else read_offset(uow.session))

    offset = run_with_tx(lambda tx: tx.run(shift), owner=True)
    say(f"市场时钟比真实时间快 {offset}。" if offset else "市场时钟与真实时间一致。")


@admin.command("create")
def create_admin(
    identifier: Annotated[str, typer.Argument(help="管理员的邮箱或手机号码")],
    name: Annotated[str, typer.Option(help="姓名", prompt="姓名")],
    password: Annotated[
        str, typer.Option(help="密码（不填则询问）", prompt="密码", hide_input=True)
    ],
) -> None:
    """创建平台管理员；平台角色由管理员授予。"""
    parsed = accounts.parse_identifier(identifier)
    accounts.check_password(password, parsed)
    password_hash = accounts.hash_password(password)
    run_with_tx(
        lambda tx: tx.run(
            accounts.create_administrator,
            name=name,
            identifier=parsed,
            password_hash=password_hash,
        )
    )
    say(f"已创建管理员 {identifier}。")


@app.command("delete-account")
def delete_account(
    person_id: Annotated[UUID, typer.Argument(help="人员编号，见审计记录 accounts.delete_account")],
) -> None:
    """恢复备份后，重新执行备份之后的账号注销；还有未了结的事项时拒绝。"""
    try:
        run_with_tx(
            lambda tx: tx.run(
                accounts.delete_account,
                actor=Actor(person_id=person_id),
                rooms=PERSONAL,
                locale=SOURCE,
            )
        )
    except Unauthenticated:
        refuse("没有这个人员，或账号已注销。")
    except StillObliged as error:
        refuse("；".join(error.obligations))
    say("账号已注销。")


_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse_move(move: str) -> timedelta:
    """``+15d`` to a timedelta; nothing to zero. Refuses what it does not understand."""
    if not move:
        return timedelta()
    match = re.fullmatch(r"\+(\d{1,6})([dhms])", move)
    if match is None:
        refuse("看不懂要拨多少：请写成 +15d（天）、+6h（小时）、+30m（分）或 +10s（秒）。")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@verify.command("audit")
def verify_audit() -> None:
    """从头验证审计链；指出第一处被改动、缺失或换序的记录。"""
    fault, position, head = run_with_tx(walk_chain)
    if fault is not None:
        refuse(f"审计链在第 {fault.position} 条处不成立：{fault.what}（记录 {fault.entry_id}）。")
    say(f"审计链完整：共 {position} 条，链首 {head.hex()}。")


def main() -> None:
    """Entry point of the ``market`` command."""
    try:
        app()
    except (EmbeddedError, DomainError, ArchiveError) as error:
        say(str(error))
        sys.exit(1)
    except (OSError, SQLAlchemyError) as error:
        say(f"连不上数据库或读写失败：{error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
