"""What a bidder would pay at most is opened in one function, and shown by nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import grimp
import pytest

ROOT: Final = Path(__file__).parents[2]
VAULT: Final = "app/auctions/vault.py"
# The store, for the one decision that needs it; the record, for the openings a supervisor asks for;
# the scores, for a bidder who checks his own after the close.
MAY_OPEN: Final = {
    VAULT, "app/auctions/store.py", "app/auctions/record.py", "app/auctions/scores.py",
}  # fmt: skip
SOURCES: Final = [
    path for top in ("app", "frontend", "search") for path in (ROOT / top).rglob("*.py")
    if "node_modules" not in path.parts
]  # fmt: skip


def found(pattern: str, among: str = "") -> set[str]:
    """Files below a folder in which a pattern stands."""
    named = [(str(path.relative_to(ROOT)), path) for path in SOURCES]
    return {
        name
        for name, path in named
        if name.startswith(among) and re.search(pattern, path.read_text("utf-8"))
    }


def test_one_module_opens_and_three_ask_it_to() -> None:
    assert found(r"\bopen_secrets\b") <= MAY_OPEN
    assert found(r"sealer\b.*\.open\(|inner\.open\(", "app/auctions/") == {VAULT}
    assert found(r"uow\.sealer") <= MAY_OPEN
    assert found(r"auctions\.lot_key|KEY_PURPOSE") == {VAULT}


def test_no_page_and_no_schema_knows_the_vault() -> None:
    assert found(r"auctions(\.| import )vault", "frontend/") == set()
    for name in ("schemas", "router", "bidding_router", "reading", "handlers"):
        assert f"app/auctions/{name}.py" not in found(r"\bvault\b", "app/auctions/")


@pytest.mark.parametrize("word", ["reserve_sealed", "LotProxy", "lot_proxy", "Bid.sealed"])
def test_what_is_sealed_is_read_where_it_is_needed_alone(word: str) -> None:
    """Neither pages nor exports nor the search index touch a sealed column."""
    for folder in ("frontend/", "search/", "app/seed/", "app/deals/", "app/reports/"):
        assert found(rf"\b{word}\b", folder) == set()


def test_the_engine_and_the_desk_know_no_keys() -> None:
    graph = grimp.build_graph("app", cache_dir=None)
    for module in ("app.auctions.desk", *graph.find_descendants("app.auctions.engine")):
        seen = graph.find_modules_directly_imported_by(module)
        assert not seen & {"app.auctions.vault", "app.core.sealing", "app.core.tx"}, module
