"""Every page and form that a role can reach, sent what nobody should send: no fault of ours.

The walk begins at the front page and the workbench and takes a few pages of each kind. Each form
is sent as it came, empty, and with hostile words in every field; the order is drawn from a seed.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from tests.fuzz.conftest import ROLES
from tests.fuzz.crawling import FormFound, PageRead

SEED = os.environ.get("MARKET_FUZZ_SEED", "1")
START: Final = ("/", "/desk", "/review", "/search?q=膜", "/demands", "/lots", "/help")
PAGES_OF_A_KIND: Final = 2
PAGES: Final = 160
HOSTILE: Final = (
    "",
    "\u202e\u0000\ufffe",
    "0" * 5_000,
    "1e30",
    "-1",
    "１，０００．５",
    "99999999999999999999999999",
    "2026-02-30T25:61:61+99:99",
    "../../../../etc/passwd",
    "=CMD|' /C calc'!A0",
    "'; DROP TABLE party; --",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}%(x)s%s%n",
    "javascript:alert(1)",
    "http://169.254.169.254/latest/meta-data/",
    "\ud83d\ude00𠮷䶮" * 50,
    "a\r\nBcc: x@example.invalid\r\n\r\nx",
)
# Ends the walk rather than the market.
NOT_SENT: Final = ("/logout", "/act-for")


def kind_of(path: str) -> str:
    """Pages of one kind differ in numbers and ids only."""
    return re.sub(r"[0-9a-f-]{8,}|\d+", "#", urlsplit(path).path)


def fill(form: FormFound, draw: random.Random, word: str | None) -> dict[str, str]:
    """A form's fields with one hostile word everywhere, or a word drawn for each."""
    return {
        name: value
        if name == "key" and draw.random() < 0.5
        else (draw.choice(HOSTILE) if word is None else word)
        for name, value in form.fields.items()
    }


def send(client: httpx2.Client, form: FormFound, fields: dict[str, str]) -> httpx2.Response:
    """Send a form as its page would have."""
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    if form.method != "post":
        words = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields.items())
        return client.get(f"{form.action}?{words}"[:60_000])
    if form.multipart or form.files:
        files = dict.fromkeys(form.files, ("../\u202ex.svg", b"<svg onload=alert(1)>"))
        return client.post(form.action, data=fields, files=files)
    return client.post(form.action, data=fields)


def walk(client: httpx2.Client) -> Iterator[tuple[str, httpx2.Response]]:
    """Pages in the order a reader would meet them, a few of each kind."""
    waiting, seen, kinds = deque(START), set(START), Counter[str]()
    while waiting and len(seen) < PAGES * 4 and kinds.total() < PAGES:
        path = waiting.popleft()
        if kinds[kind_of(path)] >= PAGES_OF_A_KIND or "/events" in path:
            continue
        kinds[kind_of(path)] += 1
        answer = client.get(path)
        yield path, answer
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for link in PageRead.of(path, answer.text).links:
            if link not in seen and not link.startswith("/static"):
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_or_form_of_a_role_breaks(
    role: str, log_in: Callable[[str], httpx2.Client]
) -> None:
    client, draw = log_in(role), random.Random(f"{SEED}:{role}")
    faults, pages, sent = [], 0, 0
    forms: dict[str, FormFound] = {}
    for path, answer in walk(client):
        pages += 1
        if answer.status_code >= 500:
            faults.append(f"GET {path}: {answer.status_code}")
        for form in PageRead.of(path, answer.text).forms:
            if not form.action.startswith(NOT_SENT):
                forms.setdefault(f"{form.method} {kind_of(form.action)}", form)
    for name, form in forms.items():
        for word in ("", draw.choice(HOSTILE), draw.choice(HOSTILE), None, None):
            fields = fill(form, draw, word)
            answer = send(client, form, fields)
            sent += 1
            if answer.status_code >= 500:
                faults.append(f"{name}: {answer.status_code} for {fields!r}"[:400])
            if "<script>alert(1)" in answer.text:
                faults.append(f"{name}: what was typed came back as markup")
    print(f"\n---- {role}: {pages} pages, {len(forms)} kinds of form, {sent} sent")
    assert faults == []
    assert pages > 20
    assert forms
