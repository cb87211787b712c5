"""The bank's process: `market bank`, or a child of `market up`.

It is told where it is by three variables, and by nothing of a market's settings: ``BANK_FOLDER``,
``BANK_PORT``, ``BANK_WEBHOOK`` (and ``BANK_HOST``, ``BANK_TOKEN`` where it stands alone).
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Final

import uvicorn

from app.bank.book import Book, BookInUse
from app.bank.keys import Keys
from app.bank.sending import Sender
from app.bank.web import make_bank

LOOPBACK: Final = "127.0.0.1"


def serve_bank(folder: Path, *, host: str, port: int, webhook: str, token: str = "") -> None:
    """Serve one bank until it is stopped. SystemExit with a sentence when its folder is taken."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    keys = Keys.at(folder, token)
    try:
        book = Book(folder)
    except BookInUse:
        sys.exit(f"另一个模拟银行正在使用文件夹 {folder}。")
    try:
        uvicorn.run(
            make_bank(book, keys, Sender(book, keys, webhook)),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
    finally:
        book.close()


def main() -> None:
    """Serve the bank that the environment describes."""
    serve_bank(
        Path(os.environ["BANK_FOLDER"]),
        host=os.environ.get("BANK_HOST", LOOPBACK),
        port=int(os.environ["BANK_PORT"]),
        webhook=os.environ.get("BANK_WEBHOOK", ""),
        token=os.environ.get("BANK_TOKEN", ""),
    )


if __name__ == "__main__":
    main()
