"""What a person does: choose, compare, walk, filter, note, group, undo, write, copy; and that it survives a restart."""

import json
import shutil
from itertools import product
from pathlib import Path

import pytest
from builders import steady, write_run
from stats_kit import flagged_items
from tui.driving import ROOT, SAMPLES, compare, go_to, item, opened, press, runs, settled, until
from tui.frames import frame

from ragtui.present.sentences.evidence import say_taught
from ragtui.stats import Verdict
from ragtui.tui.returning import Whereabouts
from ragtui.tui.screens.flows.report_writing import formats
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.noise import NoiseScreen
from ragtui.tui.widgets.table.column_table import ColumnTable

ITEMS = 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "runs"
    write_run(home / "base", steady(5, ITEMS, 4, i003=[5, 4, 5, 4]))
    write_run(home / "worse", steady(5, ITEMS, 4, i007=[2, 2, 2, 2], i011=[1, 1, 1, 1]), day=2)
    write_run(home / "better", steady(5, ITEMS, 4, i003=[5, 5, 5, 5]), day=3)
    write_run(home / "alone", steady(5, ITEMS, 1), day=4)
    return home


async def test_choose_a_baseline_undo_and_come_back(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        screen = runs(app)
        assert [row.label for row in screen.rows] == ["alone", "better", "worse", "base"]
        assert screen._baselines["faq"] is not None and screen._baselines["faq"].label == "base"
        await go_to(app, pilot, "better")
        await press(pilot, "B")
        assert screen._baselines["faq"].label == "better"
        await press(pilot, "u")
        assert screen._baselines["faq"].label == "base"
        await press(pilot, "B")
    async with opened(folder) as (app, _pilot):
        chosen = runs(app)._baselines["faq"]
        assert chosen is not None and chosen.label == "better"


async def test_walk_the_flagged_items_from_list_to_item_and_back(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter")
        screen = compare(app)
        assert screen.result is not None
        assert set(flagged_items(screen.result.comparison)) == {"007", "011"}
        await press(pilot, "enter")
        first = item(app).item
        await press(pilot, "n")
        second = item(app).item
        assert {first, second} == {"007", "011"}
        await press(pilot, "N")
        assert item(app).item == first
        await press(pilot, "n", "escape")
        assert compare(app).result.comparison.items[compare(app).items.cursor_row] == second  # type: ignore[index,union-attr]
        await press(pilot, "N")
        assert compare(app).items.cursor_row is not None


async def test_views_fold_sort_filter_and_swap(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter")
        screen = compare(app)
        assert len(screen.items.order) == ITEMS
        await press(pilot, "z")
        assert len(screen.items.order) == 2
        await press(pilot, "z", "f")
        assert (screen.view, len(screen.items.order)) == ("flagged", 2)
        await press(pilot, "escape")
        assert screen.view == "all"
        await press(pilot, "slash", *"item:007", "enter")
        assert len(screen.items.order) == 1
        await press(pilot, "escape")
        assert len(screen.items.order) == ITEMS
        await press(pilot, "s")
        assert screen.items.sorting == ("item", False)
        await press(pilot, "S")
        assert screen.items.sorting == ("item", True)
        assert screen.result is not None
        delta = screen.result.comparison.metric("quality").cells.delta.min()
        await press(pilot, "x")
        swapped = compare(app).result
        assert swapped is not None
        assert swapped.a.label == "worse"
        assert swapped.comparison.metric("quality").cells.delta.max() == -delta


async def test_several_candidates_against_one_baseline(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        for label in ("worse", "better"):
            await go_to(app, pilot, label)
            await press(pilot, "space")
        await press(pilot, "enter")
        screen = compare(app)
        first = screen.result.b.label  # type: ignore[union-attr]
        await press(pilot, "right_square_bracket")
        assert {first, screen.result.b.label} == {"worse", "better"}  # type: ignore[union-attr]


async def test_notes_are_kept_undone_and_shown(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "enter", "a", *"ask", "enter")
        assert app.session is not None
        key = f"faq/{item(app).item}"
        assert app.session.state.notes == {key: "ask"}
        assert "note: ask" in str(app.screen.query_one("#question").render())
    async with opened(folder) as (app, pilot):
        assert app.session is not None and app.session.state.notes == {key: "ask"}
        assert compare(app).item == key.removeprefix("faq/"), "where it was left"
        await press(pilot, "slash", *"flag:note", "enter")
        assert len(compare(app).items.order) == 1
        await press(pilot, "enter", "a", *["backspace"] * 3, "enter")
        assert app.session.state.notes == {}
        await press(pilot, "u")
        assert app.session.state.notes == {key: "ask"}


async def test_runs_are_grouped_and_ungrouped_by_hand(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        for label in ("worse", "better"):
            await go_to(app, pilot, label)
            await press(pilot, "space")
        await press(pilot, "J")
        await press(pilot, *["backspace"] * 6, *"mine", "enter")
        groups = {row.label: row.repeats for row in runs(app).rows}
        assert groups == {"alone": 1, "mine": 8, "base": 4}
        await go_to(app, pilot, "mine")
        await press(pilot, "z")
        assert [row.label for row in runs(app).rows if row.header is not None] == ["worse", "better"]
        await press(pilot, "u")
        assert {row.label for row in runs(app).rows} == {"alone", "worse", "better", "base"}


async def test_the_item_screen_shows_repeats_metrics_and_both_diffs(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "enter")
        assert "base answers" in str(app.screen.query_one("#answer-a").render()).replace("[-", "").replace("-]", "")
        await press(pilot, "greater_than_sign")
        assert item(app).turn == 1
        assert "repeat 2 · 2 of 4" in str(app.screen.query_one("#answer-b").border_subtitle)
        await press(pilot, "less_than_sign", "v")
        assert not app.screen.query_one("#answer-a").display
        assert "{+" in str(app.screen.query_one("#answer-b").render())
        await press(pilot, "m")
        assert item(app).metric == "latency"
        await press(pilot, "M", "right_square_bracket", "left_square_bracket", "j", "k", "y", "Y", "o")
        assert isinstance(app.screen, ItemScreen)


@pytest.mark.parametrize("form", formats())
async def test_a_report_is_written_in_every_form(form: str, folder: Path, tmp_path: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter")
        target = tmp_path / f"report{formats()[form]}"
        await press(
            pilot, "w", *form.replace(" ", "")[:3].lower() if " " not in form else form.split()[0].lower(), "enter"
        )
        app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        text = target.read_text(encoding="utf-8")
        assert "007" in text
        if form == "JSON":
            assert json.loads(text)["baseline"]["label"] == "base"


async def test_copy_explain_settings_problems_and_noise(folder: Path) -> None:
    with (folder / "worse" / "results.jsonl").open("a") as file:
        file.write("{broken\n")
    async with opened(folder) as (app, pilot):
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
        await go_to(app, pilot, "worse")
        await press(pilot, "y", "enter", "y", "Y")
        assert copied[0].endswith("worse")
        assert copied[1].startswith("worse on quality by")
        assert json.loads(copied[2])["verdict"] == "regressed"
        for key, word in (("c", "pipeline.version"), ("i", "quality")):
            await press(pilot, key)
            assert word in str(app.screen.query_one("Static").render())
            await press(pilot, "escape")
        await press(pilot, "r")
        assert isinstance(app.screen, NoiseScreen)
        await press(pilot, "m", "s", "S", "y")
        assert "self-check" in copied[3]
        await press(pilot, "escape", "escape", "R")
        await settled(pilot)


async def test_the_editor_gets_a_file_and_the_app_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "e")
        assert "EDITOR" in frame(app)
        monkeypatch.setenv("EDITOR", "true")
        await press(pilot, "e", "enter", "enter", "e")
        assert isinstance(app.screen, ItemScreen)


async def test_the_mouse_selects_sorts_and_opens(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await pilot.click(ColumnTable, offset=(10, 3))
        await settled(pilot)
        assert runs(app).row is not None and runs(app).row.label == "worse"  # type: ignore[union-attr]
        await pilot.click(ColumnTable, offset=(10, 3), times=2)
        await settled(pilot)
        assert compare(app).result is not None
        await pilot.click("Crumbs", offset=(11, 0))
        await settled(pilot)
        assert runs(app) is app.screen


async def test_a_new_run_is_picked_up(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        write_run(folder / "fresh", steady(5, ITEMS, 2), day=9)
        await until(pilot, lambda: any(row.label == "fresh" for row in runs(app).rows))
        assert runs(app).rows[0].label == "fresh"


async def test_item_018_is_noise_and_the_regression_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "baseline")
        await press(pilot, "z")
        await go_to(app, pilot, "run-1b")
        await press(pilot, "B")
        await go_to(app, pilot, "run-2")
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None and "5 other repeats of the same configuration" in say_taught(result.evidence)
        row = result.comparison.row_of["018"]
        for metric in ("relevance", "context_precision"):
            cells = result.comparison.metric(metric).cells
            assert cells.delta[row] == -1
            assert Verdict(int(cells.verdict[row])) is Verdict.WITHIN
        assert flagged_items(result.comparison) == ()


async def test_the_same_places_open_where_they_were_left(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "slash", *"item:0", "enter", "f", "down")
        assert (compare(app).item, compare(app).view) == ("007", "flagged")
        await press(pilot, "enter", "q")
    async with opened(folder) as (app, pilot):
        screen = compare(app)
        assert (screen.item, screen.view, screen.filter.text) == ("007", "flagged", "item:0")
        assert screen.result is not None and screen.result.b.label == "worse"
        await press(pilot, "escape", "escape", "escape", "q")
    async with opened(folder) as (app, _pilot):
        row = runs(app).row
        assert app.screen is runs(app) and row is not None and row.label == "worse"


async def test_a_place_whose_runs_are_gone_is_not_returned_to(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "q")
    shutil.rmtree(folder / "worse")
    async with opened(folder) as (app, _pilot):
        assert app.screen is runs(app)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"baseline": [1], "candidates": [["a"]]}', '{"baseline": "ab"}'])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Whereabouts.read(text) is None


async def test_a_view_gets_the_name_typed_in_place_of_the_one_offered(folder: Path) -> None:
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "f", "ctrl+s", *"mine", "enter")
        assert "type `:view mine`" in frame(app)
        await press(pilot, "f")
        dict(compare(app).jumps())["view mine"]()
        await settled(pilot)
        assert compare(app).view == "flagged"


METRICS = ("faithfulness", "answer_relevance", "context_recall", "completeness", "correctness")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (200, 50)])
async def test_the_cause_has_its_column_beside_many_metrics(size: tuple[int, int], tmp_path: Path) -> None:
    for name, fallen in (("base", 0.9), ("cand", 0.1)):
        rows = []
        for row, turn in product(range(24), range(4)):
            level = fallen if row == 3 else 0.9
            scores = (f"{level + 0.01 * ((row * 7 + turn * 5 + place) % 7):.2f}" for place in range(len(METRICS)))
            rows.append(f"q{row:02},{turn},answer,{','.join(scores)}")
        head = f"id,repeat,answer,{','.join(METRICS)}"
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    async with opened(tmp_path, size=size) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        assert "why" in frame(app)
        assert any("q03" in line and "▼" in line and "judge" in line for line in frame(app).splitlines()), frame(app)


async def test_the_title_counts_what_the_list_of_problems_lists(tmp_path: Path) -> None:
    rows = "".join(f"q{n},a,{n % 2}\n" for n in range(9))
    (tmp_path / "base.csv").write_text(f"id,answer,correct\n{rows}")
    (tmp_path / "cand.csv").write_text(f"id,answer,correct\n{rows}q9,a,rarely\n")
    (tmp_path / "notes.csv").write_text("id,score,score\nq1,1,2\nq2,1,1\n")
    async with opened(tmp_path) as (app, pilot):
        assert len(runs(app).known_problems) == 2, "one of the list, and one that loading a run found"
        assert "2 problems (P)" in frame(app)
        await press(pilot, "P")
        said = frame(app)
        assert "cand.csv:11: correct is 'rarely'" in said and "its name occurs twice" in said


async def test_a_score_given_by_hand_is_one_of_the_metric(folder: Path) -> None:
    """9.5 was kept as a score from 1 to 5, and so was "nan"."""
    async with opened(folder) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter", "enter")
        for typed in ("9.5", "nan", "inf", "good", ""):
            await press(pilot, "number_sign", *typed, "enter")
            assert f"{typed or 'nothing'} is no score of quality: a number from 1 to 5 is" in frame(app)
        await press(pilot, "number_sign", *"1,000", "enter")
        assert "1,000: is the comma one of thousands?" in frame(app)
        assert app.session is not None and not app.session.state.rulings
        await press(pilot, "number_sign", *"4,5", "enter")
        assert "your verdict: score 4.5 on quality" in frame(app)


async def test_where_no_run_is_complete_the_list_says_how_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened("sample_runs/local-rag") as (app, pilot):
        assert "no baseline: B makes one" in frame(app)
        await go_to(app, pilot, "A")
        await press(pilot, "B")
        assert "no baseline" not in frame(app)
