"""How much of the memory the server takes."""

from pathlib import Path

import psutil
import pytest

from app import embedded_host
from app.embedded_host import choose_buffers, find_memory

GB = 1 << 30


@pytest.mark.parametrize(
    ("memory", "buffers"),
    [
        (GB // 2, 128 << 20),
        (GB, 128 << 20),
        (4 * GB, GB // 2),
        (8 * GB, GB),
        (512 * GB, GB),
    ],
)
def test_an_eighth_of_the_memory_within_bounds(memory: int, buffers: int) -> None:
    assert choose_buffers(memory) == buffers


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("1073741824\n", GB), ("max\n", None), ("99999999999999999\n", None), (None, None)],
)
def test_a_container_has_what_it_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, expected: int | None
) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(limit)
    monkeypatch.setattr(embedded_host, "_LIMIT", file)
    assert find_memory() == (expected or psutil.virtual_memory().total)
