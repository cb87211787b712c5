"""Words of disclosures: states, decisions, lists with their Chinese labels, and snapshots.

Sources of the lists: DOMAIN 1.6 (empowerment), 6.3 (registration of achievements); the lists of
funding and publication are general knowledge of such forms, 待核实.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.core.official import Labelled, NationalField


class DisclosureState(Labelled):
    """Where a disclosure stands."""

    draft = "draft", "草稿"
    submitted = "submitted", "待单位决定"
    returned = "returned", "退回补正"
    accepted = "accepted", "已认定"
    not_service = "not_service", "非职务成果"
    withdrawn = "withdrawn", "已撤回"
    offline = "offline", "已转线下"


class Decision(Labelled):
    """What the unit decides on one submission."""

    apply_patent = "apply_patent", "认定为职务科技成果，申请专利"
    keep_know_how = "keep_know_how", "认定为职务科技成果，作为技术秘密保护"
    publish_and_convert = "publish_and_convert", "认定为职务科技成果，公开并推进转化"
    empower = "empower", "认定为职务科技成果，赋权成果完成人"
    not_service = "not_service", "不属于职务科技成果"
    give_back = "give_back", "退回补正"
    move_offline = "move_offline", "可能涉密，转线下办理"


ACCEPTING: Final = frozenset(
    {
        Decision.apply_patent,
        Decision.keep_know_how,
        Decision.publish_and_convert,
        Decision.empower,
    }
)
# State that follows each decision.
STATE_AFTER: Final = {
    **dict.fromkeys(ACCEPTING, DisclosureState.accepted),
    Decision.not_service: DisclosureState.not_service,
    Decision.give_back: DisclosureState.returned,
    Decision.move_offline: DisclosureState.offline,
}


class Wish(Labelled):
    """Which way its inventors would like it to go."""

    apply_patent = "apply_patent", "申请专利"
    keep_know_how = "keep_know_how", "作为技术秘密保护"
    publish_and_convert = "publish_and_convert", "公开并推进转化"
    empower = "empower", "申请赋权"


class Empowerment(Labelled):
    """What is given up to the inventors (DOMAIN 1.6)."""

    ownership = "ownership", "赋予所有权"
    use_right = "use_right", "赋予长期使用权"


class Secrecy(Labelled):
    """密级自评. The last one stops the entry."""

    open = "open", "不涉密，可以公开"
    internal = "internal", "不涉密，暂不宜公开"
    maybe_secret = "maybe_secret", "可能涉及国家秘密"


class Funding(Labelled):
    """课题来源."""

    national = "national", "国家科技计划"
    provincial = "provincial", "省级科技计划"
    municipal = "municipal", "市县科技计划"
    department = "department", "部门专项"
    enterprise = "enterprise", "企业委托"
    own = "own", "单位自筹"
    none = "none", "无项目支持"
    other = "other", "其他"


class PublicationKind(Labelled):
    """How it became, or will become, known to the public."""

    paper = "paper", "论文"
    conference = "conference", "学术会议"
    thesis = "thesis", "学位论文"
    exhibition = "exhibition", "展览展示"
    use = "use", "公开使用或销售"
    media = "media", "媒体或网络"
    other = "other", "其他"


@dataclass(frozen=True, slots=True)
class Completer:
    """A 完成人 in the order of contribution: a member or a name; ``share_bp`` in basis points."""

    name: str = ""
    person_id: UUID | None = None
    contribution: str = ""
    share_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One disclosure to the public, past or planned; ``where`` is a journal, a fair, a site."""

    kind: PublicationKind
    where: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class DisclosureContent:
    """Everything an inventor may write; a draft needs a title only.

    ``novelty`` says what is new, ``obligations`` what was promised to third parties, ``fiscal``
    whether public money paid (None: not answered yet).
    """

    title: str
    summary: str = ""
    problem: str = ""
    novelty: str = ""
    field: NationalField | None = None
    funding: Funding | None = None
    fiscal: bool | None = None
    project_name: str = ""
    project_number: str = ""
    publications: tuple[Publication, ...] = ()
    secrecy: Secrecy | None = None
    obligations: str = ""
    wish: Wish | None = None
    completers: tuple[Completer, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionContent:
    """What a manager or head decides: reasons always; the rest for an empowerment only."""

    decision: Decision
    note: str
    empowerment: Empowerment | None = None
    share_bp: int | None = None
    years: int | None = None


@dataclass(frozen=True, slots=True)
class DisclosureFacts:
    """Snapshot of a disclosure for rules and pages."""

    id: UUID
    number: str | None
    organisation_id: UUID
    author_id: UUID
    state: DisclosureState
    title: str
    version: int
    submissions: int
    achievement_id: UUID | None


@dataclass(frozen=True, slots=True)
class DueRule:
    """The period in which a unit decides, in working days, and where it comes from."""

    days: int
    source: str
    trust: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One submitted version with the unit's decision, if there is one yet.

    ``content`` is empty where it was emptied; ``decider`` is a name.
    """

    ordinal: int
    submitted_at: datetime
    sha256: str
    content: DisclosureContent | None
    decision: Decision | None = None
    note: str = ""
    empowerment: Empowerment | None = None
    share_bp: int | None = None
    years: int | None = None
    own: bool = False
    decided_at: datetime | None = None
    decider: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """What this actor may do with the disclosure now; pages show no other buttons."""

    edit: bool = False
    submit: bool = False
    withdraw: bool = False
    decide: bool = False
    recused: bool = False  # he could decide, were he not one of its completers
    draft_achievement: bool = False


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """A disclosure as one of its readers sees it; ``completers`` as (name, completer)."""

    facts: DisclosureFacts
    content: DisclosureContent
    organisation_name: str
    author: str
    completers: tuple[tuple[str, Completer], ...]
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    due_on: date | None  # the last day, included
    due_provisional: bool
    due_rule: DueRule | None
    overdue: bool
    decided_at: datetime | None
    submissions: tuple[Submission, ...]
    warnings: tuple[str, ...]
    achievement_number: str
    actions: Actions


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """One line of a list."""

    facts: DisclosureFacts
    author: str
    updated_at: datetime
    submitted_at: datetime | None
    due_on: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class UnitView:
    """What a unit's managers and heads see above the list: counts by state, and the period."""

    waiting: int
    overdue: int
    accepted: int
    rule: DueRule
    may_set_rule: bool


@dataclass(frozen=True, slots=True)
class AchievementLink:
    """What an achievement's page says of its disclosure: its number, or advice to disclose."""

    disclosure_id: UUID | None = None
    number: str = ""
    advise: bool = False
