"""What each room has to be found: the truth that the search index is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import app.auctions.documents
import app.catalogue.documents
import app.demands.documents
from search.sources import Source

SOURCES: Final[Sequence[Source]] = (
    *app.catalogue.documents.SOURCES,
    *app.demands.documents.SOURCES,
    *app.auctions.documents.SOURCES,
)
