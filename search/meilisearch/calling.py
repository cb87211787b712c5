"""Speaks to the server, and tells apart what passes, what is wrong with it, and what it refuses.

Nothing of the server's client leaves this file but answers; keys are in no message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from httpx2 import HTTPError
from meilisearch_python_sdk import AsyncClient
from meilisearch_python_sdk.errors import MeilisearchApiError, MeilisearchError
from meilisearch_python_sdk.models.search import SearchParams, SearchResultsWithUID
from meilisearch_python_sdk.models.settings import MeilisearchSettings
from meilisearch_python_sdk.models.task import TaskResult

from search.index import EngineDown, EngineRefused

T = TypeVar("T")

_TIMEOUT_S: Final = 30  # of one request; a batch of documents is large
_LISTED: Final = 1_000
_BUSY: Final = frozenset({408, 425, 429})
_OURS: Final = frozenset({401, 403})  # the key, not the request
_POLL_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2)  # then the last one again and again

log = logging.getLogger(__name__)


class Refusal(EngineRefused):
    """The server said no to a request at once; ``code`` is its word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Server:
    """One Meilisearch server and our key to it.

    ``task_limit_s``: how long a task may take before the engine counts as down. ``pauses_s``: how
    long to wait before each new try of a write that met a passing fault.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        task_limit_s: float = 600.0,
        pauses_s: Sequence[float] = (0.2, 1.0),
    ) -> None:
        # why: reading the certificates of the world takes a tenth of a second, and http needs none
        secure = url.startswith("https:")
        self._client = AsyncClient(url, key or None, timeout=_TIMEOUT_S, verify=secure)
        self._task_limit_s = task_limit_s
        self._pauses_s = tuple(pauses_s)

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    # ------------------------------------------------------------ asking

    async def search(self, queries: Sequence[SearchParams]) -> list[SearchResultsWithUID[Any]]:
        """Answers to all questions at once, in order."""
        answers = await self._call(lambda: self._client.multi_search(list(queries)))
        if not isinstance(answers, list) or len(answers) != len(queries):
            raise EngineDown("the answer is none to these questions")
        return answers

    async def similar(self, uid: str, document: str, **asked: Any) -> list[dict[str, Any]]:
        """Documents nearest to one."""
        index = self._client.index(uid)
        found = await self._call(lambda: index.search_similar_documents(document, **asked))
        return found.hits

    async def versions(self, uid: str, ids: Sequence[str]) -> dict[str, int]:
        """The versions of those of these documents that are there."""
        index = self._client.index(uid)
        found = await self._patiently(
            lambda: index.get_documents(ids=list(ids), limit=len(ids), fields=["id", "version"])
        )
        return {row["id"]: int(row["version"]) for row in found.results}

    async def listed(self, uid: str, offset: int, limit: int) -> list[dict[str, Any]]:
        """Kind, id and version of documents in the server's own order."""
        index = self._client.index(uid)
        fields = ["kind", "uuid", "version"]
        found = await self._patiently(
            lambda: index.get_documents(offset=offset, limit=limit, fields=fields)
        )
        return found.results

    async def indexes(self, beginning: str) -> dict[str, str]:
        """The names of the indexes that begin so, each with when it was made."""
        found = await self._patiently(lambda: self._client.get_raw_indexes(limit=_LISTED))
        return {i.uid: str(i.created_at) for i in found or () if i.uid.startswith(beginning)}

    async def count(self, uid: str) -> int:
        """How many documents an index has."""
        index = self._client.index(uid)
        return (await self._call(index.get_stats)).number_of_documents

    async def dictionary(self, uid: str) -> list[str]:
        """The user dictionary of an index."""
        return await self._call(self._client.index(uid).get_word_dictionary)

    # ------------------------------------------------------------ writing

    async def create(self, uid: str, settings: MeilisearchSettings) -> None:
        """Make an index and set it up before it has documents."""
        # why not its create_index: it waits for ever, and takes a failed task for a made index
        index = self._client.index(uid)
        task = await self._patiently(lambda: index.update_settings(settings))
        await self.settle([task.task_uid])

    async def add(self, uid: str, documents: Sequence[dict[str, Any]]) -> int:
        """Begin to write documents; the number of the task."""
        index = self._client.index(uid)
        task = await self._patiently(lambda: index.add_documents(documents, "id"))
        return task.task_uid

    async def delete(self, uid: str, ids: Sequence[str]) -> int:
        """Begin to take documents out; the number of the task."""
        index = self._client.index(uid)
        return (await self._patiently(lambda: index.delete_documents(list(ids)))).task_uid

    async def swap(self, one: str, other: str) -> None:
        """Let two indexes change places. Never tried twice: that would change them back."""
        task = await self._call(lambda: self._client.swap_indexes([(one, other)]))
        try:
            await self.settle([task.task_uid])
        except Refusal as refusal:
            if refusal.code != "task_not_found":
                raise
            # why: a task of two indexes is shown to nobody whose key is for some indexes only
            raise EngineDown("the admin key must be for all indexes (*) to see a swap") from None

    async def drop(self, uid: str) -> None:
        """Take an index away; one that is gone is no error."""
        try:
            task = await self._patiently(self._client.index(uid).delete)
            await self.settle([task.task_uid])
        except EngineRefused as refused:
            if "index_not_found" not in str(refused):
                raise

    async def settle(self, tasks: Iterable[int]) -> None:
        """Wait until these tasks are done, and raise what the first that failed says.

        A fault while waiting passes or becomes EngineDown at the limit: what was taken in is not
        forgotten by the server.
        """
        try:
            async with asyncio.timeout(self._task_limit_s):
                for task in list(tasks):
                    _judge(await self._done(task))
        except TimeoutError:
            raise EngineDown(f"a task was not done in {self._task_limit_s:g} s") from None

    async def _done(self, task: int) -> TaskResult:
        tries = 0
        while True:
            found = await self._patiently(lambda: self._client.get_task(task))
            if found.status not in {"enqueued", "processing"}:
                return found
            await asyncio.sleep(_POLL_S[min(tries, len(_POLL_S) - 1)])
            tries += 1

    # ------------------------------------------------------------ faults

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """A call that may be repeated, after a pause, when the fault may pass."""
        for pause in self._pauses_s:
            try:
                return await self._call(call)
            except EngineDown as fault:
                log.info("the search engine is asked again in %g s: %s", pause, fault)
                await asyncio.sleep(pause)
        return await self._call(call)

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        """One request; EngineDown for the engine's faults, Refusal for ours."""
        try:
            return await call()
        except MeilisearchApiError as error:
            status = error.status_code
            if status in _OURS or status in _BUSY or status >= 500:
                raise EngineDown(f"{status} {error.code}".strip()) from None
            raise Refusal(error.code, error.message) from None
        except (MeilisearchError, HTTPError, OSError) as error:
            raise EngineDown(f"{type(error).__name__}: {error}"[:200]) from None
        except (ValueError, KeyError, TypeError) as error:  # an answer of something else
            raise EngineDown(f"not the answer of a Meilisearch: {type(error).__name__}") from None


def _judge(task: TaskResult) -> None:
    """Raise when a task did not succeed. The client returns a failed one like any other."""
    if task.status == "succeeded":
        return
    error = task.error or {}
    reason = f"task {task.uid} {task.status}: {error.get('code', '')} {error.get('message', '')}"
    if error.get("type") in {"internal", "system"}:  # a full disk is not the document's fault
        raise EngineDown(reason.strip())
    raise EngineRefused(reason.strip())
