"""Exports (导出): every list of the market as CSV and XLSX, safe to open in a spreadsheet.

A list's columns are declared once, as a :class:`Listing` in ``frontend/exports/<room>.py``; the
route of its page then needs three lines::

    if exports.asked(request):
        fetch = exports.pages(tx, service.list_own_achievements, actor=actor)
        return await exports.send(request, tx, actor, OWN_ACHIEVEMENTS, fetch)

so the file has the access and the filters of the page, and no address of its own. Rows come page by
page by keyset and leave as they come (CSV) or through a file on disk (XLSX): memory stays bounded.
A table that is no list (an edition, a report) goes through :func:`export`.
"""

from frontend.exports.columns import MOST_ROWS, Column, Kind, Listing, Table
from frontend.exports.sending import (
    Fetch,
    asked,
    export,
    pages,
    send,
    short_pages,
    whole,
)

__all__ = [
    "MOST_ROWS",
    "Column",
    "Fetch",
    "Kind",
    "Listing",
    "Table",
    "asked",
    "export",
    "pages",
    "send",
    "short_pages",
    "whole",
]
