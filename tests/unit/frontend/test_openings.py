"""The table of who opened what of a confidential layer: a table travels, so it names no file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.catalogue.confidential_types import Opened, Opening
from app.core.ids import new_id
from frontend.exports.standing import OPENINGS


@pytest.mark.parametrize(
    ("what", "file_name", "shown"),
    [
        (Opened.text, "", "保密说明"),
        (Opened.file, "工艺参数.pdf", "文件"),
        (Opened.file, "", "文件"),  # one that was removed since
    ],
)
def test_no_confidential_file_is_named(what: Opened, file_name: str, shown: str) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    opening = Opening(new_id(), at, "受邀单位", "王受邀", what, file_name, 1)
    row = OPENINGS.row(opening)
    assert shown in row
    assert "工艺参数.pdf" not in row
