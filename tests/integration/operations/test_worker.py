"""One sweep's fault stops no other's clock; a lost database ends the worker, to be started anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError

from app.core.metrics import SWEEPS_FAILED
from app.core.tx import Tx, UnitOfWork
from app.worker import Sweep, sweep_once


def failures(sweep: str) -> float:
    return sum(
        sample.value
        for metric in SWEEPS_FAILED.collect()
        for sample in metric.samples
        if sample.labels == {"sweep": sweep} and sample.name.endswith("_total")
    )


async def refused_by_the_disk(_uow: UnitOfWork) -> int:
    Path("no", "such", "content").stat()
    return 0


async def refused_by_the_database(uow: UnitOfWork) -> int:
    await uow.session.execute(text("SELECT 1 / 0"))
    return 0


@pytest.mark.parametrize("sweep", [refused_by_the_disk, refused_by_the_database])
async def test_a_fault_is_counted_and_the_others_go_on(
    tx: Tx, sweep: Sweep, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"{__name__}.{sweep.__name__}"
    before = failures(name)
    await sweep_once(tx, sweep)
    assert failures(name) == before + 1
    assert "sweep failed" in caplog.text


@pytest.mark.parametrize(
    "lost", [ConnectionRefusedError(111, "refused"), InterfaceError("", None, Exception())]
)
async def test_a_lost_database_is_raised(tx: Tx, lost: Exception) -> None:
    async def ask(_uow: UnitOfWork) -> int:
        raise lost

    with pytest.raises(type(lost)):
        await sweep_once(tx, ask)
