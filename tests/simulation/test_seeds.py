"""Two hundred seeds hold, a seed is one run for ever, and a guard that is removed is caught."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from app.auctions.desk import Sight
from app.auctions.engine import lawful, proxies, registered, sealing
from app.auctions.engine.types import BidMode, Head, Place, Reason, Terms
from app.cli import app
from app.simulation import play, store
from app.simulation.money import Deposits
from app.simulation.running import Run, run_seed
from app.simulation.scenario import MODES, Kind, draw
from app.simulation.store import MemoryStore

SEEDS = 200
FEW = range(300, 440)  # other seeds, to look for a guard that was removed


def told(run: Run) -> str:
    """A failing seed as a person needs it."""
    return "\n".join([*run.log, f"market simulate --seed {run.seed}", str(run.fault)])


def test_two_hundred_seeds() -> None:
    outcomes = Counter[tuple[BidMode, str]]()
    for seed in range(SEEDS):
        run = run_seed(seed)
        assert run.fault is None, told(run)
        outcomes[run.mode, run.outcome] += 1
    for mode in MODES:  # they are worth something: every mode sells, and fails to
        assert outcomes[mode, "won"] > 0
        assert outcomes[mode, "unsold"] > 0


def test_a_seed_is_one_run_for_ever() -> None:
    first, second = run_seed(11), run_seed(11)
    assert first == second
    assert run_seed(11, BidMode.multi).fingerprint != first.fingerprint
    assert draw(11) == draw(11)
    assert run_seed(4).fingerprint == run_seed(4, MODES[4]).fingerprint


def test_everything_that_can_happen_is_drawn() -> None:
    drawn = {one.kind for seed in range(60) for one in draw(seed).happenings}
    assert drawn == set(Kind)


# ---- one guard removed, and caught ---------------------------------------------------------------


def find_faults(mode: BidMode | None = None) -> list[str]:
    """What the first seeds that fail say; none where all hold."""
    found = []
    for seed in FEW:
        run = run_seed(seed, mode)
        if run.fault is not None:
            found.append(run.fault)
        if len(found) == 2:
            break
    return found


def never(*_: Any) -> None:
    """A guard that guards nothing."""


async def _sees_no_key(real: Callable[..., Any], *given: Any) -> Sight:
    sight: Sight = await real(*given)
    return Sight(sight.now, None, sight.place, sight.book)


def test_the_late_check_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(terms: Terms, head: Head, place: Place, now: object) -> Reason | None:
        del terms, head, place, now
        return None

    monkeypatch.setattr(lawful, "_find_limited_refusal", forgetful)
    assert any("outside its time" in fault for fault in find_faults(BidMode.multi))


def test_the_late_check_of_sealed_bids_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = registered.find_shut_reason

    def forgetful(terms: Terms, head: Head, now: Any) -> Reason | None:
        reason = real(terms, head, now)
        return None if reason is Reason.late else reason

    monkeypatch.setattr(sealing, "find_shut_reason", forgetful)
    assert any("outside its time" in fault for fault in find_faults(BidMode.once))


def test_the_lookup_of_keys_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.look

    async def blind(self: MemoryStore, *given: Any) -> Sight:
        return await _sees_no_key(real, self, *given)

    monkeypatch.setattr(MemoryStore, "look", blind)
    assert any("another answer than before" in fault for fault in find_faults())


def test_the_comparison_of_a_reused_key_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.MemoryHouse.submit

    async def lenient(self: Any, code: str, act: Any, amount: Any, key: str, **more: Any) -> Any:
        seen = self.durable.answers.get((code, key))
        amount = amount if seen is None else seen.amount_minor
        return await real(self, code, act, amount, key, **more)

    monkeypatch.setattr(store.MemoryHouse, "submit", lenient)
    assert any("taken for another amount" in fault for fault in find_faults())


def test_the_grid_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lawful, "is_on", lambda *_: True)
    assert any("not on the grid" in fault for fault in find_faults(BidMode.dynamic))


def test_an_answer_of_a_stored_maximum_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.auctions.engine.ascending.settle", lambda *_, **__: [])
    assert any("would still bid" in fault for fault in find_faults(BidMode.dynamic))
    assert proxies.settle is not None


def test_a_commit_that_is_not_whole_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.commit

    def torn(self: MemoryStore) -> None:
        self._sale = None
        real(self)

    monkeypatch.setattr(MemoryStore, "commit", torn)
    assert any("head is not the last" in fault for fault in find_faults())


def test_a_repeated_message_of_the_bank_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Deposits.take

    def forgetful(self: Deposits, reference: str) -> list[str]:
        self.taken.pop(reference, None)
        return real(self, reference)

    monkeypatch.setattr(Deposits, "take", forgetful)
    assert find_faults()


def test_an_early_resumption_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play.Player, "_may_resume", lambda *_: True)
    assert any("恢复早于" in fault for fault in find_faults())


# ---- the command ---------------------------------------------------------------------------------


def test_the_command_runs_seeds_and_replays_one() -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["simulate", "--seeds", "3", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "3 个种子" in done.output
    one = runner.invoke(app, ["simulate", "--seed", "2"])
    assert one.exit_code == 0
    assert run_seed(2).fingerprint in one.output
    assert runner.invoke(app, ["simulate", "--mode", "TENDER"]).exit_code == 1


def test_a_failing_seed_says_how_to_see_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryStore, "commit", never)
    runner = CliRunner()
    done = runner.invoke(app, ["simulate", "--seeds", "2", "--workers", "1", "--mode", "dutch"])
    assert done.exit_code == 1
    assert "market simulate --seed 0 --mode dutch" in done.output
    one = runner.invoke(app, ["simulate", "--seed", "0", "--mode", "dutch"])
    assert one.exit_code == 1
    assert "opening" in one.output
