"""One line a request, its id on the answer and on the jobs it asked for."""

from __future__ import annotations

import json
import logging

import httpx2
import pytest
from sqlalchemy import text

from app.core import metrics
from app.core.tracing import traced
from app.core.tx import Tx, UnitOfWork


async def test_the_line_has_route_status_and_time_but_no_query(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "market.web"):
        answer = await client.get(
            "/help/manager?token=hunter2", headers={"X-Request-Id": "proxy-0001"}
        )
    assert answer.headers["x-request-id"] == "proxy-0001"
    (line,) = [record for record in caplog.records if record.message == "request"]
    told = vars(line)
    assert told["request_id"] == "proxy-0001"
    assert told["route"] == "/help/{role}"
    assert told["status"] == 200
    assert told["duration_ms"] >= 0
    assert "hunter2" not in json.dumps(told, default=str)


async def test_requests_are_counted_by_template(client: httpx2.AsyncClient) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        registry = metrics.shared_registry()
        return registry.get_sample_value("market_http_requests_total", labels) or 0

    before = count("/help/{role}", "200"), count("-", "404")
    await client.get("/help/manager")
    await client.get("/help/inventor")
    await client.get("/guess/1")
    assert count("/help/{role}", "200") == before[0] + 2
    assert count("-", "404") == before[1] + 1


async def test_a_job_knows_who_asked_for_it(tx: Tx) -> None:
    async def ask(uow: UnitOfWork) -> None:
        await uow.enqueue("tried", {})

    async def read(uow: UnitOfWork) -> list[object]:
        rows = await uow.session.execute(
            text("SELECT headers FROM queue.pgqueuer WHERE entrypoint = 'tried' ORDER BY id")
        )
        return list(rows.scalars())

    with traced("request-4711"):
        await tx.run(ask)
    await tx.run(ask)
    assert await tx.run(read) == [{"request_id": "request-4711"}, None]
