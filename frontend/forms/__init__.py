"""Forms: what was typed, what it means, and a sentence for each field that means nothing.

`Form` gathers all refusals of one submission, so a person mends them in one go. A room's form is
a subclass in `frontend/forms/<room>.py`:

    class OfferForm(Form):
        def parse(self) -> OfferInput:
            title = self.need("title", text(maximum=200))
            price = self.maybe("price", money_yuan())
            self.check()
            return OfferInput(title=title, price=price)

and its page:

    form = OfferForm.of(await request.form())
    try:
        await tx.run(service.open_offer, actor=actor, key=form.key(), **form.parse()...)
    except DomainError as error:
        form.refuse(error, but=UNSEEN)
        return page(request, "catalogue/offer_edit.html", status=error.status, form=form)
    return RedirectResponse(..., 303)

What no form answers is told apart here and nowhere else: CLOSED, UNSEEN and BARRED.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeVar, cast

from app.core.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from app.core.i18n import Message, _n
from app.core.ids import new_id
from frontend.forms.fields import Refused

__all__ = ["BARRED", "CLOSED", "UNSEEN", "Form", "Refusals"]

T = TypeVar("T")
Parser = Callable[[str], T]

# Refusals that are the whole answer, for `Form.refuse(error, but=…)`; the others stand on the page.
Refusals = type[DomainError] | tuple[type[DomainError], ...]
# Who may see the page may be told on it that he may not do this.
UNSEEN: Final = (Unauthenticated, NotFound)
# What was typed may name nothing, and the page says so.
BARRED: Final = (Unauthenticated, Forbidden)
CLOSED: Final = (Unauthenticated, Forbidden, NotFound)

_REQUIRED = _n("请填写此项。")
_KEY_SHAPE = re.compile(r"[0-9A-Za-z-]{8,64}")


@dataclass
class Form:
    """One submission: `typed` as it came (last value of each name), `errors` by field name.

    `error` is a refusal of the whole (the state said no, not a field); the error summary of
    `_ui.html` shows both. A blank form (`Form()` or `Form.blank(title="…")`) has no errors.
    """

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    many: dict[str, list[str]] = field(default_factory=dict)
    error: DomainError | None = None

    @classmethod
    def of(cls, submitted: Mapping[str, Any]) -> Self:
        """Read what `await request.form()` gave; files are left out, names may repeat."""
        pairs: Iterable[tuple[str, Any]] = (
            submitted.multi_items() if hasattr(submitted, "multi_items") else submitted.items()
        )
        form = cls()
        for name, value in pairs:
            if isinstance(value, str):
                form.typed[name] = value
                form.many.setdefault(name, []).append(value)
        return form

    @classmethod
    def blank(cls, **values: object) -> Self:
        """A form to be shown for the first time, filled with what is known (None stays empty)."""
        form = cls()
        for name, value in values.items():
            if isinstance(value, (list, tuple, set, frozenset)):
                form.many[name] = [str(item) for item in value]
            elif value is not None:
                form.typed[name] = str(value)
                form.many[name] = [str(value)]
        return form

    @property
    def ok(self) -> bool:
        """True while nothing was refused."""
        return not self.errors and self.error is None

    def value(self, name: str, default: str = "") -> str:
        """What to show in the field again."""
        return self.typed.get(name, default)

    def chosen(self, name: str) -> list[str]:
        """All values submitted under one name (check boxes)."""
        return self.many.get(name, [])

    def key(self) -> str:
        """The idempotency key of this rendering; a fresh one if the hidden field is unusable."""
        typed = self.typed.get("key", "")
        return typed if _KEY_SHAPE.fullmatch(typed) else str(new_id())

    def need(self, name: str, parser: Parser[T]) -> T:
        """Parse a field that must be filled.

        After a refusal the answer is None under the parser's type: do not look at it before
        `check()`, which raises then.
        """
        raw = self.typed.get(name, "")
        if not raw.strip():
            self.add(name, _REQUIRED)
            return cast(T, None)
        return self._parse(name, raw, parser)

    def maybe(self, name: str, parser: Parser[T]) -> T | None:
        """Parse a field that may stay empty (None)."""
        raw = self.typed.get(name, "")
        return self._parse(name, raw, parser) if raw.strip() else None

    def each(self, name: str, parser: Parser[T]) -> list[T]:
        """Parse every value submitted under one name; empty ones are left out."""
        values = [self._parse(name, raw, parser) for raw in self.chosen(name) if raw.strip()]
        return [value for value in values if value is not None]

    def checked(self, name: str) -> bool:
        """Whether a check box was ticked."""
        return self.typed.get(name, "") not in ("", "0", "false", "off")

    def rows(self, prefix: str) -> list[int]:
        """Row numbers of repeated groups whose fields are named `prefix-N-column`, in order."""
        found = {
            int(match[1])
            for name in self.typed
            if (match := re.fullmatch(rf"{re.escape(prefix)}-(\d{{1,4}})-\w+", name))
        }
        return sorted(found)

    def add(self, name: str, message: str) -> None:
        """Refuse a field; the same sentence is kept once."""
        sentences = self.errors.setdefault(name, [])
        if message not in sentences:
            sentences.append(message)

    def check(self) -> None:
        """Raise Invalid (422) with every refusal gathered so far; nothing when there is none."""
        if self.errors:
            raise Invalid(
                errors=[
                    FieldError(name, message)
                    for name, messages in self.errors.items()
                    for message in messages
                ]
            )

    def refuse(self, error: DomainError, *, but: Refusals = ()) -> None:
        """Take a refusal of a verb: field errors go to their fields, the rest to the summary.

        One of those in ``but`` is raised again.
        """
        if isinstance(error, but):
            raise error
        found = error.errors if isinstance(error, Invalid) else []
        for item in found:
            self.add(item.field, item.message)
        if not found:
            self.error = error

    def _parse(self, name: str, raw: str, parser: Parser[T]) -> T:
        try:
            return parser(raw)
        except Refused as refused:
            self.add(name, Message(refused.source, **refused.facts))
            return cast(T, None)
