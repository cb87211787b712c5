"""Every permission has a scope for tokens, and people are shown exactly the scopes there are."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from app.accounts.scopes import SCOPES
from app.core.access import Permission

APP = Path(__file__).parents[2] / "app"


def list_permissions() -> Iterator[tuple[str, Permission]]:
    """Every Permission of every room's ``access.py``, with the room's name."""
    for path in sorted(APP.glob("*/access.py")):
        room = path.parent.name
        if room == "core":
            continue
        for value in vars(importlib.import_module(f"app.{room}.access")).values():
            if isinstance(value, Permission):
                yield room, value


def test_every_permission_is_named_by_its_room_and_a_verb() -> None:
    wrong = [
        permission.name
        for room, permission in list_permissions()
        if not re.fullmatch(rf"{room}\.[a-z]+(_[a-z]+)*", permission.name)
    ]
    assert wrong == []


def test_permissions_are_made_in_access_modules_only() -> None:
    found = [
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if path.name != "access.py" and re.search(r"\bPermission\(", path.read_text("utf-8"))
    ]
    assert found == []


def test_the_scopes_shown_are_those_that_permissions_need() -> None:
    needed = {
        permission.scope
        for _, permission in list_permissions()
        if permission.by_token and not permission.everyone and not permission.any_token
    }
    assert sorted(needed - SCOPES.keys()) == [], "scopes without words in app/accounts/scopes.py"
    assert sorted(SCOPES.keys() - needed) == [], "words of scopes that nothing needs"
