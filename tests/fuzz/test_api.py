"""Every operation of the OpenAPI description, attacked in every role: no fault of ours, problems
everywhere, and answers that are what the description says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.e2e.serving import LiveMarket
from tests.fuzz.conftest import NARROW_TOKEN, ROLES, STRANGER, TOKEN

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("MARKET_FUZZ_EXAMPLES", "20")
SEED = os.environ.get("MARKET_FUZZ_SEED", "1")
# The phase that tries every edge of the description takes most of the time and finds the same in
# most roles; MARKET_FUZZ_DEEP=1 has it in all of them.
ASKERS = (*ROLES, TOKEN, NARROW_TOKEN)
DEEP = ASKERS if os.environ.get("MARKET_FUZZ_DEEP") else (STRANGER, "manager", NARROW_TOKEN)


def attack(
    market: LiveMarket, headers: dict[str, str], folder: Path, *, deep: bool
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with these headers; its report ends with a summary.

    What it keeps of failures goes into ``folder``.
    """
    words = ["run", f"{market.url}/api/v1/openapi.json", "--no-color", "--checks", "all"]
    phases = "examples,coverage,fuzzing" if deep else "examples,fuzzing"
    words += ["--phases", phases, "--continue-on-failure"]
    words += ["--max-examples", EXAMPLES, "--seed", SEED, "--workers", "2"]
    words += ["--generation-database", "none", "--warnings", "off"]
    # Who asks is said by a header of every request, which that check cannot take away; who may do
    # what is the access table's business (tests/integration/test_access_table.py).
    words += ["--exclude-checks", "ignored_auth"]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [program, "--config-file", HERE / "schemathesis.toml", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "PYTHONPATH": str(HERE.parents[1]),
        },
    )


def summarise(report: str) -> str:
    """The part of a report that counts: what was tried and what was found."""
    found = re.search(r"=+ SUMMARY =+.*", report, re.DOTALL)
    return found[0] if found else report[-4000:]


@pytest.mark.parametrize("role", ASKERS)
def test_no_request_of_a_role_breaks_the_api(
    role: str,
    market: LiveMarket,
    log_in: Callable[[str], httpx2.Client],
    tmp_path: Path,
) -> None:
    client = log_in(role)
    headers = dict(client.headers.items())
    kept = {"origin", "accept-language", "authorization"}
    sent = {name: value for name, value in headers.items() if name in kept}
    if client.cookies:
        sent["cookie"] = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    done = attack(market, sent, tmp_path, deep=role in DEEP)
    print(f"\n---- {role}\n{summarise(done.stdout)}")
    assert done.returncode == 0, done.stdout + done.stderr
