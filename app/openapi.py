"""The OpenAPI file, with how one says who he is: a token with scopes, or the browser's session."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from app.accounts.service import SCOPES
from app.accounts.types import SESSION_COOKIE
from app.core.errors import InvalidToken, ScopeMissing
from app.core.web import SAFE_METHODS, problems

BEARER: Final = "bearer"
SESSION: Final = "session"
_ABOUT: Final = "访问令牌，在工作台“访问令牌”页面新建。权限范围：\n\n"


def describe_security(app: FastAPI) -> None:
    """Let the application's OpenAPI file name the ways in, and their refusals, for every call."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = make()
            schema.setdefault("components", {})["securitySchemes"] = _schemes()
            for item in schema.get("paths", {}).values():
                for method, call in item.items():
                    _describe(call, method.upper())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _schemes() -> dict[str, Any]:
    listed = "\n".join(f"- `{scope}`: {words}" for scope, words in SCOPES.items())
    return {
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "kjm_…",
            "description": _ABOUT + listed,
        },
        SESSION: {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    }


def _describe(call: dict[str, Any], method: str) -> None:
    """A token's scope is that of the call's room, to read or to write; public calls need none."""
    responses = call.setdefault("responses", {})
    asks = "401" in responses or "403" in responses
    (room, *_) = call.get("tags") or [""]
    scope = f"{room}:{'read' if method in SAFE_METHODS else 'write'}"
    needed = [scope] if scope in SCOPES else []
    ways: list[dict[str, list[str]]] = [{BEARER: needed}, {SESSION: []}]
    call["security"] = ways if asks else [{}, {BEARER: []}, {SESSION: []}]
    for refusal in (InvalidToken, ScopeMissing) if asks else (InvalidToken,):
        for status, entry in problems(refusal).items():
            known = responses.setdefault(str(status), entry)
            if refusal.code not in known.get("description", ""):
                known["description"] = "; ".join((known["description"], entry["description"]))
