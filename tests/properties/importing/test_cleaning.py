"""Whatever comes in: cleaning ends, changes nothing twice, and leaves what a database can store."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue.importing import LAYOUT
from app.catalogue.patents import check_application_number, compute_check_digit
from app.core.personal import mask_holders
from app.core.plaintext import clean_code, clean_line, clean_text, mask_contacts
from app.core.tables import UnreadableError, open_table
from app.imports.service import map_header, read_chunks

ANY = st.text(st.characters(), max_size=60)  # lone surrogates included
MARKUP = st.lists(
    st.sampled_from(
        [
            "<sub>",
            "</sub>",
            "<",
            ">",
            "&lt;",
            "&amp;",
            "lt;",
            "&#60;",
            "\u200b",
            "\n",
            " ",
            "甲",
            "b",
        ]
    ),
    max_size=14,
).map("".join)


@given(ANY | MARKUP)
def test_cleaning_is_idempotent_and_storable(text: str) -> None:
    for clean in (clean_text, clean_line, clean_code):
        once = clean(text)
        assert clean(once) == once
        assert "\0" not in once
        once.encode()


@given(ANY)
def test_masking_is_idempotent(text: str) -> None:
    assert mask_contacts(mask_contacts(text)) == mask_contacts(text)
    assert mask_holders(mask_holders(text)) == mask_holders(text)


@given(st.integers(2004, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999))
def test_every_single_wrong_digit_is_found(year: int, kind: str, serial: int) -> None:
    digits = f"{year}{kind}{serial:07d}"
    number = f"CN{digits}.{compute_check_digit(digits)}"
    assert check_application_number(number) == number
    for place, digit in enumerate(digits):
        wrong = digits[:place] + str((int(digit) + 1) % 10) + digits[place + 1 :]
        assert compute_check_digit(wrong) != compute_check_digit(digits)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda t: f"id,title\n{t}".encode(errors="replace"))
)
def test_no_file_breaks_the_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    with suppress(UnreadableError):  # the one refusal of a whole file
        table = open_table(path)
        header, _ = map_header(table.columns, LAYOUT)
        for chunk in read_chunks(table.rows(), header, LAYOUT):
            assert chunk.read == len(chunk.rows) + chunk.refused
