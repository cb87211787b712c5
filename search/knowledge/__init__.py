"""What search knows before it has read a document: words that belong together, words that mean
the same, words that mean nothing, and the places of the patent classification.

All of it is text files beside this one, to be edited by whoever runs the market. Each says at its
head what it holds and how a line is written; ``tests/unit/search/test_knowledge.py`` holds them
to it. ``dictionary.txt`` and ``stopwords.txt`` decide how documents are cut, so after an edit
documents have to be indexed anew (``market reindex``); ``fingerprint`` tells whether they were.
Synonyms are looked up when somebody searches, so a new group counts after a restart – only its
new words are cut whole in documents after ``market reindex``.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

_HERE: Final = resources.files(__name__)


def entries(name: str) -> list[str]:
    """The entries of a word list, comments and blank lines left out."""
    text = _HERE.joinpath(name).read_text("utf-8")
    return [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]


def synonym_files() -> list[str]:
    """Names of all files of synonyms, in order."""
    folder = _HERE.joinpath("synonyms")
    return sorted(f"synonyms/{file.name}" for file in folder.iterdir() if _is_list(file))


@cache
def fingerprint() -> str:
    """A hash of every list by which texts are cut; it changes when one of them was edited."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _cutting_files():
        digest.update(name.encode() + b"\0" + "\n".join(entries(name)).encode() + b"\0")
    return digest.hexdigest()


def _cutting_files() -> Iterator[str]:
    yield from ("dictionary.txt", "stopwords.txt")
    yield from synonym_files()


def _is_list(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith(".txt")
