"""Finds every text that people can read: a Chinese literal of Python, or `_()` of a template.

Why not marks (`_("…")`) in Python: a refusal, a label or a fact's name is shown wherever it comes
out, and what nobody marked nobody would translate. So every Chinese literal counts, except
docstrings, the terminal's sentences, demonstration content and the words of the trade that are
looked up rather than shown (`NOT_SHOWN`).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.extract import extract_from_file

from app.core.i18n import LOCALES, SOURCE, read_catalogue

ROOT: Final = Path(__file__).parents[2]
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
# a regular expression, an address, a unit that its number is written with
PATTERN: Final = re.compile(r"\\[dsw]|\(\?|\[0-9|\||^/|^\(|^[万亿]元?$")
ROOMS: Final = ("app", "frontend", "search")
# Files whose Chinese no page shows, each with its reason.
NOT_SHOWN: Final = (
    "app/seed/",  # demonstration content: it is written by people, not by the interface
    "app/bank/",  # another house: its pages and answers are Chinese, as a bank's are here
    "app/cli.py",  # the terminal speaks Chinese
    "app/import_cli.py",  # the same
    "app/operating_cli.py",  # the same
    "app/sale_cli.py",  # the same
    "app/search_cli.py",  # the same
    "app/auctions/verifying/",  # what it says
    "app/simulation/",  # the terminal, and a lot that nobody sees
    "app/auctions/certificates.py",  # official papers, in one language
    "app/auctions/printing/",  # the same
    "app/up.py",  # the same
    "app/place.py",  # the same
    "app/embedded",  # the same
    "app/start.py",  # the same
    "app/archive.py",  # the same
    "app/backup.py",  # the same
    "app/dumping.py",  # the same
    "app/restore.py",  # the same
    "app/terminal.py",  # the same
    "app/core/settings.py",  # the same: a contradiction ends the start
    "app/core/personal.py",  # words that are looked up
    "app/accounts/password_words.py",  # the same
    "app/catalogue/confidential_templates.py",  # a text to be signed, in one language
    "app/catalogue/importing.py",  # names of columns that a file may have
    "app/demands/importing.py",  # the same
    "search/analysis.py",  # words that are looked up
    "search/query.py",  # the same
)
# Pages and forms that keep their texts with another's.
SHARED: Final = {
    "__init__": "site",
    "fields": "site",
    "errors": "site",
    "organisations": "accounts",
    "tokens": "standing",
    "joining": "standing",
    "banking": "standing",
    "vouching": "standing",
    "auction_files": "auctions",
    "auction_lists": "auctions",
    "auction_room": "auctions",
    "auction_acts": "auctions",
    "auction_drafts": "auctions",
    "auction_control": "auctions",
    "lot_calendar": "auctions",
    "sale_records": "auctions",
    "lots": "auctions",
    "relisting": "auctions",
    "steering": "auctions",
    "attachments": "files",
    "offers": "catalogue",
    "desk_catalogue": "catalogue",
    "consents": "catalogue",
    "behalf": "catalogue",
    "compare": "search",
}


# Words of the lot room that its pages, its stream and its calendar share.
OF_THE_SALE: Final = frozenset(
    {"lot_modes", "lot_words", "room_bids", "room_panels", "room_view", "room_words", "calendars"}
)
# Words of the results and of what is laid side by side.
OF_THE_SEARCH: Final = frozenset({"finding", "finding_help", "facets", "comparing"})
OF_FRONTEND: Final = {
    **dict.fromkeys(OF_THE_SALE, "auctions"),
    **dict.fromkeys(OF_THE_SEARCH, "search"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One text and where it stands; `joined` marks an f-string, which cannot be translated."""

    text: str
    path: str
    line: int
    joined: bool = False

    @property
    def room(self) -> str:
        """The catalogue it belongs to: the room's name, or `site` for what all pages share."""
        parts = Path(self.path).parts
        if parts[0] == "app" and len(parts) > 2:
            return parts[1]
        if parts[:2] == ("frontend", "templates") and len(parts) > 3:
            return parts[2]
        if parts[:2] == ("frontend", "exports"):
            return "exports"
        if parts[:2] in (("frontend", "pages"), ("frontend", "forms")):
            return SHARED.get(Path(parts[-1]).stem, Path(parts[-1]).stem)
        return OF_FRONTEND.get(Path(parts[-1]).stem, "site") if parts[0] == "frontend" else "site"


def find_all() -> list[Found]:
    """Every text of the interface, in order of files."""
    return [*_in_python(), *_in_templates()]


def list_missing(locale: str) -> list[Found]:
    """Texts that a locale's catalogue lacks, each once."""
    known = read_catalogue(locale)
    lacking = {one.text: one for one in reversed(find_all()) if not one.joined}
    return [
        one
        for text, one in reversed(lacking.items())
        if known.get(text) is None or not known[text].string
    ]


def _in_python() -> Iterator[Found]:
    for folder in ROOMS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "node_modules" in name or any(name.startswith(prefix) for prefix in NOT_SHOWN):
                continue
            yield from _literals(ast.parse(path.read_text("utf-8")), name)


def _literals(tree: ast.AST, path: str) -> Iterator[Found]:
    docstrings, joined = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            docstrings.add(node.value)
        if isinstance(node, ast.JoinedStr):
            joined.update(node.values)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node in docstrings or PATTERN.search(node.value):
            continue
        if CHINESE.search(node.value):
            yield Found(node.value, path, node.lineno, node in joined)


def _in_templates() -> Iterator[Found]:
    options = {"trimmed": "false", "silent": "false"}
    for path in sorted((ROOT / "frontend" / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        for line, text, _comments, _context in extract_from_file("jinja2", path, options=options):
            yield Found(text if isinstance(text, str) else text[0], name, line)


def main() -> None:
    """Print what is missing, as lines that can be put into a catalogue."""
    rooms = sys.argv[1:]
    for locale in LOCALES:
        if locale == SOURCE:
            continue
        for one in list_missing(locale):
            if not rooms or one.room in rooms:
                text = one.text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                sys.stdout.write(f'# {one.path}:{one.line}\nmsgid "{text}"\nmsgstr ""\n\n')


if __name__ == "__main__":
    main()
