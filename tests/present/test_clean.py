"""Untrusted text never reaches the terminal as commands."""

from hypothesis import given
from hypothesis import strategies as st

from ragtui.present.clean import clean, one_line


def test_escape_sequences_are_dropped_whole() -> None:
    assert clean("\x1b[31mred\x1b[0m \x1b]0;title\x07text\x1b]8;;http://x\x1b\\link") == "red textlink"
    assert clean("\x9b2Jgone\x07\x00") == "gone"


def test_direction_overrides_and_invisible_characters_are_dropped() -> None:
    assert clean("ab\u202ecd\u200b\u2066\ufeff\U000e0041") == "abcd"


def test_newlines_stay_and_carriage_returns_cannot_overwrite() -> None:
    assert clean("one\r\ntwo\rthree") == "one\ntwo\nthree"
    assert one_line(" a\n\tb  c ") == "a b c"


def test_writing_of_the_world_survives() -> None:
    for text in ("naïve Ω 漢字 🙂", "مرحبا", "e\u0301"):
        assert clean(text) == text


@given(st.text())
def test_nothing_a_terminal_obeys_is_left(text: str) -> None:
    left = clean(text)
    assert not any(character < " " and character != "\n" for character in left)
    assert not any("\x7f" <= character <= "\x9f" for character in left)
    left.encode("utf-8")
