"""With which words and which code the index was written."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

_TOP: Final = Path(__file__).parents[2]
_FILES: Final = (
    "search/analysis.py",
    "search/documents.py",
    "search/embedding.py",
    "search/store.py",
    "search/knowledge/**/*",
    "app/*/documents.py",
)


@cache
def read_mark() -> str:
    """Changes with everything that decides what a row of the index holds: the word lists, their
    reading, and how each room describes its things. Read once a process."""
    found = hashlib.blake2b(digest_size=16)
    for pattern in _FILES:
        for path in sorted(_TOP.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                found.update(f"{path.relative_to(_TOP)}\n".encode())
                found.update(path.read_bytes())
    return found.hexdigest()
