"""The side door: alive or silent, and figures for who may read them."""

from __future__ import annotations

import httpx2
import pytest

from app.core import side_door
from app.core.side_door import Pulse

TOKEN = "figures-" * 4


def ask(port: int, path: str, token: str = "") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=5)


def test_it_says_whether_the_process_goes_round(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = Pulse()
    with side_door.side_door("127.0.0.1", 0, token="", pulse=pulse) as port:
        assert ask(port, "/healthz").status_code == 200
        monkeypatch.setattr(side_door, "SILENT_AFTER_S", -1.0)
        assert ask(port, "/healthz").status_code == 503
        assert ask(port, "/elsewhere").status_code == 404


def test_figures_need_the_token_where_there_is_one() -> None:
    with side_door.side_door("127.0.0.1", 0, token=TOKEN, pulse=Pulse()) as port:
        assert ask(port, "/metrics").status_code == 401
        assert ask(port, "/metrics", "wrong").status_code == 401
        answer = ask(port, "/metrics", TOKEN)
    assert answer.status_code == 200
    assert "market_transactions_retried_total" in answer.text


def test_without_a_token_only_the_machine_itself_reads_them() -> None:
    with side_door.side_door("127.0.0.1", 0, token="", pulse=Pulse()) as port:
        assert ask(port, "/metrics").status_code == 200
    everywhere = "0.0.0.0"  # noqa: S104 - what is tried
    with side_door.side_door(everywhere, 0, token="", pulse=Pulse()) as port:
        assert ask(port, "/metrics").status_code == 404
        assert ask(port, "/healthz").status_code == 200
