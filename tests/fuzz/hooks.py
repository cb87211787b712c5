"""What every refusal of the API must look like, told to schemathesis (SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

from typing import Any

import schemathesis

MEMBERS = {"type", "title", "status", "detail", "instance", "code"}


@schemathesis.check
def refusals_are_problems(_context: Any, response: Any, _case: Any) -> None:
    """RFC 9457 for each refusal, with its status said twice alike and a sentence for people."""
    if response.status_code < 400:
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind.startswith("application/problem+json"), f"a refusal as {kind or 'nothing'}"
    body = response.json()
    assert body.keys() >= MEMBERS, f"a problem without {MEMBERS - body.keys()}"
    assert body["status"] == response.status_code, "two statuses"
    assert body["detail"].strip(), "a refusal without a sentence"
