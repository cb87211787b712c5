"""A few patents that nobody holds, in the form of the real ones."""

import json
from pathlib import Path

import pytest

from bench.growing import Patent, read_patents

RECORDS = [
    {
        "id": f"{at:032x}",
        "title": f"一种{thing}的制备方法及{use}装置",
        "assignee": f"单位{at % 3}",
        "abstract": f"本发明公开了{thing}。它包括{use}机构；所述{use}机构与壳体固定连接。成本低！",
    }
    for at, (thing, use) in enumerate(
        [("石墨烯薄膜", "散热"), ("轮状病毒疫苗", "搅拌"), ("无卤阻燃尼龙", "挤出"),
         ("永磁合金", "烧结"), ("微电网", "储能")]
    )
]  # fmt: skip


@pytest.fixture
def patents_file(tmp_path: Path) -> Path:
    path = tmp_path / "abstracts.jsonl"
    lines = (json.dumps(record, ensure_ascii=False) for record in RECORDS)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def patents(patents_file: Path) -> tuple[Patent, ...]:
    return read_patents(patents_file)
