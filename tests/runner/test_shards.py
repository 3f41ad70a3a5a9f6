"""A run split over machines: parts that know what they are, and the one run that they make together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_standin import standin
from runner_kit import ITEMS, essence, expected_places, lay_out, summary

from ragtui.cli import main
from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.runner.launch.merging import merge, part_folders
from ragtui.runner.launch.prepare import open_launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.plan.shard import Shard, read_shard
from ragtui.runner.work.worker import work
from ragtui.workbench import load_side, open_library

CANDIDATE = '\n[candidate]\nname = "new"\n[candidate.target]\ntop_k = 1\n'


@given(st.integers(1, 40), st.integers(1, 12))
def test_every_item_is_in_exactly_one_part(items: int, count: int) -> None:
    parts = [Shard(index, count).own(range(items)) for index in range(1, count + 1)]
    assert sorted(item for part in parts for item in part) == list(range(items))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(
    ("word", "environment", "means"),
    [
        ("2/8", {}, Shard(2, 8)),
        ("2/8", {"GITHUB_RUN_ID": "77"}, Shard(2, 8, "77")),
        ("auto", {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "0",
                  "SLURM_ARRAY_JOB_ID": "900"}, Shard(6, 8, "900")),
        ("auto", {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "1"}, Shard(5, 8)),
        ("auto", {"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "3", "CI_PIPELINE_ID": "4"}, Shard(1, 3, "4")),
        ("auto/4", {"JOB_COMPLETION_INDEX": "0"}, Shard(1, 4)),
        ("auto", {"AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "9", "AWS_BATCH_JOB_ID": "ab:2"},
         Shard(3, 9, "ab")),
    ],
)  # fmt: skip
def test_which_part(word: str, environment: dict[str, str], means: Shard) -> None:
    assert read_shard(word, environment=environment) == means


NO_PART = ["", "8", "0/8", "9/8", "2/0", "-1/8", "a/b", "1/8/2", "auto", "auto/x", "1.5/3", "2 /8"]


@pytest.mark.parametrize("word", NO_PART)
def test_what_is_no_part_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        read_shard(word, environment={})


def parts_of(folder: Path, url: str, count: int, plan: str = "repeats = 2\n", of: str = "") -> list[Path]:
    path = lay_out(folder, url, plan)
    folders: list[Path] = []
    for index in range(1, count + 1):
        launch = prepare(read_plan(path), shard=Shard(index, count, of))
        work(launch)
        folders.extend(launch.folders)
    return folders


def test_parts_make_the_run_that_one_machine_would_have_made(tmp_path: Path, key: str) -> None:
    with standin() as server:
        parts = parts_of(tmp_path / "split", server.url, 3, "repeats = 2\n" + CANDIDATE)
        launch = prepare(read_plan(lay_out(tmp_path / "whole", server.url, "repeats = 2\n" + CANDIDATE)))
        work(launch)
        merged = merge(part_folders([parts[0].parent]))
    assert [one.parts for one in merged] == [3, 3]
    for one, whole in zip(merged, launch.folders, strict=True):
        assert essence(one.folder) == essence(whole)
        assert set(essence(one.folder)) == expected_places(one.folder, 2)
        assert (one.absent, one.results, one.expected) == ((), ITEMS * 2, ITEMS * 2)
        for field in ("pipeline", "judges", "dataset", "repeats", "results", "expected_results", "status"):
            assert summary(one.folder)[field] == summary(whole)[field], field
        for metric in ("faithfulness", "token_f1"):
            assert summary(one.folder)["aggregates"][metric] == summary(whole)["aggregates"][metric]
        assert "part" not in summary(one.folder)
        assert summary(one.folder)["selection"] is None


def test_a_merged_run_says_what_is_missing_and_can_be_finished(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with standin() as server:
        parts = parts_of(tmp_path, server.url, 4)
        shutil.rmtree(parts[1])
        assert main(["merge", str(parts[0].parent)]) == 4
        said = capsys.readouterr()
        folder = Path(said.out.strip())
        assert "missing: part 2" in said.err
        assert summary(folder)["status"] == "partial"
        work(open_launch(folder))
    assert set(essence(folder)) == expected_places(folder, 2)
    assert summary(folder)["status"] == "complete"


def test_parts_are_never_pooled_as_repeats(tmp_path: Path, key: str) -> None:
    with standin() as server:
        parts = parts_of(tmp_path, server.url, 2)
    library = open_library([str(parts[0].parent)])
    assert [len(group.headers) for group in library.groups()] == [1, 1]
    assert {str(header.part) for header in library.headers.values()} == {"part 1 of 2", "part 2 of 2"}
    with pytest.raises(UsageError, match="parts are no repeats") as refused:
        load_side(library, [str(parts[0].parent)])
    assert "ragtui merge" in refused.value.hint
    assert len(load_side(library, [str(parts[0])]).scores.items) == ITEMS // 2


def test_what_does_not_belong_together_is_refused_before_anything_is_written(tmp_path: Path, key: str) -> None:
    with standin() as server:
        one = parts_of(tmp_path / "a", server.url, 2, of="monday")
        other = parts_of(tmp_path / "b", server.url, 2, of="monday")
        tuesday = parts_of(tmp_path / "c", server.url, 2, of="tuesday")
    with pytest.raises(InputError, match="both hold part 1/2"):
        merge(part_folders([one[0], other[0]]))
    edited = json.loads((one[1] / "summary.json").read_text())
    edited["pipeline"]["top_k"] = 9
    (one[1] / "summary.json").write_text(json.dumps(edited))
    with pytest.raises(InputError, match="differ in pipeline"):
        merge(part_folders(one))
    with pytest.raises(RagtuiError, match="holds no part"):
        part_folders([tmp_path / "a" / "pages"])
    assert not list(tmp_path.rglob("*-merged-*"))
    merged = merge(part_folders([*other, *tuesday]), tmp_path / "out")
    assert [one.absent for one in merged] == [(), ()]


def test_more_parts_than_items_is_refused(tmp_path: Path, key: str) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:1/v1")
    with pytest.raises(UsageError, match="only 8 items for 20 parts"):
        prepare(read_plan(path), shard=Shard(20, 20))


def test_a_part_that_was_killed_is_resumed_as_that_part(tmp_path: Path, key: str) -> None:
    with standin() as server:
        path = lay_out(tmp_path, server.url, "repeats = 2\n")
        launch = prepare(read_plan(path), shard=Shard(1, 2))
        again = open_launch(launch.lead)
        assert [item.id for item in again.items] == [item.id for item in launch.items]
        work(again)
    assert len(essence(launch.lead)) == ITEMS
