"""Rows of a form: the filled ones are counted, and a fault comes back to where it was typed."""

from collections.abc import Sequence
from typing import ClassVar

import pytest

from app.core.errors import FieldError, Invalid
from frontend.forms.fields import choice
from frontend.forms.records import RowsForm


class PartsForm(RowsForm):
    MARKS: ClassVar[dict[str, Sequence[str]]] = {"parts": ("kind", "name")}

    def parse(self) -> None:
        for i in self.filled_rows("parts"):
            self.need(f"parts-{i}-kind", choice(["a"]))
        self.check()


def typed(**names: str) -> PartsForm:
    return PartsForm.of({name.replace("_", "-"): value for name, value in names.items()})


def test_empty_rows_are_left_out_and_spare_ones_are_shown() -> None:
    form = typed(parts_0_name="x", parts_1_name=" ", parts_2_kind="a")
    assert form.filled_rows("parts") == [0, 2]
    assert form.shown_rows("parts") == [0, 1, 2, 3, 4]
    assert PartsForm().shown_rows("parts") == [0, 1]


def test_a_rooms_fault_of_the_nth_row_goes_to_where_it_was_typed() -> None:
    form = typed(parts_1_kind="a", parts_3_kind="a")
    form.refuse(Invalid([FieldError(name, "缺") for name in ("parts-1-name", "parts-7-name", "x")]))
    assert set(form.errors) == {"parts-3-name", "parts-7-name", "x"}


def test_a_fault_that_the_form_found_stays_at_its_row() -> None:
    form = typed(parts_0_kind="a", parts_2_name="x", parts_3_kind="a")
    with pytest.raises(Invalid) as refused:
        form.parse()
    form.refuse(refused.value)
    assert set(form.errors) == {"parts-2-kind"}
