"""Setting a certificate with typst, in the fonts of one package and in no others.

Why typst: PDF/A-2u, whose text can be searched and copied, from one wheel without a browser. Why
fontTools: it knows beforehand which characters the font has; typst stops at the first one missing.

Takes about a quarter of a second and no database: run it in a thread of the worker, never on the
event loop. Import this module at the first page, since no other start needs it.
"""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn as fonts
import segno
import typst
from fontTools.ttLib import TTFont

from app.auctions.printing.contents import Certificate
from app.auctions.printing.glyphs import Setter

_TEMPLATE: Final = Path(__file__).with_name("certificate.typ")
_STANDARD: Final = "a-2u"


def set_pdf(certificate: Certificate) -> bytes:
    """The certificate as PDF/A-2u; the same certificate gives the same bytes."""
    made: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=_STANDARD,
        sys_inputs=_inputs(certificate),
        timestamp=int(certificate.made_at.timestamp()),
    )
    return made


def set_png(certificate: Certificate, *, ppi: float = 96) -> list[bytes]:
    """The pages as pictures, to look at."""
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=_inputs(certificate),
    )
    pages = compiler.compile(format="png", ppi=ppi)
    return [pages] if isinstance(pages, bytes) else list(pages or ())


def _date(made_at: datetime) -> str:
    return f"{made_at.year} 年 {made_at.month} 月 {made_at.day} 日"


def _inputs(certificate: Certificate) -> dict[str, str]:
    """The data for the template, as JSON text: typst reads it as data and not as markup."""
    setter = Setter(_coverage())
    data: dict[str, Any] = {
        "heading": setter.set(certificate.heading),
        "number": certificate.number,
        "market": setter.set(certificate.market),
        "lines": [[setter.set(label), setter.set(text)] for label, text in certificate.lines],
        "paragraphs": [setter.set(text) for text in certificate.paragraphs],
        "signatures": [
            [setter.set(role), setter.set(name)] for role, name in certificate.signatures
        ],
        "date": setter.set(_date(certificate.made_at)),
        "made": [certificate.made_at.year, certificate.made_at.month, certificate.made_at.day],
        "verify_url": setter.set(certificate.verify_url),
        "record_sha256": certificate.record_sha256,
    }
    data["note"] = setter.note
    return {"data": json.dumps(data, ensure_ascii=False), "qr": _draw_code(certificate.verify_url)}


def _draw_code(address: str) -> str:
    """A QR code as SVG, a quarter of which may be lost."""
    drawn = BytesIO()
    segno.make(address, error="q", micro=False).save(
        drawn, kind="svg", border=0, xmldecl=False, svgns=True, scale=4
    )
    return drawn.getvalue().decode()


@cache
def _fonts() -> Any:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(Path(str(fonts.serif_path())).parent)],
    )


@cache
def _coverage() -> AbstractSet[int]:
    """The characters that both faces have."""
    found: set[int] | None = None
    for path in (fonts.serif_path(), fonts.sans_path()):
        with TTFont(str(path), lazy=True) as font:
            points = set(font.getBestCmap())
        found = points if found is None else found & points
    return frozenset(found or ())
