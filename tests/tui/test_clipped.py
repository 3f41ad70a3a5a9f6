"""A text that does not fit says so, where it ends."""

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from ragtui.tui.looks.clipped import clipped


def test_what_fits_is_left_alone() -> None:
    assert clipped(Text("two words\nmore"), 20, 2).plain == "two words\nmore"


def test_a_cut_is_at_a_word_and_says_where_the_rest_is() -> None:
    said = clipped(Text("worse on faithfulness by 0.529 ± 0.033; 7 of 40 items"), 30, 1)
    assert said.plain == "worse on faithfulness by … i"


@given(st.text(st.sampled_from("ab 漢é\n"), max_size=80), st.integers(5, 30), st.integers(1, 3))
def test_it_never_takes_more_lines_nor_is_wider(text: str, width: int, lines: int) -> None:
    said = clipped(Text(text), width, lines)
    if said.plain != text:
        assert said.plain.endswith("… i") and said.plain.count("\n") < lines
        assert all(Text(line).cell_len <= width for line in said.plain.split("\n"))
