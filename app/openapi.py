"""The OpenAPI file: how one says who he is, and every refusal in its one shape.

A route names the refusals of its verb; those that stand before every route (a wrong token, too many
requests, too large a body, a foreign page's request, a malformed one) are added here for all.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from app.accounts.service import SCOPES
from app.accounts.types import SESSION_COOKIE
from app.core.bodies import TooLarge
from app.core.errors import (
    DomainError,
    Forbidden,
    Invalid,
    InvalidToken,
    NotFound,
    ScopeMissing,
    TooMany,
    Unavailable,
)
from app.core.web import SAFE_METHODS, problems

BEARER: Final = "bearer"
SESSION: Final = "session"
PROBLEM: Final = "application/problem+json"
_SHAPE: Final = "#/components/schemas/Problem"
# FastAPI's own account of a malformed request, which is not what is answered.
_FOREIGN: Final = ("HTTPValidationError", "ValidationError")
_ABOUT: Final = "访问令牌，在工作台“访问令牌”页面新建。权限范围：\n\n"


def describe_security(app: FastAPI) -> None:
    """Let the application's OpenAPI file name the ways in, and all refusals, for every call."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = make()
            parts = schema.setdefault("components", {})
            parts["securitySchemes"] = _schemes()
            shapes = parts.setdefault("schemas", {})
            for foreign in _FOREIGN:
                shapes.pop(foreign, None)
            shapes["Problem"] = _problem()
            for path, item in schema.get("paths", {}).items():
                for method, call in item.items():
                    _describe(call, method.upper())
                    if "{" in path:  # no address may name what never is one of ours
                        _add(call["responses"], NotFound)
                    _shape_problems(call["responses"])
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
    if "validation" in str(responses.get("422", {}).get("description", "")).lower():
        del responses["422"]
        _add(responses, Invalid)
    _add(responses, InvalidToken, TooMany, Unavailable)
    if asks:
        _add(responses, ScopeMissing)
    if method not in SAFE_METHODS:
        _add(responses, Forbidden, Invalid, TooLarge)


def _shape_problems(responses: dict[str, Any]) -> None:
    for entry in responses.values():
        if PROBLEM in entry.get("content", {}):
            entry["content"][PROBLEM] = {"schema": {"$ref": _SHAPE}}


def _add(responses: dict[str, Any], *refusals: type[DomainError]) -> None:
    """Name refusals that are not named yet."""
    for refusal in refusals:
        [(status, entry)] = problems(refusal).items()
        known = responses.setdefault(str(status), entry)
        lines = known["description"].split("; ")
        if entry["description"] not in lines:
            known["description"] = "; ".join((*lines, entry["description"]))


def _problem() -> dict[str, Any]:
    """RFC 9457, with our ``code`` and, where input was wrong, every fault."""
    text = {"type": "string"}
    members = dict.fromkeys(("type", "title", "detail", "instance", "code"), text)
    fault = {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": text, "message": text},
    }
    return {
        "type": "object",
        "title": "Problem",
        "required": [*members, "status"],
        "properties": {
            **members,
            "status": {"type": "integer"},
            "errors": {"type": "array", "items": fault},
            "retry_after_s": {"type": "integer"},
        },
    }
