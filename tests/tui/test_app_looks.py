"""Colour is never alone: every theme, NO_COLOR and ASCII say the same; hostile text and bad input do no harm."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import dataset, result, steady, write_run
from stats_kit import flagged_items
from tui.driving import ROOT, SAMPLES, compare, go_to, item, opened, press, runs, settled, until
from tui.frames import frame, widths

from ragtui.model import About, Dataset, Item, Judgement, Kind, Metric
from ragtui.sources.own.writer import RunWriter
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.looks.styles import styles_for
from ragtui.tui.screens.runs import RunsScreen

THEMES = (
    "textual-dark",
    "textual-light",
    "ansi-dark",
    "ansi-light",
    "ragtui-blue-orange-dark",
    "ragtui-blue-orange-light",
)
OURS = "▲▼△▽░◆◂▸●○→⇄▾"
"""Bars are left out: scroll bars are drawn with them by the toolkit."""


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_tells_verdicts_apart(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES, theme=theme) as (app, pilot):
        assert app.theme == theme
        styles = styles_for(app)
        assert styles["improved"] != styles["regressed"]
        assert styles["regressed"] != styles["noise"]
        await go_to(app, pilot, "regressed")
        await press(pilot, "enter")
        assert "▼ −4.00" in frame(app)


async def test_no_color_keeps_shape_and_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(SAMPLES) as (app, pilot):
        styles = styles_for(app)
        assert all(style.color is None for style in styles.values())
        assert styles["regressed"].bold and styles["regressed"].reverse
        await go_to(app, pilot, "regressed")
        await press(pilot, "enter")
        assert "▼ −4.00" in frame(app)


async def test_ascii_draws_no_sign_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES, ascii_only=True) as (app, pilot):
        await go_to(app, pilot, "regressed")
        for keys in ((), ("enter",), ("enter",), ("escape", "escape", "r")):
            await press(pilot, *keys)
            assert not set(frame(app)) & set(OURS), sorted(set(frame(app)) & set(OURS))
        await press(pilot, "escape", "enter")
        assert "v -4.00" in frame(app)


EVIL = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] \u202egnp.exe \x9b31m"


async def test_text_from_runs_is_only_text(tmp_path: Path) -> None:
    """Escape sequences, markup and direction overrides in every field a run carries."""
    metric = Metric(f"quality{EVIL}", Kind.ORDINAL, scale=(1, 5))
    golden = Dataset(f"faq{EVIL}", tuple(Item(f"{n:03d}{EVIL}", f"Why? {EVIL}", EVIL, {"t": EVIL}) for n in range(12)))
    for name, level in (("a", 5), ("b", 2)):
        writer = RunWriter.create(
            tmp_path / name, name=f"{name}{EVIL}", dataset=golden, pipeline={f"k{EVIL}": f"{name}{EVIL}"},
            judges={metric.name: {"model": EVIL}}, metrics=[metric], repeats=3, description=EVIL, sync_each=False,
        )  # fmt: skip
        with writer:
            for turn in "123":
                for entry in golden.items:
                    base = result(entry, turn, level, metric.name, EVIL, 1.0)
                    said = {metric.name: Judgement(level, rationale=EVIL, judge=EVIL)}
                    contexts = tuple(replace(context, title=EVIL, text=EVIL) for context in base.contexts)
                    writer.append(replace(base, judgements=said, contexts=contexts, trace_id=EVIL, trace_url=EVIL))
            writer.finish()
    async with opened(tmp_path) as (app, pilot):
        assert len(runs(app).rows) == 2
        for keys in ((), ("enter",), ("enter",), ("o", "m"), ("escape", "escape", "r"), ("escape", "H")):
            await press(pilot, *keys)
            shown = frame(app)
            assert "\x1b" not in shown and "\x9b" not in shown and "\u202e" not in shown
            assert "owned" not in shown
            assert "[bold red]x" in shown or "quality" not in shown
            assert widths(app) == {app.size.width}


async def test_damaged_files_are_named_and_the_rest_loads(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, 24, 3))
    write_run(tmp_path / "cand", steady(5, 24, 3), day=2)
    with (tmp_path / "cand" / "results.jsonl").open("a") as file:
        file.write('{"item": "001", "repeat": 9, "scores": {"quality": NaN}}\n{"item": 3,\n')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "summary.json").write_text("{", encoding="utf-8")
    async with opened(tmp_path) as (app, pilot):
        assert {"base", "cand"} <= {row.label for row in runs(app).rows}
        await press(pilot, "P")
        assert isinstance(app.screen, MessageScreen)
        # The text, not the frame: how a long path wraps depends on the folder the tests run in.
        assert "broken/summary.json" in str(app.screen.body_text)
        await press(pilot, "escape")
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None
        assert any(note.about is About.PROBLEM for note in result.warnings)
        assert flagged_items(result.comparison) == ()


async def test_nothing_in_common_is_a_message_not_a_crash(tmp_path: Path) -> None:
    golden = dataset(24)
    other = replace(
        golden, items=tuple(replace(entry, id=f"x{entry.id}", question=f"other {entry.id}") for entry in golden.items)
    )
    write_run(tmp_path / "base", steady(5, 24, 2))
    write_run(tmp_path / "cand", steady(5, 24, 2), golden=other, day=2)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        assert isinstance(app.screen, MessageScreen)
        assert "no items in common" in frame(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_two_unnamed_datasets_in_one_place_are_compared_each_within_itself(tmp_path: Path) -> None:
    golden = replace(dataset(12), name="", version="")
    other = replace(
        golden, items=tuple(replace(entry, id=f"x{entry.id}", question=f"{entry.id}?") for entry in golden.items)
    )
    write_run(tmp_path / "baseline", steady(5, 12, 2), golden=golden)
    for day, (name, repeats) in enumerate({"chunks": 3, "rerank": 2, "prompt": 2}.items(), 2):
        write_run(tmp_path / name, steady(5, 12, repeats), golden=other, day=day)
    async with opened(tmp_path) as (app, pilot):
        assert frame(app).count("no overlap") == 3
        await go_to(app, pilot, "prompt")
        await press(pilot, "enter")
        assert "Compare prompt with" in frame(app)
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None
        assert (result.a.label, result.b.label) == ("chunks", "prompt"), "most repeats first"
        await press(pilot, "escape")
        assert runs(app)._baselines[""].label == "baseline", "not moved by it"  # type: ignore[union-attr]


async def test_enter_finds_a_baseline_where_no_run_is_complete(tmp_path: Path) -> None:
    for day, name in enumerate(("first", "second"), 1):
        summary = write_run(tmp_path / name, steady(5, 12, 2), day=day) / "summary.json"
        summary.write_text(summary.read_text(encoding="utf-8").replace('"complete"', '"partial"'), encoding="utf-8")
    async with opened(tmp_path) as (app, pilot):
        assert "no baseline: B makes one" in frame(app), "none is proposed"
        assert "esc back" not in frame(app), "nothing to go back to"
        await go_to(app, pilot, "second")
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None and (result.a.label, result.b.label) == ("first", "second")
        await press(pilot, "escape", "u")
        assert "no baseline: B makes one" in frame(app), "taken back like any decision"


async def test_another_judge_is_said_before_any_number(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, 24, 2))
    write_run(tmp_path / "cand", steady(4, 24, 2), judges={"quality": {"model": "judge-2"}}, day=2)
    async with opened(tmp_path) as (app, pilot):
        assert "x differs" in frame(app)
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        assert "NOT COMPARABLE: the judge of quality changed" in frame(app)


async def test_ten_thousand_items_open_and_scroll(tmp_path: Path) -> None:
    for run in ("base", "cand"):
        rows = (f"{item:05d},{repeat},5\n" for item in range(10_000) for repeat in (1, 2))
        (tmp_path / f"{run}.csv").write_text(f"item,repeat,quality\n{''.join(rows)}", encoding="utf-8")
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        await until(pilot, lambda: compare(app).result is not None)
        assert len(compare(app).board.items) == 10_000
        await press(pilot, "G", "pagedown", "g", "enter")
        assert item(app).item
        await settled(pilot)
