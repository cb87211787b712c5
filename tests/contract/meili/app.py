"""The routes of the interface that a market could use, with keys and strict bodies."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.contract.meili.errors import Wrong, known_fields, natural, texts
from tests.contract.meili.indexes import DEFAULTS, Index
from tests.contract.meili.state import State

MASTER, ADMIN, SEARCH = "master-key-of-the-fake", "admin-key-of-the-fake", "search-key-of-the-fake"
_RIGHTS = {MASTER: {"*"}, ADMIN: {"*"}, SEARCH: {"search"}}
NARROW = "narrow-key-of-the-fake"  # may do everything, with indexes whose names begin with market
_RIGHTS[NARROW] = {"*"}
_KEYS_FOR_MASTER = "keys.get"

Handler = Callable[[Request, Any], Any]


def make_app(state: State) -> Starlette:
    """The server; its tasks are done beside it."""
    do = Routes(state)
    table: list[tuple[str, str, str, Handler]] = [
        ("GET", "/health", "", do.health),
        ("GET", "/version", "version", do.version),
        ("GET", "/keys", _KEYS_FOR_MASTER, do.keys),
        ("GET", "/stats", "stats.get", do.stats),
        ("GET", "/indexes", "indexes.get", do.indexes),
        ("POST", "/indexes", "indexes.create", do.create),
        ("GET", "/indexes/{uid}", "indexes.get", do.one),
        ("DELETE", "/indexes/{uid}", "indexes.delete", do.drop),
        ("GET", "/indexes/{uid}/stats", "stats.get", do.count),
        ("GET", "/indexes/{uid}/settings", "settings.get", do.settings),
        ("PATCH", "/indexes/{uid}/settings", "settings.update", do.configure),
        ("GET", "/indexes/{uid}/settings/dictionary", "settings.get", do.dictionary),
        ("POST", "/indexes/{uid}/documents", "documents.add", do.add),
        ("GET", "/indexes/{uid}/documents", "documents.get", do.page),
        ("POST", "/indexes/{uid}/documents/fetch", "documents.get", do.fetch),
        ("POST", "/indexes/{uid}/documents/delete-batch", "documents.delete", do.delete),
        ("POST", "/indexes/{uid}/search", "search", do.search),
        ("POST", "/indexes/{uid}/similar", "search", do.similar),
        ("POST", "/indexes/{uid}/facet-search", "search", do.facet_search),
        ("POST", "/multi-search", "search", do.multi),
        ("POST", "/swap-indexes", "indexes.swap", do.swap),
        ("GET", "/tasks/{number:int}", "tasks.get", do.task),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        worker = asyncio.create_task(state.work())
        yield
        worker.cancel()

    routes = [
        Route(path, _guarded(state, action, handler), methods=[method])
        for method, path, action, handler in table
    ]
    return Starlette(routes=routes, lifespan=lifespan)


_VERSION = {"commitSha": "fake", "commitDate": "2026-01-01", "pkgVersion": "1.22.0"}


def _guarded(
    state: State, action: str, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    """The order of the real one: key, body, then the request itself."""

    async def answer(request: Request) -> Response:
        place = f"{request.method} {request.url.path}"
        state.requests.append(place)
        fault = next((f for f in state.faults if f.times > 0 and f.where in place), None)
        if fault:
            fault.times -= 1
            await asyncio.sleep(fault.hang_s)
            if fault.after:
                await _answer(request, action, handler)
            if fault.close:
                return _Cut()
            if fault.status:
                return Response("<html>a proxy's page</html>", fault.status, media_type="text/html")
        return await _answer(request, action, handler)

    return answer


class _Cut(Response):
    """A connection that ends in the middle of an answer."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionError("cut, as planned")


async def _answer(request: Request, action: str, handler: Handler) -> Response:
    try:
        _check_key(request, action)
        body = await _read_body(request)
        found = handler(request, body)
    except Wrong as wrong:
        return JSONResponse(wrong.body(), wrong.status)
    except ClientDisconnect:  # who asks waits half a second and goes
        return Response(status_code=400)
    accepted = isinstance(found, dict) and "taskUid" in found
    return JSONResponse(found, 202 if accepted else 200)


