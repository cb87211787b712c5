"""What a record and an offer may hold: texts cleaned, numbers in canonical form, all faults told.

Pure: answers the cleaned value or raises Invalid with a sentence for each field. Field names are
those of forms and of the API; rows are named ``rights-0-application_number``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.catalogue.patents import (
    MalformedNumberError,
    check_application_number,
    check_publication_number,
    find_application_kind,
)
from app.catalogue.types import (
    PATENT_KINDS,
    AchievementContent,
    Completer,
    CoOwner,
    Disposal,
    Equity,
    FreeUntil,
    Instalments,
    IpKind,
    IpRight,
    LumpSum,
    OfferContent,
    PriceTerms,
    Royalty,
)
from app.core.errors import Faults
from app.core.i18n import Message
from app.core.money import MAX_MINOR, Money
from app.core.plaintext import clean_code, clean_line, clean_text

# Characters. 2,000 for the abstract is the registration form's (DOMAIN 6.3), the rest our own.
LINES: Final = {
    "owner_number": 128,
    "title": 300,
    "applications": 200,
    "industry": 100,
    "trl_assessor": 200,
}
TEXTS: Final = {
    "abstract": 2000,
    "problem": 1000,
    "alternative": 1000,
    "proof": 1000,
    "trl_evidence": 1000,
}
MAX_KEYWORDS, MAX_KEYWORD, MAX_ROWS, MAX_NAME = 3, 30, 50, 200
MAX_CONDITIONS, MAX_USE_NOTE, MAX_YEARS, MAX_FREE_MONTHS, MAX_PARTS = 4000, 500, 50, 60, 60
MAX_EVIDENCE: Final = 4000
START_WITHIN: Final = timedelta(days=366)
_NAMES: Final = {"owner_number": "编号", "title": "名称"}


def check_content(content: AchievementContent, today: date) -> AchievementContent:
    """The content cleaned, ready to store; ``today`` is the day in Shanghai. Raises Invalid."""
    faults = Faults()
    texts: dict[str, Any] = {
        name: faults.limit(name, clean_line(getattr(content, name)), maximum)
        for name, maximum in LINES.items()
    } | {
        name: faults.limit(name, clean_text(getattr(content, name)), maximum)
        for name, maximum in TEXTS.items()
    }
    for name, word in _NAMES.items():
        if not texts[name]:
            faults.add(name, Message("请填写%(word)s。", word=word))
    if content.trl is not None and not 1 <= content.trl <= 9:
        faults.add("trl", "技术成熟度应为 1 至 9 级。")
    if content.trl_assessed_on and content.trl_assessed_on > today:
        faults.add("trl_assessed_on", "评价日期不能晚于今天。")
    if (
        content.researched_from
        and content.researched_to
        and content.researched_to < content.researched_from
    ):
        faults.add("researched_to", "研究结束日期不能早于开始日期。")
    cleaned = replace(
        content,
        **texts,
        keywords=_check_keywords(content.keywords, faults),
        co_owners=_check_co_owners(content.co_owners, faults),
        completers=_check_completers(content.completers, faults),
        rights=_check_rights(content.rights, today, faults),
    )
    faults.check()
    return cleaned


def compute_content_hash(content: AchievementContent | OfferContent) -> str:
    """SHA-256 of everything its author wrote; tells a repeated request from another one."""
    plain = json.dumps(asdict(content), default=_plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _check_keywords(words: Sequence[str], faults: Faults) -> tuple[str, ...]:
    clean = tuple(dict.fromkeys(filter(None, map(clean_line, words))))
    if len(clean) > MAX_KEYWORDS:
        faults.add("keywords", Message("关键词最多 %(maximum)s 个。", maximum=MAX_KEYWORDS))
    for word in clean:
        faults.limit("keywords", word, MAX_KEYWORD)
    return clean


def _check_count(field: str, rows: Sequence[object], faults: Faults) -> None:
    if len(rows) > MAX_ROWS:
        faults.add(field, Message("最多填写 %(maximum)s 行。", maximum=MAX_ROWS))


def _check_co_owners(rows: Sequence[CoOwner], faults: Faults) -> tuple[CoOwner, ...]:
    _check_count("co_owners", rows, faults)
    clean = []
    for i, row in enumerate(rows):
        name = faults.limit(f"co_owners-{i}-name", clean_line(row.name), MAX_NAME)
        if not name:
            faults.add(f"co_owners-{i}-name", "请填写共有人名称。")
        if row.share_bp is not None and not 0 <= row.share_bp <= 10_000:
            faults.add(f"co_owners-{i}-share_bp", "份额应在 0 至 100% 之间。")
        clean.append(replace(row, name=name))
    if sum(row.share_bp or 0 for row in rows) > 10_000:
        faults.add("co_owners", "共有人的份额合计超过 100%。")
    return tuple(clean)


def _check_completers(rows: Sequence[Completer], faults: Faults) -> tuple[Completer, ...]:
    _check_count("completers", rows, faults)
    clean = []
    for i, row in enumerate(rows):
        name = faults.limit(f"completers-{i}-name", clean_line(row.name), MAX_NAME)
        role = faults.limit(f"completers-{i}-role", clean_line(row.role), MAX_NAME)
        if (row.person_id is None) == (not name):
            faults.add(f"completers-{i}-name", "请填写完成人姓名，或选择一位成员。")
        clean.append(replace(row, name=name, role=role))
    return tuple(clean)


def _check_rights(rows: Sequence[IpRight], today: date, faults: Faults) -> tuple[IpRight, ...]:
    _check_count("rights", rows, faults)
    clean = tuple(_check_right(i, row, today, faults) for i, row in enumerate(rows))
    seen: set[str] = set()
    for i, row in enumerate(clean):
        number = row.application_number or row.publication_number
        if number and number in seen:
            faults.add(f"rights-{i}-application_number", "同一号码填写了两次。")
        seen.add(number)
    return clean


def _check_right(i: int, row: IpRight, today: date, faults: Faults) -> IpRight:
    prefix = f"rights-{i}"
    title = faults.limit(f"{prefix}-title", clean_line(row.title), 300)
    if row.status_on and row.status_on > today:
        faults.add(f"{prefix}-status_on", "法律状态日期不能晚于今天。")
    application = clean_code(row.application_number)
    publication = clean_code(row.publication_number)
    if row.kind in PATENT_KINDS:
        application = _check_application(f"{prefix}-application_number", row, application, faults)
        publication = _check_publication(f"{prefix}-publication_number", row, publication, faults)
    faults.limit(f"{prefix}-application_number", application, 32)
    faults.limit(f"{prefix}-publication_number", publication, 32)
    if not (title or application or publication):
        faults.add(f"{prefix}-title", "请填写名称或号码。")
    return replace(
        row,
        title=title,
        application_number=application,
        publication_number=publication,
        holder_name=faults.limit(f"{prefix}-holder_name", clean_line(row.holder_name), 300),
        ipc=faults.limit(f"{prefix}-ipc", clean_line(row.ipc), 300),
    )


def _check_application(field: str, row: IpRight, number: str, faults: Faults) -> str:
    if not number:
        return ""
    try:
        canonical = check_application_number(number)
    except MalformedNumberError as error:
        faults.add(field, Message("%(fault)s。境外专利请选“其他知识产权”。", fault=str(error)))
        return number
    if IpKind(find_application_kind(canonical).value) is not row.kind:
        faults.add(field, "申请号表示的专利类型与所选类型不符。")
    return canonical


def _check_publication(field: str, row: IpRight, number: str, faults: Faults) -> str:
    if not number:
        return ""
    try:
        found = check_publication_number(number)
    except MalformedNumberError as error:
        faults.add(field, Message("%(fault)s。境外专利请选“其他知识产权”。", fault=str(error)))
        return number
    if IpKind(found.kind.value) is not row.kind:
        faults.add(field, "公开（公告）号表示的专利类型与所选类型不符。")
    return found.text


# ---------------------------------------------------------------- offers


def check_offer(content: OfferContent, now: datetime) -> OfferContent:
    """The offer cleaned, ready to store. Raises Invalid.

    Ownership (transfer, equity) is given whole: without field, territory or period. Equity goes
    with equity terms or 面议, nothing else does (公司法 48 asks for a valuation).
    """
    faults = Faults()
    cleaned = replace(
        content,
        conditions=faults.limit("conditions", clean_text(content.conditions), MAX_CONDITIONS),
        use_note=faults.limit("use_note", clean_text(content.use_note), MAX_USE_NOTE),
    )
    whole = content.disposal in (Disposal.transfer, Disposal.equity)
    for field, given in (
        ("fields", content.fields),
        ("territory", content.territory),
        ("period_years", content.period_years is not None),
    ):
        if whole and given:
            faults.add(field, "转让和作价投资不分领域、地域和期限，请留空。")
    if content.period_years is not None and not 1 <= content.period_years <= MAX_YEARS:
        faults.add("period_years", Message("期限应为 1 至 %(maximum)s 年。", maximum=MAX_YEARS))
    if content.valid_from and not now - START_WITHIN <= content.valid_from <= now + START_WITHIN:
        faults.add("valid_from", "生效日期应在前后一年以内。")
    if content.terms is not None:
        if (content.disposal is Disposal.equity) != _is_equity(content.terms):
            faults.add("terms_kind", "作价投资应填写作价入股的条款，其他方式请选择其他价格条款。")
        _check_terms(content.terms, faults)
    faults.check()
    return cleaned


def _is_equity(terms: PriceTerms) -> bool:
    return isinstance(terms.then if isinstance(terms, FreeUntil) else terms, Equity)


def _check_money(field: str, amount: Money, faults: Faults, *, zero: bool = False) -> None:
    if amount.minor < 0 or (amount.minor == 0 and not zero):
        faults.add(field, "金额应大于零。")
    if amount.minor > MAX_MINOR:
        faults.add(field, "金额过大。")
    if amount.currency != "CNY":
        faults.add(field, "目前只支持人民币。")


def _check_terms(terms: PriceTerms, faults: Faults) -> None:
    match terms:
        case LumpSum(amount):
            _check_money("amount", amount, faults)
        case Instalments():
            _check_instalments(terms, faults)
        case Royalty():
            _check_royalty(terms, faults)
        case Equity(share_bp, valuation):
            _check_money("valuation", valuation, faults)
            if not 1 <= share_bp <= 10_000:
                faults.add("share_bp", "股权比例应大于 0 且不超过 100%。")
        case FreeUntil(months, _, then):
            if not 1 <= months <= MAX_FREE_MONTHS:
                faults.add(
                    "free_months",
                    Message("免费期应为 1 至 %(maximum)s 个月。", maximum=MAX_FREE_MONTHS),
                )
            _check_terms(then, faults)


def _check_instalments(terms: Instalments, faults: Faults) -> None:
    if not 2 <= len(terms.parts) <= MAX_PARTS:
        faults.add("parts", Message("分期支付应有 2 至 %(maximum)s 期。", maximum=MAX_PARTS))
    for i, part in enumerate(terms.parts):
        _check_money(f"parts-{i}-amount", part.amount, faults)
        faults.limit(f"parts-{i}-condition", part.condition, 200)
        if part.due_on is None and not part.condition:
            faults.add(f"parts-{i}-due_on", "请填写付款日期或付款条件。")


def _check_royalty(terms: Royalty, faults: Faults) -> None:
    _check_money("entry_fee", terms.entry_fee, faults, zero=True)
    for field, amount in (("floor", terms.floor), ("cap", terms.cap)):
        if amount is not None:
            _check_money(field, amount, faults)
    if not 1 <= terms.rate_bp <= 10_000:
        faults.add("rate_bp", "提成比例应大于 0 且不超过 100%。")
    if not 1 <= terms.years <= MAX_YEARS:
        faults.add("years", Message("提成年限应为 1 至 %(maximum)s 年。", maximum=MAX_YEARS))
    if terms.floor and terms.cap and terms.cap.minor < terms.floor.minor * terms.years:
        faults.add("cap", "封顶金额不能低于各年保底金额之和。")
