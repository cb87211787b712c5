"""Migrations from inside the program, so that an installed wheel can migrate without a checkout."""

from __future__ import annotations

import asyncio
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def make_config(url: str) -> Config:
    """Alembic's configuration for one database; ``url`` names the owner role."""
    config = Config()
    with as_file(files("migrations")) as folder:
        config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


async def upgrade(url: str) -> None:
    """Bring a database to the newest revision; does nothing when it is there already."""
    await asyncio.to_thread(command.upgrade, make_config(url), "head")


def known_revisions() -> frozenset[str]:
    """Every revision this program can bring up to the newest."""
    scripts = ScriptDirectory.from_config(make_config(""))
    return frozenset(script.revision for script in scripts.walk_revisions())


def newest_revision() -> str:
    """The revision this program expects."""
    head = ScriptDirectory.from_config(make_config("")).get_current_head()
    assert head is not None
    return head