def _check_key(request: Request, action: str) -> None:
    if not action:
        return
    given = request.headers.get("authorization", "")
    if not given.startswith("Bearer "):
        raise Wrong("missing_authorization_header", "The Authorization header is missing.")
    rights = _RIGHTS.get(given.removeprefix("Bearer "), set())
    if not rights & {"*", action} or (action == _KEYS_FOR_MASTER and not given.endswith(MASTER)):
        raise Wrong("invalid_api_key", "The provided API key is invalid.")


async def _read_body(request: Request) -> Any:
    if request.method not in {"POST", "PUT", "PATCH"}:
        return None
    if request.headers.get("content-type") != "application/json":
        raise Wrong("invalid_content_type", "The Content-Type is invalid.")
    raw = await request.body()
    if not raw:
        raise Wrong("missing_payload", "A json payload is missing.")
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError:
        raise Wrong("malformed_payload", "The `json` payload provided is malformed.") from None
    return body


class Routes:
    """What each route does; ``body`` is what was sent as JSON."""

    def __init__(self, state: State) -> None:
        self.state = state

    def health(self, request: Request, body: Any) -> dict[str, Any]:
        return {"status": "available"}

    def version(self, request: Request, body: Any) -> dict[str, Any]:
        return _VERSION

    def dictionary(self, request: Request, body: Any) -> Any:
        return self.state.index(request.path_params["uid"]).settings["dictionary"]

    def search(self, request: Request, body: Any) -> dict[str, Any]:
        return self.state.index(request.path_params["uid"]).search(body)

    def similar(self, request: Request, body: Any) -> dict[str, Any]:
        return self.state.index(request.path_params["uid"]).similar(body)

    def keys(self, request: Request, body: Any) -> dict[str, Any]:
        rows = [{"key": key, "actions": sorted(rights)} for key, rights in _RIGHTS.items()]
        return {"results": rows, "offset": 0, "limit": 20, "total": len(rows)}

    def _info(self, uid: str, index: Index) -> dict[str, Any]:
        return {
            "uid": uid, "createdAt": index.made, "updatedAt": index.made,
            "primaryKey": index.primary_key,
        }  # fmt: skip

    def indexes(self, request: Request, body: Any) -> dict[str, Any]:
        limit = int(request.query_params.get("limit", 20))
        rows = [self._info(uid, index) for uid, index in sorted(self.state.indexes.items())]
        return {"results": rows[:limit], "offset": 0, "limit": limit, "total": len(rows)}

    def one(self, request: Request, body: Any) -> dict[str, Any]:
        uid = request.path_params["uid"]
        return self._info(uid, self.state.index(uid))

    def create(self, request: Request, body: Any) -> dict[str, Any]:
        uid = known_fields(body, {"uid", "primaryKey"}).get("uid")

        def work() -> None:
            if uid in self.state.indexes:
                raise Wrong("index_already_exists", f"Index `{uid}` already exists.")
            self.state.indexes[str(uid)] = Index(body.get("primaryKey"))

        return self.state.enqueue("indexCreation", uid, work)

    def drop(self, request: Request, body: Any) -> dict[str, Any]:
        uid = request.path_params["uid"]

        def work() -> None:
            self.state.index(uid)
            del self.state.indexes[uid]

        return self.state.enqueue("indexDeletion", uid, work)

    def stats(self, request: Request, body: Any) -> dict[str, Any]:
        indexes = {uid: self._counted(index) for uid, index in self.state.indexes.items()}
        return {"databaseSize": 1, "lastUpdate": None, "indexes": indexes}

    def count(self, request: Request, body: Any) -> dict[str, Any]:
        return self._counted(self.state.index(request.path_params["uid"]))

    def _counted(self, index: Index) -> dict[str, Any]:
        number = len(index.documents)
        return {"numberOfDocuments": number, "isIndexing": False, "fieldDistribution": {}}

    def settings(self, request: Request, body: Any) -> dict[str, Any]:
        return self.state.index(request.path_params["uid"]).settings

    def configure(self, request: Request, body: Any) -> dict[str, Any]:
        uid = request.path_params["uid"]
        known_fields(body, set(DEFAULTS))
        for name in ("searchableAttributes", "sortableAttributes", "rankingRules", "dictionary"):
            texts(body, name, f"invalid_settings_{name}")
        given = {name: DEFAULTS[name] if v is None else v for name, v in body.items()}

        def work() -> None:
            self.state.indexes.setdefault(uid, Index()).configure(given)

        return self.state.enqueue("settingsUpdate", uid, work)

    def add(self, request: Request, body: Any) -> dict[str, Any]:
        uid = request.path_params["uid"]
        primary_key = request.query_params.get("primaryKey")
        documents = body if isinstance(body, list) else [body]
        if not all(isinstance(document, dict) for document in documents):
            raise Wrong("malformed_payload", "Documents are objects.")

        def work() -> None:
            self.state.indexes.setdefault(uid, Index()).add(documents, primary_key)

        return self.state.enqueue("documentAdditionOrUpdate", uid, work)

    def fetch(self, request: Request, body: Any) -> dict[str, Any]:
        index = self.state.index(request.path_params["uid"])
        known_fields(
            body, {"offset", "limit", "fields", "filter", "retrieveVectors", "ids", "sort"}
        )
        wanted = texts(body, "fields", "invalid_document_fields")
        ids = texts(body, "ids", "invalid_document_ids")
        limit = natural(body, "limit", 20, "invalid_document_limit")
        offset = natural(body, "offset", 0, "invalid_document_offset")
        rows = [d for key, d in index.documents.items() if ids is None or key in ids]
        rows = rows[offset : offset + limit]
        shown = [{k: v for k, v in row.items() if wanted is None or k in wanted} for row in rows]
        return {"results": shown, "offset": 0, "limit": limit, "total": len(rows)}

    def page(self, request: Request, _: Any) -> dict[str, Any]:
        """The same by an address: its fields are in one word, its numbers are text."""
        asked = dict(request.query_params)
        numbers = {key: int(asked[key]) for key in ("offset", "limit") if key in asked}
        return self.fetch(request, asked | numbers | {"fields": asked["fields"].split(",")})

    def delete(self, request: Request, body: Any) -> dict[str, Any]:
        uid = request.path_params["uid"]
        if not isinstance(body, list):
            raise Wrong("malformed_payload", "expected an array of ids")
        return self.state.enqueue(
            "documentDeletion", uid, lambda: self.state.index(uid).remove(body)
        )

    def facet_search(self, request: Request, body: Any) -> dict[str, Any]:
        if not self.state.index(request.path_params["uid"]).settings["facetSearch"]:
            raise Wrong("facet_search_disabled", "The facet search is disabled for this index")
        return {"facetHits": [], "facetQuery": None, "processingTimeMs": 1}

    def multi(self, request: Request, body: Any) -> dict[str, Any]:
        known_fields(body, {"queries", "federation"})
        if body.get("federation") is not None:
            raise NotImplementedError("no test asks for merged answers")
        answers = []
        for at, query in enumerate(body.get("queries") or ()):
            uid = query.get("indexUid") if isinstance(query, dict) else None
            if not isinstance(uid, str):
                raise Wrong(
                    "missing_index_uid", f"Missing field `indexUid` inside `.queries[{at}]`"
                )
            asked = {name: value for name, value in query.items() if name != "indexUid"}
            answers.append({"indexUid": uid, **self.state.index(uid).search(asked)})
        return {"results": answers}

    def swap(self, request: Request, body: Any) -> dict[str, Any]:
        if not isinstance(body, list):
            raise Wrong("bad_request", "Invalid value type: expected an array")
        pairs: list[list[str]] = []
        for swap in body:
            pair = known_fields(swap, {"indexes", "rename"}).get("indexes")
            if not isinstance(pair, list) or len(pair) != 2:
                raise Wrong("invalid_swap_indexes", "Two indexes must be given for each swap.")
            pairs.append(pair)
        named = [uid for pair in pairs for uid in pair]
        if len(set(named)) != len(named):
            raise Wrong("invalid_swap_duplicate_index_found", "Indexes must be declared only once")

        def work() -> None:
            missing = [uid for uid in named if uid not in self.state.indexes]
            if missing:
                raise Wrong("index_not_found", f"Indexes `{'`, `'.join(missing)}` not found.")
            for one, other in pairs:
                kept = self.state.indexes
                kept[one], kept[other] = kept[other], kept[one]

        return self.state.enqueue("indexSwap", None, work)

    def task(self, request: Request, body: Any) -> Any:
        number = request.path_params["number"]
        hidden = request.headers["authorization"].endswith(NARROW)
        if number >= len(self.state.tasks) or (
            hidden and self.state.tasks[number]["type"] == "indexSwap"
        ):
            raise Wrong("task_not_found", f"Task `{number}` not found.")
        return self.state.tasks[number]
