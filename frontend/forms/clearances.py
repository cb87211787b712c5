"""Forms of clearances: a gate's basis, a holder of a pre-emption right."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.clearances.types import ClearanceKind, RightBasis, ServiceWay
from frontend.forms import Form
from frontend.forms.fields import choice, integer, listed_id, text


class KindForm(Form):
    """Which gate: kind, and the reason where the platform blocks it."""

    def parse_kind(self) -> ClearanceKind:
        """The kind. Raises Invalid."""
        chosen = self.need("kind", choice(list(ClearanceKind)))
        self.check()
        return ClearanceKind(chosen)


@dataclass(frozen=True, slots=True)
class NewRight:
    """A holder as typed."""

    holder_id: UUID | None
    holder_name: str
    basis: RightBasis
    rank: int
    way: ServiceWay


class RightForm(Form):
    """A holder: holder (of the record, empty: by name), holder_name, basis, rank, way."""

    def parse(self) -> NewRight:
        """The holder. Raises Invalid with every fault at its field."""
        holder_id = self.maybe("holder", listed_id())
        name = self.maybe("holder_name", text(maximum=200))
        basis = self.need("basis", choice(list(RightBasis)))
        rank = self.need("rank", integer(minimum=1, maximum=99))
        way = self.need("way", choice(list(ServiceWay)))
        self.check()
        return NewRight(holder_id, name or "", RightBasis(basis), rank, ServiceWay(way))
