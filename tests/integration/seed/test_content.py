"""The demonstration's content: well-formed, varied, marked, and nobody's."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import get_args

import pytest
from stdnum.cn import uscc

from app.accounts.rules import check_region
from app.accounts.types import OrganisationKind, Role
from app.catalogue.content import check_content, check_offer
from app.catalogue.lint import lint_achievement
from app.catalogue.patents import check_application_number, check_publication_number
from app.catalogue.terms import find_bid_on
from app.catalogue.types import PATENT_KINDS, AchievementState, PriceTerms, Severity
from app.core.clock import SHANGHAI
from app.core.ids import new_id
from app.core.official import NationalField
from app.demands.rules import check_content as check_demand
from app.demands.rules import check_dates
from app.seed import content
from app.seed.logins import DEMO_PASSWORD, demo_logins

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
IDS = {person.key: new_id() for person in content.people()}


def test_organisations_cover_the_six_kinds_with_codes_that_cannot_exist() -> None:
    organisations = content.organisations()
    assert {o.kind for o in organisations} == set(OrganisationKind)
    assert len({o.credit_code for o in organisations}) == len(organisations) == 11
    for organisation in organisations:
        assert uscc.is_valid(organisation.credit_code)
        assert organisation.credit_code[2:8] == "999999", "no such administrative division"
        assert organisation.name.endswith("（演示）")
        check_region(organisation.region)
    assert sum(o.verified for o in organisations) == 10


def test_every_role_has_a_person_with_a_published_login() -> None:
    shown = [p for p in content.people() if p.shown]
    held = {role for p in shown for role in (*p.platform_roles, *p.member_roles)}
    assert held == set(Role)
    assert all(p.name.startswith("演示·") for p in content.people())
    logins = demo_logins()
    assert len({login.identifier for login in logins}) == len(logins) == len(shown)
    for login in logins:
        assert login.identifier.endswith("@demo.invalid")
        assert login.password == DEMO_PASSWORD


def test_every_organisation_has_a_head() -> None:
    heads = {p.organisation for p in content.people() if Role.head in p.member_roles}
    assert heads == {o.key for o in content.organisations()}


@pytest.mark.parametrize("achievement", content.achievements(), ids=lambda a: a.key)
def test_an_achievement_passes_its_own_markets_checks(achievement: content.DemoAchievement) -> None:
    written = achievement.content(IDS, TODAY)
    assert check_content(written, TODAY) == written, "already clean"
    assert 150 <= len(written.abstract) <= 300
    assert len(re.findall(r"\d+", written.abstract)) >= 5, "figures, not adjectives"
    assert written.problem
    assert written.alternative
    assert written.trl
    assert [h for h in lint_achievement(written) if h.severity is Severity.warning] == []
    assert all(row.name.startswith("演示·") for row in written.completers if not row.person_id)


def test_sixty_achievements_over_the_eight_fields() -> None:
    everything = [a.content(IDS, TODAY) for a in content.achievements()]
    assert len(everything) == 60
    public = [a for a in content.achievements() if a.state is AchievementState.published]
    per_field = Counter(a.content(IDS, TODAY).field for a in public)
    assert set(per_field) == set(NationalField)
    assert min(per_field.values()) >= 5
    assert len({c.title for c in everything}) == 60
    assert len({(a.owner, a.raw["owner_number"]) for a in content.achievements()}) == 60


def test_no_number_of_a_right_is_given_twice_or_could_be_somebodys() -> None:
    rights = [r for a in content.achievements() for r in a.content(IDS, TODAY).rights]
    patents = [r for r in rights if r.kind in PATENT_KINDS]
    applications = [r.application_number for r in patents]
    publications = [r.publication_number for r in patents if r.publication_number]
    assert len(set(applications)) == len(applications) > 80
    assert len(set(publications)) == len(publications)
    for number in applications:
        assert check_application_number(number) == number
        assert number[7:9] == "99", "a serial that no year ever reached"
    for number in publications:
        assert check_publication_number(number).text == number
        assert number[3:6] == "999"


def test_nothing_is_dated_after_the_day_of_seeding() -> None:
    early = date(2025, 1, 15)
    for achievement in content.achievements():
        check_content(achievement.content(IDS, early), early)


def test_offers_name_every_kind_of_price_and_may_be_published() -> None:
    offers = content.offers()
    states = {a.key: a.state for a in content.achievements()}
    for offer in offers:
        assert states[offer.achievement] is AchievementState.published
        assert check_offer(offer.content, NOON) == offer.content
        if offer.start_minor is not None:
            assert offer.step_minor
            assert find_bid_on(offer.content.terms) is not None
    assert {type(o.content.terms) for o in offers} == {*get_args(PriceTerms), type(None)}
    assert len({o.content.disposal for o in offers}) == 6
    assert len(offers) >= 35


def test_thirty_demands_say_what_how_much_and_until_when() -> None:
    demands = [d.content(TODAY) for d in content.demands()]
    assert len(demands) == 30
    assert len({d.title for d in demands}) == 30
    for demand in demands:
        check_demand(demand, TODAY)
        assert check_dates(demand, TODAY) == []
        assert demand.budget_minor
        assert demand.deadline_on
        assert demand.deadline_on > TODAY
        assert len(demand.targets.splitlines()) >= 3
        assert all(re.search(r"[≤≥=] ?\d", line) for line in demand.targets.splitlines())
        assert demand.cooperation
