"""What the lot room says of one bid and of one deposit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from app.auctions.types import Act, DepositView, Note, Origin, PublicBid, ScoreView
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from frontend.show import datetime_cn

_MARKS: Final[Mapping[Act, str]] = {
    Act.match: _n("（跟价）"),
    Act.raise_: _n("（追加）"),
    Act.exercise: _n("（行使优先购买权）"),
}


def bid_mark(bid: PublicBid) -> str:
    """The word behind a code that says how a bid came to be."""
    if bid.note is Note.tie:
        return _n("（自动，同价先设定者优先）")
    if bid.origin is Origin.proxy:
        return _n("（自动）")
    return _MARKS.get(bid.act, "")


_SAID: Final[Mapping[Act, str]] = {
    Act.confirm: _n("已确认参加限时报价"),
    Act.waive: _n("已放弃优先购买权"),
}
_TAKEN: Final[Mapping[Act, str]] = {
    Act.match: _n("跟价已接受：%(amount)s"),
    Act.accept: _n("应价已接受：%(amount)s"),
    Act.exercise: _n("已行使优先购买权：%(amount)s"),
    Act.raise_: _n("追加报价已接受：%(amount)s"),
}


def receipt_sentence(bid: PublicBid, answer: PublicBid | None) -> str:
    """What is said above the box after ``bid`` was accepted; ``answer``: the event after it."""
    if bid.amount_minor is None:
        return _SAID.get(bid.act, _n("已提交。"))
    amount = format_yuan(bid.amount_minor)
    if bid.act in _TAKEN:
        return Message(_TAKEN[bid.act], amount=amount)
    if answer is None or answer.origin is not Origin.proxy or answer.leader_code == bid.code:
        return Message("报价已接受：%(amount)s", amount=amount)
    return Message(
        "报价 %(amount)s 已接受，但随即被他人的自动出价超过，当前最高报价 %(price)s",
        amount=amount,
        price=format_yuan(answer.price_minor or 0),
    )


def score_lines(scores: ScoreView) -> list[tuple[str, str]]:
    """The reader's own score, the best one, and the amount that the price's share is taken of."""
    return [
        (_n("我的得分"), Message("%(points)s 分（满分 100）", points=_points(scores.own))),
        (_n("最高得分"), Message("%(points)s 分", points=_points(scores.best))),
        (
            _n("价格分"),
            Message(
                "按 %(own)s 占有效报价最高价 %(best)s 的比例计算",
                own=format_yuan(scores.own_minor),
                best=format_yuan(scores.best_minor),
            ),
        ),
    ]


def _points(score: Fraction) -> str:
    """Four digits behind the point, cut and not rounded: the lower is never shown higher."""
    whole = int(score * 10_000)
    return f"{whole // 10_000}.{whole % 10_000:04d}"


def deposit_line(deposit: DepositView) -> str:
    """The reader's own deposit in a few words: its state, how much, and by when."""
    amount, state = format_yuan(deposit.amount_minor), deposit.state.label
    due = deposit.due_at if deposit.waits else deposit.release_due_at
    if due is None or deposit.returned_at is not None:
        return Message("%(state)s，%(amount)s", state=state, amount=amount)
    if deposit.waits:
        sentence = _n("%(state)s，%(amount)s，须在 %(due)s 前到账")
    else:
        sentence = _n("%(state)s，%(amount)s，最迟 %(due)s 退还到账")
    return Message(sentence, state=state, amount=amount, due=datetime_cn(due))
