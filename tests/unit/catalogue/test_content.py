"""What a record and an offer may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.catalogue.content import check_content, check_offer
from app.catalogue.patents import compute_check_digit
from app.catalogue.types import (
    AchievementContent,
    Completer,
    ConversionTrigger,
    CoOwner,
    Disposal,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    IpKind,
    IpRight,
    LumpSum,
    NationalField,
    OfferContent,
    Region,
    Royalty,
    RoyaltyBase,
)
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import MAX_MINOR, Money

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
PLAIN = AchievementContent(owner_number="KJ-1", title="隔膜")
ONE = Money(1)


def faults(content: AchievementContent) -> set[str]:
    try:
        check_content(content, TODAY)
    except Invalid as refused:
        return {error.field for error in refused.errors}
    return set()


def test_title_and_number_suffice() -> None:
    assert check_content(PLAIN, TODAY) == PLAIN


def test_every_fault_is_told_at_once() -> None:
    assert faults(AchievementContent(owner_number=" ", title="\u200b", trl=0)) == {
        "owner_number",
        "title",
        "trl",
    }


def test_texts_are_cleaned() -> None:
    dirty = replace(PLAIN, title=" 锂<sub>2</sub>\x00 隔膜\n工艺 ", keywords=("隔膜", " 隔膜", ""))
    clean = check_content(dirty, TODAY)
    assert (clean.title, clean.keywords) == ("锂2 隔膜 工艺", ("隔膜",))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"trl": 1}, set()),
        ({"trl": 9}, set()),
        ({"trl": 10}, {"trl"}),
        ({"abstract": "字" * 2000}, set()),
        ({"abstract": "字" * 2001}, {"abstract"}),
        ({"keywords": ("一", "二", "三")}, set()),
        ({"keywords": ("一", "二", "三", "四")}, {"keywords"}),
        ({"trl_assessed_on": TODAY}, set()),
        ({"trl_assessed_on": TODAY + timedelta(days=1)}, {"trl_assessed_on"}),
        ({"researched_from": TODAY, "researched_to": TODAY}, set()),
        ({"researched_from": TODAY, "researched_to": date(2020, 1, 1)}, {"researched_to"}),
        ({"co_owners": (CoOwner("甲", share_bp=4000), CoOwner("乙", share_bp=6000))}, set()),
        ({"co_owners": (CoOwner("甲", share_bp=4000), CoOwner("乙", share_bp=6001))},
         {"co_owners"}),
        ({"co_owners": (CoOwner(" "),)}, {"co_owners-0-name"}),
        ({"completers": (Completer("张三"), Completer(person_id=new_id()))}, set()),
        ({"completers": (Completer("张三", new_id()),)}, {"completers-0-name"}),
        ({"completers": (Completer(),)}, {"completers-0-name"}),
        ({"rights": (IpRight(IpKind.know_how),)}, {"rights-0-title"}),
        ({"completers": tuple(Completer(f"名{i}") for i in range(51))}, {"completers"}),
    ],
)  # fmt: skip
def test_limits(given: dict[str, Any], wrong: set[str]) -> None:
    assert faults(replace(PLAIN, **given)) == wrong


DIGITS = "202110000001"
CHECK = compute_check_digit(DIGITS)
WRONG_CHECK = "1" if CHECK == "0" else "0"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (IpRight(IpKind.invention, application_number=f"ZL{DIGITS}.{CHECK}"), None),
        (
            IpRight(IpKind.invention, application_number=f"CN{DIGITS}.{WRONG_CHECK}"),
            "application_number",
        ),
        (IpRight(IpKind.invention, application_number="US1234567"), "application_number"),
        (IpRight(IpKind.other, application_number="US1234567"), None),
        (IpRight(IpKind.utility_model, publication_number="CN202644312U"), None),
        (IpRight(IpKind.invention, publication_number="CN202644312U"), "publication_number"),
        (IpRight(IpKind.invention, publication_number="CN12"), "publication_number"),
        (IpRight(IpKind.software, application_number="２０２０ＳＲ０１２３４５６"), None),
        (IpRight(IpKind.know_how, title="配方", status_on=TODAY + timedelta(days=1)), "status_on"),
    ],
)
def test_numbers_of_rights(right: IpRight, wrong: str | None) -> None:
    expected = {f"rights-0-{wrong}"} if wrong else set()
    assert faults(replace(PLAIN, rights=(right,))) == expected


def test_numbers_become_canonical_and_stand_once() -> None:
    right = IpRight(IpKind.utility_model, publication_number=" cn202644312u ")
    clean = check_content(replace(PLAIN, rights=(right,)), TODAY)
    assert clean.rights[0].publication_number == "CN202644312U"
    assert faults(replace(PLAIN, rights=(right, right))) == {"rights-1-application_number"}


def offer_faults(content: OfferContent) -> set[str]:
    try:
        check_offer(content, NOW)
    except Invalid as refused:
        return {error.field for error in refused.errors}
    return set()


LICENCE = OfferContent(Disposal.ordinary)
LUMP = LumpSum(ONE)
PART = Instalment(ONE, TODAY)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, set()),
        ({"terms": LUMP}, set()),
        ({"terms": LumpSum(Money(0))}, {"amount"}),
        ({"terms": LumpSum(Money(MAX_MINOR))}, set()),
        ({"terms": LumpSum(Money(MAX_MINOR + 1))}, {"amount"}),
        ({"terms": LumpSum(Money(1, "USD"))}, {"amount"}),
        ({"terms": Instalments((PART, PART))}, set()),
        ({"terms": Instalments((PART,))}, {"parts"}),
        ({"terms": Instalments((PART, Instalment(ONE)))}, {"parts-1-due_on"}),
        ({"terms": Royalty(Money(0), RoyaltyBase.sales, 10_000, 50)}, set()),
        ({"terms": Royalty(Money(0), RoyaltyBase.sales, 0, 0)}, {"rate_bp", "years"}),
        ({"terms": Royalty(ONE, RoyaltyBase.sales, 1, 5, floor=Money(10), cap=Money(50))}, set()),
        ({"terms": Royalty(ONE, RoyaltyBase.sales, 1, 5, floor=Money(10), cap=Money(49))},
         {"cap"}),
        ({"terms": Equity(2_000, ONE)}, {"terms_kind"}),
        ({"terms": FreeUntil(60, ConversionTrigger.date, LUMP)}, set()),
        ({"terms": FreeUntil(0, ConversionTrigger.date, LumpSum(Money(0)))},
         {"free_months", "amount"}),
        ({"disposal": Disposal.equity, "terms": Equity(10_000, ONE)}, set()),
        ({"disposal": Disposal.equity, "terms": Equity(10_001, ONE)}, {"share_bp"}),
        ({"disposal": Disposal.equity, "terms": LUMP}, {"terms_kind"}),
        ({"disposal": Disposal.equity}, set()),
        ({"period_years": 50}, set()),
        ({"period_years": 51}, {"period_years"}),
        ({"disposal": Disposal.transfer, "period_years": 1}, {"period_years"}),
        ({"disposal": Disposal.transfer, "territory": frozenset({Region.beijing}),
          "fields": frozenset({NationalField.smart_city})}, {"territory", "fields"}),
        ({"valid_from": NOW + timedelta(days=366)}, set()),
        ({"valid_from": NOW + timedelta(days=367)}, {"valid_from"}),
        ({"conditions": "字" * 4001}, {"conditions"}),
    ],
)  # fmt: skip
def test_offers(given: dict[str, Any], wrong: set[str]) -> None:
    assert offer_faults(replace(LICENCE, **given)) == wrong
