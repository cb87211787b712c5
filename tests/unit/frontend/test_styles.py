"""The style keeps to Chromium 86, says each colour once, and stays small."""

import re
from pathlib import Path

import pytest

import frontend

SOURCES = sorted((Path(frontend.__file__).parent / "src").rglob("*.css"))
SCRIPTS = sorted((Path(frontend.__file__).parent / "src").rglob("*.ts"))
TOO_NEW = [
    r"@layer",
    r"@container",
    r"@property",
    r":is\(",
    r":where\(",
    r":has\(",
    r"color-mix\(",
    r"light-dark\(",
    r"oklch\(",
    r"\binset:",
    r"aspect-ratio:",
    r"(margin|padding|inset)-(inline|block):",
    r"border-(inline|block)(-(width|style|color))?:",
    r"\b\d+[sdl]v[hw]\b",
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_newer_than_chromium_86(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert [word for word in TOO_NEW if re.search(word, source)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_colours_stand_in_tokens_only(path: Path) -> None:
    if path.name in ("tokens.css", "print.css"):
        return
    source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    coloured = re.findall(r"#[0-9a-fA-F]{3,8}\b", source)
    assert set(coloured) <= {"#fff"}, coloured  # on the deep ground and the seal, in both themes


def test_every_token_used_is_defined() -> None:
    sources = "".join(path.read_text("utf-8") for path in SOURCES)
    used = set(re.findall(r"var\((--[\w-]+)", sources))
    defined = set(re.findall(r"(--[\w-]+)\s*:", sources))
    assert used - defined == set()
    assert defined - used == set()


@pytest.mark.parametrize("path", SOURCES + SCRIPTS, ids=lambda path: path.name)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 400


ROOT = Path(frontend.__file__).parent / "src"
ENTRIES = [
    *("app.css", "search.css", "pages/compare.css"),
    *("app.ts", "room.ts", "imports.ts", "search.ts"),
]
IMPORTED = re.compile(r"""(?:import|from)\s*"(\./[\w./-]+)\"""")


def reach(path: Path) -> set[Path]:
    """A source and all that it takes in."""
    found = {path}
    for name in IMPORTED.findall(path.read_text("utf-8")):
        part = path.parent / name
        found |= reach(part if part.suffix == ".css" else part.with_suffix(".ts"))
    return found


@pytest.mark.parametrize(
    "own", ["room.ts", "imports.ts", "search.css search.ts", "pages/compare.css"]
)
def test_what_one_page_loads_is_small(own: str) -> None:
    loaded = [reach(ROOT / name) for name in ("app.css", "app.ts", *own.split())]
    assert sum(path.stat().st_size for path in set().union(*loaded)) < 100_000


def test_everything_is_loaded_by_some_page() -> None:
    assert set().union(*(reach(ROOT / name) for name in ENTRIES)) == {*SOURCES, *SCRIPTS}
