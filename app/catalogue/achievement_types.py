"""Words of achievements: states, official lists with their Chinese labels, and snapshots.

Sources of the lists: DOMAIN 7.1 (the eight fields, 国办发〔2016〕28号), 6.3 (registration of
achievements; the lists of forms and levels are general knowledge, 待核实), 6.4 (maturity; the
level names are those of evaluation practice, not of the standard's text, 待核实).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.catalogue.patents import PatentKind
from app.core.official import Labelled, NationalField, Region


class AchievementState(Labelled):
    """Where an achievement's record stands."""

    draft = "draft", "草稿"
    submitted = "submitted", "待审核"
    published = "published", "已发布"
    returned = "returned", "已退回"
    withdrawn = "withdrawn", "已撤回"


class Origin(Labelled):
    """How a record came here."""

    # why: demands have an Origin too, so its name in the published API is made of its module
    __module__ = "app.catalogue.types"

    entered = "entered", "单位登记"
    imported = "imported", "导入"


class AchievementKind(Labelled):
    """成果类别."""

    applied = "applied", "应用技术"
    basic = "basic", "基础理论"
    soft_science = "soft_science", "软科学"


class Attribute(Labelled):
    """成果属性."""

    original = "original", "原始性创新"
    absorbed = "absorbed", "国外引进消化吸收创新"
    redeveloped = "redeveloped", "国内技术二次开发"


class Embodiment(Labelled):
    """成果体现形式."""

    technology = "technology", "新技术"
    process = "process", "新工艺"
    product = "product", "新产品"
    material = "material", "新材料"
    equipment = "equipment", "新装备"
    biological_variety = "biological_variety", "农业、生物新品种"
    mineral_variety = "mineral_variety", "矿产新品种"
    other = "other", "其他"


class Level(Labelled):
    """成果水平, as an evaluation found it; a claim without evidence is advertising."""

    international_leading = "international_leading", "国际领先"
    international_advanced = "international_advanced", "国际先进"
    domestic_leading = "domestic_leading", "国内领先"
    domestic_advanced = "domestic_advanced", "国内先进"
    not_evaluated = "not_evaluated", "未评价"


class Stage(Labelled):
    """所处阶段."""

    early = "early", "初期阶段"
    middle = "middle", "中期阶段"
    mature = "mature", "成熟应用阶段"


class PracticeStage(Labelled):
    """Maturity in the words of university systems."""

    researching = "researching", "正在研发"
    sample = "sample", "已有样品"
    small_trial = "small_trial", "通过小试"
    pilot = "pilot", "通过中试"
    mass_production = "mass_production", "可以量产"
    other = "other", "其他"


# DOMAIN 6.4: which levels a practice stage may stand for (first and last, both included).
TRL_OF_PRACTICE: Final[Mapping[PracticeStage, tuple[int, int]]] = {
    PracticeStage.researching: (1, 3),
    PracticeStage.sample: (4, 5),
    PracticeStage.small_trial: (5, 6),
    PracticeStage.pilot: (7, 7),
    PracticeStage.mass_production: (8, 9),
    PracticeStage.other: (1, 9),
}


# Level → (name, what it means). Names of practice since 2009; 待核实 against GB/T 22900-2022.
TRL_LEVELS: Final[Mapping[int, tuple[str, str]]] = {
    1: ("报告级", "发现并报告了基本原理"),
    2: ("方案级", "形成了技术概念或应用方案"),
    3: ("功能级", "关键功能经分析或实验验证可行"),
    4: ("仿真级", "部件在实验室环境中得到验证"),
    5: ("初样级", "部件在相关环境中得到验证"),
    6: ("正样级", "样机在相关环境中得到验证"),
    7: ("环境级", "样机在实际使用环境中得到验证"),
    8: ("产品级", "实际系统完成并通过鉴定"),
    9: ("系统级", "实际系统在使用中得到检验"),
}


class IpKind(Labelled):
    """知识产权类别 (DOMAIN 4.3; 技术合同解释 article 1)."""

    invention = "invention", "发明专利"
    utility_model = "utility_model", "实用新型专利"
    design = "design", "外观设计专利"
    software = "software", "计算机软件著作权"
    variety = "variety", "植物新品种权"
    layout = "layout", "集成电路布图设计"
    know_how = "know_how", "技术秘密"
    other = "other", "其他知识产权"


