"""Steps of the clock and of the staff, held against what is published of the service.

A sale may not end over a gap in service that the rulebook does not tolerate, and may not be stopped
for a gap that nobody recorded (DOMAIN 2.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from app.auctions.engine import amending, staff
from app.auctions.engine.checking import check_terms
from app.auctions.engine.codec import from_json, to_json
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import Change, Gap, Head, Moment, Step, Terms
from app.auctions.verifying.faults import Broken
from app.auctions.verifying.files import Json, SaleFile
from app.auctions.verifying.reading import read_instant, read_word

OUTAGE: Final = "service_outage"
_OF_STAFF: Final = frozenset(
    {Step.resumed, Step.terminated, Step.failed, Step.annulled, Step.amended, Step.looked}
)

# Staff say why, in public (网拍规定 28: a pause is published with its reason).
_EXPLAINED: Final = frozenset(
    {Step.suspended, Step.terminated, Step.failed, Step.annulled, Step.looked}
)


def is_of_clock(event: Json) -> bool:
    """Whether the clock made a step, or people did. Raises Broken for a step that nobody knows."""
    step = read_word(Step, event.get("step"), "步骤", event.get("seq"))
    if step is Step.suspended:
        return _facts(event).get("reason") == OUTAGE
    return step not in _OF_STAFF


def _facts(event: Json) -> Mapping[str, Any]:
    facts = event.get("facts")
    if not isinstance(facts, dict):
        raise Broken("步骤没有写明事实", event.get("seq"))
    return facts


@dataclass(frozen=True, slots=True)
class Service:
    """What the record tells of the service: every gap while the sale ran, and what is tolerated."""

    gaps: Sequence[Gap]
    tolerance: timedelta
    resume_after: timedelta

    @classmethod
    def read(cls, sale: SaleFile) -> Self:
        gaps: list[Gap] = []
        for row in sale.outages:
            if len(row) != 2:
                raise Broken("服务中断记录的写法不对")
            started, ended = (read_word(datetime, one, "服务中断记录") for one in row)
            if ended <= started or (gaps and started < gaps[-1].started_at):
                raise Broken("服务中断记录的先后不对")
            gaps.append(Gap(started, ended))
        params = sale.rulebook.get("params")
        if not isinstance(params, dict):
            raise Broken("竞价规则没有参数")
        spans = [
            timedelta(seconds=from_json(int, params.get(name)))
            for name in ("outage_tolerance_s", "resume_after_s")
        ]
        return cls(gaps, *spans)

    def moment(
        self, now: datetime, beat: datetime | None, exercise_ends_at: datetime | None
    ) -> Moment:
        """What was known at ``now``: the gaps that had ended by then, and the last beat."""
        known = tuple(gap for gap in self.gaps if gap.ended_at and gap.ended_at <= now)
        return Moment(now, beat, known, self.tolerance, exercise_ends_at)

    def moment_of_clock(
        self,
        now: datetime,
        beat: datetime | None,
        group: Sequence[Json],
        exercise_ends_at: datetime | None,
    ) -> Moment:
        """The same for steps that were written down together, a suspension among them or not."""
        seq = group[0]["seq"]
        if beat is not None:
            self._check_beat(beat, now, seq)
        for event in group:
            if event.get("step") == Step.suspended.value:
                gap = self._check_gap(event)
                known = () if gap.ended_at is None else (gap,)
                last = gap.started_at if gap.ended_at is None else now
                return Moment(now, last, known, self.tolerance, exercise_ends_at)
        return self.moment(now, beat, exercise_ends_at)

    def _check_beat(self, beat: datetime, now: datetime, seq: int) -> None:
        if beat > now:
            raise Broken("心跳晚于这一步本身", seq)
        if any(gap.ended_at and gap.started_at < beat < gap.ended_at for gap in self.gaps):
            raise Broken("心跳落在公布的服务中断之内", seq)

    def _check_gap(self, event: Json) -> Gap:
        """The gap that a suspension names, which must be a published one and too long."""
        facts, seq = _facts(event), event["seq"]
        started = read_instant(facts, "gap_started_at", seq)
        ended = None
        if facts.get("gap_ended_at") is not None:
            ended = read_instant(facts, "gap_ended_at", seq)
        gap = next((one for one in self.gaps if one.started_at == started), None)
        if gap is None or gap.ended_at is None or ended not in (None, gap.ended_at):
            raise Broken("公布的心跳与中断记录中没有这次中止所说的中断", seq)
        if gap.ended_at - gap.started_at <= self.tolerance:
            raise Broken("这次中断没有超过竞价规则容许的时间，不应中止", seq)
        return Gap(started, ended)

    def check_resumption(self, facts: Mapping[str, Any], now: datetime, seq: int) -> None:
        """A lot that an outage stopped goes on no sooner than the rulebook says after its end."""
        started = read_instant(facts, "gap_started_at", seq)
        gap = next((one for one in self.gaps if one.started_at == started), None)
        if gap is None or gap.ended_at is None or now < gap.ended_at + self.resume_after:
            raise Broken("恢复早于竞价规则规定的时间", seq)


def read_beats(group: Sequence[Json]) -> datetime | None:
    """The last sign of life that was known to steps written down together: one for all."""
    beats = {event.get("beat_at") for event in group}
    if len(beats) > 1:
        raise Broken("同时写下的各步所知的心跳不同", group[-1]["seq"])
    if None in beats:
        return None
    return read_instant(group[0], "beat_at", group[0]["seq"])


def check_statement(event: Json) -> None:
    """What the staff do is explained, and does not follow from a heartbeat."""
    facts, seq = _facts(event), event["seq"]
    if event.get("beat_at") is not None:
        raise Broken("由人决定的步骤不取决于心跳", seq)
    if event["step"] in _EXPLAINED and not all(
        isinstance(facts.get(name), str) and facts[name] for name in ("reason", "statement")
    ):
        raise Broken("由人决定的步骤须写明理由和说明", seq)


def move_by_staff(
    terms: Terms, head: Head, event: Json, now: datetime
) -> tuple[Terms, Head, Change]:
    """What a step of the staff makes of the lot. Raises Broken where it was not possible."""
    seq, facts = event["seq"], dict(_facts(event))
    mode, step = MODES[terms.mode], Step(event["step"])
    try:
        if step is Step.suspended:
            head, change = mode.suspend(terms, head, now, **facts)
        elif step is Step.resumed:
            head, change = mode.resume(terms, head, now)
        elif step is Step.terminated:
            head, change = staff.terminated(head, now, **facts)
        elif step is Step.failed:
            head, change = staff.failed(head, now, **facts)
        elif step is Step.annulled:
            head, change = staff.annulled(head, now, **facts)
        elif step is Step.looked:
            head, change = staff.looked(head, now, **facts)
        else:
            return _amend(terms, head, event, now)
    except (ValueError, TypeError):
        raise Broken("标的当时的状态不允许这一步", seq) from None
    return terms, head, change


def _amend(terms: Terms, head: Head, event: Json, now: datetime) -> tuple[Terms, Head, Change]:
    """A change announcement: the terms it states to have stood did stand, and may become these."""
    facts = dict(_facts(event))
    before = read_word(Terms, facts.pop("before", None), "变更前的参数", event["seq"])
    after = read_word(Terms, facts.pop("after", None), "变更后的参数", event["seq"])
    if before != terms:
        raise Broken("变更公告所说的原参数不是当时的参数", event["seq"])
    mode = MODES[terms.mode]
    head, change = amending.amended(mode, before, after, head, now, **facts)
    if check_terms(after):
        raise Broken("变更后的参数互相矛盾", event["seq"])
    return after, head, change


def check_step(change: Change, now: datetime, event: Json | None, seq: int) -> None:
    """The recorded step is the expected one. ``seq``: where to point when the record has ended."""
    if event is None:
        raise Broken(f"记录在此处中断：缺少“{change.step.value}”一步", seq)
    seq = event["seq"]
    if event.get("kind") != "change":
        raise Broken(f"此前缺少“{change.step.value}”一步", seq)
    recorded = event.get("step")
    if recorded != change.step.value:
        if change.step is Step.suspended:
            raise Broken("其间服务中断超过容许的时间，应当中止", seq)
        raise Broken(f"此处应为“{change.step.value}”，记录中是“{recorded}”", seq)
    if read_instant(event, "decided_at", seq) != now:
        raise Broken("与引起它的事件不是同时写下的", seq)
    if event.get("beat_at") is not None and read_instant(event, "beat_at", seq) > now:
        raise Broken("心跳晚于这一步本身", seq)
    if read_instant(event, "at", seq) != change.at:
        raise Broken(f"时间应为 {to_json(change.at)}，记录中是 {event['at']}", seq)
    wanted = to_json(change.facts)
    facts = _facts(event)
    if facts.keys() != wanted.keys():
        raise Broken("写明的事实与应有的不同", seq)
    for name, value in wanted.items():
        if not _same(facts[name], value):
            raise Broken(f"“{name}”应为 {value}，记录中是 {facts[name]}", seq)


def _same(recorded: object, wanted: object) -> bool:
    """Equal, or two ways to write one instant."""
    if recorded == wanted and type(recorded) is type(wanted):
        return True
    try:
        return from_json(datetime, recorded) == from_json(datetime, wanted)
    except ValueError:
        return False


__all__ = ["OUTAGE", "Service", "check_step", "is_of_clock", "move_by_staff"]
