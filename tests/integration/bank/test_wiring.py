"""How a market comes to its mock bank: a port that stays, keys to paste, an address to tell."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli, place
from app.bank.keys import Keys
from app.core.settings import Mode, Settings


def settings(folder: Path, **given: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, **given})


def test_the_bank_keeps_its_port_while_it_is_free(folder: Path) -> None:
    first = place.with_bank(settings(folder))
    assert place.with_bank(settings(folder)).bank_url == first.bank_url
    port = int(first.bank_url.rpartition(":")[2])
    assert 28_000 <= port < 28_050
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", port))
        busy.listen()
        assert place.with_bank(settings(folder)).bank_url != first.bank_url
    named = place.with_bank(settings(folder, bank_port=18999))
    assert named.bank_url == "http://127.0.0.1:18999"


def test_a_command_beside_the_market_finds_its_bank(folder: Path) -> None:
    assert place.beside_bank(settings(folder)).bank_url == ""
    started = place.with_bank(settings(folder))
    found = place.beside_bank(settings(folder))
    assert (found.bank_url, found.bank_token, found.bank_key) == (
        started.bank_url,
        started.bank_token,
        started.bank_key,
    )
    serious = settings(folder, mode=Mode.production, secret_key="x" * 32)
    assert place.beside_bank(serious).bank_url == ""


def test_where_the_bank_tells_the_market() -> None:
    path = "/payments/webhooks/bank"
    assert place.webhook_address(Settings()) == f"http://127.0.0.1:8000{path}"
    assert place.webhook_address(Settings(host="::1", port=9)) == f"http://[::1]:9{path}"
    open_air = Settings(mode=Mode.test, secret_key="x" * 32, host="0.0.0.0")  # noqa: S104
    assert place.webhook_address(open_air) == f"http://127.0.0.1:8000{path}"


def test_the_keys_are_shown_to_be_pasted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_DATA_DIR", str(folder))
    said = CliRunner().invoke(cli.app, ["bank", "--keys"])
    keys = Keys.at(folder / "bank")
    assert said.exit_code == 0
    assert f"MARKET_BANK_TOKEN={keys.token}\nMARKET_BANK_KEY={keys.public}\n" in said.output
