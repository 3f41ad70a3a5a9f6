"""Headings of narrow columns: whole where they fit, and never two alike."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ragtui.tui.rows.board_cells import item_column
from ragtui.tui.widgets.table.short_names import LINES, headings, least_width, told_apart


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("relevance", 9, "relevance"),
        ("context_precision", 9, "context\nprecision"),
        ("faithfulness", 9, "faithful-\nness"),
        ("faithfulness", 12, "faithfulness"),
        ("answerCorrectness", 11, "answer\nCorrectness"),
        ("response_relevancy_with_reference", 9, "resp rele\nwith refe"),
        ("recall@k", 8, "recall@k"),
    ],
)
def test_a_heading_shows_the_name_or_its_words(name: str, width: int, shown: str) -> None:
    assert headings([name], [width]) == [shown]


def test_names_that_begin_or_end_alike_stay_apart() -> None:
    names = [f"context_precision_without_reference_{judge}" for judge in ("gpt-4o", "gpt-4o-mini", "opus")]
    names += ["context_precision", "context-precision", "contextPrecision", "context_recall", "a" * 40, "a" * 41]
    shown = headings(names, [9] * len(names))
    assert len(set(shown)) == len(names), shown


def test_least_width_is_that_of_the_name_with_its_words_whole() -> None:
    assert least_width("context_precision", 18) == 9
    assert least_width("faithfulness", 18) == 12
    assert least_width("x" * 40, 18) == 18


LETTERS = st.text(st.sampled_from("abAB_- .@1é検"), max_size=30)


@given(st.lists(LETTERS, min_size=1, max_size=8), st.integers(6, 14))
def test_headings_fit_and_differ_where_names_do(names: list[str], width: int) -> None:
    shown = headings(names, [width] * len(names))
    for name, heading in zip(names, shown, strict=True):
        lines = heading.split("\n")
        assert len(lines) <= LINES and max(map(cell_len, lines)) <= width
        if cell_len(name) <= width // 2 and re.search(r"\w", name):
            assert heading == name
    assert len(set(shown)) == len(set(names))


def test_long_names_show_what_tells_them_apart() -> None:
    name = "sweep-2026-11-rerank-{}-chunk512-{}-temperature-0.3-judge-gpt-4o"
    grid = [name.format(model, prompt) for model in ("opus", "gpt-4o") for prompt in ("v1", "v2")]
    shown = told_apart([*grid, "baseline"], 26)
    assert shown["baseline"] == "baseline"
    assert all("v1" in shown[name] for name in grid if "-v1-" in name) and len(set(shown.values())) == 5
    assert all("opus" in shown[name] for name in grid if "-opus-" in name), shown


def test_what_all_names_begin_with_stands_whole_where_it_fits() -> None:
    tickets = [f"ticket-202400{number}-{about}" for number in range(5) for about in ("billing", "refunds-and-claims")]
    assert told_apart(tickets, 18)["ticket-2024003-refunds-and-claims"].startswith("ticket-2024003-")
    assert told_apart(tickets[::2], 16)["ticket-2024002-billing"] == "ticket-2024002-…"


def test_items_with_long_names_are_told_apart_in_every_list_of_items() -> None:
    items = tuple(f"ticket-{2024000 + number}-refunds-and-claims" for number in range(60))
    column = item_column(items)
    assert column.names is not None and len(set(told_apart(column.names(), column.width).values())) == 60
    assert item_column(("a", "b")).names is None


def test_names_that_are_cut_alike_in_several_ways_have_a_number_each() -> None:
    names = [f"how do i {verb} my {thing} in the {place}" for verb in ("reset", "change", "delete")
             for thing in ("password", "account", "profile") for place in ("app", "portal", "browser")]  # fmt: skip
    shown = told_apart(names, 18)
    assert len(set(shown.values())) == len(names)
    assert all(cell_len(text) <= 18 for text in shown.values())


def test_items_whose_letters_are_wide_have_room_and_are_told_apart() -> None:
    assert item_column(tuple(f"問い合わせ番号{number}" for number in range(10, 70))).width == 16
    column = item_column(tuple(f"お客様からの問い合わせ番号{number}" for number in range(10, 70)))
    assert column.names is not None and len(set(told_apart(column.names(), column.width).values())) == 60


def test_names_of_items_are_held_against_each_other_once_whatever_is_painted_anew() -> None:
    items = tuple(f"ticket-{2024000 + number}-refunds-and-claims" for number in range(60))
    first, again = item_column(items), item_column(tuple(items))
    assert first is again and first.names is not None
    assert told_apart(first.names(), 18) is told_apart(first.names(), 18)


@given(st.lists(st.text(st.sampled_from("ab-_ 漢1"), max_size=40), max_size=9), st.integers(10, 24))
def test_no_two_names_of_a_list_look_alike(names: list[str], width: int) -> None:
    shown = told_apart(names, width)
    assert len(set(shown.values())) == len(set(names))
    assert all(cell_len(text) <= width for text in shown.values())
