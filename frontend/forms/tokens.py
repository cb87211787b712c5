"""The form of an API token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.accounts import service
from app.core.i18n import _n
from frontend.forms import Form
from frontend.forms.fields import choice, listed_id, text

DAYS: Final = {7: _n("7 天"), 30: _n("30 天"), 90: _n("90 天"), 180: _n("180 天"), 365: _n("1 年")}


@dataclass(frozen=True, slots=True)
class TokenInput:
    """What a token is to be."""

    name: str
    organisation_id: UUID | None
    scopes: frozenset[str]
    days: int


class TokenForm(Form):
    """Name, organisation, scopes and length of life."""

    def parse(self) -> TokenInput:
        name = self.need("name", text(maximum=50))
        organisation_id = self.maybe("organisation", listed_id())
        scopes = self.each("scopes", choice(service.SCOPES))
        if not scopes and "scopes" not in self.errors:
            self.add("scopes", _n("请至少选择一项权限范围"))
        days = self.need("days", choice([str(days) for days in DAYS]))
        self.check()
        return TokenInput(name, organisation_id, frozenset(scopes), int(days))
