"""The workbench's menu: short for every role, each address once, one entry current."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.core.actor import Actor
from frontend import navigation

ROLES = (
    "manager", "inventor", "agent", "head",
    "operator", "publisher", "supervisor", "administrator", "broker",
)  # fmt: skip
MOST_IN_A_GROUP = 7


def menu(*roles: str) -> dict[str, list[str]]:
    """Group label to the addresses that a holder of these roles is offered."""
    return {
        group.label: [item.href for item in group.items]
        for group in navigation.desk(Actor(person_id=uuid4(), roles=frozenset(roles)))
    }


@pytest.mark.parametrize("roles", [(), *((role,) for role in ROLES), ROLES])
def test_a_menu_is_short_and_says_each_address_once(roles: tuple[str, ...]) -> None:
    found = menu(*roles)
    addresses = [href for items in found.values() for href in items]
    assert len(addresses) == len(set(addresses))
    assert all(0 < len(items) <= MOST_IN_A_GROUP for items in found.values())
    assert addresses[0] == "/desk"


def test_each_role_is_offered_what_it_works_with() -> None:
    assert set(menu()) == {"工作台", "单位与账号"}
    assert menu("inventor")["成果"] == [
        "/desk/disclosures",
        "/desk/achievements",
        "/desk/confirmations",
    ]
    assert menu("head")["成果"] == ["/desk/unit-disclosures", "/desk/consents"]
    assert "/desk/imports" in menu("agent")["需求与交易"]
    assert "/desk/imports" in menu("manager", "agent")["供给与竞价"]
    assert set(menu("publisher")) == {"工作台", "目录与转化", "单位与账号"}
    assert "/desk/behalf" in menu("operator")["平台"]
    assert "/desk/behalf" not in menu("supervisor")["平台"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/desk", "/desk"),
        ("/desk/inbox/preferences", "/desk/inbox"),
        ("/review/consents", "/review"),
        ("/review/disclosures", "/review/disclosures"),
        ("/desk/organisation/bank", "/desk/organisation"),
        ("/lots/JJ-1", "/lots"),
        ("/deals", None),
    ],
)
def test_one_entry_stands_for_a_page(path: str, entry: str | None) -> None:
    every = {
        item.href
        for group in (navigation.Group("", navigation.SITE), *navigation.DESK)
        for item in group.items
    }
    current = {href for href in every if navigation.is_current(href, path)}
    assert current == ({entry} if entry else set())
