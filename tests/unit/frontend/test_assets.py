"""Addresses of built files, and how long a browser may keep what it got."""

import json
import os
from pathlib import Path

import httpx2
import pytest
from starlette.exceptions import HTTPException

from frontend.assets import Assets, NotBuilt, Static

read = Assets.__call__  # before the fixture of this folder puts another in its place


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"app.css": "app-ABCD1234.css"}))
    (folder / "app-ABCD1234.css").write_text("body{}")
    (tmp_path / "seal.svg").write_text("<svg/>")
    return folder


def test_addresses_follow_the_manifest(dist: Path) -> None:
    asset = Assets(dist)
    assert read(asset, "app.css") == "/static/dist/app-ABCD1234.css"
    manifest = dist / "manifest.json"
    manifest.write_text(json.dumps({"app.css": "app-EFGH5678.css"}))
    os.utime(manifest, ns=(1, 1))
    assert read(asset, "app.css") == "/static/dist/app-EFGH5678.css"
    with pytest.raises(KeyError):
        read(asset, "strange.css")


def test_an_unbuilt_front_end_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="make build"):
        read(Assets(tmp_path), "app.css")


async def test_only_what_is_named_by_its_content_is_kept(dist: Path) -> None:
    transport = httpx2.ASGITransport(app=Static(directory=dist.parent))
    async with httpx2.AsyncClient(transport=transport, base_url="http://market.test") as client:
        hashed = await client.get("/dist/app-ABCD1234.css")
        assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        seal = await client.get("/seal.svg")
        assert seal.headers["Cache-Control"] == "no-cache"
        again = await client.get("/seal.svg", headers={"If-None-Match": seal.headers["ETag"]})
        assert again.status_code == 304
        with pytest.raises(HTTPException) as missing:  # the application makes a page of it
            await client.get("/dist/app-ZZZZ9999.css")
        assert missing.value.status_code == 404
