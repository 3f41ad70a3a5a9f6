"""Local runs and their published copies, opened side by side: every repeat counts once."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import dataset, steady, write_run
from langfuse_standin import StandIn
from publishing_kit import load, publish
from rich.style import Style

from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import About
from ragtui.present.sentences.evidence import say_taught
from ragtui.sources import RunSource, open_source
from ragtui.tui.rows.run_rows import details, name_cell
from ragtui.tui.rows.run_rows import lay_out as rows_of
from ragtui.workbench import Library, compare_sides, confirmed_sides, find_evidence, fresh_pair, load_side, pick_sides
from ragtui.workbench.confirming import with_fresh_repeats
from ragtui.workbench.history import histories

Opener = Callable[..., LangfuseSource]
ITEMS = 12
OLD, NEW = {"version": "old"}, {"version": "new"}


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))


def lay_out(folder: Path) -> list[Path]:
    """Full runs of two configurations, their targeted repeats, and a re-judged run."""
    golden = dataset(ITEMS)
    runs = [
        write_run(folder / "base", steady(5, ITEMS, 2, i003=[5, 4]), pipeline=OLD, golden=golden),
        write_run(folder / "cand", steady(5, ITEMS, 2, i003=[2, 2]), pipeline=NEW, golden=golden, day=2),
        write_run(folder / "judged", steady(5, ITEMS, 2, i003=[5, 4]), pipeline=OLD, golden=golden, rejudge_of="base"),
    ]
    for name, scores, pipeline, confirms in (
        ("base-again", [[5, 5], [5, 4]], OLD, "base"),
        ("cand-again", [[2, 5], [2, 5]], NEW, "cand"),
    ):
        fields: dict[str, Any] = {"selection": ("003", "007"), "confirms": confirms}
        runs.append(write_run(folder / name, scores, pipeline=pipeline, golden=golden, day=3, **fields))
    return runs


def library_of(sources: Sequence[RunSource]) -> Library:
    library = Library(sources)
    list(library.scan())
    return library


def test_local_and_hosted_runs_side_by_side_count_once(tmp_path: Path, open_source_on: Opener) -> None:
    folders = lay_out(tmp_path / "runs")
    alone = library_of([open_source(tmp_path / "runs")])
    with StandIn("v4") as server:
        for folder in folders:
            publish(server, load(folder))
        hosted = open_source_on(server, dataset(ITEMS).name)
        both = library_of([hosted, open_source(tmp_path / "runs")])
        assert len(both.headers) == len(alone.headers) + 2 * len(alone.headers)
        lines = {group.label: group for group in both.groups()}
        assert lines.keys() == {group.label for group in alone.groups()}
        assert all((len(group.headers), len(group.copies)) == (1, 2) for group in lines.values())

        for library in (alone, both):
            a, b = load_side(library, ["base"]), load_side(library, ["cand"])
            assert [len(side.scores.repeats) for side in (a, b)] == [2, 2]
            result = with_fresh_repeats(library, compare_sides(a, b, evidence=find_evidence(library, a, b)))
            assert result.fresh is not None
            assert [len(side.scores.repeats) for side in (result.fresh.a, result.fresh.b)] == [2, 2]
            assert say_taught(result.fresh.evidence) == "2 full repeats of base and 2 full repeats of cand"
            (history,) = histories(library, library.headers.values())
            assert [point.repeats for point in history.series[0].points] == [2, 2]


def test_hosted_repeats_alone_confirm_hosted_runs(tmp_path: Path, open_source_on: Opener) -> None:
    folders = lay_out(tmp_path / "runs")
    with StandIn("v4") as server:
        for folder in folders:
            publish(server, load(folder))
        library = library_of([open_source_on(server, dataset(ITEMS).name)])
        lines = {group.label: group.headers for group in library.groups()}
        assert {label: len(headers) for label, headers in lines.items()} == {
            "base #1": 2, "cand #1": 2, "judged #1": 2, "base-again #1": 2, "cand-again #1": 2,
        }  # fmt: skip
        pairs = []
        for fresh in ("base-again #1", "cand-again #1"):
            pair = fresh_pair(library, lines[fresh], lines["base #1"])
            assert pair is not None
            pairs.append(pair)
            assert [side[0].name for side in pair] == ["base-again #1", "cand-again #1"]
        sides = confirmed_sides(library, *pairs[-1])
        assert sides is not None
        assert [[header.name for header in side] for side in sides] == [["base #1", "base #2"], ["cand #1", "cand #2"]]
        a, b = pick_sides(library, *sides)
        result = with_fresh_repeats(library, compare_sides(a, b))
        assert result.fresh is not None
        assert [len(side.scores.repeats) for side in (result.fresh.a, result.fresh.b)] == [2, 2]


def test_a_copy_named_beside_its_original_is_left_out_and_said(tmp_path: Path, open_source_on: Opener) -> None:
    folders = lay_out(tmp_path / "runs")[:2]
    with StandIn("v4") as server:
        publish(server, load(folders[0]))
        library = library_of([open_source_on(server, dataset(ITEMS).name), open_source(tmp_path / "runs")])
        copies = [header for header in library.headers.values() if header.mirror_of]
        pooled = load_side(library, [str(folders[0]), *(header.uid for header in copies)])
        assert len(pooled.scores.repeats) == 2
        result = compare_sides(pooled, load_side(library, ["cand"]))
        assert any(note.about is About.COPIES for note in result.warnings)
        twins = compare_sides(load_side(library, [copies[0].uid]), load_side(library, ["base"]))
        assert any(note.about is About.COPY_OF_BASELINE for note in twins.warnings)


def test_a_single_run_learns_no_noise_from_its_own_copy(tmp_path: Path, open_source_on: Opener) -> None:
    golden = dataset(ITEMS)
    for name, version in (("one", OLD), ("two", NEW)):
        write_run(tmp_path / "runs" / name, steady(5, ITEMS, 1), pipeline=version, golden=golden)
    with StandIn("v4") as server:
        for name in ("one", "two"):
            publish(server, load(tmp_path / "runs" / name))
        library = library_of([open_source_on(server, golden.name), open_source(tmp_path / "runs")])
        a, b = load_side(library, ["one"]), load_side(library, ["two"])
        assert find_evidence(library, a, b) is None


def test_copies_are_listed_under_their_original(tmp_path: Path, open_source_on: Opener) -> None:
    folder = lay_out(tmp_path / "runs")[0]
    with StandIn("v4") as server:
        publish(server, load(folder))
        library = library_of([open_source_on(server, dataset(ITEMS).name), open_source(folder)])
        (group,) = library.groups()
        assert len(rows_of([group], ())) == 1
        rows = rows_of([group], {group.key})
        names = [name_cell(row, {group.key}).strip() for row in rows]
        assert names == ["▾ base", "base", "= base #1", "= base #2"]
        assert [row.repeats for row in rows] == [2, 2, 1, 1]
        now = datetime(2026, 11, 23, tzinfo=UTC)
        words = details(rows[0], None, None, defaultdict(Style), now).plain
        assert "copies    2, not counted (z): langfuse:" in words
