"""Plain text from dirty input: markup out, invisible characters out, contacts masked.

Only what is safe is changed: no word is replaced, no punctuation folded. Every function here is
idempotent, so cleaning a cleaned text changes nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata

# Tags that real exports leave behind. Anything else in angle brackets may be text (a<b, <WLAN>).
_VANISHING = r"(?:\w+:)?(?:sub|sup|i|b|u|em|strong|span|font|a|img|tag\d+)"
_BREAKING = r"(?:\w+:)?(?:br|p|div|li|ul|ol|table|tbody|tr|td|th|h[1-6])"
_VANISHING_TAG = re.compile(rf"</?{_VANISHING}(?:\s+[\w:-]+\s*=[^<>]*)?\s*/?>", re.IGNORECASE)
_BREAKING_TAG = re.compile(rf"</?{_BREAKING}(?:\s+[\w:-]+\s*=[^<>]*)?\s*/?>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|nbsp|times|divide|deg|plusmn|micro"
    r"|middot|ge|le|ne|mu|alpha|beta|gamma|delta|Omega|ldquo|rdquo|hellip|mdash|ndash);"
)

# Controls but \t \n; soft hyphen, zero-width and directional marks, BOM; lone surrogates, which no
# database stores; private use and unassigned characters stay: they may be somebody's rare name.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_HYPHENS = re.compile("[\u2010\u2011\ufe63]")
_BREAKS = re.compile("\r\n?|[\u2028\u2029\u0085]")

# why: most cells are clean already, and one search is ten times faster than cleaning them again
_SUSPECT = re.compile(
    "[<&\x00-\x1f\x7f-\u00a0\u00ad\u061c\u1680\u2000-\u2011\u2028-\u202f\u205f-\u206f\u3000"
    "\ufe63\ufeff\ufff9-\ufffb\ud800-\udfff]|  "
)

_CONTACT = re.compile(r"\d{4}[ -]?\d{3}|@")
_MOBILE = re.compile(r"(?<![\d.])(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?![\d.])")
_LANDLINE = re.compile(r"(?<![\dA-Za-z.-])(0\d{2,3}[-－ ])\d{7,8}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?=[\w-]{1,63}\.[A-Za-z])", re.ASCII)
_IDENTITY = re.compile(
    r"(?<!\d)(\d{6})(?:19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)"
)


_MOST_MARKS = 30
"""Marks on one character, as in Unicode's stream-safe form (UAX 15); no language has so many."""


def compose(text: str) -> str:
    """NFC, in time that grows with the text: of more than 30 marks on one character the rest is
    dropped, for bringing so many into their order takes the square of their number."""
    return _shorten(unicodedata.normalize("NFC", _shorten(text)))


def _shorten(text: str) -> str:
    if text.isascii() or not any(map(unicodedata.combining, text[::_MOST_MARKS])):
        return text  # a longer run would pass one of these places
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def strip_markup(text: str) -> str:
    """Take out leftover HTML and decode its entities, however deeply they were escaped."""
    while True:
        before = text
        if "<" in text:
            text = _BREAKING_TAG.sub("\n", _VANISHING_TAG.sub("", text))
        if "&" in text:
            text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if text == before:
            return text


def clean_text(text: str) -> str:
    """A text of several lines: no markup, no invisible character, spaces and blank lines folded."""
    text = compose(text)
    if not _SUSPECT.search(text):
        return text.strip(" ")
    while True:
        before = text
        text = _BREAKS.sub("\n", strip_markup(text))
        text = _SPACES.sub(" ", _HYPHENS.sub("-", _INVISIBLE.sub("", text)))
        text = "\n".join(filter(None, (line.strip(" ") for line in text.split("\n"))))
        text = compose(text)
        # why: only what looks like markup can make another round find anything
        if text == before or not ("<" in text or "&" in text):
            return text


def clean_line(text: str) -> str:
    """A text of one line, such as a title."""
    return clean_text(text).replace("\n", " ")


def clean_code(text: str) -> str:
    """A number or code: full-width forms become half-width (NFKC), all spaces go."""
    while True:
        before = text
        text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean_line(text)))
        if text == before:
            return text


def mask_contacts(text: str) -> str:
    """Hide telephone numbers, e-mail names and identity numbers that stand in a free text."""
    if not _CONTACT.search(text):
        return text
    text = _IDENTITY.sub(r"\1************", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1********", text)
    return _EMAIL.sub("***@", text)


def csv_safe(value: str) -> str:
    """A cell that no spreadsheet takes for a formula (leading ``= + - @``, tab, return)."""
    return "'" + value if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
