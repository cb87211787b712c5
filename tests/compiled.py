"""The templates' compiled form, kept between processes and runs: six seconds for each otherwise."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from jinja2 import FileSystemBytecodeCache

from app.core.i18n import LOCALES
from frontend.render import environment

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".cache" / "templates"


class Compiled(FileSystemBytecodeCache):
    """Holds for one state of the code: Jinja works a filter of a constant out when it compiles."""

    def __init__(self, locale: str, made_from: str) -> None:
        super().__init__(str(FOLDER), f"{locale}-%s.cache")
        self.made_from = made_from

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self.made_from + source)


def keep_compiled() -> None:
    """Let the templates of this process be compiled once for all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made_from = hashlib.sha256()
    for room in ("app", "search", "frontend"):
        for top, folders, files in os.walk(ROOT / room):
            folders[:] = sorted(set(folders) - {"node_modules", "__pycache__"})
            for file in sorted(files):
                if file.endswith((".py", ".po")):
                    made_from.update(Path(top, file).read_bytes())
    for locale in LOCALES:
        environment(locale).bytecode_cache = Compiled(locale, made_from.hexdigest())