PATENT_KINDS: Final = frozenset({IpKind.invention, IpKind.utility_model, IpKind.design})


IP_KIND_OF_PATENT: Final[Mapping[PatentKind, IpKind]] = {
    kind: IpKind(kind.value) for kind in PatentKind
}


class LegalStatus(Labelled):
    """法律状态, on the day the owner read it."""

    pending = "pending", "审查中"
    granted = "granted", "有效"
    rejected = "rejected", "驳回"
    withdrawn = "withdrawn", "撤回"
    lapsed = "lapsed", "失效"
    expired = "expired", "期限届满"
    invalidated = "invalidated", "宣告无效"
    unknown = "unknown", "待核实"


class ReturnReason(Labelled):
    """Why an operator returns a record; each is a sentence its author can act on."""

    vague_title = "vague_title", "名称不能说明是什么技术"
    thin_abstract = "thin_abstract", "简介没有说明技术内容"
    advertising = "advertising", "含有无依据的宣传用语"
    maturity_unproven = "maturity_unproven", "技术成熟度缺少证明"
    rights_unclear = "rights_unclear", "权属或知识产权状况不清楚"
    duplicate = "duplicate", "与已发布的成果重复"
    secret = "secret", "可能含有不宜公开的内容"
    personal = "personal", "含有不应公开的个人信息"
    other = "other", "其他原因"


class ClaimState(Labelled):
    """认领申请."""

    pending = "pending", "待处理"
    accepted = "accepted", "已认领"
    refused = "refused", "未通过"


@dataclass(frozen=True, slots=True)
class Completer:
    """A 完成人, in the order of contribution: a member (``person_id``) or a published name."""

    name: str = ""
    person_id: UUID | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class CoOwner:
    """A 共有人; ``share_bp`` in basis points when a share was agreed."""

    name: str
    party_id: UUID | None = None
    share_bp: int | None = None


@dataclass(frozen=True, slots=True)
class IpRight:
    """One intellectual property row; numbers are kept in the canonical form of ``patents``."""

    kind: IpKind
    title: str = ""
    application_number: str = ""
    publication_number: str = ""
    holder_name: str = ""
    legal_status: LegalStatus = LegalStatus.unknown
    status_on: date | None = None
    filed_on: date | None = None
    published_on: date | None = None
    expires_on: date | None = None
    ipc: str = ""


@dataclass(frozen=True, slots=True)
class AchievementContent:
    """Everything an author may write. Only ``title`` and ``owner_number`` are required.

    ``problem``, ``alternative`` and ``proof`` answer the three questions a buyer asks: which
    problem, which alternative is beaten, what proves the maturity. ``trl`` is 1 to 9.
    """

    owner_number: str
    title: str
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    field: NationalField | None = None
    applications: str = ""
    industry: str = ""
    kind: AchievementKind | None = None
    attribute: Attribute | None = None
    embodiment: Embodiment | None = None
    level: Level | None = None
    stage: Stage | None = None
    problem: str = ""
    alternative: str = ""
    proof: str = ""
    trl: int | None = None
    trl_evidence: str = ""
    trl_assessor: str = ""
    trl_assessed_on: date | None = None
    practice_stage: PracticeStage | None = None
    region: Region | None = None
    researched_from: date | None = None
    researched_to: date | None = None
    co_owners: tuple[CoOwner, ...] = ()
    completers: tuple[Completer, ...] = ()
    rights: tuple[IpRight, ...] = ()


class Severity(StrEnum):
    """How much a hint of the listing lint matters."""

    advice = "advice"  # would read better
    warning = "warning"  # buyers and operators will ask


@dataclass(frozen=True, slots=True)
class LintHint:
    """One hint while writing: the field it is about, how much it matters, a Chinese sentence."""

    field: str
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class AchievementFacts:
    """Snapshot of a record for rules and other rooms."""

    id: UUID
    number: str
    owner_id: UUID | None
    care_id: UUID
    holder_name: str
    origin: Origin
    title: str
    state: AchievementState
    version: int


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Snapshot of a claim (认领)."""

    id: UUID
    achievement_id: UUID
    organisation_id: UUID
    evidence: str
    state: ClaimState
    decision_note: str
    created_at: datetime
    decided_at: datetime | None
