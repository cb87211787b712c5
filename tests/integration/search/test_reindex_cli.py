"""``market reindex`` as a person sees it: what is told, what is mended, what still waits."""

import io

import pytest
from rich.console import Console

from app import search_cli, terminal
from app.core.tx import Tx
from app.sources import SOURCES
from search.following.registering import register
from tests.following import compare_index, make, write
from tests.world import World


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is printed."""
    file = io.StringIO()
    for module in (terminal, search_cli):
        monkeypatch.setattr(module, "console", Console(file=file, width=120, highlight=False))
    return file


async def test_what_differs_is_told_and_mended(tx: Tx, world: World, told: io.StringIO) -> None:
    seller = await world.organisation()
    await world.offer(seller)
    await register(tx, "memory")
    await write(tx, make(1, title="没有这个需求"))
    assert await search_cli.compare(tx, SOURCES, repair=False) == 1
    assert "需求：缺少 0，内容不符 0，多余 1。" in told.getvalue()
    assert "有 1 条不符，去掉 --check 再运行即可修复" in told.getvalue()
    assert await search_cli.compare(tx, SOURCES, repair=True) == 1
    assert "修复 1 条" in told.getvalue()
    assert sum((await compare_index(tx)).values()) == 2
    assert await search_cli.compare(tx, SOURCES, repair=True) == 0
    assert "核对 2 条，与业务数据一致" in told.getvalue()
    await search_cli.tell_followers(tx)
    assert "还有 1 条等待后台进程送到 memory。" in told.getvalue()
