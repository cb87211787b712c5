"""Logs: one structured line each (structlog), JSON in production, readable in a terminal.

Why structlog: it renders the standard library's records too, so every library's line has one shape.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

_QUIET = ("uvicorn.access", "httpx2", "httpcore2", "pgqueuer", "alembic")


def _drop_colours(_logger: Any, _method: str, event: Any) -> Any:
    """Uvicorn repeats each message with terminal colours; once is enough."""
    event.pop("color_message", None)
    return event


def configure_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error in one shape."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _drop_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        final.append(structlog.processors.format_exc_info)  # type: ignore[arg-type]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
