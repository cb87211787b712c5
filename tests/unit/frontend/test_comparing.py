"""Side by side: from an address to items, and from what they are to rows that say what differs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.catalogue.service import Compared
from app.catalogue.types import (
    AchievementContent,
    ConversionTrigger,
    Disposal,
    Equity,
    FreeUntil,
    Instalment,
    Instalments,
    IpKind,
    IpRight,
    LegalStatus,
    LumpSum,
    OfferContent,
    OfferFacts,
    OfferState,
    Origin,
    PriceTerms,
    Royalty,
    RoyaltyBase,
)
from app.core.i18n import translate
from app.core.ids import new_id
from app.core.money import Money
from frontend.comparing import (
    Comparison,
    Item,
    Row,
    compare_href,
    lay_out,
    read_basket,
    read_items,
    write_basket,
)
from search.documents import Kind

AT = datetime(2026, 3, 1, tzinfo=UTC)


def achievement(number: str, *offers: OfferContent, **content: object) -> Compared:
    made = AchievementContent("KJ-1", f"成果{number}", **content)  # type: ignore[arg-type]
    return Compared(number, made.title, "东海大学", Origin.entered, AT, made, offers)


def offer(number: str, terms: PriceTerms | None = None) -> Compared:
    content = OfferContent(Disposal.ordinary, terms)
    facts = OfferFacts(
        id=new_id(),
        number=number,
        achievement_id=new_id(),
        owner_id=new_id(),
        disposal=Disposal.ordinary,
        state=OfferState.published,
        price_terms_hash=None,
        asking_minor=None,
        fields=frozenset(),
        territory=frozenset(),
        period_years=5,
        valid_from=AT,
        expires_at=datetime(2026, 8, 31, 16, tzinfo=UTC),
        version=1,
    )
    made = AchievementContent("KJ-1", "成果")
    return Compared(number, "成果", "东海大学", Origin.entered, AT, made, (content,), facts)


def table(*things: Compared, differ: bool = False) -> Comparison:
    items = [Item(Kind.offer if one.offer else Kind.achievement, one.number) for one in things]
    return lay_out(items, [], {one.number: one for one in things}, differ=differ)


def row(view: Comparison, label: str) -> Row:
    return next(row for row in view.rows if row.label == label)


def test_items_are_read_once_each_and_the_rest_is_strange() -> None:
    items, strange = read_items(
        [
            *("achievement:CG-1", "achievement:cg-1", "", " ", "offer:GX-2", "lot:CJ-1"),
            *("achievement:", "x" * 500, "offer:'; DROP", "achievement:\0"),
            "\u202eachievement:CG-3",
        ]
    )
    assert items == [Item(Kind.achievement, "CG-1"), Item(Kind.offer, "GX-2")]
    assert strange[:2] == ["lot:CJ-1", "achievement:"]
    assert max(map(len, strange)) == 60
    assert len(read_items([f"offer:GX-{at}" for at in range(10_000)])[0]) == 12


def test_the_basket_survives_its_cookie() -> None:
    items = [Item(Kind.achievement, "CG-2026-000001"), Item(Kind.offer, "GX-2026-000002")]
    assert read_basket(write_basket(items)) == items
    assert read_basket("") == read_basket("nothing.at:all." * 99) == []
    assert len(read_basket(write_basket([Item(Kind.offer, f"GX-{n}") for n in range(9)]))) == 4


def test_rows_say_what_differs_and_empty_ones_are_left_out() -> None:
    view = table(achievement("CG-1", trl=7, problem="热收缩"), achievement("CG-2", trl=6))
    assert row(view, "技术成熟度").cells == [("TRL 7 环境级",), ("TRL 6 正样级",)]
    assert row(view, "技术成熟度").differs
    assert row(view, "解决的问题").cells == [("热收缩",), ()]
    assert row(view, "解决的问题").differs
    assert not row(view, "权利单位").differs
    assert not row(view, "编号").differs
    assert "关键词" not in [line.label for line in view.rows]
    only = table(achievement("CG-1", trl=7), achievement("CG-2", trl=6), differ=True)
    assert [line.label for line in only.rows] == ["技术成熟度"]
    assert table(achievement("CG-1"), achievement("CG-2"), differ=True).rows == []


def test_what_only_offers_have_is_no_difference_from_an_achievement() -> None:
    view = table(achievement("CG-1"), offer("GX-1"), offer("GX-2"))
    assert row(view, "类别").differs
    assert row(view, "期限").cells == [(), ("5 年",), ("5 年",)]
    assert not row(view, "期限").differs
    assert row(view, "供给有效期至").cells[1] == ("2026-08-31",)


def test_rights_are_told_by_number_status_days_and_classes() -> None:
    rights = (
        IpRight(
            IpKind.invention,
            publication_number="CN1A",
            legal_status=LegalStatus.granted,
            filed_on=date(2020, 1, 2),
            ipc="H01M 10/0525; C08L67/02",
        ),
        IpRight(IpKind.know_how, filed_on=date(2020, 1, 2)),
    )
    view = table(achievement("CG-1", rights=rights), achievement("CG-2"))
    assert row(view, "知识产权").cells[0] == ("发明专利 CN1A", IpKind.know_how)
    assert row(view, "法律状态").cells[0] == (LegalStatus.granted, LegalStatus.unknown)
    assert row(view, "申请日期").cells[0] == ("2020-01-02",)
    assert row(view, "专利分类").cells[0] == ("H01M", "C08L")


@pytest.mark.parametrize(
    ("terms", "chinese", "english"),
    [
        (None, "面议", "negotiable"),
        (LumpSum(Money(300_000_00)), "¥300,000", "¥300,000"),
        (
            Instalments((Instalment(Money(1_00)), Instalment(Money(2_50)))),
            "¥3.50，分 2 期支付",
            "¥3.50 in 2 instalments",
        ),
        (
            Royalty(Money(5_00), RoyaltyBase.net_sales, 250, 5),
            "入门费 ¥5，净销售额提成 2.5%，5 年",
            "Entry fee ¥5, 2.5% of net sales for 5 years",
        ),
        (Equity(1000, Money(9_00)), "作价 ¥9，占股 10%", "Valued at ¥9 for a share of 10%"),
        (
            FreeUntil(6, ConversionTrigger.revenue, LumpSum(Money(7_00))),
            "先免费使用 6 个月，再¥7",
            "Free for 6 months, then ¥7",
        ),
    ],
)
def test_price_terms_are_said_in_a_few_words(
    terms: PriceTerms | None, chinese: str, english: str
) -> None:
    said = row(table(offer("GX-1", terms)), "价格条款").cells[0][0]
    assert said == chinese
    assert translate("en", said).casefold() == english.casefold()


def test_several_offers_of_an_achievement_are_named() -> None:
    offers = [OfferContent(Disposal.ordinary), OfferContent(Disposal.transfer)]
    view = table(achievement("CG-1", *offers))
    assert row(view, "价格条款").cells[0] == ("普通许可：面议", "转让：面议")
    assert row(view, "合作方式").cells[0] == (Disposal.ordinary, Disposal.transfer)


def test_a_fifth_is_kept_beside_the_table_with_ways_to_put_it_in() -> None:
    things = [achievement(f"CG-{at}") for at in range(1, 6)]
    view = table(*things)
    assert [column.item.number for column in view.columns] == ["CG-1", "CG-2", "CG-3", "CG-4"]
    ((item, title, places),) = view.beyond
    assert (item.number, title) == ("CG-5", "成果CG-5")
    assert places[1] == ("成果CG-2", compare_href(map(to_item, ["CG-1", "CG-5", "CG-3", "CG-4"])))
    assert "CG-5" in view.columns[0].less_href
    assert "CG-1" not in view.columns[0].less_href


def to_item(number: str) -> Item:
    return Item(Kind.achievement, number)


def test_unknown_things_and_things_of_another_kind_are_missing() -> None:
    asked = [to_item("CG-1"), to_item("CG-9"), Item(Kind.offer, "CG-1")]
    view = lay_out(asked, ["lot:CJ-1"], {"CG-1": achievement("CG-1")}, differ=False)
    assert [str(item) for item in view.missing] == ["achievement:CG-9", "offer:CG-1"]
    assert [column.item for column in view.columns] == asked[:1]
    assert view.strange == ["lot:CJ-1"]
    assert view.columns[0].less_href == "/compare?item="


def test_a_long_text_is_cut() -> None:
    view = table(achievement("CG-1", abstract="长\n" * 500))
    assert len(row(view, "成果简介").cells[0][0]) == 301
