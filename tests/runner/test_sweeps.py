"""`[matrix]`: one side for each combination of values, all in one launch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner_kit import essence, expected_places, lay_out, records, summary

from ragtui.errors import UsageError
from ragtui.runner.launch.again import targeted, whole
from ragtui.runner.launch.edited import edits_since, follow
from ragtui.runner.launch.estimate import estimate
from ragtui.runner.launch.first.choosing import newest_run
from ragtui.runner.launch.merging import merge, part_folders
from ragtui.runner.launch.prepare import Overrides, change_launch, open_launch, prepare
from ragtui.runner.plan.plan import HttpTarget, PythonTarget, RagTarget
from ragtui.runner.plan.planfile import plan_of, read_plan
from ragtui.runner.plan.shard import Shard
from ragtui.runner.work.engine import Ending
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset

RAG = {"kind": "rag", "corpus": "docs", "generator": {"model": "m", "temperature": 0.2}}
SWEEP = "\n[matrix]\ntop_k = [1, 2]\ntemperature = [0.0, 0.7]\n[simulated]\nseed = 3\nlatency_s = 0.0\n"


def sides(target: dict[str, Any], matrix: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = {"name": "base", "dataset": "d.json", "target": target, "matrix": matrix, **more}
    return {side.name: side.target for side in plan_of(document, "p.toml", Path("/base")).sides}


def test_every_combination_is_a_side_and_the_first_values_are_the_baseline() -> None:
    found = sides(RAG, {"top_k": [4, 8], "model": ["a", "b/c"]})
    assert list(found) == [
        "base-top_k=4-model=a", "base-top_k=4-model=b/c", "base-top_k=8-model=a", "base-top_k=8-model=b/c"
    ]  # fmt: skip
    last = found["base-top_k=8-model=b/c"]
    assert isinstance(last, RagTarget)
    assert (last.top_k, last.generator.model, last.generator.temperature) == (8, "b/c", 0.2)


def test_a_key_is_the_targets_own_else_a_free_setting_and_a_path_names_its_place() -> None:
    own = {"kind": "python", "call": "a:b", "settings": {"k": 1, "deep": {"x": 1, "y": 2}}}
    function = sides(own, {"k": [1, 2], "call": ["a:b", "a:c"], "settings": {"deep": {"x": [5]}}})
    last = function["base-k=2-call=a:c-x=5"]
    assert isinstance(last, PythonTarget)
    assert last.call == "a:c"
    assert last.settings == {"k": 2, "deep": {"x": 5, "y": 2}}
    service = sides({"kind": "http", "url": "http://h/a"}, {"url": ["http://h/a", "http://h/b"], "model": ["m"]})
    assert [target.url for target in service.values() if isinstance(target, HttpTarget)] == ["http://h/a", "http://h/b"]
    assert next(iter(service.values())).settings == {"model": "m"}


def test_what_the_target_lacks_may_come_from_the_matrix() -> None:
    found = sides({"kind": "python"}, {"call": ["a:b", "a:c"]})
    assert [target.call for target in found.values()] == ["a:b", "a:c"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"matrix": {}}, "matrix: is empty"),
        ({"matrix": {"top_k": 4}}, "matrix.top_k: is 4, not a list of values"),
        ({"matrix": {"top_k": []}}, "not a list of values"),
        ({"matrix": {"top_k": [4, 4]}}, "has a value twice"),
        ({"matrix": {"tok_k": [4, 8]}}, "matrix.tok_k: is no setting"),
        ({"matrix": {"top_k": [4, 0]}}, "matrix.top_k: is 0"),
        ({"matrix": {"temperature": [4.0]}}, "temperature: is 4"),
        ({"matrix": {"top_k": [4]}, "candidate": {"name": "x"}}, "stands beside [candidate]"),
        (
            {"matrix": {"top_k": [4]}, "target": None, "sides": [{"name": "s", "target": RAG}]},
            "stands beside [[sides]]",
        ),
        ({"matrix": {"top_k": [4]}, "target": {"kind": "rga"}}, "target.kind: is 'rga'"),
        ({"matrix": 3}, "matrix: is not a table"),
    ],
)
def test_what_makes_no_sides_is_refused(changes: dict[str, Any], said: str) -> None:
    document = {"name": "base", "dataset": "d.json", "target": RAG, **changes}
    with pytest.raises(UsageError) as refused:
        plan_of({key: value for key, value in document.items() if value is not None}, "p.toml", Path("/base"))
    assert said in refused.value.message
    assert refused.value.hint


def test_a_wrong_value_names_its_line(tmp_path: Path) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:1/v1", judges=False)
    path.write_text(path.read_text() + "\n[matrix]\ntop_k = [2, -1]\n")
    line = path.read_text().splitlines().index("top_k = [2, -1]") + 1
    with pytest.raises(UsageError, match=f"toml:{line}: matrix.top_k: is -1"):
        read_plan(path)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}", fullmatch=True),
        st.lists(st.text(max_size=60) | st.integers() | st.booleans(), min_size=1, max_size=3, unique_by=repr),
        min_size=1, max_size=3,
    )
)  # fmt: skip
def test_sides_are_as_many_as_combinations_and_no_name_comes_twice(matrix: dict[str, list[Any]]) -> None:
    document = {"name": "n", "dataset": "d", "target": {"kind": "http", "url": "http://h/"}, "matrix": matrix}
    free = {key: values for key, values in matrix.items() if key not in ("url", "method", "body", "output", "usage")}
    if not free:
        return
    found = plan_of({**document, "matrix": free}, "p.toml", Path("/base")).sides
    wanted = 1
    for values in free.values():
        wanted *= len(values)
    assert len({side.name for side in found}) == len(found) == wanted


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    path = lay_out(tmp_path, "http://127.0.0.1:1/v1", "repeats = 2\n", items=3)
    path.write_text(path.read_text() + SWEEP)
    return path


def test_the_estimate_shows_every_side(swept: Path) -> None:
    plan = read_plan(swept)
    numbers = estimate(plan, read_dataset(plan.dataset))
    assert (numbers.sides, numbers.answers) == (4, 3 * 2 * 4)
    answers = [entry.purpose for entry in numbers.models if entry.purpose.startswith("answers")]
    assert answers == [f"answers of {side.name}" for side in plan.sides]


def test_a_sweep_is_interleaved_stopped_resumed_and_equal_to_one_that_was_not(swept: Path) -> None:
    straight = prepare(read_plan(swept), overrides=Overrides(concurrency=1))
    assert work(straight).stop.ending is Ending.COMPLETE
    order = sorted(
        (record["started_at"], side) for side, folder in enumerate(straight.folders) for record in records(folder)
    )
    first = [side for _, side in order][:8]
    assert sorted(first[:4]) == sorted(first[4:]) == [0, 1, 2, 3]  # every side has its turn before one has its second

    swept.write_text(swept.read_text() + "\n[budget]\ncalls = 40\n")
    stopped = prepare(read_plan(swept))
    assert work(stopped).stop.ending is Ending.BUDGET
    done = sum(len(records(folder)) for folder in stopped.folders)
    assert 0 < done < 3 * 2 * 4
    swept.write_text(swept.read_text().replace("calls = 40", "calls = 4000"))
    launch = open_launch(stopped.lead)
    edits = edits_since(launch)
    assert not edits.others
    assert work(follow(launch, edits)).stop.ending is Ending.COMPLETE
    for folder, other in zip(stopped.folders, straight.folders, strict=True):
        assert set(essence(folder)) == expected_places(folder, 2)
        assert summary(folder)["pipeline"] == summary(other)["pipeline"]
    used = [summary(folder)["pipeline"] for folder in straight.folders]
    assert [(s["top_k"], s["generator"].get("temperature")) for s in used] == [
        (1, 0.0),
        (1, 0.7),
        (2, 0.0),
        (2, 0.7),
    ]


def test_what_failed_in_a_sweep_is_retried_on_its_own_side_alone(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import pathlib\n"
        "def ask(item, settings):\n"
        "    with (pathlib.Path(__file__).parent / 'asked.log').open('a') as file:\n"
        "        file.write(f'{item.id} {settings[\"top_k\"]}\\n')\n"
        "    if (pathlib.Path(__file__).parent / 'down').exists() and item.id == 'q1' and settings['top_k'] > 1:\n"
        "        raise ConnectionError('the index is down')\n"
        "    return f'{item.id} with {settings[\"top_k\"]}'\n"
    )
    target = '[target]\nkind = "python"\ncall = "own:ask"\n[matrix]\ntop_k = [1, 2, 3]\n'
    path = lay_out(tmp_path, "", "repeats = 2\n", rag=False, judges=False, items=3)
    path.write_text(path.read_text() + target)
    (tmp_path / "down").touch()
    launch = prepare(read_plan(path))
    assert work(launch).progress["failed"] == 4  # one item in two repeats on two of three sides
    (tmp_path / "down").unlink()
    (tmp_path / "asked.log").unlink()
    kept = [{(r["item"], r["repeat"]): r["output"] for r in records(folder)} for folder in launch.folders]
    finished = work(open_launch(launch.lead), retry_failed=True)
    assert finished.stop.ending is Ending.COMPLETE and not finished.progress["failed"]
    assert sorted((tmp_path / "asked.log").read_text().splitlines()) == ["q1 2", "q1 2", "q1 3", "q1 3"]
    for k, (folder, before) in enumerate(zip(launch.folders, kept, strict=True), start=1):
        now = {(r["item"], r["repeat"]): r["output"] for r in records(folder)}
        assert now == {place: output or f"q1 with {k}" for place, output in before.items()}
        assert summary(folder)["errors"] == 0


def test_parts_of_a_sweep_merge_into_its_sides(swept: Path) -> None:
    parts: list[Path] = []
    for index in (1, 2):
        launch = prepare(read_plan(swept), shard=Shard(index, 2))
        work(launch)
        parts += launch.folders
    merged = merge(part_folders(parts))
    assert [summary(one.folder)["name"] for one in merged] == [side.name for side in read_plan(swept).sides]
    assert all(one.results == one.expected == 6 for one in merged)
    assert open_launch(merged[2].folder).lead == merged[0].folder


def test_sides_of_a_sweep_are_repeated_alone_or_against_each_other(swept: Path) -> None:
    launch = prepare(read_plan(swept))
    work(launch)
    again = whole(launch.folders[2], 1)
    assert [side.name for side in again.plan.sides] == ["base-top_k=2-temperature=0.0"]
    assert again.plan.sides[0].target == launch.plan.sides[2].target
    doubts = targeted([launch.folders[0], launch.folders[3]], ["q1"], 1).prepare()
    assert work(doubts).stop.ending is Ending.COMPLETE
    assert [len(records(folder)) for folder in doubts.folders] == [1, 1]
    grown = change_launch(launch.lead, Overrides(repeats=3))
    assert work(grown).stop.ending is Ending.COMPLETE
    assert all(set(essence(folder)) == expected_places(folder, 3) for folder in launch.folders)


def test_names_that_are_one_folder_name_are_told_apart(swept: Path) -> None:
    text = swept.read_text().partition("[target]")[0]
    target = 'target = { kind = "rag", corpus = "pages" }\n'
    swept.write_text(f'{text}[[sides]]\nname = "a b"\n{target}[[sides]]\nname = "a/b"\n{target}[simulated]\n')
    launch = prepare(read_plan(swept))
    assert len({folder.name for folder in launch.folders}) == 2


def test_the_newest_run_of_a_name_is_not_that_of_a_longer_name(swept: Path) -> None:
    launch = prepare(read_plan(swept))
    work(launch)
    first = launch.plan.sides[0].name
    assert newest_run(launch.plan.out, first) == launch.plan.out / launch.lead.name
    with pytest.raises(UsageError):
        newest_run(launch.plan.out, "base")
