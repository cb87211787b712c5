"""Running seeds: one, or many on all cores; a seed that fails tells how to see it again."""

from __future__ import annotations

import traceback
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from app.auctions.engine.types import BidMode
from app.simulation.invariants import Inspector, check_record
from app.simulation.play import Broken, Player, begin
from app.simulation.scenario import Scenario, draw
from app.simulation.store import MemoryHouse, fingerprint

T = TypeVar("T")
_CHUNK = 20


@dataclass(frozen=True, slots=True)
class Run:
    """What a seed did. ``fault`` None: everything held."""

    seed: int
    mode: BidMode
    fingerprint: str
    events: int
    outcome: str
    fault: str | None
    log: tuple[str, ...]


def run_seed(seed: int, mode: BidMode | None = None, *, length: int = 50) -> Run:
    """Play a seed to its end. Never raises for what the market did: that is the run's fault."""
    return run_scenario(draw(seed, mode, length=length))


def run_scenario(scenario: Scenario) -> Run:
    """Play a scenario in memory, inspected after every happening and verified at its end."""
    house = MemoryHouse(scenario, begin(scenario))
    player = Player(scenario, house, Inspector(house))
    fault = None
    try:
        complete(player.play())
        check_record(house)
    except Broken as broken:
        fault = str(broken)
    except Exception:  # noqa: BLE001  why: whatever breaks under a seed is a finding of that seed
        fault = traceback.format_exc()
    sale = house.durable.sale
    outcome = sale.head.outcome.value if sale.head.outcome else "open"
    log = tuple(player.log)
    return Run(scenario.seed, sale.terms.mode, fingerprint(sale), sale.seq, outcome, fault, log)


def run_many(seeds: Iterable[int], mode: BidMode | None, *, workers: int) -> Iterator[Run]:
    """The runs of many seeds, as they come; logs only of those that failed."""
    if workers <= 1:
        for seed in seeds:
            yield _shortened(run_seed(seed, mode))
        return
    with ProcessPoolExecutor(workers) as pool:
        jobs = ((seed, mode) for seed in seeds)
        yield from pool.map(_run_job, jobs, chunksize=_CHUNK)


def _run_job(job: tuple[int, BidMode | None]) -> Run:
    return _shortened(run_seed(*job))


def _shortened(run: Run) -> Run:
    if run.fault is not None:
        return run
    return Run(run.seed, run.mode, run.fingerprint, run.events, run.outcome, None, ())


def complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nobody, without a loop: a house in memory never does."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("something in the simulation waits for the world outside")
