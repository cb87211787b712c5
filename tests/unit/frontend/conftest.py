"""Requests without a server, and addresses of assets without a build."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request

from frontend.assets import Assets
from frontend.pages import help as guides

MakeRequest = Callable[..., Request]


@pytest.fixture(autouse=True)
def _unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Assets, "__call__", lambda _self, name: f"/static/dist/{name}")


@pytest.fixture
def make_request() -> MakeRequest:
    """A request for a path, with cookies and things a middleware would have put on it."""
    app = FastAPI()
    app.state.settings = SimpleNamespace(name="科技大市场", mode="demo", upload_limit_mb=50)
    app.include_router(guides.router)

    def make(
        path: str = "/", *, query: str = "", cookie: str = "", method: str = "GET", **state: Any
    ) -> Request:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"cookie", cookie.encode())],
            "app": app,
            "state": dict(state),
            "server": ("market.test", 80),
            "scheme": "http",
            "root_path": "",
        }
        return Request(scope)

    return make
