"""Cells, column widths and orders without a screen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color

from ragtui.tui.looks.ascii import TWINS, AsciiFilter
from ragtui.tui.widgets.progress_strip import progress_text
from ragtui.tui.widgets.table.cell_text import cell_line, fit, shorten, styled_runs, take_cells
from ragtui.tui.widgets.table.column_layout import Column, lay_out
from ragtui.tui.widgets.table.row_order import RowOrder, sorted_rows

PLAIN = Style.null()


def resolve(style: Style | str) -> Style:
    return style if isinstance(style, Style) else Style.parse(style)


def text_of(runs: list[tuple[str, Style]]) -> str:
    return "".join(part for part, _ in runs)


# -------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("[b]not markup[/b] [1]", "[b]not markup[/b] [1]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("a\x00b\x07c\x9bd", "abc"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("left\u202eright\u2066", "leftright"),
        ("zero\u200bwidth\u200djoin\ufeff", "zerowidthjoin"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("  spaces  stay ", "  spaces  stay "),
    ],
)
def test_untrusted_text_becomes_a_safe_line(raw: str, shown: str) -> None:
    assert cell_line(raw) == shown


@pytest.mark.parametrize(
    ("raw", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字漢字", 6, "漢字 …"),
        ("漢字", 4, "漢字"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("🙂🙂", 3, "🙂…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_cells_are_exactly_as_wide_as_their_column(raw: str, width: int, shown: str) -> None:
    assert text_of(fit([(raw, PLAIN)], width)) == shown
    assert cell_len(shown) == width


def test_alignment() -> None:
    assert text_of(fit([("ab", PLAIN)], 5, "right")) == "   ab"
    assert text_of(fit([("ab", PLAIN)], 5, "center")) == " ab  "


def test_styled_text_keeps_its_styles_and_loses_its_escapes() -> None:
    text = Text("worse", "bold").append("\x1b[2J by 1", "red")
    runs = styled_runs(text, resolve)
    assert [part for part, _ in runs] == ["worse", " by 1"]
    assert runs[0][1].bold and runs[0][1].color is None
    assert runs[1][1].bold and runs[1][1].color is not None


def test_a_huge_cell_costs_no_more_than_a_screen() -> None:
    runs = styled_runs("x" * 10_000_000, resolve)
    assert len(runs[0][0]) < 1_000
    assert text_of(fit(runs, 10)) == "x" * 9 + "…"


@given(st.text(max_size=30), st.integers(0, 20), st.sampled_from(["left", "right", "center"]))
def test_any_text_fits_any_width(raw: str, width: int, align: str) -> None:
    shown = text_of(fit(styled_runs(Text(raw), resolve), width, align))  # type: ignore[arg-type]
    assert cell_len(shown) == width
    assert "\x1b" not in shown and "\n" not in shown


@given(st.text(max_size=30), st.integers(0, 20))
def test_taking_cells_takes_no_more(raw: str, width: int) -> None:
    line = cell_line(raw)
    part, used = take_cells(line, width)
    assert line.startswith(part) and used == cell_len(part) <= width
    assert cell_len(shorten(raw, width)) <= width


# ------------------------------------------------------------------ columns


def column(key: str, width: int, priority: int = 0, *, flexible: bool = False) -> Column:
    return Column(key, key, width, priority, flexible)


COLUMNS = [column("sign", 1), column("item", 10), column("question", 16, 6, flexible=True), column("base", 6, 1),
           column("flags", 12, 5)]  # fmt: skip


@pytest.mark.parametrize(
    ("available", "kept"),
    [
        (80, ["sign", "item", "question", "base", "flags"]),
        (51, ["sign", "item", "question", "base", "flags"]),
        (50, ["sign", "item", "base", "flags"]),
        (33, ["sign", "item", "base"]),
        (20, ["sign", "item"]),
        (5, ["sign", "item"]),
    ],
)
def test_the_highest_priority_number_goes_first(available: int, kept: list[str]) -> None:
    layout = lay_out(COLUMNS, available)
    assert [place.column.key for place in layout.placed] == kept
    assert set(layout.dropped) | set(kept) == {column.key for column in COLUMNS}


def test_flexible_columns_share_what_is_left() -> None:
    layout = lay_out([column("a", 4, flexible=True), column("b", 4), column("c", 4, flexible=True)], 25)
    assert [place.width for place in layout.placed] == [9, 4, 8]
    assert layout.width == 25
    assert layout.at(0) is None
    assert layout.at(1) is layout.placed[0].column
    assert layout.at(25) is None


def test_everything_is_laid_out_when_asked() -> None:
    layout = lay_out(COLUMNS, 10, everything=True)
    assert not layout.dropped and layout.width == 51


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5), st.booleans()), max_size=8), st.integers(0, 120))
def test_columns_never_overlap_and_never_overflow_while_one_can_go(
    specs: list[tuple[int, int, bool]], width: int
) -> None:
    columns = [column(str(place), w, p, flexible=f) for place, (w, p, f) in enumerate(specs)]
    layout = lay_out(columns, width)
    ends = [place.x + place.width for place in layout.placed]
    assert all(end < place.x for end, place in zip(ends, layout.placed[1:], strict=False))
    assert all(place.width >= place.column.width for place in layout.placed)
    if layout.width > width:
        assert all(place.column.priority == 0 for place in layout.placed)


# -------------------------------------------------------------------- order


def test_missing_values_sort_last_both_ways_and_equals_keep_their_order() -> None:
    keys = np.array([2.0, np.nan, 1.0, 2.0, np.nan, 3.0])
    order = np.arange(6)
    assert sorted_rows(order, keys).tolist() == [2, 0, 3, 5, 1, 4]
    assert sorted_rows(order, keys, reverse=True).tolist() == [5, 0, 3, 2, 1, 4]


def test_words_and_whole_numbers_sort_too() -> None:
    assert sorted_rows(np.arange(3), np.array(["b", "c", "a"]), reverse=True).tolist() == [1, 0, 2]
    assert sorted_rows(np.array([2, 0]), np.array([7, 8, 3], dtype=np.uint8)).tolist() == [2, 0]


@given(st.lists(st.one_of(st.floats(allow_infinity=True), st.just(float("nan"))), max_size=40), st.booleans())
def test_sorting_agrees_with_plain_python(values: list[float], reverse: bool) -> None:
    present = [row for row in range(len(values)) if values[row] == values[row]]
    expected = sorted(present, key=lambda row: values[row], reverse=reverse)
    expected += [row for row in range(len(values)) if values[row] != values[row]]
    assert sorted_rows(np.arange(len(values)), np.array(values, float), reverse=reverse).tolist() == expected


def test_a_chosen_sort_outlives_new_rows_but_not_its_column() -> None:
    rows = RowOrder()
    scores = Column("score", "score", 5, sort_key=lambda: np.array([0.3, 0.1, 0.2]))
    rows.take([scores])
    rows.give(np.arange(3))
    rows.sort("score")
    rows.give(np.array([0, 2]))
    assert list(rows.shown) == [2, 0]
    rows.take([Column("other", "other", 5)])
    rows.give(np.arange(3))
    assert list(rows.shown) == [0, 1, 2] and rows.key is None
    with pytest.raises(KeyError):
        rows.sort("score")


# ----------------------------------------------------------------- progress


def test_a_bar_is_full_only_when_everything_is_done() -> None:
    almost = progress_text("run", 9_999, 10_000, "", 80)
    assert "░" in almost and "99 %" in almost
    assert "░" not in progress_text("run", 10, 10, "", 80)
    assert "7" in progress_text("run", 7, 0, "", 80)


@given(st.text(max_size=20), st.integers(0, 50), st.integers(0, 50), st.integers(1, 120))
def test_every_sign_has_a_twin_of_its_width(label: str, done: int, total: int, width: int) -> None:
    text = progress_text(label.encode("ascii", "ignore").decode(), done, total, "1 error", width)
    [shown] = AsciiFilter().apply([Segment(text)], Color(0, 0, 0))
    assert shown.text.isascii() and cell_len(shown.text) == cell_len(text)


def test_twins_are_as_wide_as_what_they_stand_for() -> None:
    assert all(cell_len(sign) == cell_len(twin) and twin.isascii() for sign, twin in TWINS.items())
