"""``market import`` as a person sees it: what is printed, what is refused, the report file."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from app.core.db import make_sessions
from app.core.tx import Tx
from app.import_cli import make_import_app
from tests import databases
from tests.world import World

ROWS = "编号,名称,序号\nA-1,高炉煤气净化,1\nA-2,,2\nA-1,重复,3\n"


class Market:
    """The import commands on a database of their own, and what they printed."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.printed = io.StringIO()

    def run(self, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        async def connected() -> Any:
            engine = databases.connect(self.database, role="market_app")
            try:
                return await work(Tx(make_sessions(engine)))
            finally:
                await engine.dispose()

        return asyncio.run(connected())

    def call(self, *arguments: str) -> Result:
        def refuse(sentence: str) -> NoReturn:
            self.printed.write(sentence)
            raise typer.Exit(1)

        console = Console(file=self.printed, width=120, force_terminal=False)
        return CliRunner().invoke(make_import_app(self.run, refuse, console), list(arguments))


@pytest.fixture
def market(real_database: str) -> Market:
    market = Market(real_database)

    async def found(tx: Tx) -> None:
        await World(tx).organisation("示范技术转移中心", "transfer_agency")

    market.run(found)
    return market


def test_the_command(market: Market, tmp_path: Path) -> None:
    path, report = tmp_path / "成果.csv", tmp_path / "refused.csv"
    path.write_text(ROWS, "gb18030")
    owner = ("--owner", "示范技术转移中心")

    tried = market.call("achievements", str(path), *owner, "--dry-run")
    assert tried.exit_code == 0
    assert "检查完毕，未写入：共 3 行，可导入 1，拒绝 2" in market.printed.getvalue()

    stopped = market.call("achievements", str(path), *owner, "--on-bad", "stop")
    assert stopped.exit_code == 1
    assert "未导入任何内容" in market.printed.getvalue()

    done = market.call("achievements", str(path), *owner, "--report", str(report))
    assert done.exit_code == 0, done.output
    printed = market.printed.getvalue()
    assert "共 3 行：新增 1，更新 0，未变 0，拒绝 2" in printed
    assert "未使用的列：序号" in printed
    assert "编号与第 2 行重复" in printed
    assert report.read_text("utf-8-sig").splitlines()[1] == "3,名称,名称为空,"


@pytest.mark.parametrize(
    ("content", "owner", "sentence"),
    [
        (
            "编号,名称\nA,甲\n",
            "没有的单位",
            "“没有的单位”。例如：示范技术转移中心",
        ),
        ("编号\nA\n", "示范技术转移中心", "缺少必需的列：名称"),
        ("", "示范技术转移中心", "文件是空的"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    market: Market, tmp_path: Path, content: str, owner: str, sentence: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content, "utf-8")
    refused = market.call("achievements", str(path), "--owner", owner)
    assert refused.exit_code == 1
    assert sentence in market.printed.getvalue()
    assert "Traceback" not in refused.output
