"""What is asked of the table: a WHERE clause on ``search_document AS d`` and its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from search.documents import Facet, facet_word

_WHOLE: Final = " TABLESAMPLE SYSTEM (100)"


@dataclass(frozen=True, slots=True)
class Asked:
    """What must match, narrowed by facets. ``match`` and ``head`` are ``tsquery`` texts."""

    match: str = ""
    head: str = ""
    filters: Mapping[Facet, Sequence[str]] | None = None
    since: datetime | None = None

    def where(self, match: str | None = None) -> str:
        """The clause; ``match`` names the bound query (``match`` or ``head``)."""
        parts = [f"d.terms @@ CAST(:{match or 'match'} AS tsquery)"] if self.match else []
        parts += [f"d.facets && CAST(:{name}_values AS text[])" for name in self.filters or {}]
        parts += ["d.published_at > :since"] if self.since else []
        return " AND ".join(parts) or "true"

    def sample(self) -> str:
        """Stands behind the table. Where nothing narrows all of it is sampled, which reads it in
        order, while the planner is left nothing but indexes (``finding``)."""
        return "" if self.match or self.filters or self.since else _WHOLE

    def values(self) -> dict[str, Any]:
        """The bound values of all clauses."""
        found: dict[str, Any] = {
            f"{name}_values": words for name, words in self.facet_words().items()
        }
        found |= {"since": self.since} if self.since else {}
        return found | ({"match": self.match} if self.match else {})

    def facet_words(self) -> dict[Facet, list[str]]:
        """The values of each filter in stored form."""
        return {
            name: [facet_word(name, value) for value in values]
            for name, values in (self.filters or {}).items()
        }

    def without(self, name: Facet) -> "Asked":
        """The same but for one facet."""
        return replace(self, filters={k: v for k, v in (self.filters or {}).items() if k != name})

    def narrowed(self) -> "Asked":
        """The same without words: the filters alone."""
        return replace(self, match="", head="")
