"""``market verify sale`` with neither database nor settings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.unit.auctions.test_verify_sale import play_proxies

RUNNER = CliRunner()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MARKET_MODE", "production")  # which would refuse for want of a key
    sale = play_proxies()
    (tmp_path / "record.json").write_bytes(sale.record())
    (tmp_path / "openings.json").write_bytes(sale.openings())
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["verify", "sale", *map(str, arguments)])
    return done.exit_code, done.output + (done.stderr or "")


def test_an_untouched_file_holds(files: Path) -> None:
    record = files / "record.json"
    sha256 = hashlib.sha256(record.read_bytes()).hexdigest()
    code, said = run(record)
    assert code == 0
    assert sha256 in said
    assert "密封内容未开启" in said
    code, said = run(record, "--openings", files / "openings.json", "--sha256", sha256)
    assert code == 0
    assert "密封内容未开启" not in said


def test_the_first_difference_is_named_with_its_number(files: Path) -> None:
    record = files / "record.json"
    record.write_bytes(
        record.read_bytes().replace(b'"amount_minor":16500000', b'"amount_minor":16000000')
    )
    code, said = run(record)
    assert code == 1
    assert "第 8 号事件" in said.splitlines()[0]
    assert "竞价记录不成立" in said
    assert run(files / "openings.json")[0] == 1
    assert run(files / "nothing.json")[0] == 2
