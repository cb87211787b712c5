"""Hears what is said to the database, so that a test can count it."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection


class Statements:
    """What is said to the database while it stands."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.said: list[str] = []
        self._connection = connection.sync_connection

    def __enter__(self) -> Statements:
        event.listen(self._connection, "before_cursor_execute", self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        event.remove(self._connection, "before_cursor_execute", self._hear)

    def _hear(self, *given: Any) -> None:
        self.said.append(given[2])
