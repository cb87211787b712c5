"""Writes documents to the server: in parts, each task awaited, never older over newer."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from search.documents import Kind
from search.index import EngineDown, EngineRefused, Entry
from search.meilisearch.calling import Server
from search.meilisearch.configuration import EMPTY, Embedder, make_settings, version_in
from search.meilisearch.shapes import document_id, make_document

_BATCH: Final = 1_000  # documents in one request
_BATCH_BYTES: Final = 8 * 1024 * 1024  # of JSON; the server takes 100 MB unless told otherwise
_LISTED: Final = 5_000  # documents that are asked for their versions at once

log = logging.getLogger(__name__)


class Writer:
    """Keeps one index, and builds it anew beside itself.

    The index that answers is ``name``. One that is built is called by that name, the version of
    its settings and a random part, until both change places.
    """

    def __init__(self, server: Server, embedder: Embedder, name: str) -> None:
        self._server = server
        self._embedder = embedder
        self._name = name
        self._writing = asyncio.Lock()  # reading versions and writing is one step
        self._rebuilding = asyncio.Lock()
        self._removed: set[str] | None = None  # since a rebuild began

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Write documents, to an index that is being built too; a newer version stays.

        Versions are read before, which only holds while one process at a time writes: its caller
        sees to that. EngineRefused when the server fails a task; then part may be written.
        """
        if not entries:
            return
        async with self._writing:
            for uid in await self._served():
                await self._write(uid, entries)
            if self._removed is not None:
                self._removed -= {_id_of(entry) for entry in entries}

    async def remove(self, kind: Kind, ids: Collection[UUID]) -> None:
        """Take documents out, of an index that is being built too."""
        gone = [document_id(kind, row_id) for row_id in ids]
        if not gone:
            return
        async with self._writing:
            if self._removed is not None:
                self._removed.update(gone)
            for uid in await self._ours():
                parts = [gone[at : at + _BATCH] for at in range(0, len(gone), _BATCH)]
                await self._server.settle([await self._server.delete(uid, p) for p in parts])

    async def held(self) -> AsyncIterator[dict[tuple[str, UUID], int]]:
        """Every document of the index that answers, by kind and id, with its version; in parts.

        What is written meanwhile may be missing or there twice.
        """
        at = 0
        while part := await self._server.listed(self._name, at, _LISTED):
            yield {(row["kind"], UUID(row["uuid"])): int(row["version"]) for row in part}
            at += len(part)

    async def rebuild(self, batches: AsyncIterator[Sequence[Entry]]) -> None:
        """Build anew beside the index that answers, then let both change places.

        At the end it holds these and what was written meanwhile: every writer, in this process or
        another, finds the index that is being built and writes to both. What another process
        removed while it was on its way in a batch could come back; so a caller keeps other
        processes from writing meanwhile, or makes due again what changed since the beginning.
        Whatever fails leaves the index that answers as it was, and nothing of the other.
        """
        async with self._rebuilding:
            settings = make_settings(self._embedder)
            version = version_in(settings.dictionary or [])
            uid = f"{self._name}-{version}-{secrets.token_hex(4)}"
            for left in await self._server.indexes(f"{self._name}-"):
                await self._server.drop(left)
            self._removed = set()
            try:
                await self._server.create(uid, settings)
                await self._fill(uid, batches)
            except BaseException:
                await asyncio.shield(self._drop_quietly(uid))
                raise
            finally:
                self._removed = None
            await self._drop_quietly(uid)  # it holds what answered until now

    async def _fill(self, uid: str, batches: AsyncIterator[Sequence[Entry]]) -> None:
        made = await self._server.indexes(uid)
        async for entries in batches:
            async with self._writing:
                removed = self._removed or set()
                await self._write(uid, [e for e in entries if _id_of(e) not in removed])
        async with self._writing:
            if not made or await self._server.indexes(uid) != made:
                raise EngineRefused(f"{uid} is not the index that was begun: built twice at once?")
            if self._name not in await self._ours():
                await self._server.create(self._name, EMPTY)
            await self._server.swap(self._name, uid)

    async def _drop_quietly(self, uid: str) -> None:
        """Take away what nobody needs; if that fails, the next rebuild begins with it."""
        try:
            await self._server.drop(uid)
        except (EngineDown, EngineRefused) as fault:
            log.warning("the search index %s stays behind: %s", uid, fault)

    async def _ours(self) -> list[str]:
        """The index that answers and those that are being built."""
        there = await self._server.indexes(self._name)
        return [uid for uid in there if uid == self._name or uid.startswith(f"{self._name}-")]

    async def _served(self) -> list[str]:
        """The same; the index that answers is made where it is missing."""
        there = await self._ours()
        if self._name in there:
            return there
        # why: one that the server made by itself for a first document would have no settings
        await self._server.create(self._name, make_settings(self._embedder))
        return [self._name, *there]

    async def _write(self, uid: str, entries: Iterable[Entry]) -> None:
        newest = {_id_of(e): e for e in sorted(entries, key=lambda entry: entry.row.version)}
        tasks = []
        for batch in self._batches(newest):
            known = await self._server.versions(uid, [document["id"] for document in batch])
            fresh = [d for d in batch if known.get(d["id"], d["version"]) <= d["version"]]
            if fresh:
                tasks.append(await self._server.add(uid, fresh))
        await self._server.settle(tasks)

    def _batches(self, entries: Mapping[str, Entry]) -> Iterator[list[dict[str, Any]]]:
        """Documents in parts that one request carries."""
        batch: list[dict[str, Any]] = []
        size = 0
        for entry in entries.values():
            document = make_document(entry, self._embedder)
            length = len(json.dumps(document))
            if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(document)
            size += length
        if batch:
            yield batch


def _id_of(entry: Entry) -> str:
    return document_id(entry.row.kind, entry.row.id)
