"""Hatchling hooks: dependencies from requirements.in, and no wheel without built assets.

The list a person edits is requirements.in; repeating it in pyproject.toml would let the two
drift. The wheel build itself never touches the network, so it cannot build the front end: it
refuses when `dev.py build` has not.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

MANIFEST = "frontend/static/dist/manifest.json"


class Dependencies(MetadataHookInterface):
    """Reads the project's dependencies from requirements.in (one a line, `#` begins a comment)."""

    def update(self, metadata: dict[str, Any]) -> None:
        lines = (Path(self.root) / "requirements.in").read_text("utf-8").splitlines()
        wanted = (line.partition("#")[0].strip() for line in lines)
        metadata["dependencies"] = [line for line in wanted if line and not line.startswith("-")]


class Assets(BuildHookInterface[Any]):
    """Refuses to build a wheel without the manifest of the built assets."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if version != "editable" and not (Path(self.root) / MANIFEST).is_file():
            raise SystemExit("前端资源尚未构建：请先运行 python3 dev.py build，再打包。")


def get_metadata_hook() -> type[MetadataHookInterface]:
    return Dependencies


def get_build_hook() -> type[BuildHookInterface[Any]]:
    return Assets
