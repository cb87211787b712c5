"""Pages and API of offers, without JavaScript."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from app.catalogue.types import (
    ConversionTrigger,
    Disposal,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    LumpSum,
    OfferContent,
    PriceTerms,
    Royalty,
    RoyaltyBase,
    kind_of,
)
from app.core.money import Money
from app.core.official import NationalField, Region
from frontend.forms.offers import OfferForm
from tests.world import World

FORM: dict[str, Any] = {
    "disposal": "exclusive",
    "terms_kind": "royalty",
    "entry_fee": "２０万",
    "base": "net_sales",
    "rate_bp": "3.5",
    "years": "5",
    "floor": "1,000",
    "audit_right": "1",
    "fields": ["modern_energy"],
    "territory": ["110000", "310000"],
    "period_years": "5",
    "conditions": "提供技术服务",
    "key": "offer-key-0001",
}
API = "/api/v1/offers"


def version_in(text: str) -> str:
    return text.partition('name="version" value="')[2].partition('"')[0]


async def test_the_whole_way(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation("东海大学", kind="university")
    record = await world.achievement(org)
    browser = await world.logged_in_client(client, org.head)
    form_page = f"/desk/achievements/{record.number}/offer"
    assert (await browser.get(form_page)).status_code == 200
    created = await browser.post(form_page, data=FORM)
    assert created.status_code == 303
    place = created.headers["location"]
    number = place.rpartition("/")[2]
    draft = (await browser.get(place)).text
    for text in ("¥200,000.00", "3.5%", "¥1,000.00", "北京、上海", "现代能源", "条款校验码"):
        assert text in draft
    client.cookies.clear()
    assert (await client.get(place)).status_code == 404

    browser = await world.logged_in_client(client, org.head)
    edit = (await browser.get(f"/desk/offers/{number}/edit")).text
    assert 'value="200000"' in edit
    changed = FORM | {"rate_bp": "4", "version": version_in(edit)}
    assert (await browser.post(f"/desk/offers/{number}/edit", data=changed)).status_code == 303
    for step, mark in [
        ("publish", "供给中"), ("renew", "供给中"), ("withdraw", "已撤回"), ("publish", "供给中")
    ]:  # fmt: skip
        version = version_in((await browser.get(place)).text)
        done = await browser.post(f"/desk/offers/{number}/{step}", data={"version": version})
        assert done.status_code == 303, step
        assert mark in (await browser.get(place)).text
    assert number in (await browser.get("/desk/offers")).text
    client.cookies.clear()
    public = await client.get(place)
    assert public.status_code == 200
    assert "/desk/offers" not in public.text
    assert number in (await client.get(f"/achievements/{record.number}")).text
    read = (await client.get(f"{API}/{number}")).json()
    assert read["terms"]["rate_bp"] == 400
    assert read["territory"] == ["110000", "310000"]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"rate_bp": "很多"}, "rate_bp"),
        ({"terms_kind": "lump_sum"}, "amount"),
        ({"terms_kind": "instalments"}, "parts"),
        ({"terms_kind": "equity", "share_bp": "20", "valuation": "10万"}, "terms_kind"),
        ({"terms_kind": "negotiable", "free_months": "6"}, "free_months"),
        ({"disposal": "transfer"}, "period_years"),
        ({"cap": "1"}, "cap"),
    ],
)
async def test_a_refused_form_shows_what_was_typed(
    client: httpx2.AsyncClient, world: World, given: dict[str, str], wrong: str
) -> None:
    org = await world.organisation()
    record = await world.achievement(org)
    browser = await world.logged_in_client(client, org.head)
    refused = await browser.post(f"/desk/achievements/{record.number}/offer", data=FORM | given)
    assert refused.status_code == 422
    assert f'href="#f-{wrong}"' in refused.text
    assert f'id="f-{wrong}"' in refused.text
    assert 'value="２０万"' in refused.text
    assert await world.count("offer") == 0


FULL = OfferContent(
    disposal=Disposal.exclusive,
    conditions="附条件",
    fields=frozenset({NationalField.smart_city}),
    use_note="仅用于供水",
    territory=frozenset({Region.beijing}),
    period_years=3,
)
TERMS: list[PriceTerms | None] = [
    None,
    LumpSum(Money(100_50)),
    Instalments((Instalment(Money(1), date(2027, 1, 1)), Instalment(Money(2), None, "验收"))),
    Royalty(Money(0), RoyaltyBase.units, 125, 3, Money(5), Money(100), audit_right=False),
    Equity(1_250, Money(9_00)),
    FreeUntil(6, ConversionTrigger.revenue, Royalty(Money(9), RoyaltyBase.sales, 1, 2)),
]


@pytest.mark.parametrize("terms", TERMS, ids=lambda t: kind_of(t) if t else "negotiable")
async def test_every_kind_of_terms_survives_the_form_and_is_shown(
    client: httpx2.AsyncClient, world: World, terms: PriceTerms | None
) -> None:
    content = replace(FULL, terms=terms)
    form = OfferForm.filled(content, version=4)
    again = OfferForm.of({**form.typed, "fields": "smart_city", "territory": "110000"})
    assert (again.parse(), again.version()) == (content, 4)

    org = await world.organisation()
    scope: dict[str, Any] = {"fields": frozenset(), "territory": frozenset(), "period_years": None}
    disposal: dict[str, Any] = (
        {"disposal": Disposal.equity, **scope} if isinstance(terms, Equity) else {}
    )
    shown = await world.offer(org, terms=terms, **disposal)
    page = await client.get(f"/offers/{shown.number}")
    assert page.status_code == 200
    assert (terms is None) == ("面议" in page.text)
    assert (await client.get(f"{API}/{shown.number}")).status_code == 200


async def test_a_refused_decision_shows_the_offer(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    shown = await world.offer(org)
    browser = await world.logged_in_client(client, org.head)
    stale = await browser.post(f"/desk/offers/{shown.number}/withdraw", data={"version": "1"})
    assert stale.status_code == 412
    assert 'data-code="stale-version"' in stale.text
    assert shown.number in stale.text


async def test_an_owner_is_warned_of_rivals(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    record = await world.achievement(org)
    await world.held_offer(org, record, disposal=Disposal.exclusive)
    other = await world.offer(org, record)
    browser = await world.logged_in_client(client, org.head)
    assert "以下情形会使办理时被拒绝" in (await browser.get(f"/offers/{other.number}")).text
    client.cookies.clear()
    assert "以下情形会使办理时被拒绝" not in (await client.get(f"/offers/{other.number}")).text


async def test_the_api(client: httpx2.AsyncClient, world: World) -> None:
    org = await world.organisation()
    record = await world.achievement(org)
    browser = await world.logged_in_client(client, org.head)
    body: dict[str, Any] = {
        "achievement": record.number,
        "disposal": "ordinary",
        "terms": {"kind": "lump_sum", "amount": {"minor": 100}},
    }
    headers = {"Idempotency-Key": "api-key-0001"}
    created = await browser.post(API, json=body, headers=headers)
    assert created.status_code == 201
    assert (await browser.post(API, json=body, headers=headers)).json() == created.json()
    reused = await browser.post(API, json=body | {"terms": None}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (409, "key-reused")
    for wrong in (
        {"terms": {"kind": "lump_sum", "amount": {"minor": 0}}},
        {"terms": {"kind": "lump_sum", "amount": {"minor": 1.5}}},
        {"terms": {"kind": "lump_sum", "amount": {"minor": 10**40}}},
        {"terms": {"kind": "barter"}},
        {"valid_from": "2026-11-22T10:00:00"},
        {"valid_from": "0001-01-01T00:00:00+14:00"},
        {"period_years": 10**30},
        {"surprise": 1},
    ):
        answer = await browser.post(
            API, json=body | wrong, headers={"Idempotency-Key": "api-key-0002"}
        )
        assert answer.status_code == 422, wrong
    imported = await world.imported(org)
    refused = await browser.post(
        API,
        json=body | {"achievement": imported.number},
        headers={"Idempotency-Key": "api-key-0003"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "not-claimed-yet")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/offers/GX-2026-999999", 404), ("/desk/offers", 401), (f"{API}/GX-1", 404)],
)
async def test_what_a_stranger_gets(client: httpx2.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status
