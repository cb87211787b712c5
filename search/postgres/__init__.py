"""The engine that is always there: words, pairs and facets in the market's own database.

A common word may match most of the table, so nothing here is proportional to all matches but
the index's own bitmap: counts stop at 10,000, and sorting by relevance looks at the best 1,000 –
first those with all words in title or labels, newest first, then the newest of the rest. Other
sorts walk an index and reach everything.

A question is answered in two steps, and whatever orders results differently (meaning, say) comes
between them: ``finding.find(uow, asked, order, most)`` counts and gives candidates – kind, id and
a whole score, best first, up to ``RANKED`` – in an order of ``lexical``, and ``rows.fetch(uow,
keys)`` the rows of one page by their keys.
``asked.where()`` is the filter alone or with words, for a table called ``d``.
"""

from search.postgres.index import PostgresIndex
from search.postgres.lexical import RANKED

__all__ = ["RANKED", "PostgresIndex"]
