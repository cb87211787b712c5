"""The engine for larger markets: a Meilisearch server beside the database, which stays the truth.

``configuration`` is how its index is set up, as code and with a version; ``shapes`` turns our
documents into its own and back; ``calling`` speaks to the server and tells apart what passes from
what does not; ``index`` is the port. Texts are analysed here exactly as for PostgreSQL, so that
both engines find alike; the server ranks, counts, sorts and narrows.
"""
