"""Runs `up` with stand-ins for the web process and the worker, and the bank; started by test_up.

python -m tests.integration.up.market FOLDER [broken|slow]
"""

import asyncio
import sys
from pathlib import Path

from app import tether
from app.core.settings import Settings
from app.embedded import EmbeddedError
from app.up import UpError, up


def command(folder: Path, name: str) -> list[str]:
    return [sys.executable, "-m", "tests.integration.up.standin", str(folder), name]


async def market(folder: Path, kind: str) -> None:
    async def prepare(settings: Settings) -> None:
        assert settings.database_url.startswith("postgresql+asyncpg://")
        assert settings.owner_database_url.startswith("postgresql+asyncpg://")
        print("preparing", flush=True)
        if kind == "slow":
            await asyncio.sleep(60)

    commands = {"worker": command(folder, "worker"), "web": command(folder, "web")}
    if not kind:
        commands["bank"] = tether.command("bank")
    if kind == "broken":
        commands["web"] = [sys.executable, "-c", "raise SystemExit(3)"]
    await up(
        Settings(),
        say=lambda line: print(line, flush=True),
        prepare=prepare,
        logins=lambda _: ["演示账号 demo"],
        commands=commands,
    )


def main() -> None:
    try:
        asyncio.run(market(Path(sys.argv[1]), (sys.argv[2:] or [""])[0]))
    except (UpError, EmbeddedError) as error:
        raise SystemExit(error.sentence) from None


if __name__ == "__main__":
    main()
