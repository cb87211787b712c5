"""Atom feeds (RFC 4287) of what is newly public; asked for again only when something changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET  # written here, never parsed

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.core.i18n import _n
from app.core.web import TxDep
from app.reports import service as reports
from app.reports.types import FeedEntry

router = APIRouter(include_in_schema=False)

_ATOM: Final = "http://www.w3.org/2005/Atom"
_TITLES: Final = {
    "achievements": _n("新公开的科技成果"),
    "demands": _n("新发布的技术需求"),
    "lots": _n("新公告的竞价标的"),
}
# what XML 1.0 cannot hold, however it is escaped
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_AGE_S: Final = 300


@router.get("/feeds/{name}.atom", name="feed")
async def feed(request: Request, name: str, tx: TxDep) -> Response:
    """The newest of achievements, demands or lots."""
    entries = await tx.run(reports.list_feed, name=name)
    settings = request.app.state.settings
    body = write_feed(name, entries, base=settings.public_url.rstrip("/"), market=settings.name)
    headers = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": f"public, max-age={_MAX_AGE_S}",
    }
    asked = request.headers.get("if-none-match", "")
    if headers["ETag"] in (one.strip().removeprefix("W/") for one in asked.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/atom+xml; charset=utf-8")


def write_feed(name: str, entries: Sequence[FeedEntry], *, base: str, market: str) -> bytes:
    """One feed as XML. ``base`` is the market's address without a slash at its end."""
    newest = max((entry.updated_at for entry in entries), default=datetime.fromtimestamp(0, UTC))
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
    address = f"{base}/feeds/{name}.atom"
    _add(root, "id", address)
    _add(root, "title", f"{market}：{_TITLES[name]}")
    _add(root, "updated", newest.isoformat())
    ET.SubElement(root, "link", {"rel": "self", "href": address, "type": "application/atom+xml"})
    ET.SubElement(root, "link", {"rel": "alternate", "href": f"{base}/", "type": "text/html"})
    _add(ET.SubElement(root, "author"), "name", market)
    for entry in entries:
        node = ET.SubElement(root, "entry")
        _add(node, "id", base + entry.path)
        _add(node, "title", entry.title)
        _add(node, "updated", entry.updated_at.isoformat())
        _add(node, "published", entry.published_at.isoformat())
        ET.SubElement(node, "link", {"rel": "alternate", "href": base + entry.path})
        if entry.author:
            _add(ET.SubElement(node, "author"), "name", entry.author)
        if entry.summary:
            _add(node, "summary", entry.summary)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _ILLEGAL.sub("", text)
