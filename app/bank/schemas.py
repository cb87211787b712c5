"""What may be sent to the bank, and what is wrong with it in Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.bank.errors import Fault, Invalid
from app.bank.types import Direction, PayoutKind, PayoutMood
from app.core.money import MAX_MINOR

LONGEST_DELAY_S: Final = 3600
MOST_LISTED: Final = 1000

_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "缺少此项",
    "extra_forbidden": "不认识的项",
    "json_invalid": "不是合法的 JSON",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数值过大",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为数字",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "string_unicode": "含有无法保存的字符",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "enum": "可选值为 {expected}",
    "literal_error": "可选值为 {expected}",
    "timezone_aware": "时间须带时区",
    "datetime_parsing": "不是合法的时间",
    "datetime_type": "不是合法的时间",
    "datetime_from_date_parsing": "不是合法的时间",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "list_type": "应为列表",
    "too_long": "最多 {max_length} 项",
    "said": "{sentence}",
}
_OTHERWISE: Final = "内容格式不正确"
_ACCOUNT: Final = re.compile(r"[0-9]{8,32}")
_YUAN: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?", re.ASCII)


def say(sentence: str) -> PydanticCustomError:
    """A fault of a field in a sentence of our own."""
    return PydanticCustomError("said", "{sentence}", {"sentence": sentence})


def as_invalid(faults: Sequence[Mapping[str, Any]]) -> Invalid:
    """Pydantic's findings in our one shape; what was typed is never echoed."""
    return Invalid(
        errors=[
            Fault(
                ".".join(str(part) for part in fault["loc"] if part != "body"),
                _SENTENCES.get(fault["type"], _OTHERWISE).format_map(fault.get("ctx", {})),
            )
            for fault in faults
        ]
    )


def check_line(text: str) -> str:
    """One line of text that can be stored and read."""
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise say("不能含有换行或控制字符")
    return text.strip()


def check_account(text: str) -> str:
    """An account number: 8 to 32 digits, without the blanks and dashes between them."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    if not _ACCOUNT.fullmatch(digits):
        raise say("账号应为 8 至 32 位数字")
    return digits


def parse_yuan(text: str) -> int:
    """An amount as typed, in 分: 1000, 1,000.5, ￥1000.50 and full-width digits are read.

    Raises the fault that a field has: no number, more than two decimals, zero, too much.
    """
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
    if not _YUAN.fullmatch(plain):
        raise say("金额请填写数字，最多两位小数，例如 50000 或 50,000.00")
    whole, _, rest = plain.replace(",", "").partition(".")
    minor = int(whole) * 100 + int(rest.ljust(2, "0") or 0) if len(whole) < 18 else MAX_MINOR + 1
    if minor == 0:
        raise say("金额须大于零")
    if minor > MAX_MINOR:
        raise say("金额过大，一笔最多 10 万亿元")
    return minor


Line = Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(check_line)]
Name = Annotated[
    StrictStr, StringConstraints(min_length=1, max_length=200), AfterValidator(check_line)
]
Account = Annotated[StrictStr, StringConstraints(max_length=64), AfterValidator(check_account)]
Number = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,64}$")]
Amount = Annotated[StrictInt, Field(ge=1, le=MAX_MINOR)]
Delay = Annotated[float, Field(ge=0, le=LONGEST_DELAY_S, allow_inf_nan=False)]
Count = Annotated[StrictInt, Field(ge=0, le=1000)]


class Content(BaseModel):
    """A body: nothing but what the contract names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderIn(Content):
    """What somebody expects to receive."""

    number: Number
    amount_minor: Amount
    purpose: Line
    expires_at: AwareDatetime
    payee_account: Account | None = None
    payer_name: Line = ""
    payer_account: Account | None = None
    return_url: Annotated[
        StrictStr, StringConstraints(max_length=500, pattern=r"^(https?://[\x21-\x7e]+)?$")
    ] = ""


class PayoutIn(Content):
    """Money out: a refund names no payee, a capture must."""

    number: Number
    kind: PayoutKind
    payment_number: Annotated[StrictStr, StringConstraints(max_length=64)]
    amount_minor: Amount
    reason: Line
    payee_name: Name | None = None
    payee_account: Account | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        named = self.payee_name is not None and self.payee_account is not None
        if self.kind is PayoutKind.capture and not named:
            raise say("划付须写明收款户名和账号")
        if self.kind is PayoutKind.refund and (self.payee_name or self.payee_account):
            raise say("退款只退回原付款账户，不能另写收款人")
        return self


class EntryIn(Content):
    """A row that nobody ordered."""

    direction: Direction
    amount_minor: Amount
    counterparty_name: Name
    counterparty_account: Account
    remark: Line = ""
    notify: StrictBool = False


class Switches(Content):
    """How the bank misbehaves; docs/bank.md says what each does."""

    arrival_delay_s: Delay = 0
    payout_delay_s: Delay = 0
    webhook_delay_s: Delay = 0
    payouts: PayoutMood = PayoutMood.normal
    payouts_left: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    lose_answers: Count = 0
    drop_webhooks: Count = 0
    duplicates: Annotated[StrictInt, Field(ge=0, le=10)] = 0
    reorder: StrictBool = False
    hide_entries: Annotated[tuple[StrictStr, ...], Field(max_length=MOST_LISTED)] = ()
    alter_entries: Annotated[dict[StrictStr, Amount], Field(max_length=MOST_LISTED)] = {}


class TransferIn(BaseModel):
    """What a payer types at the counter."""

    model_config = ConfigDict(frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    payer_name: Name
    payer_account: Account
    amount: str
    order_number: Line = ""
    remark: Line = ""
    delay_s: Annotated[int, Field(ge=0, le=LONGEST_DELAY_S)] = 0
    times: Annotated[int, Field(ge=1, le=2)] = 1
