"""The published logins of the demonstration market. They exist in demo mode only."""

from __future__ import annotations

from dataclasses import dataclass

from app.seed.content import people

DEMO_PASSWORD = "yanshi-2026"  # noqa: S105 - published on the login page of every demo market


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """One way into the demonstration: what role it shows, the login name, the password."""

    role_label: str
    identifier: str
    password: str


def demo_logins() -> list[DemoLogin]:
    """The published logins, one a role, in the order a visitor would try them."""
    return [DemoLogin(p.label, p.email, DEMO_PASSWORD) for p in people() if p.shown]
