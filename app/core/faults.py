"""What is wrong with a request's shape, said in Chinese: FastAPI's findings in our one shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

from app.core.errors import DomainError, FieldError, Invalid, NotFound

# pydantic's kinds of fault; {…} are the bounds that it hands along
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "缺少此项",
    "extra_forbidden": "不认识的项",
    "json_invalid": "不是合法的 JSON",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数值过大",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "enum": "可选值为 {expected}",
    "literal_error": "可选值为 {expected}",
    "uuid_parsing": "不是合法的编号",
    "uuid_type": "不是合法的编号",
    "date_from_datetime_parsing": "不是合法的日期",
    "date_parsing": "不是合法的日期",
    "datetime_parsing": "不是合法的时间",
    "datetime_from_date_parsing": "不是合法的时间",
    "timezone_aware": "时间须带时区",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "union_tag_invalid": "可选值为 {expected_tags}",
    "union_tag_not_found": "缺少类型",
}
_OTHERWISE: Final = "内容格式不正确"


def as_refusal(error: RequestValidationError) -> DomainError:
    """A malformed address names nothing (NotFound); anything else is Invalid, every fault at once.

    What was typed is never echoed.
    """
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        return NotFound()
    return Invalid(
        [FieldError(".".join(str(part) for part in f["loc"][1:]), _sentence(f)) for f in faults]
    )


def _sentence(fault: Mapping[str, Any]) -> str:
    return _SENTENCES.get(fault["type"], _OTHERWISE).format_map(fault.get("ctx", {}))
