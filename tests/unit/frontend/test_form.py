"""A form gathers every refusal, keeps what was typed, and takes a verb's refusal apart."""

import pytest
from starlette.datastructures import FormData

from app.core.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from frontend.forms import BARRED, CLOSED, UNSEEN, Form
from frontend.forms.fields import choice, integer, money_yuan, text


def submitted(*pairs: tuple[str, str]) -> Form:
    return Form.of(FormData(list(pairs)))


def test_all_refusals_are_gathered_before_any_is_raised() -> None:
    form = submitted(("title", "  "), ("price", "1e9"), ("note", "x"))
    form.need("title", text())
    form.need("price", money_yuan())
    assert form.maybe("note", text()) == "x"
    assert form.maybe("missing", text()) is None
    with pytest.raises(Invalid) as refused:
        form.check()
    assert [error.field for error in refused.value.errors] == ["title", "price"]
    assert form.value("price") == "1e9"
    assert not form.ok


def test_a_verbs_field_errors_go_to_their_fields() -> None:
    form = submitted(("start", "1"))
    form.refuse(Invalid([FieldError("start", "起始价须大于零"), FieldError("", "整体有误")]))
    assert form.errors == {"start": ["起始价须大于零"], "": ["整体有误"]}
    assert form.error is None


def test_a_refusal_of_the_whole_is_kept_as_such() -> None:
    form = submitted()
    form.refuse(Conflict("供给已锁定"))
    assert form.error is not None
    assert form.error.detail == "供给已锁定"
    assert not form.errors


def test_refusing_what_the_form_found_itself_changes_nothing() -> None:
    form = submitted(("title", ""))
    form.need("title", text())
    with pytest.raises(Invalid) as refused:
        form.check()
    before = dict(form.errors)
    form.refuse(refused.value)
    assert form.errors == before


def test_a_refusal_that_no_form_answers_is_raised_again() -> None:
    class ThingMissing(NotFound):
        """A room's own."""

    answered: dict[tuple[type[DomainError], ...], list[type[DomainError]]] = {
        CLOSED: [],
        UNSEEN: [Forbidden],
        BARRED: [NotFound, ThingMissing],
    }
    for but, shown in answered.items():
        for refusal in (Unauthenticated, Forbidden, NotFound, ThingMissing):
            form, error = submitted(), refusal()
            if refusal in shown:
                form.refuse(error, but=but)
                assert form.error is error
                continue
            with pytest.raises(refusal):
                form.refuse(error, but=but)
            assert form.ok


def test_repeated_names_and_rows() -> None:
    form = submitted(("f", "a"), ("f", "b"), ("f", ""), ("ip-2-no", "x"), ("ip-10-no", "y"))
    assert form.each("f", choice(["a", "b"])) == ["a", "b"]
    assert form.rows("ip") == [2, 10]
    assert submitted(("n", "x")).each("n", integer()) == []


def test_check_boxes() -> None:
    assert submitted(("agree", "1")).checked("agree")
    assert not submitted(("agree", "0")).checked("agree")
    assert not submitted().checked("agree")


def test_the_key_is_kept_or_made() -> None:
    assert submitted(("key", "0193-abcdef")).key() == "0193-abcdef"
    for broken in ("", "short", "x" * 65, "含中文的键值键值"):
        assert submitted(("key", broken)).key() != broken


def test_blank_shows_what_is_known() -> None:
    form = Form.blank(title="隔膜", price=None, fields=["a", "b"], level=5)
    assert form.ok
    assert form.value("title") == "隔膜"
    assert form.value("price") == ""
    assert form.value("level") == "5"
    assert form.chosen("fields") == ["a", "b"]
