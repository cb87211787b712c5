"""What the lot room says: of phases, of steps, of how a sale ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.auctions.life_types import AnnulGround, FailReason, SuspendReason, TerminateReason
from app.auctions.types import (
    Act,
    Ending,
    LotOutcome,
    LotState,
    LotView,
    PublicStep,
    Step,
    SuspensionView,
)
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from frontend.lot_modes import SHAPES, Way
from frontend.show import datetime_seconds

PHASES: Final[Mapping[LotState, str]] = {
    LotState.announced: _n("公告中，距报价开始"),
    LotState.registering: _n("报名中，距报价开始"),
    LotState.free: _n("自由报价期，距结束"),
    LotState.confirming: _n("确认参加限时报价，距结束"),
    LotState.limited: _n("限时报价期，距本轮结束"),
    LotState.exercising: _n("优先购买权行权期，距结束"),
    LotState.suspended: _n("竞价已中止"),
    LotState.closed: _n("竞价已结束"),
}
_FREE: Final[Mapping[Way, str]] = {
    Way.sealed: _n("密封报价期，距开启"),
    Way.taking: _n("应价期，距结束"),
}
ACTS: Final[Mapping[Act, str]] = {
    Act.bid: _n("报价"),
    Act.store: _n("设定自动出价"),
    Act.match: _n("跟价"),
    Act.accept: _n("应价"),
    Act.seal: _n("提交密封报价"),
    Act.confirm: _n("确认参加限时报价"),
    Act.exercise: _n("行使优先购买权"),
    Act.waive: _n("放弃优先购买权"),
    Act.raise_: _n("追加报价"),
}
_STEPS: Final[Mapping[Step, str]] = {
    Step.registering: _n("开始报名"),
    Step.opened: _n("开始报价"),
    Step.confirming: _n("自由报价结束，开始确认参加限时报价"),
    Step.limited: _n("进入限时报价期"),
    Step.unsealed: _n("开启密封报价"),
    Step.exercising: _n("报价结束，由优先购买权人答复"),
    Step.turned: _n("优先购买权人同意购买，由最高报价人决定是否追加"),
    Step.waived: _n("优先购买权人放弃"),
    Step.closed: _n("竞价结束"),
    Step.suspended: _n("中止"),
    Step.amended: _n("公告内容变更"),
    Step.resumed: _n("恢复，当前报价周期完整重新计时"),
    Step.terminated: _n("终止"),
    Step.failed: _n("未能成交"),
    Step.annulled: _n("结果被撤销"),
    Step.looked: _n("查看竞买人身份"),
}
_ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.no_bidder: _n("没有人取得报价资格。"),
    Ending.single_bidder: _n("只有一名竞买人取得资格，按公告转为协议成交。"),
    Ending.no_bid: _n("没有有效报价。"),
    Ending.below_reserve: _n("最高报价未达到保留价，不发生效力。"),
    Ending.preempted: _n("由优先购买权人按最高价取得。"),
    Ending.first_acceptance: _n("最先有效应价。"),
    Ending.best_score: _n("按公布的评分办法得分最高。"),
}
# What stands in the badge of an open lot where nobody raises a price.
_OPEN: Final[Mapping[Way, str]] = {Way.sealed: _n("密封报价中"), Way.taking: _n("应价中")}
_OUTCOMES: Final[Mapping[LotOutcome, tuple[str, str]]] = {
    LotOutcome.unsold: (_n("竞价结束，流拍"), ""),
    LotOutcome.failed: (_n("未能成交"), _n("受让方没有按约定签订合同或付款，本次竞价未能成交。")),
    LotOutcome.terminated: (_n("竞价已终止"), _n("竞价在结束前终止，没有成交。")),
    LotOutcome.annulled: (_n("竞价结果已撤销"), _n("本次竞价的结果不再有效。")),
}


def badge_label(lot: LotView) -> str:
    """The badge of a lot whose state has another name in its mode; else ""."""
    return _OPEN.get(SHAPES[lot.mode].way, "") if lot.state is LotState.free else ""


def phase_label(lot: LotView) -> str:
    """What the countdown runs to."""
    if lot.state is LotState.free:
        return _FREE.get(SHAPES[lot.mode].way, PHASES[lot.state])
    return PHASES[lot.state]


_REASONS: Final[Mapping[str, str]] = {
    str(one): one.label
    for words in (SuspendReason, TerminateReason, FailReason, AnnulGround)
    for one in words
}


def reason_label(reason: object) -> str:
    """A reason of the staff's closed lists; a word that is none of them stays as it is."""
    word = str(reason or "")
    return _REASONS.get(word, word)


