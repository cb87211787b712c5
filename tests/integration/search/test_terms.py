"""PostgreSQL reads what the application wrote, for any text."""

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import analysis
from search.query import make_plan, suggestion_query
from tests import databases

TEXT = st.text(st.characters(), max_size=60)


@pytest.fixture(scope="module")
def ask_postgres(worker_database: str):  # type: ignore[no-untyped-def]
    """Runs one query on one connection for all examples of a property."""
    url = databases.server_url(worker_database).set(drivername="postgresql")
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url.render_as_string(hide_password=False)))
        yield lambda sql, *values: runner.run(connection.fetchval(sql, *values))
        runner.run(connection.close())


@settings(max_examples=150, deadline=None)
@given(title=TEXT, label=TEXT, body=TEXT)
def test_any_document_is_a_tsvector(ask_postgres, title: str, label: str, body: str) -> None:  # type: ignore[no-untyped-def]
    literal = analysis.tsvector_literal(title, (label,), (label,), body)
    lexemes = {part.split(":")[0] for part in literal.split()}
    stored = ask_postgres("SELECT tsvector_to_array($1::text::tsvector)", literal)
    assert set(stored) == lexemes


@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_any_text_is_a_tsquery(ask_postgres, text: str) -> None:  # type: ignore[no-untyped-def]
    plan = make_plan(text)
    if not plan.terms:
        return
    queries = [plan.strict(), plan.head(), plan.loose(), plan.near(), suggestion_query(plan)]
    nodes = ask_postgres("SELECT min(numnode(q::tsquery)) FROM unnest($1::text[]) AS q", queries)
    assert nodes > 0


@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_a_title_is_found_by_itself(ask_postgres, text: str) -> None:  # type: ignore[no-untyped-def]
    plan = make_plan(text)
    if plan.terms:
        literal = analysis.tsvector_literal(text, (), ())
        sql = "SELECT $1::text::tsvector @@ $2::text::tsquery"
        assert ask_postgres(sql, literal, plan.strict())
