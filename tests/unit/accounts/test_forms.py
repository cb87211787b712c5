from __future__ import annotations

import pytest

from app.accounts.types import OrganisationKind, Role
from frontend.forms.accounts import KIND_LABELS, ROLE_LABELS, safe_next


@pytest.mark.parametrize(
    "path",
    ["/", "/desk", "/lots?state=free", "/search?q=锂电池", "/a//b", "/search?q=" + "%E9" * 1_000],
)
def test_local_paths_are_kept(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "desk",
        "//x",
        "///x",
        "/\\x",
        "http://x",
        "/a\\b",
        "/a\nb",
        "/\tx",
        "/login",
        "/signup?a",
        "/" + "a" * 6_000,
    ],
)
def test_everything_else_leads_to_the_workbench(path: str) -> None:
    assert safe_next(path) == "/desk"


def test_every_role_and_kind_has_a_word() -> None:
    assert set(ROLE_LABELS) == set(Role)
    assert set(KIND_LABELS) == set(OrganisationKind)
