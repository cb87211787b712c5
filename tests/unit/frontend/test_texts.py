"""Texts: only literals are translated in templates, the catalogue is sound, facts survive."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import frontend
from app.core.i18n import (
    CATALOGUES,
    LOCALES,
    SOURCE,
    Message,
    negotiate,
    read_catalogue,
    translate,
    translations,
)
from frontend.i18n.extracting import CHINESE, find_all, list_missing

ROOT = Path(frontend.__file__).parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.fixture(scope="module")
def english() -> Catalog:
    return read_catalogue("en")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_translate_literals_only(path: Path) -> None:
    # what gettext translates is trusted as markup, so a variable there would be a hole
    source = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"""\b_\(\s*[^'"\s][^)]*\)""", source) == []
    assert "|safe" not in source.replace(" ", "")


def test_facts_of_the_catalogue_are_those_of_the_source(english: Catalog) -> None:
    names = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    for message in english:
        if message.id and message.string:
            source, target = str(message.id), str(message.string)
            assert sorted(names.findall(source)) == sorted(names.findall(target)), source


def test_every_entry_of_the_catalogue_is_translated(english: Catalog) -> None:
    assert [message.id for message in english if message.id and not message.string] == []
    assert not [message.id for message in english if message.fuzzy and message.id]


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != SOURCE])
def test_a_text_stands_in_one_file_of_a_catalogue(locale: str) -> None:
    # the first of two would win in silence, whatever the other says
    found: dict[str, list[str]] = {}
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        for entry in read_po(path.read_text("utf-8").splitlines(), locale=locale):
            found.setdefault(str(entry.id), []).append(path.name)
    del found[""]
    assert {text: files for text, files in found.items() if len(files) > 1} == {}


def test_messages_are_sentences_with_facts() -> None:
    message = Message("最多填写 %(maximum)s 个字，现在是 %(length)s 个字。", maximum=3, length=4)
    assert message == "最多填写 3 个字，现在是 4 个字。"
    assert translate("en", message) == "At most 3 characters; there are 4 now."
    assert translate(SOURCE, message) == message
    assert Message("100% 可靠") == "100% 可靠"


def test_what_the_catalogue_lacks_stays_chinese() -> None:
    assert translate("en", "没有译文的句子") == "没有译文的句子"
    assert translate("en", "") == ""
    for locale in LOCALES:
        assert translations(locale) is translations(locale)


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", SOURCE),
        ("*", SOURCE),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", SOURCE),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("en;q=0.3,zh;q=0.7", SOURCE),
        ("en;q=0", SOURCE),
        ("en;q=much,,;;", SOURCE),
        ("fr," * 5_000, SOURCE),
    ],
)
def test_the_language_is_the_one_the_browser_likes_best(accepted: str, locale: str) -> None:
    assert negotiate(accepted) == locale


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != SOURCE])
def test_the_catalogue_lacks_nothing_that_people_read(locale: str) -> None:
    lacking = [f"{one.path}:{one.line} {one.text}" for one in list_missing(locale)]
    assert lacking == [], "see python -m frontend.i18n.extracting"


@pytest.mark.parametrize(
    "migration", ["0006_catalogue", "0015_versions", "0016_disclosures", "0021_admission"]
)
def test_rules_that_migrations_write_are_in_the_catalogue(migration: str, english: Catalog) -> None:
    # pages show their reasons and sources through `tr`; the sources of the program do not say them
    [path] = (ROOT.parent / "migrations" / "versions").glob(f"*_{migration}.py")
    literals = (
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    shown = [text for text in literals if CHINESE.search(text) and "\n" not in text]
    assert shown
    assert [text for text in shown if english.get(text) is None] == []


# Chinese with something in the middle that is content or a form of writing, not a sentence.
WRITTEN_TOGETHER = {
    "app/auctions/publishing.py",  # the announcement of a lot, a document in Chinese
    "app/catalogue/import_service.py",  # parts of an abstract
    "frontend/show.py",  # dates and amounts as each language writes them
}


def test_sentences_are_not_put_together_from_parts() -> None:
    joined = {one.path for one in find_all() if one.joined}
    assert joined == WRITTEN_TOGETHER, "use Message for a sentence with facts"
