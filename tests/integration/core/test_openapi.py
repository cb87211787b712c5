"""The OpenAPI file says how to get in, and with which refusals."""

from __future__ import annotations

import httpx2

from app.accounts.scopes import SCOPES


async def test_every_call_names_the_ways_in(client: httpx2.AsyncClient) -> None:
    await client.get("/api/v1/openapi.json")
    schema = (await client.get("/api/v1/openapi.json")).json()  # the one that is kept
    bearer = schema["components"]["securitySchemes"]["bearer"]
    assert all(scope in bearer["description"] for scope in SCOPES)
    for path, item in schema["paths"].items():
        for method, call in item.items():
            where = f"{method} {path}"
            assert "invalid-token" in call["responses"]["401"]["description"], where
            assert call["responses"]["401"]["description"].count("invalid-token") == 1, where
            assert any("bearer" in way for way in call["security"]), where
    writes = schema["paths"]["/api/v1/demands"]["post"]
    assert {"bearer": ["demands:write"]} in writes["security"]
    assert "scope-missing" in writes["responses"]["403"]["description"]
    public = schema["paths"]["/api/v1/demands"]["get"]
    assert {} in public["security"]
