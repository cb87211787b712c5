"""Choices that a form offers, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request

from app.core.i18n import translate
from app.core.official import Labelled
from frontend.render import locale_of

Options = list[tuple[str, str]]


def options(request: Request, words: Iterable[Labelled] | Mapping[Any, str]) -> Options:
    """A closed list, or values with their labels, as options."""
    locale = locale_of(request)
    labels = words if isinstance(words, Mapping) else {word: word.label for word in words}
    return [(str(value), translate(locale, label)) for value, label in labels.items()]
