"""What the security table promises of the whole house rather than of one room."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

import httpx2
import pytest
from openpyxl import Workbook, load_workbook

ROOT: Final = Path(__file__).parents[2]
FRONTEND: Final = ROOT / "frontend"


def test_no_script_builds_html() -> None:
    """Texts go in as texts, nothing is evaluated, and the browser's storage stays empty."""
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
        r"|localStorage|sessionStorage|indexedDB|postMessage|__proto__"
    )
    sources = list((FRONTEND / "src").rglob("*.ts"))
    assert sources
    for path in sources:
        assert not forbidden.search(path.read_text("utf-8")), path


def test_passwords_are_masked_and_may_be_pasted() -> None:
    fields = []
    for path in (FRONTEND / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"onpaste|oncopy|autocomplete=.off.[^}]*kind=.password", text), path
        fields += re.findall(r"ui\.field\(form, '(?:new_)?password'[^\n]*", text)
    assert len(fields) >= 4
    for shown in fields:
        assert "kind='password'" in shown
        assert re.search(r"autocomplete='(new|current)-password'", shown), shown


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/dist/", "/files/", "/files"])
async def test_no_folder_is_listed(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert 'href="dist' not in answer.text


def test_a_workbook_reads_no_file_of_the_server(tmp_path: Path) -> None:
    """External entities are not resolved: the workbook is refused, or the cell stays empty."""
    (tmp_path / "secret").write_text("what-nobody-may-read")
    entity = f'<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">'
    made = BytesIO()
    book = Workbook()
    book.worksheets[0]["A1"] = "MARK"
    book.save(made)
    attack = BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(attack, "w") as target:
        for name in source.namelist():
            content = source.read(name).decode()
            if name == "xl/sharedStrings.xml":
                start = content.index("<sst")
                content = f"<!DOCTYPE sst [{entity}]>{content[start:].replace('MARK', '&x;')}"
            target.writestr(name, content)
    try:
        sheet = load_workbook(attack, read_only=True, data_only=True).worksheets[0]
        read = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    except Exception as refused:  # noqa: BLE001 - the parser's own words
        read = [str(refused)]
    assert "what-nobody-may-read" not in str(read)
