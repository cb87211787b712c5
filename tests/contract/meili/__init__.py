"""A Meilisearch for tests: a real HTTP server on loopback, from the documented 1.x interface.

It is strict where the real one is: unknown fields, attributes that are not filterable, documents
without vectors, keys without the right. Its ranking is only good enough to tell better from worse;
no test here proves anything about the relevance or the speed of the real one.
"""
