"""Search (检索): what is public is found by words, numbers and facets.

Words: a ``Document`` is one public thing of the market as search sees it; ``SearchRequest`` asks,
``SearchResult`` answers. The index starts in the database: rooms call ``service.index_documents``
in their verb's own transaction, so what is committed can be found and what is not cannot.

Promises: an older version never overwrites a newer one; any text whatever is a query and gets an
answer; counts above 10,000 are shown as capped and never cost more. Announces and listens to
nothing. Knows no room: kinds and facets are plain words that the rooms fill in.
"""
