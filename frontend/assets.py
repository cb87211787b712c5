"""Built files: from the manifest of the build to addresses, and their caching.

The build names every file by its content (`app-<hash>.css`), so a browser may keep it for a
year; anything else under `/static` is asked for again with its ETag.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
_HASHED = re.compile(r"dist/.+-[0-9A-Z]{8}\.\w+$")


class NotBuilt(RuntimeError):
    """The front end has not been built; says which command does it."""


class Assets:
    """`asset("app.css")` → `/static/dist/app-<hash>.css`, from the manifest as it is now."""

    def __init__(self, folder: Path = STATIC / "dist", prefix: str = "/static/dist/") -> None:
        self._manifest, self._prefix = folder / "manifest.json", prefix
        self._read_at: int | None = None
        self._names: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Address of a built file; NotBuilt without a manifest, KeyError for a strange name."""
        try:
            changed = self._manifest.stat().st_mtime_ns
        except FileNotFoundError:
            raise NotBuilt("front end not built: run `make build` first") from None
        if changed != self._read_at:
            self._names = json.loads(self._manifest.read_text("utf-8"))
            self._read_at = changed
        return self._prefix + self._names[name]


class Static(StaticFiles):
    """Static files: named by content → kept for a year, everything else → asked again by ETag."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the caching the name allows."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            kept = "public, max-age=31536000, immutable" if _HASHED.match(path) else "no-cache"
            response.headers["Cache-Control"] = kept
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def static_files() -> Static:
    """The application to mount at `/static`."""
    return Static(directory=STATIC)
