from uuid import UUID

import pytest

from app.core.access import Permission, may, require
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, NotFound, Unauthenticated

OURS, THEIRS = UUID(int=1), UUID(int=2)
MEMBER = Actor(UUID(int=7), OURS, frozenset({"manager"}), verified=True)
EDIT = Permission("thing.edit", platform=frozenset({"operator"}), members=frozenset({"manager"}))
VERIFIED = Permission("thing.sell", members=frozenset({"manager"}), verified=True)


def test_a_member_may_with_his_own_and_not_with_others() -> None:
    assert may(MEMBER, EDIT, owner=OURS)
    assert may(MEMBER, EDIT)
    assert not may(MEMBER, EDIT, owner=THEIRS)


def test_a_platform_role_may_with_everything() -> None:
    assert may(Actor(UUID(int=8), roles=frozenset({"operator"})), EDIT, owner=THEIRS)


def test_only_the_market_itself_is_the_system() -> None:
    assert may(SYSTEM, EDIT, owner=THEIRS)
    assert not may(Actor.stranger(), EDIT)


@pytest.mark.parametrize(
    ("actor", "visible", "refusal"),
    [
        (Actor.stranger(), True, Unauthenticated),
        (Actor.stranger(), False, NotFound),
        (MEMBER, True, Forbidden),
        (MEMBER, False, NotFound),
    ],
)
def test_what_a_refusal_tells(actor: Actor, visible: bool, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        require(actor, EDIT, owner=THEIRS, visible=visible)


def test_an_unverified_organisation_is_told_what_it_lacks() -> None:
    unverified = Actor(UUID(int=7), OURS, frozenset({"manager"}), verified=False)
    with pytest.raises(Forbidden, match="尚未通过认证"):
        require(unverified, VERIFIED, owner=OURS)
    require(MEMBER, VERIFIED, owner=OURS)