_SAID: Final = frozenset({Step.terminated, Step.failed, Step.annulled, Step.looked})


def step_sentence(step: PublicStep) -> str:
    """One step of the clock or the staff, with what everybody may know of it."""
    facts: Mapping[str, Any] = step.facts
    text = _STEPS.get(step.step, str(step.step))
    if step.step is Step.closed:
        return _closed(facts)
    if step.step is Step.unsealed:
        return Message("开启密封报价，共 %(count)s 份", count=facts.get("count", 0))
    if step.step is Step.waived and facts.get("silent"):
        return Message("%(code)s 期满未答复，视为放弃优先购买权", code=facts.get("code", ""))
    if step.step is Step.suspended:
        return _suspended(facts)
    said = facts.get("statement")
    if step.step in _SAID and said:
        return Message("%(what)s：%(statement)s", what=text, statement=said)
    return text


def _closed(facts: Mapping[str, Any]) -> str:
    if facts.get("outcome") == LotOutcome.won:
        return Message(
            "竞价结束，%(code)s 以 %(price)s 竞得",
            code=facts.get("leader", ""),
            price=format_yuan(int(facts.get("price_minor") or 0)),
        )
    ending = str(facts.get("ending") or "")
    if ending in [*Ending]:
        why = _ENDINGS.get(Ending(ending), "")
        return Message("竞价结束，流拍。%(why)s", why=why)
    return _STEPS[Step.closed]


def _suspended(facts: Mapping[str, Any]) -> str:
    reason = facts.get("reason")
    if reason == "service_outage":
        start = _time(facts.get("gap_started_at"))
        end = facts.get("gap_ended_at")
        if end is None:
            return Message("因服务中断中止，中断自 %(start)s 起。", start=start)
        return Message("因服务中断中止，中断自 %(start)s 至 %(end)s。", start=start, end=_time(end))
    said = facts.get("statement")
    if said:
        return Message(
            "中止（%(reason)s）：%(statement)s", reason=reason_label(reason), statement=said
        )
    return Message("中止（%(reason)s）", reason=reason_label(reason))


def suspension_sentence(one: SuspensionView) -> str:
    """A suspension by the clock: which gap, and when it went on."""
    text: str = Message("中止（%(reason)s）。", reason=reason_label(one.reason))
    if one.gap_started_at is not None:
        text = Message(
            "因服务中断中止，中断自 %(start)s 至 %(end)s。",
            start=datetime_seconds(one.gap_started_at),
            end=datetime_seconds(one.gap_ended_at),
        )
    if one.resumed_at is None:
        return text
    return Message(
        "%(text)s%(time)s 恢复，当前周期完整重新计时。",
        text=text,
        time=datetime_seconds(one.resumed_at),
    )


def _time(stored: object) -> str:
    if isinstance(stored, datetime):
        return datetime_seconds(stored)
    return datetime_seconds(datetime.fromisoformat(stored)) if isinstance(stored, str) else "—"


def result_of(lot: LotView) -> tuple[str, list[str]]:
    """How a closed lot ended: a title and sentences; empty while it runs."""
    if lot.outcome is None:
        return "", []
    why = [_ENDINGS[lot.ending]] if lot.ending is not None and lot.ending in _ENDINGS else []
    if lot.outcome is LotOutcome.won:
        title = Message("竞价结束，%(code)s 竞得", code=lot.leader_code)
        price: str = Message("成交价 %(price)s", price=format_yuan(lot.price_minor or 0))
        return title, [price, *why]
    ended, sentence = _OUTCOMES[lot.outcome]
    return ended, [one for one in (sentence, *why) if one]
