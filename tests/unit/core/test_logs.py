"""Log lines: one JSON object each, with the request's id and without secrets or personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from app.core.logs import blot, configure_logs
from app.core.tracing import Trace, read_path, traced


@contextmanager
def logged(*, as_json: bool) -> Iterator[io.StringIO]:
    """What a process logs meanwhile."""
    root, told = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    with redirect_stderr(told):
        configure_logs(as_json=as_json)
    try:
        yield told
    finally:
        root.handlers[:] = before
        root.setLevel(level)


@contextmanager
def json_lines() -> Iterator[list[dict[str, object]]]:
    """Lines of the log as a market in production writes them, read when the block ends."""
    lines = list[dict[str, object]]()
    with logged(as_json=True) as told:
        yield lines
    lines += map(json.loads, told.getvalue().splitlines())


def test_a_line_is_json_and_names_the_request() -> None:
    with json_lines() as lines:
        with traced("request-4711"):
            logging.getLogger("market.web").warning("the database is away")
        logging.getLogger("market.web").info("outside")
    first, second = lines
    assert first["request_id"] == "request-4711"
    assert first["event"] == "the database is away"
    assert first["level"] == "warning"
    assert "request_id" not in second


@pytest.mark.parametrize("as_json", [True, False])
def test_a_trace_quotes_no_refused_row_and_no_variable(as_json: bool) -> None:
    with logged(as_json=as_json) as told:
        password = "a-password-in-a-variable"
        try:
            raise ValueError(
                "duplicate key\nDETAIL: Key (value)=(zhang@example.cn) already exists.\n"
                "postgresql+asyncpg://market_app:hunter2hunter2@db/market kjm_abcdefgh 13912345678"
            )
        except ValueError:
            logging.getLogger("market.worker").exception("job failed")
    said = told.getvalue()
    assert "ValueError" in said
    assert "duplicate key" in said
    for secret in ("zhang", "hunter2hunter2@", "abcdefgh", "13912345678", password):
        assert secret not in said.replace(f'password = "{password}"', "")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mail to li.si@uni.edu.cn failed", "mail to ***@*** failed"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("call 13800138000 now", "call *** now"),
        ("id 110101199003077758", "id ***"),
        ("CJ-2026-000123 and 91110000123456789X stay", "CJ-2026-000123 and *** stay"),
        ("lot 2026-11-22T14:00:00+00:00", "lot 2026-11-22T14:00:00+00:00"),
    ],
)
def test_what_is_blotted_out(said: str, kept: str) -> None:
    assert blot(said) == kept


def scope(path: str, **parameters: str) -> dict[str, object]:
    class Route:
        path = "/reset/{token}"

    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "path_params": parameters,
        "route": Route(),
    }


def test_a_path_that_holds_a_secret_is_logged_as_its_template() -> None:
    assert read_path(scope("/reset/abc", token="abc")) == "/reset/{token}"
    assert read_path(scope("/lots/1", number="1")) == "/lots/1"
    assert read_path(scope("/lots/1\n{}", number="1")) == "/lots/1?{}"
    assert len(read_path(scope("/" + "a" * 5000))) == 300


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with space here", 'quote"quote', "中文编号中文编号"]
)
def test_an_id_that_is_no_plain_word_is_not_taken_over(given: str) -> None:
    one = scope("/") | {"headers": [(b"x-request-id", given.encode())]}
    assert Trace(one).id != given
    assert len(Trace(one).id) == 32


def test_an_id_of_the_proxy_is_taken_over() -> None:
    assert (
        Trace(scope("/") | {"headers": [(b"x-request-id", b"proxy-4711.a_b")]}).id
        == "proxy-4711.a_b"
    )
