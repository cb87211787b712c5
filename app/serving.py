"""A web process: the application that uvicorn asks for, in each of its processes.

Apart from the commands, for it imports every page: whatever serves none starts without it.
"""

from __future__ import annotations

from fastapi import FastAPI

from app.core.logs import configure_logs
from app.main import create_app
from app.terminal import load_serving_settings
from app.tether import tie


def serve() -> FastAPI:
    """The application of one web process (uvicorn calls this in each)."""
    settings = load_serving_settings()
    if settings.web_processes > 1:
        # A killed master must not leave workers that hold the port.
        tie()
    configure_logs(as_json=settings.logs_as_json)
    return create_app(settings)
