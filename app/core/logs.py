"""Logs: one structured line each (structlog), JSON in production, readable in a terminal.

Why structlog: it renders the standard library's records too, so every library's line has one shape.

Nobody may write secrets or personal data into a line. What a library or a trace carries along all
the same (PostgreSQL's DETAIL quotes the row that was refused) is blotted out here.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Final

import structlog
import structlog.contextvars

_QUIET = ("uvicorn.access", "httpx2", "httpcore2", "pgqueuer", "alembic")

_BLOTTED: Final = (
    (re.compile(r"DETAIL: [^\n]*"), "DETAIL: ***"),
    (re.compile(r"(://[^\s:/@]+:)[^\s@/]+@"), r"\1***@"),
    (re.compile(r"\bkjm_[A-Za-z0-9_-]+"), "kjm_***"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
    (re.compile(r"(?<![\w.-])1[3-9]\d{9}(?![\w.-])"), "***"),
    (re.compile(r"(?<![\w.-])\d{17}[\dXx](?![\w-])"), "***"),
)


def blot(text: str) -> str:
    """Blot out tokens, passwords in addresses, mail addresses, mobile and identity numbers."""
    for pattern, instead in _BLOTTED:
        text = pattern.sub(instead, text)
    return text


def _blot_line(_logger: Any, _method: str, event: Any) -> Any:
    """Every text of a line; the request's own id and path are ours and stay readable."""
    return {
        key: blot(value) if isinstance(value, str) and key != "request_id" else value
        for key, value in event.items()
    }


def _drop_colours(_logger: Any, _method: str, event: Any) -> Any:
    """Uvicorn repeats each message with terminal colours; once is enough."""
    event.pop("color_message", None)
    return event


def configure_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error in one shape."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _drop_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # why plain: the others print what every variable of a trace held
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    final.append(structlog.processors.format_exc_info)  # type: ignore[arg-type]
    final.append(_blot_line)  # type: ignore[arg-type]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
