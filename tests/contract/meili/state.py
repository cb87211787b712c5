"""What the server knows, its tasks, and the switches by which a test lets it fail."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.contract.meili.errors import Wrong
from tests.contract.meili.indexes import Index


@dataclass
class Fault:
    """What shall happen to requests whose method and path hold these texts, ``times`` times."""

    where: str
    times: int
    status: int = 0  # this status instead of an answer
    hang_s: float = 0.0  # this long before anything
    close: bool = False  # no answer, the connection is cut
    after: bool = False  # first do what was asked


@dataclass
class State:
    """All that the server knows, and what the test wants to go wrong."""

    indexes: dict[str, Index] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    works: dict[int, Callable[[], None]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    failing: list[tuple[str, Wrong | None]] = field(default_factory=list)  # None: canceled
    task_delay_s: float = 0.0

    def fail_task(self, kind: str, code: str = "internal", error_type: str = "internal") -> None:
        """Let the next task of this kind fail."""
        self.failing.append((kind, Wrong(code, f"planned: {code}", kind=error_type)))

    def cancel_task(self, kind: str) -> None:
        """Let the next task of this kind be canceled."""
        self.failing.append((kind, None))

    def fault(self, where: str, times: int = 1, **how: Any) -> None:
        """Let requests fail; ``where`` is part of ``POST /indexes/market/documents``."""
        self.faults.append(Fault(where, times, **how))

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def index(self, uid: str) -> Index:
        """An index that is there."""
        if uid not in self.indexes:
            raise Wrong("index_not_found", f"Index `{uid}` not found.")
        return self.indexes[uid]

    def enqueue(self, kind: str, uid: str | None, work: Callable[[], None]) -> dict[str, Any]:
        """A new task, as it is summarised."""
        number = len(self.tasks)
        now = datetime.now(UTC).isoformat()
        task: dict[str, Any] = {
            "uid": number, "batchUid": None, "indexUid": uid, "status": "enqueued", "type": kind,
            "canceledBy": None, "details": {}, "error": None, "duration": None,
            "enqueuedAt": now, "startedAt": None, "finishedAt": None,
        }  # fmt: skip
        self.tasks.append(task)
        self.works[number] = work
        return {
            "taskUid": number, "indexUid": uid, "status": "enqueued", "type": kind,
            "enqueuedAt": now,
        }  # fmt: skip

    async def work(self) -> None:
        """Do tasks one after another, for ever."""
        while True:
            waiting = [task for task in self.tasks if task["status"] == "enqueued"]
            if not waiting:
                await asyncio.sleep(0.002)
                continue
            task = waiting[0]
            task["status"], task["startedAt"] = "processing", datetime.now(UTC).isoformat()
            await asyncio.sleep(self.task_delay_s)
            if not any(known is task for known in self.tasks):  # all was forgotten meanwhile
                continue
            self._do(task)
            task["finishedAt"] = datetime.now(UTC).isoformat()

    def _do(self, task: dict[str, Any]) -> None:
        work = self.works.pop(task["uid"])
        planned = next((plan for plan in self.failing if plan[0] == task["type"]), None)
        try:
            if planned:
                self.failing.remove(planned)
                if planned[1] is None:
                    task["status"], task["canceledBy"] = "canceled", task["uid"]
                    return
                raise planned[1]
            work()
        except Wrong as wrong:
            task["status"], task["error"] = "failed", wrong.body()
        else:
            task["status"] = "succeeded"
