"""Slices of a suite: values of metadata, worst first; Enter filters the board; what the losers share is said."""

from dataclasses import replace
from pathlib import Path

from builders import dataset, steady, write_run
from tui.driving import compare, go_to, opened, press, until
from tui.frames import frame, widths

from ragtui.tui.screens.compare import CompareScreen
from ragtui.tui.screens.slices import SlicesScreen

ITEMS = 24


def lay_out(home: Path) -> None:
    golden = dataset(ITEMS)
    tagged = replace(
        golden,
        items=tuple(
            replace(item, metadata={"topic": "billing" if n % 3 == 0 else "notes", "level": n % 2})
            for n, item in enumerate(golden.items)
        ),
    )
    broken = {f"i{n + 1:03d}": [2, 2, 2, 2] for n in range(0, ITEMS, 3)}
    write_run(home / "base", steady(5, ITEMS, 4), golden=tagged)
    write_run(home / "worse", steady(5, ITEMS, 4, **broken), golden=tagged, day=2)


async def test_slices_are_shown_searched_and_filter_the_board(tmp_path: Path) -> None:
    lay_out(tmp_path / "runs")
    async with opened(tmp_path / "runs") as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "F")
        assert isinstance(app.screen, SlicesScreen)
        screen = app.screen
        await until(pilot, lambda: bool(screen.parts) and screen.searched is not None)
        while screen.field != "topic":
            await press(pilot, "F")
        assert "billing" in frame(app) and "▼ regressed" in frame(app)
        assert screen.shown[screen._order()[0]].value == "billing", "the worst first"
        await until(pilot, lambda: "topic" in str(screen.query_one("#common").render()))
        assert widths(app) == {app.size.width}
        await press(pilot, "g", "enter")
        assert isinstance(app.screen, CompareScreen)
        await until(pilot, lambda: len(compare(app).items.order) == ITEMS // 3)


async def test_items_without_metadata_are_sliced_by_what_was_recorded(tmp_path: Path) -> None:
    golden = dataset(ITEMS)
    plain = replace(golden, items=tuple(replace(item, metadata={}) for item in golden.items))
    write_run(tmp_path / "base", steady(5, ITEMS, 3), golden=plain)
    write_run(tmp_path / "cand", steady(4, ITEMS, 3), golden=plain, day=2)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter", "F")
        screen = app.screen
        assert isinstance(screen, SlicesScreen)
        await until(pilot, lambda: bool(screen.shown))
        assert "length" in screen.fields and "judge" not in screen.fields
        await press(pilot, "f", *"question", "enter")
        await until(pilot, lambda: screen.field == "question_length" and bool(screen.shown))
        chosen = screen.shown[screen._order()[0]].value
        members = screen.fields["question_length"][chosen]
        await press(pilot, "g", "enter")
        await until(pilot, lambda: set(compare(app).shown_items) == set(members))
        assert compare(app).filter.text == f'question_length:="{chosen}"'
        await press(pilot, "q")
    async with opened(tmp_path) as (app, pilot):
        await until(pilot, lambda: set(compare(app).shown_items) == set(members))
