"""Texts: Chinese is the source language, other catalogues are `<locale>/messages.po`.

Catalogues are compiled in memory at the first use, so no binary file is kept. `_n("…")` marks a
Chinese constant for extraction; it is translated when it is rendered, by the `tr` filter.

    pybabel extract -F frontend/i18n/babel.cfg -k _n -k Message -o messages.pot .
    pybabel update -i messages.pot -d frontend/i18n -D messages   (see docs of Babel)
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "zh-CN"
LOCALES: Final = (SOURCE, "en")
_HERE = Path(__file__).parent


def _n(text: str) -> str:
    """Mark a Chinese sentence for extraction; it stays as it is until it is rendered."""
    return text


class Message(str):
    """A sentence with facts: a plain Chinese str that can still be translated.

    `Message("不能超过 %(maximum)s 个字。", maximum=200)` reads as the finished Chinese sentence;
    `tr` puts the same facts into another language.
    """

    __slots__ = ("facts", "source")
    source: str
    facts: dict[str, object]

    def __new__(cls, source: str, /, **facts: object) -> Message:
        made = super().__new__(cls, source % facts if facts else source)
        made.source, made.facts = source, facts
        return made


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a locale; the source language answers every text with itself."""
    path = _HERE / locale / "messages.po"
    if locale == SOURCE or locale not in LOCALES:
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(locale: str, text: str) -> str:
    """Translate a constant or a Message; a text the catalogue lacks stays Chinese."""
    catalogue = translations(locale)
    if isinstance(text, Message):
        found = catalogue.gettext(text.source)
        return found % text.facts if text.facts else found
    return catalogue.gettext(text) if text else text
