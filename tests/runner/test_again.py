"""Running again: chosen items until they are settled, a whole configuration, and the command a person types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out_doubts, records, summary

from ragtui.cli.main import main
from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.exits import Exit
from ragtui.model import group_runs
from ragtui.runner.launch.again import targeted, whole
from ragtui.runner.launch.child import Worker
from ragtui.runner.launch.estimate import estimate
from ragtui.runner.launch.prepare import Launch, Overrides, change_launch, open_launch, prepare
from ragtui.runner.launch.settling import FIRST_LOOK, StopRule
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.sources.own.runfolder import read_folder_header
from ragtui.sources.own.writer import RunWriter
from ragtui.workbench import open_library


@pytest.fixture
def full(tmp_path: Path) -> Launch:
    """Both sides in full, see `lay_out_doubts`."""
    launch = prepare(read_plan(lay_out_doubts(tmp_path)))
    work(launch)
    return launch


def rule(launch: Launch, **doubts: tuple[str, ...]) -> StopRule:
    return StopRule(tuple((folder,) for folder in launch.folders), doubts)


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


def test_repeats_end_when_everything_is_settled_and_nothing_counts_as_missing(full: Launch) -> None:
    again = targeted(full.folders, ["q1", "q2"], 8).prepare(rule(full))
    done = work(again)
    assert done.stop.ending == "complete"
    assert done.stop.message == f"everything is settled after repeat {FIRST_LOOK} of at most 8"
    assert done.progress["done"] == done.progress["total"] == 2 * 2 * FIRST_LOOK
    for folder in again.folders:
        said = summary(folder)
        assert (said["status"], said["repeats"]) == ("complete", FIRST_LOOK)
        assert said["results"] == said["expected_results"] == 2 * FIRST_LOOK
        assert said["aggregates"]["exact_match"]["scored"] == said["aggregates"]["exact_match"]["expected"]
    assert [event["left"] for event in events(again.lead, "look")] == [[]]


def test_a_settled_run_stays_settled_when_it_is_resumed(full: Launch) -> None:
    again = targeted(full.folders, ["q1"], 6).prepare(rule(full))
    work(again)
    before = records(again.lead)
    done = work(open_launch(again.lead))
    assert done.stop.ending == "complete" and "settled" in done.stop.message
    assert records(again.lead) == before
    assert done.progress["done"] == done.progress["total"]


def test_an_item_that_stays_in_doubt_is_repeated_to_the_last(full: Launch) -> None:
    again = targeted(full.folders, ["q1", "q5"], 5).prepare(rule(full))
    done = work(again)
    looks = events(again.lead, "look")
    if done.progress["done"] == 2 * 2 * 5:
        assert all(["q5", "exact_match"] in event["left"] for event in looks)
    assert [event["message"].rpartition(" ")[2] for event in looks] == [str(n) for n in range(3, 3 + len(looks))]


def test_only_the_metrics_in_doubt_are_waited_for(full: Launch) -> None:
    again = targeted(full.folders, ["q5"], 6).prepare(rule(full, q5=()))
    assert work(again).progress["done"] == 2 * FIRST_LOOK


def test_without_a_rule_every_repeat_is_made(full: Launch) -> None:
    again = targeted(full.folders, ["q1"], 5).prepare()
    assert work(again).progress["done"] == 2 * 5
    assert not events(again.lead, "look")


def test_a_rule_whose_full_runs_are_gone_ends_nothing_and_says_so(full: Launch, tmp_path: Path) -> None:
    lost = StopRule(((tmp_path / "gone",), (tmp_path / "gone",)))
    again = targeted(full.folders, ["q1"], 5).prepare(lost)
    assert work(again).progress["done"] == 2 * 5
    assert any("cannot look" in event["message"] for event in events(again.lead, "problem"))


def test_the_rule_survives_a_kill(full: Launch) -> None:
    again = targeted(full.folders, ["q1", "q2"], 8).prepare(rule(full, q1=("exact_match",)))
    opened = open_launch(again.lead).stop_rule
    assert opened is not None
    assert opened.taught_by == tuple((folder.resolve(),) for folder in full.folders)
    assert opened.doubts == {"q1": ("exact_match",)}
    worker = Worker.start(open_launch(again.lead))
    assert worker._process is not None
    worker._process.wait(60)
    assert worker.poll().state == "complete" and "settled" in str(worker.poll().progress["message"])


def test_a_whole_configuration_again_is_a_repeat_like_any_other(full: Launch) -> None:
    more = whole(full.folders[1], 2).prepare()
    assert len(more.folders) == 1
    work(more)
    old, new = (read_folder_header(folder, "", folder.name) for folder in (full.folders[1], more.lead))
    assert new.configuration == old.configuration
    assert (new.selection, new.confirms, new.repeats) == (None, None, 2)
    assert len(group_runs([old, new])) == 1


def test_what_repeats_cost_is_known_before_anything_is_written(full: Launch) -> None:
    before = sorted(full.lead.parent.iterdir())
    again = targeted(full.folders, ["q1", "q5"], 4)
    assert estimate(again.plan, again.dataset).answers == 2 * 2 * 4
    assert sorted(full.lead.parent.iterdir()) == before


def test_names_mean_full_runs_unless_there_are_none(full: Launch) -> None:
    work(targeted(full.folders, ["q1"], 1).prepare())
    runs = open_library([str(full.lead.parent)])
    assert [header.selection for header in runs.find("cand")] == [None]
    assert [header.selection for header in runs.find("cand-again")] == [("q1",)]
    folders = [Path(runs.find(name)[0].location) for name in ("base-again", "cand-again")]
    again = targeted(folders, ["q1"], 1)
    assert [side.name for side in again.plan.sides] == ["base-again", "cand-again"]


def test_a_run_without_a_plan_says_so(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match="was not launched by ragtui"):
        whole(tmp_path / "run", 1)
    with pytest.raises(UsageError, match="no items"):
        targeted([tmp_path / "run"], [], 1)
    (tmp_path / "run.csv").write_text("id,score\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="was not launched by ragtui"):  # a file has no launch.json in it either
        targeted([tmp_path / "run.csv"], ["1"], 1)


# ------------------------------------------------------------------------------------------- the command

FRESH = ("--repeats-are-fresh",)
"""The functions of these tests always say the same; only a person can know that they were run again."""


def confirm(launch: Launch, *words: str) -> int:
    base, cand = map(str, launch.folders)
    return main(["confirm", base, "--vs", cand, *words])


def test_the_command_runs_what_is_in_doubt_and_says_what_became_of_it(
    full: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert confirm(full, "--times", "6", "--until-settled", "--items", "q1,q2", "--fail-on", "regressed", *FRESH) == 1
    said = capsys.readouterr()
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0][:4] == ["item", "metric", "before", "fresh"]
    assert [line[0] for line in lines[1:]] == ["q1", "q2"]
    assert all(line[-1] in ("confirmed", "proven") for line in lines[1:])
    assert "settled after repeat 3 of at most 6" in said.err
    assert main(["compare", "base", "--vs", "cand", "--in", str(full.lead.parent)]) == Exit.OK
    assert "fresh repeats of 2 cells" in capsys.readouterr().out


def test_a_dry_run_names_items_and_cost_and_writes_nothing(full: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(full.lead.parent.iterdir())
    assert confirm(full, "--dry-run") == Exit.OK
    said = capsys.readouterr().err
    assert "q1" in said and "q2" in said and "what your own code calls cannot be seen" in said
    assert sorted(full.lead.parent.iterdir()) == before


def test_wrong_words_are_told(full: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    assert confirm(full, "--times", "0") == Exit.ERROR
    assert "--times: 0" in capsys.readouterr().err
    assert confirm(full, "--items", "q99") == Exit.ERROR
    assert "no item q99" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- a run that grows


def test_a_finished_run_grows_and_remembers_it(full: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    before = records(full.lead)
    assert main(["run", str(full.lead), "--repeats", "5", "--concurrency", "3"]) == Exit.OK
    for folder in full.folders:
        said = summary(folder)
        assert (said["repeats"], said["expected_results"], said["results"]) == (5, 5 * 12, 5 * 12)
        again = open_launch(folder)
        assert (again.plan.repeats, again.plan.concurrency) == (5, 3), "the next session knows"
    assert records(full.lead)[: len(before)] == before
    assert main(["run", str(full.lead), "--repeats", "2"]) == Exit.ERROR
    assert "5 repeats are planned; a run can grow, not shrink" in capsys.readouterr().err
    assert open_launch(full.lead).plan.repeats == 5


def test_a_run_that_is_being_written_is_not_changed(full: Launch) -> None:
    held = RunWriter.resume(full.lead)
    try:
        with pytest.raises(RagtuiError, match="another process is writing"):
            change_launch(full.lead, Overrides(repeats=9))
    finally:
        held.writer.close()
    assert open_launch(full.lead).plan.repeats == 3
