"""The floor plan, checked: floors, doors, tables and the one place that commits."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
OTHER_CLOCKS = re.compile(
    r"(?<![\w.])now\(\)|func\.now|CURRENT_TIMESTAMP|func\.clock_timestamp", re.IGNORECASE
)
# life_types: the words of a lot's life, more than one file of types can hold
DOOR = {"service", "events", "errors", "types", "life_types", "access", "import_service", "ports"}
WIRING = {"main", "worker", "cli", "registry", "seed", "import_cli", "up", "migrate", "embedded"}
WIRING |= {"archive", "backup", "restore", "operating_cli", "terminal", "personal", "place"}
WIRING |= {"simulation", "sale_cli", "search_cli", "searching", "sources"}
ROOMS = {p.parent.name for p in (ROOT / "app").glob("*/__init__.py")} - {"core", *WIRING}
SOURCES = [p for top in ("app", "search", "frontend") for p in (ROOT / top).rglob("*.py")
           if "node_modules" not in p.parts]  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", "frontend", "search", cache_dir=None)


def room_and_file(module: str) -> tuple[str, str]:
    """The room and file of a module; two empty words for what is no room."""
    _, room, file, *_ = [*module.split("."), "", "", ""]
    return (room, file) if module.startswith("app.") and room in ROOMS else ("", "")


def test_the_floors_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # why: import-linter sets up logging for a process of its own and silences every other logger
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    assert read_configuration()["contracts_options"]
    assert lint_imports(cache_dir=None, verbose=False) == EXIT_STATUS_SUCCESS


def contracts() -> list[dict[str, Any]]:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = configured["tool"]["importlinter"]["contracts"]
    return found


def test_everything_stands_on_a_floor() -> None:
    """What no contract names may import whatever it likes, and nothing complains."""
    layers = next(one["layers"] for one in contracts() if one["type"] == "layers")
    floors = set(re.findall(r"app\.(\w+)", " ".join(layers)))
    there = {p.parent.name for p in (ROOT / "app").glob("*/__init__.py")}
    there |= {p.stem for p in (ROOT / "app").glob("*.py")} - {"__init__"}
    assert there - floors == set()


def test_every_file_of_rules_is_kept_pure() -> None:
    pure = next(one["source_modules"] for one in contracts() if one["name"].startswith("Rules"))
    there = {f"app.{p.parent.name}.{p.stem}" for p in (ROOT / "app").glob("*/*_rules.py")}
    assert there - set(pure) == set()


def test_rooms_are_entered_by_the_door(graph: grimp.ImportGraph) -> None:
    wiring = {m for m in graph.modules if m.startswith("app.") and m.split(".")[1] in WIRING}
    trespass = [
        f"{importer} -> {target}"
        for importer in sorted(graph.modules - wiring)
        for target in sorted(graph.find_modules_directly_imported_by(importer))
        if room_and_file(target)[1] not in ("", *DOOR)
        and room_and_file(target)[0] != room_and_file(importer)[0]
    ]
    assert trespass == []


def test_the_bank_knows_no_market(graph: grimp.ImportGraph) -> None:
    """It is another house: the market can only speak to it as to any bank."""
    bank = {m for m in graph.modules if f"{m}.".startswith("app.bank.")}
    known = {m for one in bank for m in graph.find_modules_directly_imported_by(one)}
    ours = {m for m in known if m.split(".")[0] in {"app", "search", "frontend"}}
    assert ours - bank == {"app.core.money"}


def test_there_is_no_import_cycle_between_rooms(graph: grimp.ImportGraph) -> None:
    edges: dict[str, set[str]] = {}
    for importer in graph.modules:
        for target in graph.find_modules_directly_imported_by(importer):
            a, b = room_and_file(importer)[0], room_and_file(target)[0]
            if a and b and a != b:
                edges.setdefault(a, set()).add(b)
    done: set[str] = set()
    while ready := {a for a in edges.keys() - done if edges[a] <= done | (ROOMS - edges.keys())}:
        done |= ready
    assert edges.keys() - done == set()


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_says_what_it_is(room: str) -> None:
    docstring = (ROOT / "app" / room / "__init__.py").read_text("utf-8")
    for part in ("Words", "Promises", "Announces", "Listens", "Calls down"):
        assert part in docstring, f"{room}: its docstring lacks {part}"


@pytest.mark.parametrize(
    "room", sorted(room for room in ROOMS if (ROOT / "app" / room / "events.py").exists())
)
def test_a_room_names_the_facts_that_it_announces(room: str) -> None:
    events = import_module(f"app.{room}.events")
    facts = {name for name, made in vars(events).items() if made.__class__ is type
             and made.__module__ == events.__name__ and hasattr(made, "topic")}  # fmt: skip
    docstring = (ROOT / "app" / room / "__init__.py").read_text("utf-8")
    announced = docstring.partition("Announces")[2].partition("Listens")[0]
    assert facts
    assert facts == set(re.findall(r"[A-Z]\w+", announced))


def test_only_tx_begins_and_commits() -> None:
    allowed = {"app/core/tx.py"}
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(
            # why: a mode begins a head, a secret commits to itself; neither is a transaction
            r"(?<!\bmode)(?<!MODES\[terms\.mode\])(?<!\bsecret)(?<!\bstore)"
            r"\.(commit|rollback|begin|begin_nested)\(",
            path.read_text("utf-8"),
        )
    ]
    assert set(found) - allowed == set()


def test_sql_asks_the_market_for_the_time() -> None:
    """``now()`` is the start of the transaction, and not the market's clock."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [*SOURCES, *(ROOT / "migrations").rglob("*.py")]
        for line in path.read_text("utf-8").splitlines()
        if re.search(
            r"(?<![\w.])now\(\)|func\.now|CURRENT_TIMESTAMP|func\.clock_timestamp",
            line,
            re.IGNORECASE,
        )
        and "``" not in line
    ]
    assert found == []


def test_decisions_read_no_clock_of_the_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        if path.name in {"service.py", "rules.py", "queries.py", "jobs.py", "handlers.py"}
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"datetime\.now|datetime\.utcnow|date\.today|\btime\.time\(", line)
    ]
    assert found == []


def test_no_import_stands_inside_a_function() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"\s+(from [\w.]+ import|import [\w.]+$)", line)
        and "TYPE_CHECKING" not in path.read_text("utf-8")
    ]
    assert found == []
