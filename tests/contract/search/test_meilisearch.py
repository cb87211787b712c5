"""What the Meilisearch adapter alone promises: how it fails, how it comes back, what it may do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from search.documents import Document, Facet, Kind
from search.index import EngineDown, EngineRefused, Entry
from search.meilisearch import configuration, writing
from search.meilisearch.calling import Server
from search.meilisearch.configuration import Embedder
from search.meilisearch.index import MeilisearchIndex
from search.types import SearchRequest
from tests.contract.meili.app import ADMIN, NARROW, SEARCH
from tests.contract.meili.indexes import Index
from tests.contract.meili.server import FakeMeilisearch
from tests.contract.search.conftest import DOCUMENTS, MODEL, document, entries, meant
from tests.contract.search.test_index import found
from tests.encoders import point

ALL = SearchRequest(limit=100)
ADDING = "documentAdditionOrUpdate"


@pytest.fixture
def index(meilisearch_index: MeilisearchIndex) -> MeilisearchIndex:
    return meilisearch_index


@pytest.fixture
def server(meili: FakeMeilisearch) -> FakeMeilisearch:
    return meili


async def parts(*given: Sequence[Document]) -> AsyncIterator[list[Entry]]:
    for part in given:
        yield entries(part)


def uids(server: FakeMeilisearch) -> list[str]:
    return sorted(server.state.indexes)


# ---------------------------------------------------------------- tasks


async def test_a_failed_task_is_raised_with_its_reason_and_can_be_tried_again(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    server.state.fail_task(ADDING, "invalid_document_id", "invalid_request")
    with pytest.raises(EngineRefused, match=r"invalid_document_id planned"):
        await index.upsert(entries(DOCUMENTS))
    assert found(await index.search(ALL)) == []
    await index.upsert(entries(DOCUMENTS))
    assert len(found(await index.search(ALL))) == 8


async def test_a_task_that_fails_by_the_engines_own_fault_is_no_refusal(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    server.state.fail_task(ADDING, "no_space_left_on_device", "system")
    with pytest.raises(EngineDown, match="no_space_left_on_device"):
        await index.upsert(entries(DOCUMENTS))


async def test_a_canceled_task_is_raised(index: MeilisearchIndex, server: FakeMeilisearch) -> None:
    server.state.cancel_task(ADDING)
    with pytest.raises(EngineRefused, match="canceled"):
        await index.upsert(entries(DOCUMENTS))


async def test_a_task_that_takes_too_long_counts_as_down(server: FakeMeilisearch) -> None:
    hasty = MeilisearchIndex(Server(server.url, ADMIN, task_limit_s=0.05, pauses_s=()), admin=True)
    server.state.task_delay_s = 0.3
    with pytest.raises(EngineDown, match="was not done"):
        await hasty.upsert(entries(DOCUMENTS))
    await hasty.close()
    await asyncio.sleep(0)


async def test_a_batch_that_is_applied_in_part_becomes_whole_when_it_is_repeated(
    index: MeilisearchIndex, server: FakeMeilisearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BATCH", 3)
    await index.upsert(entries(DOCUMENTS[:1]))
    server.state.fail_task(ADDING, "invalid_document_id", "invalid_request")  # the first of three
    with pytest.raises(EngineRefused):
        await index.upsert(entries(DOCUMENTS))
    assert 1 < len(found(await index.search(ALL))) < 8
    await index.upsert(entries(DOCUMENTS))
    assert len(found(await index.search(ALL))) == 8


async def test_large_batches_are_sent_in_parts(
    index: MeilisearchIndex, server: FakeMeilisearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BATCH_BYTES", 3_000)
    await index.upsert(entries(DOCUMENTS))
    posted = [r for r in server.state.requests if r == "POST /indexes/market/documents"]
    assert 2 < len(posted) < 8
    assert len(found(await index.search(ALL))) == 8


async def test_of_two_versions_in_one_batch_the_newer_is_kept(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    newer = replace(DOCUMENTS[0], version=2)
    await index.upsert([*entries([newer]), *entries(DOCUMENTS[:1])])
    (kept,) = server.state.indexes["market"].documents.values()
    assert kept["version"] == 2


async def test_many_are_taken_out_in_parts_and_none_stays(
    index: MeilisearchIndex, server: FakeMeilisearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_BATCH", 3)
    many = [document(at, Kind.lot, f"标的{at}") for at in range(1, 9)]
    await index.upsert(entries(many))
    server.state.requests.clear()
    await index.remove(Kind.lot, [one.id for one in many])
    assert sum("delete-batch" in request for request in server.state.requests) == 3
    assert found(await index.search(ALL)) == []


# ---------------------------------------------------------------- faults


async def test_a_server_that_is_away_is_down_and_then_back(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS[:4]))
    with server.away():
        for call in (
            index.upsert(entries(DOCUMENTS)),
            index.remove(Kind.lot, [DOCUMENTS[6].id]),
            index.search(ALL),
            index.suggest("锂离"),
            index.similar(Kind.lot, DOCUMENTS[6].id, kinds=list(Kind)),
            index.rebuild(parts(DOCUMENTS)),
        ):
            with pytest.raises(EngineDown):
                await call
        assert (await index.check()).fault
    assert found(await index.search(ALL)) == [4, 3, 2, 1]
    await index.upsert(entries(DOCUMENTS))
    assert len(found(await index.search(ALL))) == 8


@pytest.mark.parametrize("how", [{"status": 503}, {"status": 502}, {"close": True}])
async def test_a_passing_fault_is_waited_out(
    server: FakeMeilisearch, how: dict[str, object]
) -> None:
    patient = MeilisearchIndex(Server(server.url, ADMIN, pauses_s=(0, 0)), admin=True)
    for where in ("GET /indexes", "POST /indexes/market/documents", "GET /tasks"):
        server.state.fault(where, 2, **how)
    await patient.upsert(entries(DOCUMENTS))
    assert len(found(await patient.search(ALL))) == 8
    server.state.fault("POST /indexes/market/documents", 3, **how)
    with pytest.raises(EngineDown):
        await patient.upsert(entries([document(9, Kind.lot, "标的")]))
    await patient.close()


async def test_a_write_whose_answer_is_lost_is_written_once(server: FakeMeilisearch) -> None:
    patient = MeilisearchIndex(Server(server.url, ADMIN, pauses_s=(0,)), admin=True)
    server.state.fault("POST /indexes/market/documents", 1, close=True, after=True)
    await patient.upsert(entries(DOCUMENTS))
    assert len(found(await patient.search(ALL))) == 8
    await patient.close()


async def test_a_slow_answer_is_none(server: FakeMeilisearch) -> None:
    index = MeilisearchIndex(Server(server.url, SEARCH), patience_s=0.02)
    server.state.fault("POST /multi-search", 1, hang_s=0.2)
    with pytest.raises(EngineDown, match="no answer in 20 ms"):
        await index.search(ALL)
    await index.close()


async def test_a_page_of_something_else_is_no_answer(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    server.state.fault("POST /multi-search", 1, status=200)
    with pytest.raises(EngineDown, match="not the answer of a Meilisearch"):
        await index.search(ALL)


async def test_before_it_was_filled_it_is_down_and_not_empty(index: MeilisearchIndex) -> None:
    with pytest.raises(EngineDown, match="not filled yet"):
        await index.search(ALL)
    assert "not filled yet" in (await index.check()).fault


# ---------------------------------------------------------------- keys


async def test_the_search_key_asks_and_never_writes(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(meant(DOCUMENTS))
    asking = MeilisearchIndex(Server(server.url, SEARCH, pauses_s=()), embedder=MODEL, patience_s=9)
    assert len(found(await asking.search(ALL))) == 8
    assert found(await asking.search(SearchRequest("储能"), point("储能")))
    assert await asking.suggest("锂离")
    assert await asking.similar(Kind.demand, DOCUMENTS[4].id, kinds=list(Kind))
    state = await asking.check()
    assert (state.documents, state.fault) == (8, "")
    with pytest.raises(EngineDown, match="403 invalid_api_key"):
        await asking.upsert(entries(DOCUMENTS))
    with pytest.raises(EngineDown, match="403"):
        await asking.rebuild(parts(DOCUMENTS))
    await asking.close()


@pytest.mark.parametrize(("key", "status"), [("", 401), ("wrong-key-of-somebody", 403)])
async def test_a_wrong_key_is_told_and_never_written_down(
    server: FakeMeilisearch, key: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    index = MeilisearchIndex(Server(server.url, key, pauses_s=(0,)), admin=True)
    for call in (index.search(ALL), index.upsert(entries(DOCUMENTS))):
        with pytest.raises(EngineDown, match=str(status)) as refused:
            await call
        assert not key or key not in str(refused.value)
    assert str(status) in (await index.check()).fault
    assert not key or key not in caplog.text
    await index.close()


async def test_a_key_for_some_indexes_cannot_see_a_swap_and_is_told_so(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    narrow = MeilisearchIndex(Server(server.url, NARROW, pauses_s=()), embedder=MODEL, admin=True)
    await narrow.upsert(entries(DOCUMENTS))
    with pytest.raises(EngineDown, match="for all indexes"):
        await narrow.rebuild(parts(DOCUMENTS[:2]))
    assert found(await index.search(ALL)) == [2, 1]
    assert uids(server) == ["market"]
    await narrow.close()


# ---------------------------------------------------------------- rebuilding


@pytest.mark.parametrize("kind", ["settingsUpdate", ADDING, "indexSwap"])
async def test_a_rebuild_that_fails_leaves_the_old_one_and_nothing_else(
    index: MeilisearchIndex, server: FakeMeilisearch, kind: str
) -> None:
    await index.upsert(entries(DOCUMENTS))
    server.state.fail_task(kind, "invalid_request", "invalid_request")
    with pytest.raises(EngineRefused, match="planned"):
        await index.rebuild(parts(DOCUMENTS[:2]))
    assert len(found(await index.search(ALL))) == 8
    assert uids(server) == ["market"]
    await index.rebuild(parts(DOCUMENTS[:2]))
    assert found(await index.search(ALL)) == [2, 1]


async def test_a_swap_whose_answer_is_lost_leaves_one_index_whichever_it_is(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))
    server.state.fault("POST /swap-indexes", 1, close=True, after=True)
    with pytest.raises(EngineDown):
        await index.rebuild(parts(DOCUMENTS[:2]))
    assert uids(server) == ["market"]
    assert found(await index.search(ALL)) == [2, 1]  # it did change places
    assert [r for r in server.state.requests if "swap" in r] == ["POST /swap-indexes"]


async def test_a_swap_is_never_tried_twice_however_patient_it_is(server: FakeMeilisearch) -> None:
    patient = MeilisearchIndex(Server(server.url, ADMIN, pauses_s=(0, 0)), admin=True)
    await patient.upsert(entries(DOCUMENTS))
    server.state.fault("POST /swap-indexes", 1, close=True, after=True)
    with pytest.raises(EngineDown):
        await patient.rebuild(parts(DOCUMENTS[:2]))
    assert [r for r in server.state.requests if "swap" in r] == ["POST /swap-indexes"]
    assert found(await patient.search(ALL)) == [2, 1]
    await patient.close()


async def test_a_swap_that_is_not_answered_changes_nothing(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))
    server.state.fault("POST /swap-indexes", 1, status=503)
    with pytest.raises(EngineDown, match="503"):
        await index.rebuild(parts(DOCUMENTS[:2]))
    assert uids(server) == ["market"]
    assert len(found(await index.search(ALL))) == 8


async def test_what_a_killed_rebuild_left_is_cleaned_by_the_next(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:1])
        server.state.fault("DELETE /indexes", 1, status=503)  # it cannot even clean up
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await index.rebuild(source())
    assert len(uids(server)) == 2
    await index.rebuild(parts(DOCUMENTS))
    assert uids(server) == ["market"]


async def test_an_index_that_was_never_filled_answers_nothing_until_it_is(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    server.state.fail_task("indexSwap", "internal", "internal")  # killed before they changed places
    with pytest.raises(EngineDown):
        await index.rebuild(parts(DOCUMENTS))
    with pytest.raises((EngineDown, EngineRefused)):
        await index.search(ALL)
    assert (await index.check()).outdated
    await index.rebuild(parts(DOCUMENTS))
    assert len(found(await index.search(ALL))) == 8


async def test_another_process_writes_to_both_while_one_is_built(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))
    other = MeilisearchIndex(Server(server.url, ADMIN, pauses_s=()), embedder=MODEL, admin=True)

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:4])
        await other.upsert(entries([replace(DOCUMENTS[0], version=2), document(9, Kind.lot, "新")]))
        await other.remove(Kind.achievement, [DOCUMENTS[1].id])
        yield entries([DOCUMENTS[0], *DOCUMENTS[4:]])

    await index.rebuild(source())
    assert found(await index.search(ALL)) == [9, 8, 7, 6, 5, 4, 3, 1]
    kept = server.state.indexes["market"].documents
    assert {d["version"] for d in kept.values() if d["title"] == DOCUMENTS[0].title} == {2}
    await other.close()


async def test_what_is_removed_on_its_way_in_a_batch_stays_out(index: MeilisearchIndex) -> None:
    await index.upsert(entries(DOCUMENTS))

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:2])
        await index.remove(Kind.achievement, [DOCUMENTS[2].id, DOCUMENTS[3].id])
        await index.upsert(entries([replace(DOCUMENTS[3], version=2)]))  # and is there again
        yield entries(DOCUMENTS[2:])

    await index.rebuild(source())
    assert found(await index.search(ALL)) == [8, 7, 6, 5, 4, 2, 1]


async def test_an_index_that_is_not_the_one_that_was_begun_never_answers(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:1])
        (built,) = set(server.state.indexes) - {"market"}
        server.state.indexes[built] = Index()  # as the server makes one, without settings
        yield entries(DOCUMENTS[1:])

    with pytest.raises(EngineRefused, match="built twice at once"):
        await index.rebuild(source())
    assert len(found(await index.search(ALL))) == 8
    assert uids(server) == ["market"]


async def test_a_rebuild_under_traffic_fails_no_question(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(meant(DOCUMENTS))
    server.state.task_delay_s = 0.01
    building = asyncio.create_task(index.rebuild(parts(DOCUMENTS[:6], DOCUMENTS[6:])))
    asked = 0
    while not building.done():
        results = await asyncio.gather(
            index.search(ALL),
            index.search(SearchRequest("储能"), point("储能")),
            index.suggest("锂离"),
        )
        assert len(found(results[0])) == 8
        asked += 1
    await building
    assert asked > 3


async def test_two_rebuilds_at_once_never_let_a_half_answer(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))
    other = MeilisearchIndex(Server(server.url, ADMIN, pauses_s=()), embedder=MODEL, admin=True)

    async def source() -> AsyncIterator[list[Entry]]:
        yield entries(DOCUMENTS[:1])
        await other.rebuild(parts(DOCUMENTS[:5]))  # takes away what is being built here
        yield entries(DOCUMENTS[1:])

    with pytest.raises(EngineRefused):
        await index.rebuild(source())
    assert found(await index.search(ALL)) == [5, 4, 3, 2, 1]
    await other.close()


# ---------------------------------------------------------------- settings and meaning


async def test_its_settings_have_a_version_and_another_one_asks_for_a_rebuild(
    server: FakeMeilisearch, index: MeilisearchIndex
) -> None:
    await index.upsert(meant(DOCUMENTS))
    assert (await index.check()).fault == ""
    newer = MeilisearchIndex(
        Server(server.url, ADMIN, pauses_s=()), embedder=Embedder("next 2.0", 8), admin=True
    )
    assert "market reindex" in (await newer.check()).fault
    # until then its questions are answered by words, for the vectors are of another model
    assert found(await newer.search(SearchRequest("高炉"), point("高炉"))) == [3, 4]
    assert not await newer.similar(Kind.demand, DOCUMENTS[4].id, kinds=list(Kind))
    await newer.rebuild(parts(DOCUMENTS))
    assert (await newer.check()).fault == ""
    await newer.close()


async def test_a_document_without_a_vector_says_so_to_the_server(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert([*meant(DOCUMENTS[:1]), *entries(DOCUMENTS[1:2])])
    vectors = [v[MODEL.name] for v in server.state.indexes["market"].vectors.values()]
    assert [vector is None for vector in vectors] == [False, True]


async def test_vectors_of_another_length_are_refused(index: MeilisearchIndex) -> None:
    (entry,) = entries(DOCUMENTS[:1])
    with pytest.raises(EngineRefused, match="invalid_vector_dimensions"):
        await index.upsert([Entry(entry.row, (1.0, 0.0))])


async def test_the_index_is_set_up_before_its_first_document(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS[:1]))
    kinds = [task["type"] for task in server.state.tasks]
    assert kinds == ["settingsUpdate", ADDING]
    settings = server.state.indexes["market"].settings
    assert settings["searchableAttributes"] == list(configuration.WORDS)
    assert settings["pagination"] == {"maxTotalHits": 10_001}
    assert settings["embedders"] == {"tiny-1": {"source": "userProvided", "dimensions": 8}}


async def test_a_question_is_one_request_whatever_is_filtered(
    index: MeilisearchIndex, server: FakeMeilisearch
) -> None:
    await index.upsert(entries(DOCUMENTS))
    server.state.requests.clear()
    result = await index.search(
        SearchRequest("高炉", filters={Facet.region: ["北京"], Facet.field: ["节能环保"]})
    )
    assert result.engine == "meilisearch"
    assert server.state.requests == ["POST /multi-search"]
    server.state.requests.clear()
    await index.search(SearchRequest("高炉"), point("高炉"))
    assert server.state.requests == ["POST /multi-search"] * 2  # then the documents of the page


async def test_nothing_in_a_text_is_an_operator(index: MeilisearchIndex) -> None:
    await index.upsert(entries(DOCUMENTS))
    for text in ['"高炉', "-高炉", '高炉 -雷达 "监测', "高炉 OR 雷达", "高炉*", '""']:
        result = await index.search(SearchRequest(text))
        assert 3 in found(result) or not result.words, text
