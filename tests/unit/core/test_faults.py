from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.core.errors import Invalid, NotFound
from app.core.faults import as_refusal


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: Annotated[int, Field(gt=0, le=100)] = 1
    word: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "abc"
    choice: Literal["a", "b"] = "a"
    day: date = date(2026, 1, 1)
    at: AwareDatetime | None = None
    flag: bool = True
    things: Annotated[list[int], Field(max_length=1)] = []
    id: UUID | None = None
    needed: int


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "needed", "缺少此项"),
        ({"needed": 1, "other": 1}, "other", "不认识的项"),
        ({"needed": "x"}, "needed", "应为整数"),
        ({"needed": 1.5}, "needed", "应为整数"),
        ({"needed": 1, "amount": 0}, "amount", "须大于 0"),
        ({"needed": 1, "amount": 10**40}, "amount", "不能大于 100"),
        ({"needed": 1, "word": "a"}, "word", "至少 2 个字符"),
        ({"needed": 1, "word": "abcde"}, "word", "最多 4 个字符"),
        ({"needed": 1, "word": "ABC"}, "word", "格式不正确"),
        ({"needed": 1, "word": 5}, "word", "应为文字"),
        ({"needed": 1, "choice": "c"}, "choice", "可选值为 'a' or 'b'"),
        ({"needed": 1, "day": "tomorrow"}, "day", "不是合法的日期"),
        ({"needed": 1, "at": "2026-01-01T00:00:00"}, "at", "时间须带时区"),
        ({"needed": 1, "flag": "perhaps"}, "flag", "应为 true 或 false"),
        ({"needed": 1, "things": [1, 2]}, "things", "最多 1 项"),
        ({"needed": 1, "things": {}}, "things", "应为列表"),
        ({"needed": 1, "id": "x"}, "id", "不是合法的编号"),
        ([], "", "应为对象"),
    ],
)
def test_each_fault_is_said_in_chinese(body: object, field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Body).validate_python(body)
    faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in caught.value.errors()]
    refusal = as_refusal(RequestValidationError(faults))
    assert isinstance(refusal, Invalid)
    assert [(e.field, e.message) for e in refusal.errors] == [(field, sentence)]


def test_a_malformed_address_names_nothing() -> None:
    fault = {"type": "uuid_parsing", "loc": ("path", "organisation_id"), "msg": "", "ctx": {}}
    assert isinstance(as_refusal(RequestValidationError([fault])), NotFound)


def test_an_unknown_kind_of_fault_still_has_a_sentence() -> None:
    fault = {"type": "of_a_later_version", "loc": ("query", "after"), "msg": "english"}
    refusal = as_refusal(RequestValidationError([fault]))
    assert refusal.detail == "内容格式不正确"
