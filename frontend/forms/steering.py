"""Forms of what is done to a published lot: a reason, a statement; what an announcement changes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from app.auctions.life_types import Amendment
from app.auctions.types import LotView
from app.core.i18n import _n
from app.core.money import Money
from frontend.forms import Form
from frontend.forms.auctions import ONE_FEN
from frontend.forms.fields import as_yuan, choice, instant, money_yuan, text
from frontend.show import datetime_local

STATEMENT_LENGTH: Final = 1000
_NOTHING_CHANGED: Final = _n("没有需要变更的内容。")
_TIMES: Final = (
    "registration_ends_at",
    "free_starts_at",
    "free_ends_at",
    "deposit_due_at",
    "viewing_starts_at",
    "viewing_ends_at",
)


@dataclass(frozen=True, slots=True)
class Said:
    """Why, as a word of a closed list (None where there is none) and in words."""

    reason: Any
    statement: str


class SteerForm(Form):
    """A reason and a statement; both are published."""

    def parse(self, words: Any) -> Said:
        """``words``: the closed list of reasons, None where none is asked. Raises Invalid."""
        reason = self.need("reason", choice(list(words))) if words else None
        statement = self._statement()
        self.check()
        return Said(words(reason) if words else None, statement)

    def parse_statement(self) -> str:
        """The statement alone. Raises Invalid."""
        statement = self._statement()
        self.check()
        return statement

    def _statement(self) -> str:
        return self.need("statement", text(minimum=5, maximum=STATEMENT_LENGTH, lines=True))


class AmendForm(SteerForm):
    """What a change announcement changes: only fields that were changed on the page."""

    @classmethod
    def shown(cls, lot: LotView) -> AmendForm:
        """The form filled with what stands."""
        return cls.blank(
            registration_ends_at=datetime_local(lot.registration_ends_at),
            free_starts_at=datetime_local(lot.free_starts_at),
            free_ends_at=datetime_local(lot.free_ends_at),
            start=as_yuan(Money(lot.start_minor)),
            step=as_yuan(Money(lot.step_minor)) if lot.step_minor else None,
            deposit=as_yuan(Money(lot.deposit_minor)) if lot.deposit_minor else None,
            deposit_due_at=datetime_local(lot.deposit_due_at),
            conditions=lot.conditions,
            documents="\n".join(lot.documents),
        )

    def parse_changes(self) -> Amendment:
        """What was changed: each field stands beside what it was (``was_…``). Raises Invalid."""
        given: dict[str, Any] = {
            name: self.maybe(name, instant()) for name in _TIMES if self._changed(name)
        }
        for name in ("start", "step", "deposit"):
            if self._changed(name):
                amount = self.maybe(name, money_yuan(minimum=ONE_FEN))
                given[f"{name}_minor"] = amount.minor if amount else None
        for name in ("conditions", "viewing"):
            if self._changed(name):
                given[name] = self.maybe(name, text(maximum=2000, lines=True)) or ""
        if self._changed("documents"):
            listed = self.maybe("documents", text(maximum=2000, lines=True)) or ""
            given["documents"] = tuple(one.strip() for one in listed.split("\n") if one.strip())
        self.check()
        known = {one.name for one in fields(Amendment)}
        changed = {name: value for name, value in given.items() if name in known}
        if not changed:
            self.add("", _NOTHING_CHANGED)
            self.check()
        return Amendment(**changed)

    def _changed(self, name: str) -> bool:
        """Whether a field differs from what stood there when the page was rendered."""
        old = " ".join(self.value(f"was_{name}").split())
        return " ".join(self.value(name).split()) != old


__all__ = ["STATEMENT_LENGTH", "AmendForm", "Said", "SteerForm"]
