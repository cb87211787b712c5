"""Small files of every kind, good and bad, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 64 + b"\xff\xd9"
WEBP = b"RIFF\x40\0\0\0WEBPVP8 " + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def archive(entries: dict[str, bytes], *, packed: bool = True) -> bytes:
    """A ZIP with these entries."""
    out = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", how) as made:
        for name, content in entries.items():
            # a fixed date: the bytes are part of test names, which every process must make alike
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, how)
    return out.getvalue()


def office(part: str, **more: bytes) -> bytes:
    """An Office document with its main part."""
    return archive({"[Content_Types].xml": b"<Types/>", part: b"<document/>", **more})


DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")
PPTX = office("ppt/presentation.xml")


async def stream(content: bytes, piece: int = 1000) -> AsyncIterator[bytes]:
    """A content in pieces, as a network gives it."""
    for at in range(0, len(content), piece):
        yield content[at : at + piece]
