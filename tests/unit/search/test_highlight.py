"""Hits are marked in the text as it was written; nothing is lost, added or trusted."""

from hypothesis import given
from hypothesis import strategies as st

from search.highlight import SNIPPET, highlight, snippet
from search.types import Piece


def hits(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.hit]


def test_marks_other_spellings_as_they_are_written() -> None:
    pieces = highlight("一種鋰電池ＡＢＣ隔膜", ("锂电池", "abc"))
    assert hits(pieces) == ["鋰電池ＡＢＣ"]


def test_overlapping_marks_become_one() -> None:
    assert hits(highlight("高炉炉渣", ("高炉", "炉炉", "渣"))) == ["高炉炉渣"]


def test_latin_words_are_marked_from_their_beginning() -> None:
    assert hits(highlight("ai chain AI2", ("ai",))) == ["ai", "AI"]


def test_marks_stay_in_place_behind_what_folds_to_several_or_to_nothing() -> None:
    assert hits(highlight("ﬁlm ²，\u200b電池", ("电池", "film"))) == ["ﬁlm", "電池"]
    assert hits(highlight("²ﬁ電池", ("2fi", "池"))) == ["²ﬁ", "池"]


def test_markup_is_only_text() -> None:
    pieces = highlight("<script>电池</script>", ("电池",))
    assert pieces == (Piece("<script>"), Piece("电池", True), Piece("</script>"))


def test_a_snippet_shows_the_first_hit() -> None:
    pieces = snippet("前" * 500 + "隔膜" + "后" * 500, ("隔膜",))
    assert hits(pieces) == ["隔膜"]
    assert pieces[0].text == pieces[-1].text == "…"
    assert sum(len(piece.text) for piece in pieces) == SNIPPET + 2


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("短文", ()) == (Piece("短文"),)
    assert snippet("", ("x",)) == ()


@given(st.text(st.characters(), max_size=80), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_pieces_are_the_text(text: str, marks: list[str]) -> None:
    pieces = highlight(text, marks)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    snippet(text, marks)
