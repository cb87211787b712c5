"""A record of every mode holds; whoever touches one is found out, by sentence and number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auctions.engine.codec import to_json
from app.auctions.engine.types import (
    Act,
    BidMode,
    Criterion,
    Gap,
    Place,
    Preference,
    ReserveKind,
    Terms,
    Tier,
)
from app.auctions.verifying import Openings, SaleFile, verify_sale, write
from tests.worlds.sales import OPENS, RESUME_AFTER, RULEBOOK, PlayedSale, make_file

STEP, START = 5_000_00, 100_000_00
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FREE_ENDS = OPENS + HOUR
DYNAMIC = Terms(
    mode=BidMode.dynamic,
    start_minor=START,
    tiers=(Tier(START, STEP),),
    free_starts_at=OPENS,
    free_ends_at=FREE_ENDS,
    window_s=300,
)
MULTI = replace(DYNAMIC, mode=BidMode.multi, registration_ends_at=OPENS, proxies=True)
ONCE = replace(MULTI, mode=BidMode.once, tiers=(), proxies=False)
A, B, C = Place("C01"), Place("C02"), Place("C03")
HOLDER = Place("C11", rank=1)


def play_dynamic() -> PlayedSale:
    """Bids in both periods, refused ones among them, an extension, an outage, a late bid."""
    sale = PlayedSale(DYNAMIC, [A, B]).at(OPENS)
    sale.bid("C01", START)
    sale.bid("C02", START + 1)
    sale.bid("C02", START + 3 * STEP)
    sale.at(FREE_ENDS + 299 * SECOND)
    sale.bid("C01", START + 4 * STEP)
    end = FREE_ENDS + 599 * SECOND
    sale.outages.append(Gap(end - 20 * SECOND, end - 10 * SECOND))
    sale.at(end - 9 * SECOND)
    sale.bid("C02", START + 9 * STEP)
    sale.at(end + RESUME_AFTER).resume()
    sale.bid("C02", START + 5 * STEP)
    sale.at(sale.head.cycle_ends_at - SECOND)
    return sale.at(sale.head.cycle_ends_at + SECOND)


def play_proxies() -> PlayedSale:
    """Stored maxima that answer one another, one beaten whole, a hidden reserve reached."""
    terms = replace(MULTI, reserve_kind=ReserveKind.hidden)
    sale = PlayedSale(terms, [A, B, C], reserve_minor=START + 4 * STEP).at(OPENS)
    sale.store("C01", START + 20 * STEP)
    sale.store("C02", START + 10 * STEP)
    sale.store("C03", START + 10 * STEP)
    sale.bid("C03", START + 13 * STEP)
    sale.store("C01", START + 30 * STEP)
    sale.at(FREE_ENDS + 100 * SECOND)
    sale.store("C02", START + 16 * STEP)
    sale.store("C02", None)
    sale.bid("C03", START + 20 * STEP)
    sale.bid("C03", START + 30 * STEP)
    return sale.at(sale.head.cycle_ends_at)


def play_below_reserve() -> PlayedSale:
    terms = replace(MULTI, reserve_kind=ReserveKind.hidden)
    sale = PlayedSale(terms, [A, B], reserve_minor=START + 40 * STEP).at(OPENS)
    sale.store("C01", START + 6 * STEP)
    sale.bid("C02", START + 8 * STEP)
    return sale.at(FREE_ENDS + 300 * SECOND)


def play_open_reserve() -> PlayedSale:
    reserve = START + 8 * STEP
    terms = replace(MULTI, reserve_kind=ReserveKind.open, open_reserve_minor=reserve)
    sale = PlayedSale(terms, [A, B]).at(OPENS)
    sale.store("C01", START + 6 * STEP)
    sale.store("C02", START + 9 * STEP)
    return sale.at(FREE_ENDS + 300 * SECOND)


def play_match() -> PlayedSale:
    terms = replace(MULTI, preference=Preference.match)
    sale = PlayedSale(terms, [A, B, HOLDER]).at(OPENS)
    sale.bid("C01", START)
    sale.send("C11", Act.match, START)
    sale.store("C02", START + 4 * STEP)
    sale.send("C11", Act.match)
    sale.at(FREE_ENDS + SECOND)
    sale.send("C11", Act.match, sale.head.price_minor)
    return sale.at(sale.head.cycle_ends_at)


def play_post() -> PlayedSale:
    terms = replace(MULTI, preference=Preference.post_with_raise, raise_s=600)
    sale = PlayedSale(terms, [A, B, HOLDER]).at(OPENS)
    sale.bid("C01", START)
    sale.bid("C02", START + STEP)
    sale.at(FREE_ENDS + 300 * SECOND)
    sale.send("C11", Act.exercise, START + STEP)
    sale.send("C01", Act.raise_, START + 2 * STEP)
    sale.send("C02", Act.raise_, START + 2 * STEP)
    return sale.at(sale.head.cycle_ends_at).at(sale.head.cycle_ends_at)


def play_once() -> PlayedSale:
    terms = replace(ONCE, reserve_kind=ReserveKind.hidden, preference=Preference.post)
    sale = PlayedSale(terms, [A, B, C, HOLDER], reserve_minor=START + 7).at(OPENS)
    sale.send("C01", Act.seal, START + 77)
    sale.send("C02", Act.seal, START + 99)
    sale.send("C03", Act.seal, START - 1)
    sale.send("C03", Act.seal, START + 99)
    sale.send("C01", Act.seal, START + 200)
    sale.at(FREE_ENDS)
    sale.send("C11", Act.waive)
    return sale


def play_once_below_reserve() -> PlayedSale:
    terms = replace(ONCE, reserve_kind=ReserveKind.hidden)
    sale = PlayedSale(terms, [A, B], reserve_minor=START + 100).at(OPENS)
    sale.send("C01", Act.seal, START + 77)
    return sale.at(FREE_ENDS)


def play_weighted() -> PlayedSale:
    terms = replace(
        ONCE,
        mode=BidMode.weighted,
        price_weight_bp=4_000,
        criteria=(Criterion("jobs", "新增就业", "人", 6_000, 100),),
    )
    places = [Place("C01", values={"jobs": 10}), Place("C02", values={"jobs": 90})]
    sale = PlayedSale(terms, places).at(OPENS)
    sale.send("C01", Act.seal, START * 2)
    sale.send("C02", Act.seal, START)
    return sale.at(FREE_ENDS)


def play_buy_now() -> PlayedSale:
    terms = replace(DYNAMIC, mode=BidMode.buy_now, tiers=())
    sale = PlayedSale(terms, [A, B]).at(OPENS)
    sale.send("C01", Act.accept, START - 1)
    sale.send("C02", Act.accept, START)
    sale.send("C01", Act.accept, START)
    return sale


def play_dutch() -> PlayedSale:
    terms = replace(
        DYNAMIC,
        mode=BidMode.dutch,
        floor_minor=START - 9 * STEP,
        free_ends_at=OPENS + 50 * 60 * SECOND,
    )
    sale = PlayedSale(terms, [A, B]).at(OPENS)
    sale.at(OPENS + 700 * SECOND).suspend(reason="fault", statement="系统故障")
    sale.at(OPENS + 900 * SECOND).resume()
    sale.at(OPENS + 1300 * SECOND)
    sale.send("C01", Act.accept, START)
    sale.send("C02", Act.accept, START - 3 * STEP)
    return sale


def play_amended() -> PlayedSale:
    """A start that was put off, a suspension before it, nobody admitted."""
    later = timedelta(days=2)
    terms = replace(MULTI, free_starts_at=OPENS + HOUR, free_ends_at=OPENS + 2 * HOUR)
    terms = replace(terms, registration_ends_at=OPENS + HOUR)
    sale = PlayedSale(terms, []).at(OPENS)
    sale.amend(
        free_starts_at=terms.free_starts_at + later,
        registration_ends_at=terms.free_starts_at + later,
        free_ends_at=terms.free_ends_at + later,
    )
    return sale.at(terms.free_starts_at + later)


def play_terminated() -> PlayedSale:
    sale = PlayedSale(replace(MULTI, mode=BidMode.auction), [A, B]).at(OPENS)
    sale.bid("C01", START)
    sale.end("terminated", reason="title_dispute", statement="权属争议")
    return sale


def play_looked() -> PlayedSale:
    """Somebody looked behind the codes, and the sale was ended for it."""
    sale = PlayedSale(DYNAMIC, [A]).at(OPENS)
    sale.bid("C01", START)
    for stage in ("asked", "approved", "read"):
        sale.end("looked", stage=stage, reason="接到举报", statement="监督员查看")
    sale.end("terminated", reason="authority", statement="移送")
    return sale


def play_annulled() -> PlayedSale:
    sale = play_dynamic()
    sale.now += HOUR
    sale.end("annulled", reason="collusion", statement="串通")
    return sale


PLAYS = {
    play.__name__.removeprefix("play_"): play
    for play in (
        play_dynamic,
        play_proxies,
        play_below_reserve,
        play_open_reserve,
        play_match,
        play_post,
        play_once,
        play_once_below_reserve,
        play_weighted,
        play_buy_now,
        play_dutch,
        play_amended,
        play_terminated,
        play_annulled,
        play_looked,
    )
}


@pytest.mark.parametrize("name", PLAYS)
def test_an_untouched_record_holds_with_and_without_its_openings(name: str) -> None:
    sale = PLAYS[name]()
    assert sale.head.is_over
    assert verify_sale(sale.record()) == []
    assert verify_sale(sale.record(), sale.openings()) == []


# ---- somebody has touched the file ---------------------------------------------------------------

Edit = Callable[[list[dict[str, Any]]], object]


def event_of(sale: PlayedSale, **facts: object) -> int:
    """The place of the first event with these facts."""
    return next(
        number
        for number, event in enumerate(sale.events)
        if all(event.get(name) == value for name, value in facts.items())
    )


def find(record: bytes, openings: bytes | None = None) -> tuple[int | None, str]:
    """The first fault."""
    first = verify_sale(record, openings)[0]
    return first.seq, first.what


def touched(sale: PlayedSale, edit: Edit) -> bytes:
    """The record with its events edited and nothing else put right."""
    file = sale.file()
    events = [dict(event) for event in file.events]
    edit(events)
    return write(replace(file, events=events))


def rewritten(sale: PlayedSale, edit: Edit) -> bytes:
    """The record with its events edited, numbered and chained anew by somebody who can."""
    events = [{**event} for event in sale.events]
    edit(events)
    for number, event in enumerate(events, start=1):
        event["seq"] = number
    return write(make_file(sale, events))


@pytest.mark.parametrize(
    ("edit", "seq", "what"),
    [
        (lambda events: events[3].update(amount_minor=START), 4, "哈希不符"),
        (lambda events: events[3].update(at="2026-03-02T04:00:00+00:00"), 5, "早于"),
        (lambda events: events.pop(3), 4, "编号不连续"),
        (lambda events: events.insert(3, events.pop(4)), 4, "编号不连续"),
        (lambda events: events.pop(), 10, "末尾哈希"),
        (lambda events: events[2].update(commitment="ab" * 32), 3, "哈希不符"),
        (lambda events: events[2].update(code="C09"), 3, "哈希不符"),
        (lambda events: events[2].pop("hash"), 3, "哈希不符"),
    ],
)
def test_an_event_that_was_touched_is_named(edit: Edit, seq: int, what: str) -> None:
    faults = verify_sale(touched(play_dynamic(), edit))
    assert any(fault.seq == seq and what in fault.what for fault in faults), faults


@pytest.mark.parametrize(
    ("part", "value", "what"),
    [
        ("rulebook", {**RULEBOOK, "clauses": ["一切由平台决定。"]}, "公告内容"),
        ("subject", {"title": "另一标的"}, "公告内容"),
        ("reserve_commitment", "ab" * 32, "公告内容"),
        ("lot", "JJ-2026-000002", "公告内容"),
        ("head", "ab" * 32, "末尾哈希"),
        ("codes", [{"code": "C01", "rank": None}], "不在获准参加者之内"),
        ("codes", [{"code": "C02", "rank": None}, {"code": "C01", "rank": None}], "排列"),
        ("result", {}, "公布的结果"),
        ("outages", [], "没有这次中止所说的中断"),
        ("outages", [["2026-03-02T02:09:39+00:00", "2026-03-02T02:09:40+00:00"]], "没有这次"),
        ("revision", 1.5, "不是竞价记录文件"),
        ("events", "none", "写法不对"),
    ],
)
def test_a_part_that_was_touched_is_named(part: str, value: object, what: str) -> None:
    content = write(play_dynamic().file())
    lines = content.decode().split("\n")
    stored = json.loads(content)
    stored[part] = value
    rest = {name: stored[name] for name in stored if name != "format"}
    made = content if part == "revision" else write(SaleFile(**rest))
    if part == "revision":
        made = "\n".join(lines).replace('"revision":1', '"revision":1.5').encode()
    assert any(what in fault.what for fault in verify_sale(made))


def test_who_declares_another_winner_is_found_out() -> None:
    file = play_dynamic().file()
    forged = replace(file, result={**file.result, "winner": "C01"})
    assert "winner" in find(write(forged))[1]


def test_the_same_content_written_in_another_way_is_not_the_record() -> None:
    content = play_dynamic().record()
    assert "只有一种写法" in find(content.replace(b'"lot":', b'"lot": '))[1]
    assert (
        "只有一种写法" in find(content.replace(b'"revision":1', b'"revision":2,\n"revision":1'))[1]
    )
    for junk in (b"", b"{}", b"[]", b"\xff", b"[" * 100_000, content[:-9], b'{"format":1}'):
        assert verify_sale(junk)


# ---- somebody has rewritten the sale and chained it anew -----------------------------------------


def test_a_rewritten_sale_has_another_hash_than_the_audit_chain() -> None:
    sale = play_dynamic()
    sha256 = hashlib.sha256(sale.record()).hexdigest()
    sale.events[2]["commitment"] = "ab" * 32  # what nobody can see in the file itself
    forged = write(make_file(sale, sale.events))
    assert verify_sale(forged) == []
    assert "SHA-256" in verify_sale(forged, sha256=sha256)[0].what
    assert verify_sale(play_dynamic().record(), sha256=sha256.upper() + "\n") == []


def put(number: int, **facts: object) -> Edit:
    return lambda events: events[number].update(facts)


@pytest.mark.parametrize(
    ("name", "edit", "seq", "what"),
    [
        ("dynamic", put(3, amount_minor=START + 1, price_minor=START + 1), 4, "拒绝理由应为"),
        ("dynamic", put(3, price_minor=START + 4 * STEP), 4, "当前价"),
        ("dynamic", put(3, leader="C01"), 4, "领先者"),
        ("dynamic", put(5, ends_at="2026-03-02T02:09:58+00:00"), 6, "结束时间"),
        ("dynamic", put(2, reason="late"), 3, "拒绝理由"),
        ("dynamic", put(2, reason="below_start"), 3, "拒绝理由"),
        ("dynamic", put(2, reason=None, commitment=None), 3, "金额"),
        ("dynamic", put(2, commitment=None), 3, "缺少当时"),
        ("dynamic", put(3, commitment="ab" * 32), 4, "不应另有承诺"),
        ("dynamic", put(9, at="2026-03-02T02:16:00+00:00"), 10, "拒绝理由应为 late"),
        ("dynamic", put(10, at="2026-03-02T02:15:58+00:00"), 11, "时间应为"),
        ("dynamic", put(10, facts={"outcome": "unsold", "ending": "no_bid"}), 11, "事实"),
        ("dynamic", lambda events: events.pop(6), 7, "拒绝理由应为"),
        ("dynamic", lambda events: events.pop(4), 5, "应处于"),
        ("dynamic", lambda events: events.pop(), 10, "没有到结束"),
        ("dynamic", lambda events: events.pop(0), 1, "应处于"),
        ("dynamic", put(8, decided_at="2026-03-02T02:09:55+00:00"), 9, "恢复早于"),
        ("proxies", put(5, amount_minor=START + 12 * STEP), 6, "最低的有效报价"),
        ("proxies", put(4, amount_minor=START + 10 * STEP + 1), 5, "格点"),
        ("proxies", put(2, note=None), 3, "最低的有效报价"),
        ("proxies", put(18, note="limit"), 19, "保留价已经达到"),
        ("proxies", put(13, note="tie"), 14, "相同的最高限价"),
        ("proxies", put(12, code="C03"), 13, "没有设定最高限价"),
        ("proxies", lambda events: events.pop(2), 2, "缺少自动报价"),
        ("proxies", lambda events: events.insert(6, events[5].copy()), 7, "多于两次"),
        ("open_reserve", put(4, amount_minor=START + 9 * STEP), 5, "公开的保留价"),
        ("open_reserve", put(2, amount_minor=START + 8 * STEP), 3, "公开的保留价"),
        ("below_reserve", put(5, facts={"outcome": "unsold", "ending": "no_bid"}), 6, "事实"),
        ("match", lambda events: events.pop(10), 11, "waived"),
        ("post", put(4, facts={"price_minor": 0}), 5, "ends_at"),
        ("once", put(6, facts={"count": 2}), 7, "count"),
        ("once", put(5, reason=None), 6, "拒绝理由"),
        ("once_below_reserve", put(2, facts={"count": True}), 3, "count"),
        ("buy_now", put(2, amount_minor=START - 1), 3, "拒绝理由应为"),
        ("dutch", put(4, amount_minor=START - 4 * STEP), 5, "拒绝理由应为"),
        ("amended", put(0, facts={"before": {}, "after": {}}), 1, "参数"),
        ("annulled", put(11, step="resumed"), 12, "状态不允许"),
        ("looked", put(3, facts={"stage": "peeped", "reason": "r", "statement": "s"}), 4, "不允许"),
        ("looked", put(3, facts={"stage": "read", "reason": "", "statement": "s"}), 4, "理由"),
        ("terminated", put(2, step="burnt"), 3, "步骤"),
        ("terminated", put(2, facts={"reason": "fault"}), 3, "理由和说明"),
        ("terminated", put(2, beat_at="2026-03-02T01:00:00+00:00"), 3, "不取决于心跳"),
        ("below_reserve", put(5, beat_at="2026-03-02T02:04:59+00:00"), 6, "心跳不同"),
        ("dynamic", put(2, commitment="C02"), 3, "SHA-256"),
    ],
)
def test_a_rewritten_sale_is_found_out_by_what_cannot_have_happened(
    name: str, edit: Edit, seq: int, what: str
) -> None:
    found = find(rewritten(PLAYS[name](), edit))
    assert found[0] == seq, found
    assert what in found[1], found


def test_a_sale_may_not_end_over_a_gap_that_is_on_record() -> None:
    sale = PlayedSale(DYNAMIC, [A]).at(OPENS)
    sale.bid("C01", START)
    sale.at(FREE_ENDS + 300 * SECOND)
    assert verify_sale(sale.record()) == []
    sale.outages.append(Gap(FREE_ENDS + 9 * SECOND, FREE_ENDS + 19 * SECOND))
    assert find(sale.record()) == (4, "其间服务中断超过容许的时间，应当中止")


def test_no_sign_of_life_comes_from_within_a_gap() -> None:
    sale = play_dynamic()
    suspended = event_of(sale, step="suspended")
    inside = "2026-03-02T02:09:40+00:00"
    assert "之内" in find(rewritten(sale, put(suspended, beat_at=inside)))[1]
    later = "2026-03-02T03:09:40+00:00"
    assert "晚于" in find(rewritten(sale, put(suspended, beat_at=later)))[1]


def test_a_gap_that_the_rules_tolerate_stops_nothing() -> None:
    sale = play_dynamic()
    gap = sale.outages[0]
    assert gap.ended_at is not None
    sale.outages[0] = Gap(gap.started_at, gap.started_at + 4 * SECOND)
    facts = dict(sale.events[6]["facts"], gap_ended_at=to_json(gap.started_at + 4 * SECOND))
    assert "没有超过" in find(rewritten(sale, put(6, facts=facts)))[1]


# ---- with the openings ---------------------------------------------------------------------------


def opened(sale: PlayedSale, **changes: object) -> bytes:
    """The openings with parts of them changed."""
    made = json.loads(sale.openings())
    made.pop("format")
    return write(Openings(**(made | changes)))


def test_a_secret_opens_to_nothing_else() -> None:
    sale = play_proxies()
    secrets = json.loads(sale.openings())["secrets"]
    seqs = [row["seq"] for row in secrets]

    def with_first(**facts: object) -> bytes:
        return opened(sale, secrets=[{**secrets[0], **facts}, *secrets[1:]])

    assert find(sale.record(), with_first(value={"amount_minor": 1}))[0] == seqs[0]
    assert find(sale.record(), with_first(salt="ab" * 32))[0] == seqs[0]
    assert find(sale.record(), with_first(salt="zz"))[0] == seqs[0]
    assert find(sale.record(), opened(sale, secrets=secrets[1:]))[0] == seqs[0]
    extra = {**secrets[0], "seq": 999}
    assert find(sale.record(), opened(sale, secrets=[*secrets, extra]))[0] == 999
    assert "不属于" in find(sale.record(), opened(sale, record="ab" * 32))[1]
    assert "保留价" in find(sale.record(), opened(sale, reserve=None))[1]
    other = {"value": {"amount_minor": START}, "salt": "ab" * 32}
    assert "保留价" in find(sale.record(), opened(sale, reserve=other))[1]
    assert verify_sale(play_dynamic().record(), sale.openings())


def test_an_answer_that_was_held_back_shows_when_the_maxima_are_open() -> None:
    """For all that the public knows the leader had no more to bid; his maximum says that he had."""
    sale = PlayedSale(MULTI, [A, B]).at(OPENS)
    sale.store("C01", START + 20 * STEP)
    sale.proxies.clear()  # the market forgets it
    sale.bid("C02", START + STEP)
    sale.at(FREE_ENDS + 300 * SECOND)
    assert verify_sale(sale.record()) == []
    seq, what = find(sale.record(), sale.openings())
    assert (seq, what) == (5, "此处应有一次自动报价")


def test_what_was_weighed_is_what_was_committed_to() -> None:
    sale = play_weighted()
    places = [{"code": "C01", "values": {"jobs": 99}}, {"code": "C02", "values": {"jobs": 90}}]
    assert "评分值" in find(sale.record(), opened(sale, places=places))[1]


def find_maximum(sale: PlayedSale, code: str) -> int:
    return sale.proxies[code].max_minor


def test_neither_the_winners_maximum_nor_a_reserve_not_met_is_in_the_public_file() -> None:
    sale = play_open_reserve()
    assert find_maximum(sale, "C02") == START + 9 * STEP
    assert str(START + 9 * STEP).encode() not in sale.record()
    assert str(START + 40 * STEP).encode() not in play_below_reserve().record()
    assert str(START + 100).encode() not in play_once_below_reserve().record()
    assert str(START + 77).encode() not in play_once().record()
