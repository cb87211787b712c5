"""``market verify sale``: whoever holds the file of a sale checks it, with no market near."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from app.auctions.verifying import verify_sale
from app.terminal import refuse, say

_MOST_SAID = 20

FileArgument = Annotated[
    Path, typer.Argument(help="竞价记录文件（record.json）", exists=True, dir_okay=False)
]
OpeningsOption = Annotated[
    Path | None,
    typer.Option("--openings", help="监督员取得的开启文件", exists=True, dir_okay=False),
]
HashOption = Annotated[str, typer.Option("--sha256", help="审计记录或平台页面上的文件哈希")]


def add_sales(verify: typer.Typer) -> None:
    """Hang the command under ``market verify``."""
    verify.command("sale")(verify_a_sale)


def verify_a_sale(
    file: FileArgument, openings: OpeningsOption = None, sha256: HashOption = ""
) -> None:
    """离线验证一场竞价的记录：次序、哈希、金额、延时、中止、自动报价与结果；不需要数据库。"""
    content = file.read_bytes()
    opened = None if openings is None else openings.read_bytes()
    faults = verify_sale(content, opened, sha256=sha256 or None)
    for fault in faults[:_MOST_SAID]:
        say(fault.sentence)
    if faults:
        refuse("竞价记录不成立。")
    digest = hashlib.sha256(content).hexdigest()
    say(f"竞价记录成立，文件的 SHA-256 是 {digest}。")
    if opened is None:
        say("密封内容未开启：最高限价、密封报价与隐藏的保留价只按承诺核对。")
    if not sha256:
        say("请与审计记录或平台页面上的哈希核对，或用 --sha256 给出。")
