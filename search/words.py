"""How common words are: shares of a sample, by which ranking weighs the words of a question."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text

from app.core.tx import UnitOfWork

EVERY: Final = timedelta(days=1)
SAMPLE: Final = 400
"""Pages of the table that are looked at, some 5,000 documents: enough for the words that ranking
must hold cheap."""

GROWN: Final = 2  # so many times the pages of last time make shares old before their day

_NOTE: Final = "words"
_LOCK: Final = 0x776F7264
# why pages and not the estimate of rows: that one is 0 until somebody has analysed the table
_DUE = text(
    """
    SELECT pages FROM (SELECT pg_relation_size('search_document') / 8192 AS pages) AS size
      LEFT JOIN search_state ON name = :name
     WHERE at IS NULL OR at <= :before OR pages > :grown * (facts->>'pages')::bigint
    """
)
# Not pairs, which have no weight, nor the marked words of titles: no question weighs those.
_SAMPLE = text(
    """
    INSERT INTO search_word (word, share)
    SELECT word, least(ndoc::float8 / sample.documents, 1)
      FROM (SELECT count(*) AS documents FROM search_document
                TABLESAMPLE SYSTEM (:percent) REPEATABLE (1)) AS sample,
           ts_stat('SELECT terms FROM search_document TABLESAMPLE SYSTEM ('
               || CAST(:percent AS real) || ') REPEATABLE (1)', 'abc')
     WHERE ndoc >= 3 AND left(word, 1) <> '^' AND sample.documents > 0
    """
)
_NOTED = text(
    """
    INSERT INTO search_state (name, facts, at)
    VALUES (:name, jsonb_build_object('pages', CAST(:pages AS bigint)), :now)
    ON CONFLICT (name) DO UPDATE SET facts = excluded.facts, at = excluded.at
    """
)


async def renew_word_shares(uow: UnitOfWork) -> bool:
    """Count words anew when it is due: once a day, at first, and when the market has doubled.

    For the worker's sweeps; below two seconds for any number of documents. True when it was done.
    """
    values = {"name": _NOTE, "before": uow.now - EVERY, "grown": GROWN}
    pages = (await uow.session.execute(_DUE, values)).scalar_one_or_none()
    if pages is None:
        return False
    free = await uow.session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK})
    if not free.scalar_one():
        return False
    percent = min(100.0, 100.0 * SAMPLE / max(pages, 1))
    await uow.session.execute(text("DELETE FROM search_word"))
    await uow.session.execute(_SAMPLE, {"percent": percent})
    noted = {"name": _NOTE, "pages": max(pages, 1), "now": uow.now}
    await uow.session.execute(_NOTED, noted)
    return True
