from dataclasses import replace
from uuid import UUID

import pytest

from app.core.access import Permission, may, require
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden, NotFound, ScopeMissing, Unauthenticated

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


def test_a_permissions_scope_follows_from_its_name() -> None:
    for name, scope in (
        ("catalogue.see_hidden", "catalogue:read"),
        ("auctions.list_own", "auctions:read"),
        ("demands.read", "demands:read"),
        ("demands.write", "demands:write"),
        ("accounts.seed_something", "accounts:write"),
    ):
        assert Permission(name).scope == scope


SEE = Permission("thing.see_own", members=frozenset({"manager"}))
ALONE = Permission("thing.mint", signed_in=True, by_token=False)
WHO = Permission("thing.see_self", signed_in=True, any_token=True)


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ({"thing:read"}, [SEE, WHO]),
        ({"thing:write"}, [SEE, WHO, EDIT]),  # writing includes reading in the same room
        ({"other:write", "thing"}, [WHO]),
        (set(), [WHO]),
    ],
)
def test_a_token_may_what_its_scopes_and_its_person_allow(
    scopes: set[str], allowed: list[Permission]
) -> None:
    token = replace(MEMBER, scopes=frozenset(scopes))
    assert [one for one in (SEE, WHO, EDIT, ALONE) if may(token, one)] == allowed
    stranger_to_it = replace(token, roles=frozenset({"agent"}))
    assert not may(stranger_to_it, EDIT)


def test_a_missing_scope_is_named_and_only_to_whom_the_thing_is_no_secret() -> None:
    token = replace(MEMBER, scopes=frozenset({"thing:read"}))
    with pytest.raises(ScopeMissing) as refused:
        require(token, EDIT, visible=False)
    assert refused.value.facts["scope"] == "thing:write"
    with pytest.raises(NotFound):
        require(token, EDIT, owner=THEIRS, visible=False)
    with pytest.raises(Forbidden) as alone:
        require(token, ALONE)
    assert not isinstance(alone.value, ScopeMissing)
