"""The listing lint: hints while a record is written. It advises and never refuses.

Our own rules (own_default), after what buyers and operators ask first: which problem, which
alternative is beaten, what proves the maturity. Sentences say what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from app.catalogue.types import (
    TRL_OF_PRACTICE,
    AchievementContent,
    Level,
    LintHint,
    Severity,
)

SHORT_ABSTRACT: Final = 100
SHORT_TITLE: Final = 6
LATE_TRL: Final = 6  # from here on a prototype must have been shown in its environment

_VAGUE = re.compile(
    "新型|先进|高端|高性能|高效|智能化|关键技术|一种|若干|相关技术|综合|系列|产业化$"
)
_ADVERTISING = re.compile(
    r"国际领先|国际先进|国内领先|国内首创|世界首创|全球首创|填补.{0,6}空白|独一无二|唯一|第一品牌"
    r"|顶级|最佳|最优|最先进|颠覆性|革命性|百分之百|零风险|包赚|稳赚|绝对|前景广阔|潜力巨大"
)
_FIGURE = re.compile(r"[0-9０-９]|百分之|[一二三四五六七八九十]成|[一二三四五六七八九十]倍")
_CLAIMED = frozenset(
    {
        Level.international_leading,
        Level.international_advanced,
        Level.domestic_leading,
        Level.domestic_advanced,
    }
)


def lint_achievement(content: AchievementContent) -> list[LintHint]:
    """Everything worth saying about a record, warnings first; an empty list when it reads well."""
    hints = [hint for check in _CHECKS for hint in check(content)]
    return sorted(hints, key=lambda hint: hint.severity is not Severity.warning)


def _warn(field: str, sentence: str) -> LintHint:
    return LintHint(field, Severity.warning, sentence)


def _advise(field: str, sentence: str) -> LintHint:
    return LintHint(field, Severity.advice, sentence)


def _check_title(content: AchievementContent) -> Iterator[LintHint]:
    plain = _VAGUE.sub("", content.title)
    if len(content.title) < SHORT_TITLE:
        yield _warn("title", "名称过短，请写明对象和方法，例如“锂电池隔膜的陶瓷涂覆工艺”。")
    elif len(plain) < SHORT_TITLE:
        yield _warn("title", "名称多为泛称，请写明具体的对象和方法。")
    elif _VAGUE.search(content.title):
        yield _advise("title", "名称中的泛称（如“新型”“高效”）没有信息量，建议换成具体特征。")


def _check_abstract(content: AchievementContent) -> Iterator[LintHint]:
    if not content.abstract:
        yield _warn("abstract", "还没有公开简介，检索和浏览的人看不到成果是什么。")
        return
    if len(content.abstract) < SHORT_ABSTRACT:
        yield _advise("abstract", "简介偏短，建议写到 100 字以上：做什么、怎么做、达到什么指标。")
    if not _FIGURE.search(content.abstract):
        yield _advise("abstract", "简介中没有数字，建议给出关键指标和测试条件。")


def _check_three_answers(content: AchievementContent) -> Iterator[LintHint]:
    if not content.problem:
        yield _warn("problem", "请回答：解决了谁的什么问题？")
    if not content.alternative:
        yield _warn("alternative", "请回答：比现有的哪种做法好，好多少？")
    if not content.proof:
        yield _warn("proof", "请回答：凭什么证明已经做到？例如检测报告、用户证明、运行记录。")


def _check_advertising(content: AchievementContent) -> Iterator[LintHint]:
    for field in ("title", "abstract", "problem", "alternative"):
        found = _ADVERTISING.search(getattr(content, field))
        if found and not content.proof and not content.trl_evidence:
            yield _warn(field, "“国内领先”一类的宣传用语没有依据，请给出评价证明或改为指标。")
    if content.level in _CLAIMED and not (content.proof or content.trl_assessor):
        yield _warn("level", "填写了成果水平但没有评价依据，请写明评价机构或改为“未评价”。")


def _check_maturity(content: AchievementContent) -> Iterator[LintHint]:
    if content.trl is None:
        if content.practice_stage is None:
            yield _advise("trl", "还没有技术成熟度，企业首先会问做到了哪一步。")
        return
    if not content.trl_evidence:
        severity = _warn if content.trl >= LATE_TRL else _advise
        yield severity("trl_evidence", "请写明成熟度的证明材料，例如样机测试或中试报告。")
    if content.trl_evidence and not (content.trl_assessor and content.trl_assessed_on):
        yield _advise("trl_assessor", "建议补充成熟度的评价人（机构）和评价日期。")
    if content.practice_stage is not None:
        first, last = TRL_OF_PRACTICE[content.practice_stage]
        if not first <= content.trl <= last:
            yield _warn("practice_stage", "实践阶段与技术成熟度等级不一致，请核对。")


def _check_rights(content: AchievementContent) -> Iterator[LintHint]:
    if not content.rights:
        yield _advise("rights", "还没有知识产权信息；如为技术秘密，也请注明。")
    if content.field is None:
        yield _advise("field", "选择技术领域后，按领域检索的人才能找到。")
    if not content.keywords:
        yield _advise("keywords", "填写关键词（最多三个）有助于被检索到。")


_CHECKS: Final[tuple[Callable[[AchievementContent], Iterator[LintHint]], ...]] = (
    _check_title,
    _check_abstract,
    _check_three_answers,
    _check_advertising,
    _check_maturity,
    _check_rights,
)
