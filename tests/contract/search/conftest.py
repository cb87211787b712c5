"""The engines under contract, and a small market to search in."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.tx import Tx
from search.documents import Document, Facet, Kind
from search.embedding import meaning_text
from search.index import Entry, SearchIndex
from search.meilisearch.calling import Server
from search.meilisearch.configuration import Embedder
from search.meilisearch.index import MeilisearchIndex
from search.postgres import PostgresIndex
from search.store import prepare
from search.types import SearchRequest, SearchResult
from tests.contract.meili.app import ADMIN
from tests.contract.meili.server import FakeMeilisearch
from tests.encoders import TinyEncoder, point

START = datetime(2026, 1, 1, tzinfo=UTC)
Ask = Callable[..., Awaitable[SearchResult]]


def document(at: int, kind: Kind, title: str, **more: object) -> Document:
    """The document number ``at`` of the small market; later ones are newer."""
    given = {
        "version": 1,
        "published_at": START + timedelta(days=at),
        "number": f"CG-2026-{at:06d}",
    }
    return Document(kind=kind, id=UUID(int=at), title=title, **given | more)  # type: ignore[arg-type]


DOCUMENTS = [
    document(
        1,
        Kind.achievement,
        "一种锂离子电池隔膜及其制备方法",
        holder="宁波长阳科技有限公司",
        summary="本发明公开了一种隔膜，孔隙率高，耐热性好。",
        numbers=["CN201220249767.4"],
        facets={Facet.field: ["新材料", "新能源"], Facet.region: ["浙江"], Facet.trl: ["7-9"]},
        price_minor=500_000_00,
    ),
    document(
        2,
        Kind.achievement,
        "污水深度脱氮除磷工艺",
        holder="北京工业大学",
        summary="用于城镇污水处理，短程反硝化与厌氧氨氧化耦合。",
        facets={Facet.field: ["节能环保"], Facet.region: ["北京"]},
        price_minor=80_000_00,
    ),
    document(
        3,
        Kind.achievement,
        "高炉雷达料面监测系统",
        holder="北京科技大学",
        summary="监测高炉料面，指导布料。",
        facets={Facet.field: ["高端装备"], Facet.region: ["北京"]},
    ),
    document(
        4,
        Kind.achievement,
        "转炉除尘灰的综合利用",
        holder="北京科技大学",
        summary="除尘灰回收后用作高炉喷吹料。",
        facets={Facet.field: ["节能环保"], Facet.region: ["北京"]},
        price_minor=120_000_00,
    ),
    document(
        5,
        Kind.demand,
        "寻求锂电池回收技术",
        summary="需要从废旧电池中回收隔膜和正极材料。",
        number="XQ-2026-000005",
        facets={Facet.field: ["节能环保"], Facet.region: ["河南"]},
    ),
    document(6, Kind.offer, "王锟铻课题组的纳滤膜", holder="王锟铻", price_minor=80_000_00),
    document(
        7,
        Kind.lot,
        "Al<sub>7</sub>O<sub>3</sub>N<sub>5</sub>耐火材料 <script>",
        number="CJ-2026-000007",
    ),
    document(8, Kind.achievement, "石墨烯散热片", summary="导热系数 3.5W/mK"),
]


def entries(documents: Iterable[Document]) -> list[Entry]:
    """Documents as an engine takes them, without meaning."""
    return [Entry(row) for row in prepare(documents)]


def meant(documents: Iterable[Document]) -> list[Entry]:
    """Documents as an engine takes them, with their meaning."""
    return [
        Entry(row, point(meaning_text(row.title, row.keywords, row.summary)))
        for row in prepare(documents)
    ]


REAL_URL = os.environ.get("MARKET_MEILI_URL", "")
REAL_KEY = os.environ.get("MARKET_MEILI_ADMIN_KEY", "")
ENGINES = ["postgres", "meilisearch", *(["real_meilisearch"] if REAL_URL else [])]
KNOWING = ENGINES  # what is asked by meaning
MODEL = Embedder(TinyEncoder.name, TinyEncoder.dimensions)


@pytest.fixture
def postgres_index(tx: Tx) -> SearchIndex:
    return PostgresIndex(tx)


@pytest.fixture(scope="session")
async def meili_caller(meili_server: FakeMeilisearch) -> AsyncIterator[Server]:
    """Speaks to it with the admin key; opened once."""
    caller = Server(meili_server.url, ADMIN, task_limit_s=10, pauses_s=())
    yield caller
    await caller.close()


@pytest.fixture
def meilisearch_index(meili: FakeMeilisearch, meili_caller: Server) -> MeilisearchIndex:
    """The adapter as the worker has it; patient, because tests share two processors."""
    return MeilisearchIndex(meili_caller, embedder=MODEL, admin=True, patience_s=10)


@pytest.fixture
async def real_meilisearch_index() -> AsyncIterator[SearchIndex]:
    """A real server, under names of this run alone; nothing of it stays."""
    name = f"market-test-{secrets.token_hex(4)}"
    server = Server(REAL_URL, REAL_KEY, task_limit_s=60)
    index = MeilisearchIndex(server, embedder=MODEL, name=name, admin=True, patience_s=10)
    yield index
    for uid in await server.indexes(name):
        await server.drop(uid)
    await index.close()


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest) -> SearchIndex:
    """Each engine in turn."""
    found: SearchIndex = request.getfixturevalue(f"{request.param}_index")
    return found


@pytest.fixture
async def ask(index: SearchIndex) -> Ask:
    """Asks the small market; keywords are the fields of a request."""
    await index.upsert(entries(DOCUMENTS))

    async def run(text: str = "", **more: object) -> SearchResult:
        return await index.search(SearchRequest(text, **more))  # type: ignore[arg-type]

    return run
