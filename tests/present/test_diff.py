"""The diff loses no word of either answer."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ragtui.present.diff import LONGEST, Piece, TextChange, setting_diff, word_diff


def joined(pieces: Sequence[Piece], *changes: TextChange) -> str:
    return "".join(piece.text for piece in pieces if piece.change in changes)


def test_words_not_letters() -> None:
    pieces = word_diff("The plan ends now.", "The plan starts now.")
    assert joined(pieces, TextChange.REMOVED) == "ends"
    assert joined(pieces, TextChange.ADDED) == "starts"


def test_words_shared_by_accident_are_part_of_the_change() -> None:
    before, after = "Refunds reach the client in ten days.", "It is booked to the card at once, see Payouts."
    pieces = [(piece.change, piece.text) for piece in word_diff(before, after)]
    assert pieces == [(TextChange.REMOVED, before[:-1]), (TextChange.ADDED, after[:-1]), (TextChange.SAME, ".")]


def test_words_shared_on_purpose_stay() -> None:
    pieces = word_diff("The limit is 25 MB on Solo.", "The limit is 100 MB on Studio.")
    assert [piece.text for piece in pieces if piece.change is TextChange.SAME] == ["The limit is ", " MB on ", "."]


@given(st.text(max_size=200), st.text(max_size=200))
def test_both_sides_can_be_read_back(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert joined(pieces, TextChange.SAME, TextChange.REMOVED) == before
    assert joined(pieces, TextChange.SAME, TextChange.ADDED) == after


def test_a_long_answer_is_cut_for_the_diff_only() -> None:
    long = "word " * LONGEST
    assert joined(word_diff(long, ""), TextChange.SAME, TextChange.REMOVED) == long


def test_settings() -> None:
    assert setting_diff({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == [("b", "2", "3"), ("c", None, "4")]
