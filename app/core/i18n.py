"""Texts (文字): Chinese is the source language; other languages are catalogues of the front end.

A locale's catalogue is every ``frontend/i18n/<locale>/<room>.po``, compiled in memory at the first
use, so no binary file is kept. A room's sentences stay Chinese constants until they are rendered;
one with facts in it is a :class:`Message`.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "zh-CN"
LOCALES: Final = (SOURCE, "en")
CATALOGUES: Final = Path(__file__).parents[2] / "frontend" / "i18n"


def _n(text: str) -> str:
    """Say that a Chinese constant is shown to people; it stays as it is until it is rendered."""
    return text


class Message(str):
    """A sentence with facts: a plain Chinese str that can still be translated.

    `Message("不能超过 %(maximum)s 个字。", maximum=200)` reads as the finished Chinese sentence;
    `translate` puts the same facts into another language. A fact that is itself a Chinese constant
    or a Message is translated with it.
    """

    __slots__ = ("facts", "source")
    source: str
    facts: dict[str, object]

    def __new__(cls, source: str, /, **facts: object) -> Message:
        made = super().__new__(cls, source % facts if facts else source)
        made.source, made.facts = source, facts
        return made


def read_catalogue(locale: str) -> Catalog:
    """Every file of a locale as one catalogue. A text that two files hold is kept once."""
    whole = Catalog(locale)
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        with path.open("rb") as source:
            for entry in read_po(source, locale=locale):
                if entry.id:
                    whole[entry.id] = entry
    return whole


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a locale; the source language answers every text with itself."""
    if locale == SOURCE or locale not in LOCALES:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(locale: str, text: str) -> str:
    """Translate a constant or a Message; a text the catalogue lacks stays Chinese."""
    catalogue = translations(locale)
    if not isinstance(text, Message):
        return catalogue.gettext(text) if text else text
    found = catalogue.gettext(text.source)
    if not text.facts:
        return found
    return found % {
        name: translate(locale, fact) if isinstance(fact, str) else fact
        for name, fact in text.facts.items()
    }


def negotiate(accepted: str) -> str:
    """The locale that an Accept-Language header likes best (RFC 9110, 12.5.4), else Chinese."""
    liked: list[tuple[float, str]] = []
    for part in accepted[:400].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            liked.append((float(quality or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    for weight, language in sorted(liked, key=lambda one: -one[0]):
        for locale in LOCALES:
            if weight > 0 and locale.partition("-")[0] == language:
                return locale
    return SOURCE
