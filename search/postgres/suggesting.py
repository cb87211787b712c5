"""Ways to go on with what was typed so far."""

from sqlalchemy import text

from app.core.tx import UnitOfWork
from search import analysis
from search.query import make_plan, suggestion_query

_SUGGEST = text(
    """
    (SELECT term FROM unnest(CAST(:terms AS text[]), CAST(:heads AS text[]))
                     WITH ORDINALITY AS known (term, head, place)
      WHERE EXISTS (SELECT 1 FROM search_document WHERE terms @@ head::tsquery)
      ORDER BY place LIMIT :limit)
    UNION ALL
    (SELECT title FROM search_document WHERE title_key LIKE :begin ORDER BY title_key LIMIT :limit)
    UNION ALL
    (SELECT title FROM (SELECT title, published_at FROM search_document
                         WHERE terms @@ CAST(:match AS tsquery) LIMIT 200) AS found
      ORDER BY published_at DESC LIMIT :limit)
    """
)


async def suggest(uow: UnitOfWork, typed: str, limit: int) -> list[str]:
    """Terms of the dictionary that are found, then titles; up to ``limit``."""
    plan = make_plan(typed)
    key = analysis.title_key(typed)
    if not plan.terms or not key:
        return []
    terms = [term for term in analysis.dictionary_from(key) if term != key][:limit]
    result = await uow.session.execute(
        _SUGGEST,
        {
            "terms": terms,
            "heads": [make_plan(term).head() for term in terms],
            "begin": key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%",
            "match": suggestion_query(plan),
            "limit": limit,
        },
    )
    return list(dict.fromkeys(result.scalars()))[:limit]
