"""A score table's columns: guessed, shown with reasons, changed, confirmed, remembered; and the keys used least."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import steady, write_run
from tui.driving import go_to, opened, press, runs, settled
from tui.frames import frame

from ragtui.model import RunHeader
from ragtui.tui.dialogs.columns import ROLES, ColumnsScreen
from ragtui.tui.dialogs.help import HelpScreen
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.widgets.message_line import MessageLine
from ragtui.tui.widgets.table.column_table import ColumnTable

TABLE = "aa,bb,cc,dd,ee\n" + "".join(
    f"q{item},{turn},{variant},{4 + item % 2},{0.5}\n"
    for variant in ("old", "new")
    for turn in (1, 2, 3)
    for item in range(12)
)


async def test_a_column_map_is_changed_confirmed_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(TABLE, encoding="utf-8")
    async with opened(path) as (app, pilot):
        assert not runs(app).rows, "these column names say nothing"
        assert "cannot be guessed" in frame(app) and "K maps the columns" in frame(app)
        await press(pilot, "K")
        screen = app.screen
        assert isinstance(screen, ColumnsScreen)
        assert "aa" in frame(app)
        for place, column in ((0, "aa"), (1, "cc"), (2, "dd"), (5, "bb")):
            screen.query_one(ColumnTable).move_to(place)
            if column not in str(getattr(screen.map, ROLES[place])):
                await press(pilot, "enter", *column, "enter")
        kept = screen.map.metrics
        assert (screen.map.item, screen.map.repeat, screen.map.run) == (("aa",), "bb", ("cc",))
        await press(pilot, "c")
        await settled(pilot)
        assert app.session is not None
        assert list(app.session.state.columns) == [str(path.resolve())]
        assert sorted(row.label for row in runs(app).rows) == ["new", "old"]
    async with opened(path) as (app, pilot):
        assert [row.repeats for row in runs(app).rows] == [3, 3]
        await press(pilot, "K")
        assert isinstance(app.screen, ColumnsScreen) and app.screen.map.metrics == kept
        await press(pilot, "a")
        assert app.screen.map == app.screen.preview.guess
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_the_keys_used_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, day in (("one", 1), ("two", 2)):
        write_run(tmp_path / name, steady(5, 12, 2), pipeline={"code": "same"}, day=day)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "one")
        assert [row.label for row in runs(app).rows] == ["one"]
        await press(pilot, "z")
        await go_to(app, pilot, "two")
        await press(pilot, "U")
        assert sorted(row.label for row in runs(app).rows) == ["one", "two"]
        await press(pilot, "u", "v")
        assert runs(app).has_class("-details")
        await press(pilot, "escape", "Z")
        assert runs(app).is_maximised
        await press(pilot, "Z", "f1")
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "escape", "m", "M", "s", "S", "X", "O", "K", "P", "o", "p", "R")
        assert isinstance(app.screen, RunsScreen)
        before = app.theme
        await press(pilot, "T")
        await press(pilot, *"nord", "enter")
        assert app.theme in ("nord", before)
    async with opened(tmp_path) as (app, pilot):
        await press(pilot, "q")
        assert not app.is_running or app._exit


async def test_sides_and_suspected_numbers_are_settled_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "sides.csv"
    rows = "".join(f"q{n},{n % 5},{n % 3 + 1},{-1 if n == 4 else n % 4 + 1}\n" for n in range(12))
    path.write_text("id,old_score,new_score,clarity\n" + rows, encoding="utf-8")
    async with opened(path) as (app, pilot):
        assert sorted(row.label for row in runs(app).rows) == ["new", "old"]
        await press(pilot, "K")
        screen = app.screen
        assert isinstance(screen, ColumnsScreen)
        screen.query_one(ColumnTable).move_to(ROLES.index("arms"))
        await press(pilot, "enter", *"none", "enter")
        assert screen.map.metrics == ("old_score", "new_score", "clarity") and not screen.map.arms
        assert screen.map.failed_values == {"clarity": (-1.0,)}
        screen.query_one(ColumnTable).move_to(ROLES.index("missing_values"))
        await press(pilot, "enter", *"none", "enter")
        assert screen.map.failed_values == {} == dict.fromkeys(screen.map.missing_values)
        await press(pilot, "c")
        await settled(pilot)
        assert [row.label for row in runs(app).rows] == ["sides"]
        assert "clarity" in frame(app) and "in no mean" not in frame(app)


async def test_problems_are_not_denied_while_places_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("item,correct\n1,1\n2,0\n")
    async with opened(tmp_path) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        for reading, said in ((True, "still reading: no problem so far"), (False, "no problems in what was read")):
            screen.reading = reading
            screen.action_problems()
            await settled(pilot)
            assert said in screen.query_one("#said", MessageLine).text


async def test_a_long_list_fills_while_it_is_read_and_decides_nothing_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        write_run(tmp_path / f"run-{number}", steady(number % 5 + 1, 2, 1), day=number + 1)
    monkeypatch.setattr("ragtui.tui.screens.runs.FIRST_LINES", 2)
    seen: list[tuple[int, str]] = []
    show = RunsScreen._so_far

    def shown(screen: RunsScreen, headers: Sequence[RunHeader]) -> None:
        show(screen, headers)
        screen.action_compare()
        seen.append((screen.table.places, screen.query_one("#said", MessageLine).text))

    monkeypatch.setattr(RunsScreen, "_so_far", shown)
    async with opened(tmp_path) as (app, pilot):
        assert [places for places, _ in seen] == [2, 8]
        assert all("still being read" in said for _, said in seen)
        assert len(runs(app).shown) == 9 and app.screen is runs(app)
        await press(pilot, "R")
        assert len(seen) == 2, "a list that stands is not taken apart while it is read again"
